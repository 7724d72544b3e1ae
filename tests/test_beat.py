"""What beat starts: tasks that exist, as messages that do not outlive their turn."""

from typing import Any

import pytest
from celery.schedules import crontab
from django.conf import settings

from gencraft_media.celery import app

DAY_S = 86_400.0


@pytest.mark.parametrize("entry", settings.CELERY_BEAT_SCHEDULE.values(), ids=settings.CELERY_BEAT_SCHEDULE)
def test_a_message_is_of_no_worth_once_the_next_one_is_sent(entry: dict[str, Any]) -> None:
    schedule = entry["schedule"]
    assert entry["options"]["expires"] == (DAY_S if isinstance(schedule, crontab) else schedule)


def test_every_task_on_the_schedule_exists() -> None:
    app.loader.import_default_modules()
    assert {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()} <= app.tasks.keys()


def test_the_books_are_checked_often_for_a_day_and_once_a_night_for_all_of_history() -> None:
    audits = {
        name: entry.get("kwargs", {})
        for name, entry in settings.CELERY_BEAT_SCHEDULE.items()
        if entry["task"] == "generation.audit_ledger"
    }
    assert audits == {"audit-ledger": {}, "audit-ledger-nightly": {"everything": True}}
