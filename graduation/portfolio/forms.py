from typing import Any

from django import forms

from courses.refusal import Refused
from graduation.portfolio.addresses import LONGEST, checked


class PortfolioForm(forms.Form):
    slug = forms.CharField(label="Address", max_length=LONGEST + 20)
    headline = forms.CharField(
        label="Headline", required=False, max_length=160, help_text="One line: what you do, and where."
    )
    about = forms.CharField(
        label="About you", required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 5})
    )

    def __init__(self, *args: Any, prefix_shown: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["slug"].help_text = f"The last word of {prefix_shown}…/"

    def clean_slug(self) -> str:
        try:
            return checked(self.cleaned_data["slug"])
        except Refused as refusal:
            raise forms.ValidationError(str(refusal)) from refusal


class ArtefactForm(forms.Form):
    title = forms.CharField(label="Title", max_length=160, help_text="The finding, for somebody who hires.")
    reflection = forms.CharField(
        label="What you learnt",
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text="What you would defend, and what you would do otherwise. No data of patients.",
    )
