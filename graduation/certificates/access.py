from django.db.models import QuerySet
from django.shortcuts import get_object_or_404

from accounts.models import User
from accounts.roles import Permission
from courses.models import Cohort, Enrolment
from graduation.certificates.models import Certificate


def certificates_for(user: User) -> QuerySet[Certificate]:
    """Those of others that this person may issue and revoke."""
    allowed = Enrolment.objects.permitting(user, Permission.ISSUE_CERTIFICATES)
    return Certificate.objects.filter(award__enrolment__in=allowed).select_related("award__enrolment__user")


def may_issue(user: User) -> bool:
    """Anywhere: site-wide, or in some cohort."""
    permission = Permission.ISSUE_CERTIFICATES
    return user.has_site_permission(permission) or Cohort.objects.permitting(user, permission).exists()


def certificate_to_revoke(user: User, code: str) -> Certificate:
    return get_object_or_404(certificates_for(user), code=code)
