"""Celery's folder broker, safe to kill: kombu's own shows files before they are written, and dies of a torn one."""

import fcntl
import time
import uuid
from pathlib import Path
from typing import Any

from kombu.transport import filesystem
from kombu.transport.filesystem import exchange_queue_t
from kombu.utils.json import dumps

from gencraft_media.common.logs import logger

log = logger(__name__)


class Channel(filesystem.Channel):
    """Messages and lists of queues appear whole or not at all; torn ones are passed over."""

    def _put(self, queue: str, payload: Any, **_: Any) -> None:  # type: ignore[override]
        name = f"{round(time.monotonic() * 1000)}_{uuid.uuid4()}.{queue}.msg"
        _write_whole(Path(self.data_folder_out) / name, dumps(payload))

    def _get(self, queue: str, timeout: float | None = None) -> Any:
        while True:
            try:
                return super()._get(queue)
            except ValueError:
                # Its file is gone by now. The row it spoke of is found due again.
                log.warning("torn message passed over", queue=queue)

    def get_table(self, exchange: str) -> list[Any]:
        try:
            return list(super().get_table(exchange))
        except ValueError:
            return []

    def _queue_bind(self, exchange: str, routing_key: str | None, pattern: str | None, queue: str) -> None:
        file = Path(self._exchange_file(exchange))  # type: ignore[attr-defined]
        file.parent.mkdir(exist_ok=True)
        entry = exchange_queue_t(routing_key or "", pattern or "", queue or "")
        with (file.parent / "lock").open("ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            known = self.get_table(exchange)
            if entry not in known:
                _write_whole(file, dumps([entry, *known]))


class Transport(filesystem.Transport):
    """The transport behind `filesystem://`."""

    Channel = Channel


def _write_whole(target: Path, text: str) -> None:
    draft = target.with_name(f".{uuid.uuid4().hex}")
    draft.write_text(text)
    draft.replace(target)
