import pytest
from django import forms
from django.test import RequestFactory

from config.styleguide import styleguide


class Extension(forms.Form):
    reason = forms.CharField(label="Reason", help_text="One sentence.")
    days = forms.ChoiceField(label="Days", choices=[("7", "Seven"), ("14", "Fourteen")], widget=forms.RadioSelect)
    agreed = forms.BooleanField(label="I have read the rules")
    memo = forms.CharField(label="Memo", required=False, widget=forms.Textarea)
    token = forms.CharField(widget=forms.HiddenInput, required=False)


def test_each_control_has_its_label_and_hint() -> None:
    page = str(Extension())
    assert '<label for="id_reason">Reason</label>' in page
    assert 'aria-describedby="id_reason_helptext"' in page
    assert '<div class="hint" id="id_reason_helptext">One sentence.</div>' in page
    assert "<legend>Days</legend>" in page
    assert '<label class="pick" for="id_days_0">' in page
    assert '<label class="pick" for="id_agreed">' in page
    assert 'Memo <span class="optional">(optional)</span>' in page
    assert page.count('<input type="hidden"') == 1
    assert "alert" not in page


def test_a_refused_form_says_on_top_what_is_wrong_and_links_to_it() -> None:
    page = str(Extension({"memo": "<b>kept</b>"}))
    assert page.index('role="alert"') < page.index("id_reason")
    assert '<a href="#id_reason">Reason</a>: This field is required.' in page
    assert '<a href="#id_days">Days</a>' in page
    assert 'id="id_days"' in page
    assert 'aria-describedby="id_reason_helptext id_reason_error"' in page
    assert 'id="id_reason_error"' in page
    assert "&lt;b&gt;kept&lt;/b&gt;" in page


@pytest.mark.django_db
def test_the_style_guide_shows_every_drawing() -> None:
    request = RequestFactory().get("/styleguide/")
    request.resolver_match = None  # type: ignore[assignment]
    page = styleguide(request).content.decode()
    for name in ("done", "now", "ahead", "prov", "fail", "warn", "lock", "clock", "gone", "next", "down"):
        assert f'href="#i-{name}"' in page
        assert f'id="i-{name}"' in page
