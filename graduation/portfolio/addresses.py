"""The word in the address of a portfolio."""

import re

from django.utils.text import slugify

from accounts.models import User
from courses.refusal import Refused
from graduation.portfolio.models import Portfolio

SHAPE = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*\Z", re.ASCII)
SHORTEST, LONGEST = 3, 60
# Words that are, or may become, pages of ours, and words that would speak for the School.
RESERVED = frozenset(
    """about account accounts admin administrator api artefact artefacts board certificate certificates delete edit
    help login logout me my new null office official pathway portfolio portfolios preview publish root school search
    settings signin signup static support system undefined unpublish verify www""".split()  # noqa: SIM905
)


def checked(word: str) -> str:
    """Raises Refused with what is wrong. Capitals are made small, nothing else is mended."""
    slug = word.strip().lower()
    if not SHORTEST <= len(slug) <= LONGEST:
        raise Refused(f"Use {SHORTEST} to {LONGEST} characters.")
    if not SHAPE.match(slug):
        raise Refused("Use small letters a to z, digits and single hyphens between them, such as amara-okafor.")
    if slug in RESERVED:
        raise Refused(f"“{slug}” is kept for pages of ours. Choose another word.")
    return slug


def suggested(person: User) -> str:
    """A free word made from the name."""
    base = slugify(person.name)[: LONGEST - 5].strip("-")
    base = base if len(base) >= SHORTEST and base not in RESERVED else f"portfolio-{person.pk}"
    taken = set(Portfolio.objects.filter(slug__startswith=base).exclude(user=person).values_list("slug", flat=True))
    number, slug = 1, base
    while slug in taken:
        number += 1
        slug = f"{base}-{number}"
    return slug
