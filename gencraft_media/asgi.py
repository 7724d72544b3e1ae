"""The engine as an ASGI application."""

import os

from django.core.asgi import get_asgi_application

import gencraft_media.celery  # noqa: F401 (what the web publishes goes to our broker)

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gencraft_media.settings")

application = get_asgi_application()
