"""Addresses. The apps are named as strings: config imports nothing that stands on it."""

from allauth.account.decorators import secure_admin_login
from django.conf import settings
from django.contrib import admin
from django.urls import include, path

from config import views

# One door to sign in by, with its limits on guessing.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

urlpatterns = [
    path("", include("courses.urls")),
    path("", include("grading.urls")),
    path("", include("graduation.awards.urls")),
    path("", include("graduation.portfolio.urls")),
    path("", include("graduation.certificates.urls")),
    path("", include("notices.urls")),
    path("people/", include("accounts.urls")),
    path("accounts/", include("allauth.account.urls")),
    path("theme/", views.theme, name="theme"),
    path("health/", views.health, name="health"),
    path("admin/", admin.site.urls),
]
if settings.DEBUG:
    from config.styleguide import styleguide

    urlpatterns.append(path("styleguide/", styleguide, name="styleguide"))
