"""A machine to work on: SQLite, the filesystem broker, mail into files."""

from config.settings.base import *
from config.settings.base import INSTALLED_APPS, STATE_DIR, env

INSTALLED_APPS += ["graduation.demo"]

DEBUG = env.bool("PATHWAY_DEBUG", default=True)
SECRET_KEY = "only-for-development-never-for-a-real-school"  # noqa: S105
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]", "testserver"]
STATE_DIR.mkdir(parents=True, exist_ok=True)
if DEBUG:
    STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
