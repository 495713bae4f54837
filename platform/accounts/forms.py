import unicodedata
from typing import Any

from allauth.account import forms as allauth
from django import forms
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse

from accounts.models import User
from accounts.roles import Role

JOINERS = "\u200c\u200d"  # Persian and the scripts of India spell with them.
HOW_TO_CHOOSE = "At least 10 characters. A short sentence is good; a common password is refused."


class PlainWords:
    """Our words for the fields of allauth; labels instead of placeholders."""

    words = {
        "login": "E-mail",
        "email": "E-mail",
        "password": "Password",
        "oldpassword": "Present password",
        "password1": "New password",
        "password2": "New password, once more",
        "remember": "Keep me signed in on this device",
    }
    fields: dict[str, forms.Field]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.widget.attrs.pop("placeholder", None)
            field.label = self.words.get(name, field.label)
            if name.startswith("password"):
                field.help_text = HOW_TO_CHOOSE if name == "password1" else ""


def validate_name(value: str) -> None:
    """It stands on lists and on a certificate: it can be read, and does not turn the line that it stands in."""
    unseen = [char for char in value if unicodedata.category(char).startswith("C") and char not in JOINERS]
    if unseen or not any(char.isalnum() for char in value):
        raise forms.ValidationError("This name has characters that cannot be seen, or no letters. Type it once more.")


class SignUpForm(PlainWords, allauth.SignupForm):  # type: ignore[misc]
    """E-mail, name and password."""

    name = forms.CharField(
        label="Full name",
        max_length=200,
        help_text="As it should stand on your certificate.",
        strip=True,
        validators=[validate_name],
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    field_order = ["name", "email", "password1", "password2"]
    words = PlainWords.words | {"password1": "Password", "password2": "Password, once more"}

    def try_save(self, request: HttpRequest) -> tuple[User | None, HttpResponse | None]:
        """Of two clicks at one moment the second finds the account there, and is answered as for any known address."""
        try:
            with transaction.atomic():
                return super().try_save(request)  # type: ignore[no-any-return]
        except IntegrityError:
            self.account_already_exists = True
            return super().try_save(request)  # type: ignore[no-any-return]


class SignInForm(PlainWords, allauth.LoginForm):  # type: ignore[misc]
    pass


class AddEmailForm(PlainWords, allauth.AddEmailForm):  # type: ignore[misc]
    words = PlainWords.words | {"email": "Another e-mail address"}


class ChangePasswordForm(PlainWords, allauth.ChangePasswordForm):  # type: ignore[misc]
    pass


class SetPasswordForm(PlainWords, allauth.SetPasswordForm):  # type: ignore[misc]
    pass


class ResetPasswordForm(PlainWords, allauth.ResetPasswordForm):  # type: ignore[misc]
    pass


class ResetPasswordKeyForm(PlainWords, allauth.ResetPasswordKeyForm):  # type: ignore[misc]
    pass


class ReauthenticateForm(PlainWords, allauth.ReauthenticateForm):  # type: ignore[misc]
    pass


class ProfileForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = User
        fields = ["name", "time_zone"]
        help_texts = {
            "name": "As it should stand on your certificate.",
            "time_zone": "All times are shown in it. Type a city, for example Europe/London.",
        }
        widgets = {
            "name": forms.TextInput(attrs={"autocomplete": "name"}),
            "time_zone": forms.TextInput(attrs={"list": "time-zones", "autocomplete": "off", "spellcheck": "false"}),
        }

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        validate_name(name)
        return name


class PeopleFilter(forms.Form):
    """Who is looked for."""

    q = forms.CharField(label="Name or e-mail", max_length=200, required=False)
    role = forms.ChoiceField(
        label="Role",
        required=False,
        choices=[("", "Everybody"), *(choice for choice in Role.choices if choice[0] != Role.STUDENT)],
    )
