"""Liveness asks nobody; readiness asks every part and names the one that fails."""

from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from gencraft_media.common import readiness

pytestmark = pytest.mark.django_db


def test_liveness_needs_no_database(client: Client, django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
    with django_assert_num_queries(0):
        answer = client.get("/livez")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
    assert "no-store" in answer["Cache-Control"]


def test_ready_when_every_part_answers(client: Client) -> None:
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json() == {
        "status": "ok", "checks": {"database": "ok", "migrations": "ok", "broker": "ok", "storage": "ok"},
    }  # fmt: skip
    assert client.post("/readyz").status_code == 405


@pytest.mark.parametrize("part", ["database", "migrations", "broker", "storage"])
def test_a_part_that_fails_is_named_without_its_reason(
    client: Client, monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    def fail() -> None:
        raise ConnectionError("secret-host:5432")

    monkeypatch.setitem(readiness.CHECKS, part, fail)
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert [name for name, state in answer.json()["checks"].items() if state == "failing"] == [part]
    assert "secret-host" not in answer.content.decode()


def test_a_broker_that_refuses_connections_is_not_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    from celery import current_app
    from kombu import Connection

    monkeypatch.setattr(current_app, "connection_for_write", lambda **_: Connection("redis://127.0.0.1:1/0"))
    assert readiness.failing_parts() == ["broker"]


def test_a_storage_that_cannot_be_written_is_not_ready(settings: Any, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    settings.MEDIA_STORAGE_DIR = blocked / "media"
    assert readiness.failing_parts() == ["storage"]


def test_checking_the_storage_leaves_nothing_behind(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_STORAGE_DIR = settings.PRIVATE_STORAGE_DIR = tmp_path
    readiness.check_storage()
    assert list(tmp_path.iterdir()) == []


def test_a_missing_migration_is_not_ready() -> None:
    from django.db.migrations.recorder import MigrationRecorder

    MigrationRecorder.Migration.objects.filter(app="common").delete()
    assert readiness.failing_parts() == ["migrations"]
