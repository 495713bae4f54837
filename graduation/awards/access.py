from django.shortcuts import get_object_or_404

from accounts.models import User
from accounts.roles import Permission
from courses.models import Enrolment

NOT_BEGUN = [Enrolment.State.APPLIED, Enrolment.State.WAITING, Enrolment.State.REFUSED]


def enrolment_for(user: User, pk: int, permission: Permission = Permission.SEE_RECORDS) -> Enrolment:
    """The enrolment of somebody else who has begun. Missing and forbidden look alike."""
    allowed = Enrolment.objects.permitting(user, permission).exclude(state__in=NOT_BEGUN)
    return get_object_or_404(allowed.select_related("user", "cohort__revision"), pk=pk)
