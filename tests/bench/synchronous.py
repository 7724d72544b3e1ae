"""Benchmark g: what the engine adds to a call that waits for its picture, over provider and image step alone."""

import statistics
import time

from tests.bench.engine import MeasuredEngine
from tests.bench.load import Caller

_CALLS = 12
_BODY = {"model": "sim/slow", "prompt": "A lighthouse at dawn", "size": "1024x1024", "response_format": "url"}
# Prints the seconds from the paid request to the bytes in hand, asking as often as the provider wishes.
BARE_UPSTREAM = f"""
import tempfile, time, uuid
from pathlib import Path
from providers.adapters.sim import SimAdapter
from providers.transport import ProviderTransport
from providers.types import GenerationRequest, RemoteState
transport, adapter = ProviderTransport(), SimAdapter("sim/slow")
for seed in range({_CALLS}):
    request = GenerationRequest(str(uuid.uuid4()), "text-to-image", "sim/slow", "A harbour", width=1024, height=1024, seed=9000 + seed)
    started = time.monotonic()
    accepted = adapter.parse_submitted(transport.send(adapter, adapter.build_submit(request), account=None, paid=True))
    wait_s, answer = accepted.poll_after_s, None
    while answer is None:
        time.sleep(wait_s)
        polled = transport.send(adapter, adapter.build_poll(accepted.provider_job_id), account=None)
        progress = adapter.parse_progress(polled)
        wait_s, answer = progress.poll_after_s, polled if progress.state is RemoteState.SUCCEEDED else None
    output = adapter.parse_outputs(answer)[0]
    transport.fetch_output(adapter, output, Path(tempfile.mkdtemp()) / "picture", account=None)
    print(time.monotonic() - started)
"""  # noqa: E501


def synchronous_call_s(engine: MeasuredEngine, token: str) -> float:
    """Median seconds of POST /v1/images/generations, one at a time."""
    caller, times = Caller(engine.port, token), []
    for _ in range(_CALLS):
        started = time.monotonic()
        caller.ask("POST", "/v1/images/generations", dict(_BODY))
        times.append(time.monotonic() - started)
    return statistics.median(times)
