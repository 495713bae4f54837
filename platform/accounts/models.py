from __future__ import annotations

from typing import Any, ClassVar
from zoneinfo import available_timezones

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models.functions import Lower
from django.utils import timezone

from accounts.roles import Permission, Role, roles_with


def validate_time_zone(value: str) -> None:
    """Refuse what is not a name of the time zone database."""
    if value not in available_timezones():
        raise ValidationError(f"“{value}” is not a time zone. Choose one such as Europe/London.")


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """A person who signs in by e-mail."""
        user = self.model(email=self.normalize_email(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        """The first administrator, who gives everybody else their roles; may use Django's admin for rare repairs."""
        from accounts.actions import grant_role

        with transaction.atomic(using=self._db):
            user = self.create_user(email, password, is_staff=True, is_superuser=True, **fields)
            grant_role(to=user, role=Role.ADMINISTRATOR, by=None)
        return user

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email__iexact=username)


class User(AbstractBaseUser, PermissionsMixin):
    """A person. Signs in by e-mail; what they may do comes from roles and enrolments."""

    email = models.EmailField("e-mail", unique=True)
    name = models.CharField("full name", max_length=200)
    time_zone = models.CharField(max_length=64, default="Europe/London", validators=[validate_time_zone])
    is_staff = models.BooleanField("may use the admin", default=False)
    is_active = models.BooleanField(default=True)
    date_joined = models.DateTimeField(default=timezone.now)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["name"]
    objects: ClassVar[UserManager] = UserManager()

    class Meta:
        ordering = ["name", "pk"]
        constraints = [models.UniqueConstraint(Lower("email"), name="one_person_per_email")]

    def __str__(self) -> str:
        return self.name or self.email

    def get_full_name(self) -> str:
        return self.name

    def has_site_permission(self, permission: Permission) -> bool:
        """Does a site-wide role carry this permission?"""
        return self.is_active and self.site_roles.filter(role__in=roles_with(permission)).exists()


class SiteRole(models.Model):
    """A role that somebody has in every cohort."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="site_roles")
    role = models.CharField(max_length=20, choices=[c for c in Role.choices if c[0] != Role.STUDENT])
    granted_at = models.DateTimeField(default=timezone.now)
    granted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["user", "role"]
        constraints = [models.UniqueConstraint(fields=["user", "role"], name="site_role_once")]

    def __str__(self) -> str:
        return f"{self.user}: {self.get_role_display()}"
