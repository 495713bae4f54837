from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest

from accounts.models import User


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    error_messages = DefaultAccountAdapter.error_messages | {
        "account_inactive": "This account is closed. Write to the programme office if that is a mistake.",
        "cannot_remove_primary_email": "We write to this address. Choose another one for that first.",
        "duplicate_email": "This address is already yours.",
        "email_password_mismatch": "This e-mail and this password do not belong together.",
        "email_taken": "This address cannot be used.",
        "enter_current_password": "This is not your present password.",
        "incorrect_password": "This is not your password.",
        "invalid_password_reset": "This link was used before, or is too old.",
        "max_email_addresses": "You can have at most %d addresses.",
        "too_many_login_attempts": "Too many wrong attempts. Wait five minutes, or set a new password.",
        "same_as_current": "This is what you have already.",
        "rate_limited": "Too many requests. Wait a minute and try again.",
    }

    def save_user(self, request: HttpRequest, user: User, form: Any, commit: bool = True) -> User:
        user.name = form.cleaned_data["name"]
        return super().save_user(request, user, form, commit)  # type: ignore[no-any-return]
