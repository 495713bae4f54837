from django.http import Http404
from django.shortcuts import get_object_or_404

from accounts.models import User
from accounts.roles import Permission


def require(permission: Permission, *, of: User) -> None:
    """Somebody without this site-wide permission sees what they see where there is no page."""
    if not of.has_site_permission(permission):
        raise Http404


def managed_person(pk: int, *, by: User) -> User:
    """A person whose roles this administrator may change."""
    require(Permission.MANAGE_PEOPLE, of=by)
    return get_object_or_404(User, pk=pk)
