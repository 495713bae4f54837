from typing import Any

from django import forms
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET


class Controls(forms.Form):
    """One control of each kind."""

    reason = forms.CharField(label="Reason for the extension", help_text="One sentence. Only the office reads it.")
    due = forms.DateField(label="New due date", widget=forms.DateInput(attrs={"type": "date"}))
    attempts = forms.IntegerField(
        label="Attempts", help_text="Set by the assignment; not editable here.", disabled=True, initial=5
    )
    cohort = forms.ChoiceField(label="Cohort", choices=[("spring", "Spring 2027, part-time")])
    notices = forms.ChoiceField(
        label="Notices", choices=[("daily", "One e-mail a day"), ("once", "At once")], widget=forms.RadioSelect
    )
    also = forms.BooleanField(label="Also when a deadline is a day away", required=False)
    memo = forms.CharField(label="Memo", widget=forms.Textarea(attrs={"rows": 3}), required=False)
    notebook = forms.FileField(label="Notebook", required=False)

    def clean_due(self) -> Any:
        raise forms.ValidationError("Choose a date up to Thu 3 June: self-certified extensions are 7 days.")


@require_GET
@login_not_required
def styleguide(request: HttpRequest) -> HttpResponse:
    """Every component in every state; only in development."""
    refused = Controls(
        {"refused-due": "2027-06-10", "refused-cohort": "spring", "refused-notices": "daily"}, prefix="refused"
    )
    levels = zip(
        range(2, 10), (20, 35, 45, 55, 65, 75, 85, 95), ("", "", "", "52 58", "62 68", "72 78", "", ""), strict=True
    )
    return render(
        request,
        "styleguide.html",
        {"form": Controls(initial={"notices": "daily", "also": True}), "refused": refused, "levels": levels},
    )
