"""What the rooms above add to the student's and the tutor's first page.

grading and graduation stand on courses, so they are not imported here. Each registers, in its AppConfig.ready(),
functions that answer for one person; each is called once a page view and must take a constant number of queries:

    dashboard.register(work=work_of, marks=marks_of, waiting=waiting_for, panels=panels_for)

- `work(enrolment) -> {assignment pk: Work}`: what is known about each assignment; also shown on the module pages.
- `marks(enrolment) -> {module number: ShownMark}`: released marks; on the path and the list of modules.
- `waiting(user, enrolment or None) -> [Waiting]`: rows of “Waiting for you”, the most pressing first.
- `panels(enrolment) -> [Panel]`: sections such as “From your tutor” and “Marks so far”, in this order.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from accounts.models import User
from courses.models import Enrolment


@dataclass(frozen=True)
class Work:
    """One assignment of one enrolment. All texts are shown as they are."""

    handed_in: bool = False
    started: bool = False
    has_newer_draft: bool = False
    """The draft has changed since the last attempt, and another attempt can be made."""
    lede: str = ""
    """A sentence under the heading: “Your draft passes three of the four visible checks.”"""
    act: str = ""
    """The words on the button: “Continue the assignment”."""
    facts: tuple[tuple[str, str], ...] = ()
    """(“Attempts”, “1 of 5 used; your best counts”), ..."""


@dataclass(frozen=True)
class ShownMark:
    """The released mark of a module: “66”."""

    mark: str
    is_provisional: bool = True


@dataclass(frozen=True)
class Waiting:
    title: str
    url: str
    text: str = ""
    at: datetime | None = None
    aside: str = ""
    """Stands where `at` would: “9 minutes left”."""
    act: str = "Open it"
    """On the button when nothing else waits."""


@dataclass(frozen=True)
class Panel:
    """A section with a heading. The template finds `panel.context`, and writes no <section> and no <h2> itself."""

    title: str
    template: str
    context: Mapping[str, Any] = field(default_factory=dict)
    is_spoken: bool = False
    """Somebody's words, in the wide column; else facts, in the narrow one."""


WorkOf = Callable[[Enrolment], Mapping[int, Work]]
MarksOf = Callable[[Enrolment], Mapping[int, ShownMark]]
WaitingFor = Callable[[User, Enrolment | None], Iterable[Waiting]]
PanelsFor = Callable[[Enrolment], Iterable[Panel]]

_work: list[WorkOf] = []
_marks: list[MarksOf] = []
_waiting: list[WaitingFor] = []
_panels: list[PanelsFor] = []


def register(
    *,
    work: WorkOf | None = None,
    marks: MarksOf | None = None,
    waiting: WaitingFor | None = None,
    panels: PanelsFor | None = None,
) -> None:
    if work:
        _work.append(work)
    if marks:
        _marks.append(marks)
    if waiting:
        _waiting.append(waiting)
    if panels:
        _panels.append(panels)


def work_of(enrolment: Enrolment) -> dict[int, Work]:
    found: dict[int, Work] = {}
    for source in _work:
        found |= source(enrolment)
    return found


def marks_of(enrolment: Enrolment) -> dict[int, ShownMark]:
    found: dict[int, ShownMark] = {}
    for source in _marks:
        found |= source(enrolment)
    return found


def waiting_for(user: User, enrolment: Enrolment | None) -> list[Waiting]:
    return [row for source in _waiting for row in source(user, enrolment)]


def panels_for(enrolment: Enrolment) -> list[Panel]:
    return [panel for source in _panels for panel in source(enrolment)]
