from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.urls import reverse

from accounts.http import PersonRequest
from accounts.models import User
from accounts.roles import ROLE_PERMISSIONS, Permission, Role

# The pages that belong to an item of the bar, beside the one that it opens.
WITHIN = {
    "modules": {"cohort", "module", "lesson", "assignment", "proposal"},
    "cohorts": {"cohort", "modules", "module", "lesson", "assignment", "solutions"},
    "marks": {"work", "receipt"},
    "portfolio": {"artefact"},
    "marking": {"desk", "proposals", "proposal_review", "proposal_decide", "release"},
    "office": {
        "application",
        "compare_revisions",
        "move",
        "preview",
        "preview_assignment",
        "preview_data_set",
        "preview_lesson",
        "preview_module",
        "preview_solutions",
        "programmes",
        "certificates",
        "cohort_new",
        "confirm",
        "decide",
        "extension",
        "issue",
        "office_cohort",
        "record",
        "record_mark",
        "revoke",
        "withdraw",
    },
    "people": {"person", "person_role", "audit_log"},
}


@dataclass(frozen=True)
class Item:
    label: str
    url: str
    current: str  # what aria-current says: page, true (a page within it) or nothing


class Navigation:
    """The bar of one request. Asks the database only when a template draws it: three queries, whoever looks."""

    def __init__(self, request: PersonRequest) -> None:
        self.request = request

    @cached_property
    def user(self) -> User:
        return self.request.user

    @cached_property
    def unread(self) -> int:
        return self.user.notices.filter(read_at=None).count()

    @cached_property
    def items(self) -> list[Item]:
        permissions = self.permissions
        items = [self.item("Next", "next")]
        if cohort := self.cohort:
            items.append(self.item("Modules", "modules", slug=cohort))
            items.append(self.item("Marks", "marks"))
            items.append(self.item("Portfolio", "portfolio"))
        else:
            items.append(self.item("Cohorts", "cohorts"))
        if Permission.MARK_WORK in permissions:
            items.append(self.item("Marking", "marking"))
        if permissions & {Permission.SEE_RECORDS, Permission.MANAGE_COHORT}:
            items.append(self.item("Office", "office"))
        if Permission.MANAGE_PEOPLE in permissions:
            items.append(self.item("People", "people"))
        return items

    @cached_property
    def permissions(self) -> set[Permission]:
        """What any role lets this person do, in all cohorts or in one."""
        roles = self.user.site_roles.order_by().values_list("role", flat=True)
        roles = roles.union(self.user.cohort_roles.order_by().values_list("role", flat=True))
        return {permission for role in roles for permission in ROLE_PERMISSIONS[Role(role)]}

    @cached_property
    def cohort(self) -> str | None:
        """The latest cohort that this person studies in, or has studied in."""
        studied = self.user.enrolments.studying_or_done().order_by("-cohort__starts_on")
        return studied.values_list("cohort__slug", flat=True).first()

    def item(self, label: str, name: str, **kwargs: Any) -> Item:
        here = self.request.resolver_match.url_name if self.request.resolver_match else None
        within = "true" if here in WITHIN.get(name, ()) else ""
        return Item(label, reverse(name, kwargs=kwargs), "page" if here == name else within)


def navigation(request: PersonRequest) -> dict[str, object]:
    return {"navigation": Navigation(request)}
