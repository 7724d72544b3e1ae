"""The load: callers with one connection each, in threads of this process, which is not measured."""

import http.client
import json
import statistics
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Throughput:
    """Requests a second of all callers together, and how long one took."""

    per_second: float
    p50_ms: float
    p99_ms: float


class Caller:
    """One keep-alive connection with one key."""

    def __init__(self, port: int, token: str) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    def ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """One request. Raises RuntimeError for anything but a success."""
        self._connection.request(method, path, json.dumps(body) if body is not None else None, self._headers)
        response = self._connection.getresponse()
        text = response.read()
        if response.status >= 300:
            raise RuntimeError(f"{method} {path}: {response.status} {text[:300]!r}")
        document: dict[str, Any] = json.loads(text)
        return document


def answers(port: int) -> bool:
    """Whether the web server is there."""
    try:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
        connection.request("GET", "/livez")
        return connection.getresponse().status == 200
    except OSError:
        return False


def throughput(port: int, tokens: Sequence[str], path: str, body: dict[str, Any], *, seconds: float) -> Throughput:
    """One caller for each token asks as fast as it is answered, for `seconds`."""
    times: list[float] = []
    stop = time.monotonic() + seconds

    def call_on(caller: Caller) -> None:
        while time.monotonic() < stop:
            started = time.perf_counter()
            caller.ask("POST", path, body)
            times.append((time.perf_counter() - started) * 1000)

    started = time.monotonic()
    side_by_side(call_on, [Caller(port, token) for token in tokens])
    elapsed = time.monotonic() - started
    cuts = statistics.quantiles(times, n=100)
    return Throughput(len(times) / elapsed, cuts[49], cuts[98])


def side_by_side(work: Callable[[Caller], None], callers: Sequence[Caller]) -> None:
    """Run `work` in a thread for each caller and wait for all; the first error is raised here."""
    errors: list[BaseException] = []

    def guarded(caller: Caller) -> None:
        try:
            work(caller)
        except BaseException as error:  # noqa: BLE001 (raised again below, in the thread that waits)
            errors.append(error)

    running = [threading.Thread(target=guarded, args=(caller,)) for caller in callers]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    if errors:
        raise errors[0]
