"""The Redis transport as Celery uses it here: a message that was taken leaves nothing behind."""

import queue
import uuid
from typing import Any

import pytest
from django.conf import settings
from kombu import Connection

import gencraft_media.celery  # noqa: F401 (puts our transport in place)

pytestmark = pytest.mark.services


def test_a_message_is_taken_once_and_no_book_is_kept_of_it() -> None:
    name = f"hints-{uuid.uuid4().hex}"
    with Connection(settings.CELERY_BROKER_URL) as broker, broker.SimpleQueue(name) as hints:
        hints.put({"attempt": "one"})
        message = hints.get(timeout=5)
        assert message.payload == {"attempt": "one"}
        channel: Any = hints.channel
        kept = channel.client.keys("unacked*")
        message.ack()
        with pytest.raises(queue.Empty):
            hints.get_nowait()
    assert kept == []


def test_what_is_in_hand_counts_for_the_prefetch_limit() -> None:
    name = f"hints-{uuid.uuid4().hex}"
    with Connection(settings.CELERY_BROKER_URL) as broker, broker.SimpleQueue(name) as hints:
        channel: Any = hints.channel
        channel.basic_qos(0, 1, False)
        hints.put("first")
        message = hints.get(timeout=5)
        assert not channel.qos.can_consume()
        message.ack()
        assert channel.qos.can_consume()
