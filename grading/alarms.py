"""What module leaders must know about runs: the checks of an assignment break, or hidden data came out."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q
from django.urls import reverse

from accounts.models import SiteRole, User
from accounts.roles import Role
from courses.models import CohortRole
from grading.models import Run
from notices.actions import tell
from notices.models import Notice


def failed(run: Run, reason: str) -> None:
    """A run has been given up by our fault. Says where, for whoever wrote the checks."""
    text = (
        f"We tried {run.starts} times and gave up: {reason}\n\nThe student lost no attempt. Others may meet the same"
        " until it is mended."
    )
    alarm(run, f"Runs of “{run.assignment.title}” fail by our fault", text)


def leaked(run: Run, where: str) -> None:
    """A canary has come out of a run."""
    text = (
        f"It was found in {where}. The run was refused and nothing was judged. Look at the work, and whether a check "
        "gives hidden data away."
    )
    alarm(run, f"Hidden data came out of a run of “{run.assignment.title}”", text)


def alarm(run: Run, subject: str, text: str) -> None:
    """Tell every module leader of the cohort who has not the same before them unread."""
    if run.kind not in (Run.Kind.GRADE, Run.Kind.TRIAL):
        return  # Whoever asked for it looks at it.
    leads = {"user": OuterRef("pk"), "role": Role.MODULE_LEADER}
    by_role = Q(Exists(SiteRole.objects.filter(**leads))) | Q(
        Exists(CohortRole.objects.filter(cohort=run.enrolment.cohort_id, **leads))
    )
    told = Notice.objects.filter(to=OuterRef("pk"), subject=subject, read_at=None)
    url = reverse("run_record", args=[run.pk]) if run.kind == Run.Kind.GRADE else ""
    for leader in User.objects.filter(by_role, ~Q(Exists(told)), is_active=True).order_by("pk"):
        tell(to=leader, subject=subject, text=text, url=url)
