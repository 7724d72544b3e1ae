"""All settings, read from the environment (django-environ) in labelled blocks."""

import os
from pathlib import Path
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured

from gencraft_media.applications import INSTALLED_APPS, MIDDLEWARE  # noqa: F401 (settings)
from gencraft_media.common.documentation import SPECTACULAR_SETTINGS  # noqa: F401 (a setting: the OpenAPI document)
from gencraft_media.common.public_address import is_public_address
from gencraft_media.console.safety.log_in_settings import *  # noqa: F403 (settings: what locks the log-in)
from gencraft_media.console.unfold import UNFOLD  # noqa: F401 (a setting: how the admin looks)
from gencraft_media.schedule import housekeeping

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()


def _whole_number(name: str, *, default: int, least: int, most: int) -> int:
    value = env.int(name, default=default)
    if not least <= value <= most:
        raise ImproperlyConfigured(f"{name} is {value}; it may be {least} to {most}.")
    return int(value)


# --- Where things live -------------------------------------------------------------------------
DATA_DIR = Path(env.str("DATA_DIR", default=str(BASE_DIR / "var"))).resolve()
# `make run` writes generated secrets here once; the environment always wins.
env.read_env(str(DATA_DIR / "secrets.env"), overwrite=False)

PORT = env.int("PORT", default=8000)
# What clients type to reach this engine: addresses of pictures, problem pages and callbacks begin with it.
PUBLIC_URL = env.str("PUBLIC_URL", default=f"http://localhost:{PORT}").rstrip("/")

# --- Secrets -----------------------------------------------------------------------------------
SECRET_KEY = env.str("SECRET_KEY")
# Comma-separated Fernet keys, newest first; they seal provider keys and webhook secrets, never SECRET_KEY.
SEALING_KEYS = env.list("SEALING_KEYS")

# --- HTTP --------------------------------------------------------------------------------------
DEBUG = env.bool("DEBUG", default=False)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
ROOT_URLCONF = "gencraft_media.urls"
WSGI_APPLICATION = "gencraft_media.wsgi.application"
ASGI_APPLICATION = "gencraft_media.asgi.application"
APPEND_SLASH = False
_HTTPS = PUBLIC_URL.startswith("https://")
BEHIND_PROXY = env.bool("BEHIND_PROXY", default=False)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_PROXY else None
SECURE_HSTS_SECONDS = 31_536_000 if _HTTPS else 0
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _HTTPS
SESSION_COOKIE_HTTPONLY = True
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_048_576
# Of a picture in a multipart body, and of all of the body.
UPLOAD_FILE_BYTES = 25 * 1_048_576
UPLOAD_BODY_BYTES = 128 * 1_048_576
DATA_UPLOAD_MAX_NUMBER_FILES = 20
# Requests that one web process works on at once; those that wait for a job are not counted.
WEB_THREADS = env.int("WEB_THREADS", default=8)

# --- Templates ---------------------------------------------------------------------------------
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

# --- Database ----------------------------------------------------------------------------------
# Embedded: SQLite, one writer at a time (IMMEDIATE, or most concurrent writers fail), every commit on disk (FULL).
DATABASES = {"default": env.db("DATABASE_URL", default=f"sqlite:///{DATA_DIR / 'engine.sqlite3'}")}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA recursive_triggers=ON;",
    }
else:
    # Asked of the pool's connections before each use: after a restart of the database they are all dead.
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
    DATABASES["default"]["OPTIONS"] = {
        "pool": {
            "min_size": env.int("DATABASE_POOL_MIN", default=1),
            "max_size": env.int("DATABASE_POOL_MAX", default=16),
            "timeout": 10,
        }
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "accounts.User"
# Where a log-in leads that did not come from a page of the admin.
LOGIN_REDIRECT_URL = "/admin/"

# --- Time and language -------------------------------------------------------------------------
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en-us"
USE_I18N = False

# --- Static files ------------------------------------------------------------------------------
STATIC_URL = "static/"
# In an image they are collected beside the code when it is built.
STATIC_ROOT = Path(env.str("STATIC_ROOT", default="") or DATA_DIR / "static")
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

# --- Pictures ----------------------------------------------------------------------------------
# New objects go to S3 or R2 where S3_BUCKET names a bucket, else to two local folders, one served, one never.
MEDIA_STORAGE_DIR = DATA_DIR / "media"
PRIVATE_STORAGE_DIR = DATA_DIR / "private"
S3_BUCKET = env.str("S3_BUCKET", default="")
# Originals have a bucket of their own: a CDN that gives all of a bucket, as it may, then gives none of them.
S3_PRIVATE_BUCKET = env.str("S3_PRIVATE_BUCKET", default="") or f"{S3_BUCKET}-originals"
# Empty: Amazon's own address for the region.
S3_ENDPOINT = env.str("S3_ENDPOINT", default="").rstrip("/")
_IS_R2 = S3_ENDPOINT.endswith(".r2.cloudflarestorage.com")
S3_REGION = env.str("S3_REGION", default="") or ("auto" if _IS_R2 else "us-east-1")
# Empty: the keys of the machine's role, and wherever else botocore looks.
S3_ACCESS_KEY = env.str("S3_ACCESS_KEY", default="")
S3_SECRET_KEY = env.str("S3_SECRET_KEY", default="")


def _bucket(name: str, *, private: bool) -> dict[str, Any]:
    options = {
        "bucket_name": name,
        "private": private,
        "endpoint_url": S3_ENDPOINT or None,
        "region_name": S3_REGION,
        "access_key": S3_ACCESS_KEY or None,
        "secret_key": S3_SECRET_KEY or None,
    }
    return {"BACKEND": "assets.write_once.WriteOnceStorage", "OPTIONS": options}


if S3_BUCKET:
    STORAGES["pictures"] = _bucket(S3_BUCKET, private=False)
    STORAGES["originals"] = _bucket(S3_PRIVATE_BUCKET, private=True)
# cloudfront, cloudflare or none: whose settings `manage.py setup_storage` checks and prints.
CDN_PROVIDER = env.str("CDN_PROVIDER", default="") or "none"
# What stands before the key in `cdnUrl`; a CDN in front of the storage, or this engine itself.
CDN_URL = (env.str("CDN_URL", default="") or PUBLIC_URL).rstrip("/")
# How long a picture that a client brought may be used.
UPLOAD_RETENTION_S = env.float("UPLOAD_RETENTION_S", default=86_400.0)
# Whether browsers may post pictures to the private bucket itself, else to this engine; R2 knows no such form.
UPLOADS_TO_BUCKET = env.bool("UPLOADS_TO_BUCKET", default=bool(S3_BUCKET) and not _IS_R2)
# Permits for image children, shared by every process of this host (0 = one per core).
IMAGE_PERMITS = env.int("IMAGE_PERMITS", default=0)

# --- Celery: a message is a hint, the database is the queue -------------------------------------
_QUEUE_DIR = DATA_DIR / "queue"
CELERY_BROKER_URL = env.str("BROKER_URL", default="filesystem://")
if CELERY_BROKER_URL.startswith("filesystem://"):
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(_QUEUE_DIR / "messages"),
        "data_folder_out": str(_QUEUE_DIR / "messages"),
        "control_folder": str(_QUEUE_DIR / "control"),
        "processed_folder": str(_QUEUE_DIR / "processed"),
        "polling_interval": 0.05,
    }
else:
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "visibility_timeout": 600,
        "unacked_restore_interval": 2,
        "unacked_restore_throttle": 1,
        "socket_timeout": 5,
        "socket_connect_timeout": 3,
        "socket_keepalive": True,
        "health_check_interval": 25,
    }
# Off the broker before it runs (docs/adr/0006): due rows are found again, so no message is worth keeping.
CELERY_TASK_ACKS_LATE = False
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_SEND_TASK_EVENTS = False
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False
CELERY_TASK_DEFAULT_QUEUE = "housekeeping"
CELERY_TASK_ROUTES = {
    "generation.generate": {"queue": "io"},
    "generation.upload": {"queue": "media"},
    "webhooks.deliver": {"queue": "io"},
}
CELERY_BEAT_SCHEDULE_FILENAME = str(DATA_DIR / "beat-schedule")
CELERY_BEAT_SCHEDULE = housekeeping(every_s=env.float("HOUSEKEEPING_EVERY_S", default=60.0))

# --- Providers ---------------------------------------------------------------------------------
# The simulator gives pictures away: on by itself where the engine is tried out, off in production unless switched on.
SIM_ENABLED = env.bool("SIM_ENABLED", default=DATABASES["default"]["ENGINE"].endswith("sqlite3"))
# Hosts of the operator's own that requests may go to although they are not public, or not https (docs/egress.md).
EGRESS_ALLOW = env.list("EGRESS_ALLOW", default=[])
# Such hosts that clients may name as well: for webhooks, and for pictures to be fetched.
CLIENT_EGRESS_ALLOW = env.list("CLIENT_EGRESS_ALLOW", default=[])
# Whether providers are told to call back to PUBLIC_URL: by itself where that is an address anybody can reach.
_CALLBACKS_WISH = env.str("PROVIDER_CALLBACKS", default="")
PROVIDER_CALLBACKS = env.bool("PROVIDER_CALLBACKS") if _CALLBACKS_WISH else is_public_address(PUBLIC_URL)

# --- The engine --------------------------------------------------------------------------------
# How many provider calls, webhook requests and image steps all workers together may have in hand.
WORKER_IO_SLOTS = env.int("WORKER_IO_SLOTS", default=128)
WEBHOOK_SLOTS = env.int("WEBHOOK_SLOTS", default=32)
WORKER_MEDIA_SLOTS = env.int("WORKER_MEDIA_SLOTS", default=os.cpu_count() or 1)
# Whoever works on an attempt has it for so long, and renews that so often; a dead worker's work waits for the rest.
LEASE_S = env.float("LEASE_S", default=15.0)
LEASE_RENEWAL_S = env.float("LEASE_RENEWAL_S", default=5.0)
DISPATCH_INTERVAL_S = env.float("DISPATCH_INTERVAL_S", default=0.1)
# A hint that nobody acted on for this long is taken for lost, and the row is due again.
HINT_PATIENCE_S = env.float("HINT_PATIENCE_S", default=5.0)
# A submission whose outcome is unknown is looked for this long before it is closed.
UNKNOWN_GRACE_S = env.float("UNKNOWN_GRACE_S", default=120.0)
JOB_DEADLINE_S = env.int("JOB_DEADLINE_S", default=900)
# How often a web process looks at the jobs that somebody waits for.
WATCH_INTERVAL_S = env.float("WATCH_INTERVAL_S", default=0.1)
# Outputs of one job.
BATCH_SIZE_LIMIT = _whole_number("BATCH_SIZE_LIMIT", default=50, least=1, most=200)
# How old what is kept in memory of catalogue, accounts, prices and settings may be: a change is live within this.
FRESH_FOR_S = 1.0
# A folder: a process that comes to a crash point after which a file is named there dies; for tests only.
CRASHPOINTS = env.str("CRASHPOINTS", default="")
# Divides every wait of the webhooks' schedule; for tests only.
WEBHOOK_TIME_SCALE = env.float("WEBHOOK_TIME_SCALE", default=1.0)
# Dotted paths or https addresses asked beside the engine itself (docs/hooks.md), and what signs requests to the latter.
HOOKS = {"router": env.str("ROUTER_HOOK", ""), "quality": env.str("QUALITY_HOOK", ""), "cost": env.str("COST_HOOK", "")}
HOOK_SECRET = env.str("HOOK_SECRET", default="")
# A file to which `sim` appends one line per paid submission; for tests only.
SIM_JOURNAL = env.str("SIM_JOURNAL", default="")

# --- API ---------------------------------------------------------------------------------------
# Requests a minute of one key or one browser user, in a bucket that may be emptied at once; -1 = unlimited.
API_REQUESTS_PER_MINUTE = env.int("API_REQUESTS_PER_MINUTE", default=600)
# Event streams that have nothing to tell say so this often, before proxies take them for dead.
EVENT_HEARTBEAT_S = env.float("EVENT_HEARTBEAT_S", default=15.0)
# Event streams that one key or one browser user may have open at one web process.
STREAMS_PER_KEY = _whole_number("STREAMS_PER_KEY", default=20, least=1, most=100_000)
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "gencraft_media.accounts.authentication.BearerKeyAuthentication",
        "gencraft_media.accounts.authentication.BrowserSessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "gencraft_media.common.problems.exception_handler",
    "COERCE_DECIMAL_TO_STRING": False,
    "UNAUTHENTICATED_USER": None,
}

# --- Logs --------------------------------------------------------------------------------------
LOG_LEVEL = env.str("LOG_LEVEL", default="INFO")
LOGGING_CONFIG = "gencraft_media.common.logs.configure"
LOGGING = {"level": LOG_LEVEL}
