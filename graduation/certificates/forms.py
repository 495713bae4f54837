from django import forms


class RevocationForm(forms.Form):
    reason = forms.CharField(
        label="Why is it no longer valid?",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Everybody who checks the certificate reads this. Such as: Replaced after a change of name.",
    )
