"""The test suite: SQLite unless DATABASE_URL says otherwise, no real broker, fast password hashes."""

import tempfile
from pathlib import Path

from config.settings.base import *
from config.settings.base import DATABASES, STORAGES

DEBUG = False
SECRET_KEY = "only-for-tests"  # noqa: S105
ALLOWED_HOSTS = ["testserver", "127.0.0.1", "localhost"]
STATE_DIR = Path(tempfile.mkdtemp(prefix="pathway-test-"))
BLOB_DIR = STATE_DIR / "blobs"
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
CELERY_BROKER_URL = "memory://"
CELERY_BROKER_TRANSPORT_OPTIONS = {}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["NAME"] = str(STATE_DIR / "pathway.sqlite3")
    # A file, not memory: threads and transactions behave as in the demo.
    DATABASES["default"]["TEST"] = {"NAME": str(STATE_DIR / "test.sqlite3")}
WHITENOISE_AUTOREFRESH = True
