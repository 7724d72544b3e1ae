"""The engine as an ASGI application."""

import os

import django

import gencraft_media.celery  # noqa: F401 (what the web publishes goes to our broker)

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gencraft_media.settings")
django.setup(set_prefix=False)

# Django's parts are there only now.
from gencraft_media.common.serving import EngineHandler  # noqa: E402

application = EngineHandler()
