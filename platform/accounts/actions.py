"""Names and site-wide roles. The audit log stands on accounts, so it listens: its entry is in the same transaction."""

from django.db import transaction
from django.dispatch import Signal

from accounts.models import SiteRole, User
from accounts.roles import Role

role_granted = Signal()
role_removed = Signal()
renamed = Signal()


class LastAdministrator(Exception):
    """Nobody would be left who can give the role back."""


class OwnRole(Exception):
    """What somebody may do is for a colleague to decide."""


@transaction.atomic
def save_profile(*, name: str, time_zone: str, by: User) -> User:
    """One's own. A name is on record when it changes: the certificate will carry it."""
    person = User.objects.select_for_update(of=("self",)).get(pk=by.pk)
    before, person.name, person.time_zone = person.name, name, time_zone
    person.save(update_fields=["name", "time_zone"])
    if name != before:
        renamed.send(User, person=person, before=before, by=by)
    return person


@transaction.atomic
def grant_role(*, to: User, role: Role, by: User | None) -> bool:
    """Give a role in every cohort; False if they had it already. `by=None` is the command line. Raises OwnRole."""
    if to == by:
        raise OwnRole
    granted, created = SiteRole.objects.get_or_create(user=to, role=role, defaults={"granted_by": by})
    if created:
        role_granted.send(SiteRole, role=granted, by=by)
    return created


@transaction.atomic
def remove_role(*, of: User, role: Role, by: User) -> bool:
    """Take a role away; False if they did not have it. Raises LastAdministrator."""
    # Locked, so that two administrators cannot remove each other at the same moment.
    holders = list(SiteRole.objects.select_for_update(of=("self",)).filter(role=role).select_related("user"))
    removed = next((each for each in holders if each.user_id == of.pk), None)
    if removed is None:
        return False
    if role == Role.ADMINISTRATOR and not any(each.user.is_active for each in holders if each != removed):
        raise LastAdministrator
    role_removed.send(SiteRole, role=removed, by=by)
    removed.delete()
    return True
