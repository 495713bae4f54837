"""A school's installation: every secret from the environment; a missing one says how to set it."""

from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from config.settings.base import *
from config.settings.base import DATABASES, env


def required(name: str, what: str) -> str:
    """The variable, or the file named by NAME_FILE (a container's secret)."""
    if path := env.str(f"{name}_FILE", default=""):
        try:
            value = Path(path).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise ImproperlyConfigured(f"{name}_FILE names {path}, which cannot be read ({error}).") from error
    else:
        value = env.str(name, default="").strip()
    if value:
        return str(value)
    raise ImproperlyConfigured(f"{name} is not set: {what} Set {name}, or {name}_FILE to a file that holds it.")


DEBUG = False
SECRET_KEY = required("SECRET_KEY", "it signs sessions and links; 50 random characters, kept secret.")
hosts = required("ALLOWED_HOSTS", "the host names that this site answers to, separated by commas.")
ALLOWED_HOSTS = [host.strip() for host in hosts.split(",") if host.strip()]
SITE_URL = required("PATHWAY_SITE_URL", "the public address, such as https://pathway.ashdown.example.").rstrip("/")
DATABASES["default"] = {
    **env.db_url_config(required("DATABASE_URL", "postgres://user:password@host:5432/name.")),
    "CONN_MAX_AGE": 60,
    "CONN_HEALTH_CHECKS": True,
}
CELERY_BROKER_URL = required("CELERY_BROKER_URL", "redis://:password@host:6379/0.")
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 3600, "socket_timeout": 5, "socket_connect_timeout": 2}
vars().update(env.email_url_config(required("EMAIL_URL", "smtp+tls://user:password@host:587.")))
CSRF_TRUSTED_ORIGINS = [SITE_URL]

# The proxy in front adds the visitor's address; without this, all visitors would share one limit on guessing.
ALLAUTH_TRUSTED_PROXY_COUNT = 1
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_SSL_REDIRECT = env.bool("PATHWAY_HTTPS", default=True)
SECURE_REDIRECT_EXEMPT = [r"^health/$"]
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT
SECURE_HSTS_SECONDS = 31_536_000 if SECURE_SSL_REDIRECT else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = SECURE_SSL_REDIRECT
