from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django import forms
from django.core.signing import BadSignature, Signer
from django.utils import timezone

from courses.forms import at_most
from courses.models import Assignment, Cohort, DataSet, Enrolment
from grading.actions.marking import CriterionJudgement, ItemJudgement
from grading.checklist import SCORES, Finding, Item, items
from grading.models import Assessment, Proposal, ProposalDecision, ProposalDraft
from grading.models.proposal import LONGEST_REASON, LONGEST_TITLE


class UploadForm(forms.Form):
    # Its content, and whether it has any, is judged by grading.uploads, in better words.
    file = forms.FileField(
        allow_empty_file=True, error_messages={"required": "Choose a file first.", "invalid": "Choose a file first."}
    )


class TypedForm(forms.Form):
    """What comes with the cells that a window of the editor sends."""

    file = forms.CharField(required=False, max_length=200)
    base = forms.CharField(required=False, max_length=64)
    window = forms.UUIDField()
    until = forms.CharField(required=False, max_length=64)


class RevisionField(forms.ModelChoiceField):  # type: ignore[type-arg]
    def label_from_instance(self, obj: Assignment) -> str:
        revision = obj.module.revision
        return f"Revision {revision.number}, loaded {timezone.localtime(revision.loaded_at):%-d %B %Y, %H:%M}"


class RegradeForm(forms.Form):
    """By which revision to judge again, and why."""

    assignment = RevisionField(
        label="Judge by",
        queryset=Assignment.objects.none(),
        empty_label=None,
        error_messages={"invalid_choice": "This revision has no such assignment. Choose another."},
    )
    reason = forms.CharField(
        label="What changed and why",
        help_text="One or two sentences. Students whose marks or checks change read them.",
        max_length=400,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Say what changed and why: the students will read it.", **at_most(400)},
    )
    may_only_rise = forms.BooleanField(
        label="Marks may only rise",
        help_text="A student whose mark would fall keeps the present one.",
        required=False,
    )

    def __init__(self, *args: Any, cohort: Cohort, slug: str) -> None:
        super().__init__(*args)
        same = Assignment.objects.filter(module__revision__programme=cohort.revision.programme_id, slug=slug)
        choice = self.fields["assignment"]
        assert isinstance(choice, RevisionField)
        choice.queryset = same.select_related("module__revision").order_by("-module__revision__number")


class MoveForm(forms.Form):
    """Why a cohort moves to another revision."""

    reason = forms.CharField(
        label="Why",
        help_text="One or two sentences. Every student of the cohort reads them.",
        max_length=400,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Say why: the students will read it.", **at_most(400)},
    )


def form_token(enrolment: Enrolment, assignment: Assignment) -> str:
    """A fresh name for one form of one student: sent twice, it submits once; sent by somebody else, never."""
    return signer(enrolment, assignment).sign(str(uuid.uuid4()))


def signer(enrolment: Enrolment, assignment: Assignment) -> Signer:
    return Signer(salt=f"grading.submit.{enrolment.pk}.{assignment.slug}")


class SubmitForm(forms.Form):
    """What the student saw when they pressed Submit: which draft, and how late it was."""

    token = forms.CharField(max_length=200)
    digest = forms.CharField(max_length=64, required=False)
    days = forms.IntegerField(min_value=0, max_value=1000, required=False)
    confirm = forms.BooleanField(required=False)

    def __init__(self, *args: Any, enrolment: Enrolment, assignment: Assignment) -> None:
        super().__init__(*args)
        self.signer = signer(enrolment, assignment)

    def clean_token(self) -> uuid.UUID:
        try:
            return uuid.UUID(self.signer.unsign(self.cleaned_data["token"]))
        except (BadSignature, ValueError) as error:
            raise forms.ValidationError("This form is not valid here.") from error


@dataclass(frozen=True)
class Level:
    value: int
    sentence: str
    is_main: bool
    """The one that its key chooses first."""
    is_chosen: bool


@dataclass(frozen=True)
class Key:
    """A digit and the levels that begin with it, ascending."""

    digit: str
    levels: list[Level]


@dataclass
class Criterion:
    """One row of the rubric as it is shown: with what was chosen, typed and found wrong."""

    id: str
    title: str
    question: str
    weight: int
    keys: list[Key]
    level: str = ""
    feedback: str = ""
    errors: list[str] = field(default_factory=list)

    @property
    def is_open(self) -> bool:
        return not self.level or not self.feedback.strip()

    @property
    def levels(self) -> list[Level]:
        return [level for key in self.keys for level in key.levels]


@dataclass(frozen=True)
class ItemRow:
    """One item of a checklist on the desk: what was found, and what the marker says."""

    item: Item
    score: str
    why: str
    errors: list[str]

    @property
    def choices(self) -> list[tuple[str, str, bool]]:
        return [(str(score), word, str(score) == self.score) for score, word in SCORES.items()]


class AssessmentForm(forms.Form):
    """A level and a sentence for every criterion of a rubric, a word on every item of a checklist, and a comment."""

    comment = forms.CharField(required=False, max_length=5000, strip=False)
    seen = forms.IntegerField(required=False, min_value=0)

    def __init__(
        self,
        data: Any = None,
        *,
        assignment: Assignment,
        assessment: Assessment | None = None,
        found: Sequence[Finding] = (),
    ) -> None:
        self.assignment = assignment
        self.items = items(found, assessment.checklist if assessment else None)
        initial: dict[str, Any] = {"seen": assessment.pk if assessment else 0}
        if assessment:
            initial["comment"] = assessment.comment
            for each in assessment.criteria.all():
                initial[f"{each.criterion}-level"] = str(each.level)
                initial[f"{each.criterion}-feedback"] = each.feedback
        for item in self.items:
            score = item.suggested if item.score is None else item.score
            initial |= {f"item-{item.id}": "" if score is None else str(score), f"item-{item.id}-why": item.why}
        super().__init__(data, initial=initial)
        for item in self.items:
            self.fields[f"item-{item.id}"] = forms.TypedChoiceField(
                choices=[(score, word) for score, word in SCORES.items()],
                coerce=int,
                error_messages={
                    "required": f"Checklist, {item.id} is open: choose missing, partial or met.",
                    "invalid_choice": f"Checklist, {item.id}: choose missing, partial or met.",
                },
            )
            self.fields[f"item-{item.id}-why"] = forms.CharField(
                required=False, max_length=300, error_messages=at_most(300)
            )
        for criterion in assignment.rubric:
            name, title = criterion["id"], criterion["title"]
            self.fields[f"{name}-level"] = forms.ChoiceField(
                choices=[(level, level) for level in criterion["levels"]],
                error_messages={
                    "required": f"{title} is open: choose a level.",
                    "invalid_choice": f"{title}: %(value)s is not a level of this rubric.",
                },
            )
            self.fields[f"{name}-feedback"] = forms.CharField(
                max_length=2000,
                error_messages={
                    "required": f"{title}: write one sentence of feedback.",
                    "max_length": f"{title}: at most 2,000 characters of feedback; there are %(show_value)d.",
                },
            )
        self.fields["comment"].error_messages["max_length"] = (
            "Overall comment: at most 5,000 characters; there are %(show_value)d."
        )

    def judgements(self) -> dict[str, CriterionJudgement]:
        """What a valid form chose, by criterion."""
        return {
            criterion["id"]: CriterionJudgement(
                level=int(self.cleaned_data[f"{criterion['id']}-level"]),
                feedback=self.cleaned_data[f"{criterion['id']}-feedback"],
            )
            for criterion in self.assignment.rubric
        }

    def checklist(self) -> dict[str, ItemJudgement]:
        """What a valid form says of each item."""
        return {
            item.id: ItemJudgement(
                score=self.cleaned_data[f"item-{item.id}"], why=self.cleaned_data[f"item-{item.id}-why"]
            )
            for item in self.items
        }

    @property
    def item_rows(self) -> list[ItemRow]:
        return [
            ItemRow(
                item,
                self.typed(f"item-{item.id}"),
                self.typed(f"item-{item.id}-why"),
                [str(e) for name in (f"item-{item.id}", f"item-{item.id}-why") for e in self.errors.get(name, [])],
            )
            for item in self.items
        ]

    def typed(self, name: str) -> str:
        return str(self[name].value() or "")

    @property
    def comment_typed(self) -> str:
        return self.typed("comment")

    @property
    def seen_typed(self) -> str:
        return self.typed("seen") or "0"

    @property
    def problems(self) -> list[str]:
        return [str(problem) for problems in self.errors.values() for problem in problems]

    @property
    def rows(self) -> list[Criterion]:
        rows = []
        for criterion in self.assignment.rubric:
            name = criterion["id"]
            level = self.typed(f"{name}-level")
            errors = [*self.errors.get(f"{name}-level", []), *self.errors.get(f"{name}-feedback", [])]
            rows.append(
                Criterion(
                    id=name,
                    title=criterion["title"],
                    question=criterion["question"],
                    weight=criterion["weight"],
                    keys=keys_of(criterion["levels"], level),
                    level=level if level in criterion["levels"] else "",
                    feedback=self.typed(f"{name}-feedback"),
                    errors=[str(error) for error in errors],
                )
            )
        return rows


def keys_of(levels: dict[str, str], chosen: str) -> list[Key]:
    """The levels under the digit that chooses them. Of 52, 55 and 58 the middle one comes first."""
    by_digit: dict[str, list[str]] = {}
    for level in sorted(levels, key=int):
        by_digit.setdefault(level[0], []).append(level)
    return [
        Key(
            digit,
            [Level(int(each), levels[each], each == group[len(group) // 2], each == chosen) for each in group],
        )
        for digit, group in by_digit.items()
    ]


def running_total(rows: list[Criterion]) -> Decimal | None:
    """The weighted mean over the criteria that have a level. None while there is none."""
    chosen = [row for row in rows if row.level]
    weight = sum(row.weight for row in chosen)
    if not weight:
        return None
    total = sum((Decimal(row.weight) * int(row.level) for row in chosen), Decimal())
    return (total / weight).quantize(Decimal("0.01"), ROUND_HALF_UP)


class ProposalForm(forms.Form):
    """What an assignment asks before the work begins. Handing in needs every answer, a draft needs none."""

    OWN = "own"
    title = forms.CharField(
        label="Title",
        help_text="One line that a colleague understands.",
        max_length=LONGEST_TITLE,
        error_messages={"required": "Give the project a title.", **at_most(LONGEST_TITLE)},
    )
    data_set = forms.ChoiceField(label="Data set", error_messages={"required": "Choose the data."})
    seen = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)

    def __init__(
        self,
        data: Any = None,
        *,
        assignment: Assignment,
        draft: ProposalDraft | None,
        newest: Proposal | None,
        is_change: bool,
        is_draft: bool = False,
    ) -> None:
        self.assignment, self.is_draft = assignment, is_draft
        written = draft or newest
        initial: dict[str, Any] = {"seen": draft.saves if draft else 0}
        if written:
            chosen = written.data or (self.OWN if isinstance(written, Proposal) else "")
            initial |= {"title": written.title, "data_set": chosen, "why": draft.why if draft else ""}
            initial |= {f"answer-{id}": text for id, text in written.answers.items()}
        super().__init__(data, initial=initial)
        sets = DataSet.objects.filter(revision=assignment.module.revision_id).values_list("slug", "title")
        field = self.fields["data_set"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", "Choose"), *sets, (self.OWN, "Data of my own")]
        for question in assignment.proposal:
            self.fields[f"answer-{question['id']}"] = text_field(question["title"], question["ask"], question["most"])
            self.fields[f"answer-{question['id']}"].required = not question["own_data"]
        if is_change:
            self.fields["why"] = text_field(
                "What is to change, and why",
                "The approved proposal stands until a tutor approves this.",
                LONGEST_REASON,
            )

    def full_clean(self) -> None:
        """As a draft everything may be open; the page goes on saying what handing in needs."""
        needed = [each for each in self.fields.values() if each.required and self.is_draft]
        for each in needed:
            each.required = False
        super().full_clean()
        for each in needed:
            each.required = True

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for question in self.assignment.proposal:
            name = f"answer-{question['id']}"
            is_open = question["own_data"] and name in cleaned and not cleaned[name]
            if is_open and cleaned.get("data_set") == self.OWN and not self.is_draft:
                self.add_error(name, f"“{question['title']}” is open.")
        return cleaned

    def answers(self) -> dict[str, str]:
        """By question."""
        ids = [question["id"] for question in self.assignment.proposal]
        return {id: self.cleaned_data[f"answer-{id}"] for id in ids}


def text_field(title: str, ask: str, most: int) -> forms.CharField:
    return forms.CharField(
        label=title,
        help_text=f"{ask} At most {most:,} characters.",
        max_length=most,
        widget=forms.Textarea(attrs={"rows": max(3, min(most // 200, 10))}),
        error_messages={"required": f"“{title}” is open.", **at_most(most)},
    )


class ProposalDecisionForm(forms.Form):
    decision = forms.ChoiceField(
        choices=ProposalDecision.Outcome.choices,
        error_messages={"required": "Choose a decision.", "invalid_choice": "Choose one of the three decisions."},
    )
    reason = forms.CharField(
        label="What you say to the student",
        help_text="Needed to ask for changes or to decline. With an approval: what you agreed, if anything.",
        max_length=LONGEST_REASON,
        required=False,
        widget=forms.Textarea(attrs={"rows": 5}),
        error_messages=at_most(LONGEST_REASON),
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("decision", "approved") != "approved" and "reason" in cleaned and not cleaned["reason"]:
            self.add_error("reason", "Say why. The student reads the reason, and it is kept.")
        return cleaned


class MomentInput(forms.DateTimeInput):
    input_type = "datetime-local"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%dT%H:%M")


def moment_field(**kwargs: Any) -> forms.DateTimeField:
    invalid = "This is not a date and time. Write it as 2027-01-11T14:02."
    return forms.DateTimeField(widget=MomentInput(), error_messages={"invalid": invalid, "required": invalid}, **kwargs)


class IncidentForm(forms.Form):
    started_at = moment_field(label="From")
    ended_at = moment_field(label="Until", required=False, help_text="Nothing while it goes on.")
    sentence = forms.CharField(
        label="What did not work",
        help_text="Everybody reads it. Name nobody; say what it means for students.",
        max_length=400,
        error_messages={
            "required": "Say in a sentence what did not work.",
            "max_length": "Use at most 400 characters; there are %(show_value)d.",
        },
    )

    def clean_started_at(self) -> datetime:
        at: datetime = self.cleaned_data["started_at"]
        if abs(at - timezone.now()) > timedelta(days=366):
            raise forms.ValidationError("This is more than a year away. Check the year.")
        return at

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        start, end = cleaned.get("started_at"), cleaned.get("ended_at")
        if start and end and not timedelta() <= end - start <= timedelta(days=366):
            self.add_error("ended_at", "It ends after it starts, and within a year.")
        return cleaned
