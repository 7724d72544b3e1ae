"""The Celery application: wiring only. Every schedule here is housekeeping; jobs are driven by the dispatcher."""

import os

from celery import Celery
from kombu.transport import TRANSPORT_ALIASES

# kombu's own folder broker ends its reader when the two meet at a file that is just being written.
TRANSPORT_ALIASES["filesystem"] = "gencraft_media.common.folder_queue:Transport"
for scheme in ("redis", "rediss"):
    TRANSPORT_ALIASES[scheme] = "gencraft_media.common.hint_broker:Transport"
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gencraft_media.settings")

app = Celery("gencraft_media")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
# Pool threads of a worker otherwise publish to Celery's default AMQP address.
app.set_default()
