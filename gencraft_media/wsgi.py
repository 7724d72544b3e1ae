"""The engine as a WSGI application."""

import os

from django.core.wsgi import get_wsgi_application

import gencraft_media.celery  # noqa: F401 (what the web publishes goes to our broker)

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gencraft_media.settings")

application = get_wsgi_application()
