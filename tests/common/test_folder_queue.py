"""The embedded broker: a writer that dies halfway harms neither its readers nor the writers after it."""

import queue
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from kombu import Connection
from kombu.utils.json import dumps

import gencraft_media.celery  # noqa: F401 (puts our transport in place)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("messages", "control", "processed"):
        (tmp_path / name).mkdir()
    return tmp_path


@pytest.fixture
def name() -> str:
    """Of a queue that is new: what a process has bound it binds no second time."""
    return f"q{uuid.uuid4().hex}"


@pytest.fixture
def broker(folder: Path) -> Iterator[Connection]:
    options = {
        "data_folder_in": str(folder / "messages"),
        "data_folder_out": str(folder / "messages"),
        "control_folder": str(folder / "control"),
        "processed_folder": str(folder / "processed"),
    }
    with Connection("filesystem://localhost", transport_options=options) as connection:
        yield connection


def test_messages_come_out_as_they_went_in(broker: Connection, name: str) -> None:
    with broker.SimpleQueue(name) as box:
        for number in range(3):
            box.put({"number": number})
        assert sorted(box.get(timeout=5).payload["number"] for _ in range(3)) == [0, 1, 2]
        with pytest.raises(queue.Empty):
            box.get(block=False)


def test_a_message_is_not_seen_before_it_is_whole(
    broker: Connection, folder: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[list[str]] = []

    def look_first(payload: object) -> object:
        seen.append([path.name for path in (folder / "messages").glob("*.msg")])
        return dumps(payload)

    with broker.SimpleQueue(name) as box:
        for module in ("kombu.transport.filesystem", "gencraft_media.common.folder_queue"):
            monkeypatch.setattr(f"{module}.dumps", look_first)
        box.put({"number": 1})
        assert seen == [[]]
        assert box.get(timeout=5).payload == {"number": 1}


def test_a_message_that_was_torn_by_a_power_cut_is_passed_over(broker: Connection, folder: Path, name: str) -> None:
    with broker.SimpleQueue(name) as box:
        (folder / "messages" / f"0_torn.{name}.msg").touch()
        (folder / "messages" / f"1_torn.{name}.msg").write_text('{"body": ')
        box.put({"number": 2})
        assert box.get(timeout=5).payload == {"number": 2}


def test_a_torn_list_of_queues_is_written_anew(broker: Connection, folder: Path, name: str) -> None:
    (folder / "control" / f"{name}.exchange").touch()
    with broker.SimpleQueue(name) as box:
        box.put({"number": 3})
        assert box.get(timeout=5).payload == {"number": 3}
