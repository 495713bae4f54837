from typing import Any

from django import forms

from graduation.awards.records import Record


class MarkForm(forms.Form):
    """The mark of a module that was assessed outside the platform, or resat. Who is referred chooses which it is."""

    FIRST, RESIT = "first", "resit"

    module = forms.TypedChoiceField(coerce=int, label="Module")
    sit = forms.ChoiceField(label="Sit", widget=forms.RadioSelect)
    mark = forms.DecimalField(label="Mark", help_text="A whole number from 0 to 100.")
    reason = forms.CharField(
        label="Why",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Who assessed it, and where the evidence is kept. The student reads this.",
    )

    def __init__(self, *args: Any, record: Record, referred: list[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        resat = [each.module.number for each in record.modules if each.resit.mark]
        if referred or resat:
            sit = self.fields["sit"]
            assert isinstance(sit, forms.ChoiceField)
            named = ", ".join(f"M{number}" for number in sorted({*referred, *resat}))
            sit.choices = [
                (self.RESIT, f"A resit of {named}. It counts {record.regulations.resits.cap} at most."),
                (self.FIRST, "A first sit, or the correction of one."),
            ]
        else:
            del self.fields["sit"]
        module = self.fields["module"]
        assert isinstance(module, forms.TypedChoiceField)
        module.choices = [
            (each.module.number, f"{each.rules.id}, {each.module.short_title}") for each in record.modules
        ]
        module.initial = min(referred, default=None)
        self.fields["mark"].widget.attrs.update(min=0, max=100, step=1, inputmode="numeric")

    @property
    def is_resit(self) -> bool:
        return self.cleaned_data.get("sit") == self.RESIT
