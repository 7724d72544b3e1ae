"""The only place that overrides settings: secrets of no worth and folders of their own."""

import atexit
import os
import shutil
import tempfile

if "DATA_DIR" not in os.environ:
    os.environ["DATA_DIR"] = tempfile.mkdtemp(prefix="gencraft-tests-")
    atexit.register(shutil.rmtree, os.environ["DATA_DIR"], ignore_errors=True)
os.environ.setdefault("SECRET_KEY", "of-no-worth-outside-of-these-tests")
os.environ.setdefault("SEALING_KEYS", "GdJ5rNpfNgHhwd_3MUWgP2f0YV0XU1Nl7Hq6mJQ2b5s=")
os.environ.setdefault("PUBLIC_URL", "http://testserver")

from gencraft_media.settings import *  # noqa: F403

ALLOWED_HOSTS = ["*"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
CELERY_BROKER_URL = os.environ.get("BROKER_URL", "memory://")
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}  # noqa: F405
# Static files straight from the packages: tests collect none.
WHITENOISE_AUTOREFRESH = True
WHITENOISE_USE_FINDERS = True
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):  # noqa: F405
    # In a file, as in real life: the threads of a test would find an in-memory database locked.
    DATABASES["default"]["TEST"] = {"NAME": str(DATA_DIR / "test.sqlite3")}  # noqa: F405
# The provider of all tests, on PostgreSQL too.
SIM_ENABLED = True
# Tests change rows and look at once.
FRESH_FOR_S = 0.0
