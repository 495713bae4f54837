from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import forms

from accounts.models import User
from accounts.roles import Role
from courses import dates
from courses.access import assignments_of
from courses.actions.cohorts import ROLES_IN_A_COHORT, address_of
from courses.models import Assignment, Cohort, Enrolment, Revision
from courses.refusal import Refused
from courses.regulations import versions

YEARS_AHEAD = 3
MOST_PLACES = 500


class DayInput(forms.DateInput):
    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


def day_field(**kwargs: Any) -> forms.DateField:
    return forms.DateField(
        widget=DayInput(),
        error_messages={"invalid": "This is not a date. Write it as 2027-01-11."},
        **kwargs,
    )


def at_most(characters: int) -> dict[str, str]:
    return {"max_length": f"Use at most {characters:,} characters; there are %(show_value)d."}


class ApplicationForm(forms.Form):
    statement = forms.CharField(
        label="Why this course",
        help_text="Three or four sentences: what you do, what you want to be able to do. The office decides by it.",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 7}),
        error_messages={"required": "Say in a few sentences why you want to take this course.", **at_most(2000)},
    )


class EvidenceForm(forms.Form):
    done_on = day_field(label="Signed or completed on")
    reference = forms.CharField(
        label="Your name, or the number of the certificate",
        max_length=200,
        error_messages=at_most(200),
    )


class DecisionForm(forms.Form):
    ACCEPT, REFUSE = "accept", "refuse"
    decision = forms.ChoiceField(choices=[(ACCEPT, "Accept"), (REFUSE, "Refuse")])
    reason = forms.CharField(
        label="Reason",
        help_text="Needed to refuse. The applicant reads it.",
        max_length=500,
        required=False,
        error_messages=at_most(500),
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("decision") == self.REFUSE and not cleaned.get("reason"):
            self.add_error("reason", "Say why. The applicant reads the reason, and it is kept on record.")
        return cleaned


class WithdrawalForm(forms.Form):
    reason = forms.CharField(
        label="Reason",
        max_length=500,
        error_messages={"required": "Say why. The reason is kept on record.", **at_most(500)},
    )


class AssignmentField(forms.ModelChoiceField):  # type: ignore[type-arg]
    def label_from_instance(self, obj: Assignment) -> str:
        return f"Module {obj.module.number}: {obj.title}"


class ExtensionForm(forms.Form):
    assignment = AssignmentField(
        queryset=Assignment.objects.none(),
        empty_label=None,
        error_messages={"invalid_choice": "This assignment is not part of the cohort's programme. Choose another."},
    )
    due_on = day_field(label="New due date", help_text="Until 23:59 of that day, in the school's time zone.")
    reason = forms.CharField(
        label="Reason",
        help_text="Kept on record; the student does not see it.",
        max_length=500,
        error_messages=at_most(500),
    )

    def __init__(self, *args: Any, enrolment: Enrolment, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.enrolment = enrolment
        assignments = self.fields["assignment"]
        assert isinstance(assignments, forms.ModelChoiceField)
        assignments.queryset = assignments_of(enrolment.cohort)

    def clean_due_on(self) -> date:
        """Bounded here, before the day becomes a moment: a year 9999 has no moments in every zone."""
        day: date = self.cleaned_data["due_on"]
        if day < dates.school_day():
            raise forms.ValidationError(f"{day:%-d %B %Y} is past. Choose a day from today on.")
        assignment = self.cleaned_data.get("assignment")
        if assignment:
            latest = dates.school_day(dates.latest_extension(self.enrolment.cohort, assignment))
            if day > latest:
                raise forms.ValidationError(
                    f"The regulations let this assignment move to {latest:%-d %B %Y} at the latest. "
                    "Choose a day up to then."
                )
        return day


class CohortForm(forms.Form):
    name = forms.CharField(
        max_length=120,
        help_text="Such as “Spring 2027, part-time”. Students read it everywhere.",
        error_messages=at_most(120),
    )
    revision = forms.ModelChoiceField(
        label="Programme",
        queryset=Revision.objects.order_by("programme__title", "-number"),
        empty_label=None,
        help_text="The cohort stays on this revision until somebody moves it to another.",
        error_messages={
            "required": "No programme is loaded. Load it first with ./pathway load.",
            "invalid_choice": "There is no such revision. Choose one from the list.",
        },
    )
    regulations_version = forms.ChoiceField(
        label="Regulations", help_text="The rules on marks, lateness and awards. The cohort keeps them."
    )
    pace = forms.ChoiceField(choices=Cohort.Pace.choices, widget=forms.RadioSelect, initial=Cohort.Pace.PART_TIME)
    starts_on = day_field(
        label="Starts on", help_text="A Monday, because every module opens on a Monday, counted in weeks from this day."
    )
    enrol_until = day_field(label="Enrolling ends on", help_text="The last day on which somebody can ask for a place.")
    enrolling = forms.ChoiceField(
        choices=Cohort.Enrolling.choices, widget=forms.RadioSelect, initial=Cohort.Enrolling.APPROVAL
    )
    capacity = forms.IntegerField(
        label="Places",
        min_value=1,
        max_value=MOST_PLACES,
        initial=30,
        help_text="Who comes when all are taken lands on the waiting list.",
        error_messages={
            "min_value": "A cohort needs at least one place.",
            "max_value": f"A cohort has at most {MOST_PLACES} places. Make a second one.",
            "invalid": "Write a whole number, such as 30.",
        },
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = self.fields["regulations_version"]
        assert isinstance(known, forms.ChoiceField)
        known.choices = [(version, f"Version {version}") for version in reversed(versions())]
        known.error_messages["invalid_choice"] = f"There is no such version. There are: {', '.join(versions())}."

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        try:
            address_of(name)
        except Refused as refused:
            raise forms.ValidationError(str(refused)) from refused
        if Cohort.objects.filter(name__iexact=name).exists():
            raise forms.ValidationError(f"There is already a cohort “{name}”. Choose another name.")
        return name

    def clean_starts_on(self) -> date:
        day: date = self.cleaned_data["starts_on"]
        today = dates.school_day()
        if day < today:
            raise forms.ValidationError(f"{day:%-d %B %Y} is past. A cohort starts in the future.")
        if day > today + timedelta(weeks=52 * YEARS_AHEAD):
            raise forms.ValidationError(f"{day:%-d %B %Y} is more than {YEARS_AHEAD} years away. Check the year.")
        if day.weekday():
            monday = dates.monday_of(day) + timedelta(weeks=1)
            raise forms.ValidationError(
                f"{day:%-d %B %Y} is a {day:%A}. Every module opens on a Monday, so a cohort starts on one: "
                f"the next is {monday:%-d %B %Y}."
            )
        return day

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        starts_on, enrol_until = cleaned.get("starts_on"), cleaned.get("enrol_until")
        if enrol_until and enrol_until < dates.school_day():
            self.add_error("enrol_until", f"{enrol_until:%-d %B %Y} is past: nobody could enrol.")
        elif enrol_until and starts_on and enrol_until > starts_on + timedelta(weeks=4):
            self.add_error(
                "enrol_until",
                "This is more than four weeks after the start: the first module would be over. Choose earlier.",
            )
        return cleaned


class RoleForm(forms.Form):
    email = forms.EmailField(label="E-mail", help_text="Of somebody who has signed up.")
    role = forms.ChoiceField(choices=[(role.value, role.label) for role in ROLES_IN_A_COHORT])
    user: User

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"]
        found = User.objects.filter(email__iexact=email, is_active=True).first()
        if found is None:
            raise forms.ValidationError(f"Nobody has signed up as {email}. Check the spelling, or ask them to sign up.")
        self.user = found
        return email

    @property
    def chosen(self) -> Role:
        return Role(self.cleaned_data["role"])
