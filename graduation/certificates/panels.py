"""What the first page shows of awards and certificates (see courses.dashboard)."""

from courses.dashboard import Panel
from courses.models import Enrolment
from graduation.awards.models import Award
from graduation.certificates.models import Certificate


def panels_for(enrolment: Enrolment) -> list[Panel]:
    """The board's decision once it is confirmed, with the certificate that was issued for it."""
    award = Award.objects.filter(enrolment=enrolment, superseded_by=None, confirmed_at__isnull=False).first()
    if award is None:
        return []
    certificate = Certificate.objects.filter(award=award, revoked_at=None).order_by("-issued_at").first()
    context = {"award": award, "certificate": certificate}
    return [Panel("Your award", "graduation/_panel_award.html", context)]
