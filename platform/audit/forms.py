from django import forms
from django.db.models import Q, QuerySet

from audit.models import Entry, Event


class Filter(forms.Form):
    """Which entries of the log are looked for."""

    event = forms.ChoiceField(label="What happened", choices=[("", "Everything"), *Event.choices], required=False)
    who = forms.CharField(label="Name or e-mail", max_length=200, required=False)

    def narrow(self, entries: QuerySet[Entry]) -> QuerySet[Entry]:
        """Those by this person or about them; all, if the question makes no sense."""
        if not self.is_valid():
            return entries
        if event := self.cleaned_data["event"]:
            entries = entries.filter(event=event)
        if who := self.cleaned_data["who"]:
            entries = entries.filter(
                Q(by__name__icontains=who) | Q(by__email__icontains=who) | Q(on_name__icontains=who)
            )
        return entries
