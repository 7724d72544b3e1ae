"""Calls into bounded children: `run_bounded` is the one way in."""

import json
import os
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from django.conf import settings

from gencraft_media.common.bounded.owner import TemplateDied, discard, running_template
from gencraft_media.common.bounded.permits import permit
from gencraft_media.common.errors import GenCraftError

Reason = Literal["memory", "cpu", "wall", "crash", "error"]

ANSWER_BYTES = 65_536
# How long a killed child may take to be reaped before its template is held to be stuck.
REAP_S = 5.0
# The host's out-of-memory killer may take a child for what another process used: once is no proof.
ATTEMPTS = 2


class BoundedFailure(GenCraftError):
    """A bounded child ended without a result."""

    code = "bounded_failure"

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(f"A bounded child ended without a result ({reason}): {detail}")
        self.reason: Reason = reason
        self.detail = detail


class BoundedUnavailable(BoundedFailure):
    """No bounded child could be had, or this host could not keep its output; the work itself was not judged."""

    code = "bounded_unavailable"
    retryable = True


class _Killed(Exception):
    """A child was killed from outside, most likely by the kernel for want of memory, its own or the host's."""


@dataclass
class _Call:
    """What is known of one child so far."""

    limit_cpu_s: int
    pidfd: int | None = None
    is_overdue: bool = False
    answer: dict[str, Any] = field(default_factory=dict)
    ended: dict[str, Any] = field(default_factory=dict)


def run_bounded(
    target: str,
    arguments: dict[str, Any],
    *,
    inputs: list[Path],
    outputs: list[Path],
    memory_bytes: int,
    cpu_s: int,
    wall_s: float,
    pixels: int,
) -> dict[str, Any]:
    """Call `module:function(arguments, inputs, outputs)` in a child of its own and return the dict it returns.

    The function gets open binary files, never paths, and can open nothing else. It may run a second time when its
    template dies under it or when it is killed from outside. Raises `BoundedUnavailable` when the host is to blame
    and `BoundedFailure` for every other end.
    """
    request = {
        "target": target,
        "arguments": arguments,
        "inputs": len(inputs),
        "memory_bytes": memory_bytes,
        "cpu_s": cpu_s,
    }
    children = settings.IMAGE_PERMITS or os.cpu_count() or 1
    with permit(Path(settings.DATA_DIR) / "permits", children=children, pixels=pixels):
        ends: list[TemplateDied | _Killed] = []
        while len(ends) < ATTEMPTS:
            try:
                return _result(_run(request, inputs, outputs, wall_s))
            except (TemplateDied, _Killed) as error:
                ends.append(error)
    if all(isinstance(end, _Killed) for end in ends):
        raise BoundedFailure("memory", str(ends[-1])) from ends[-1]
    raise BoundedUnavailable("crash", "its template died, more than once or with the child killed after") from ends[-1]


def _run(request: dict[str, Any], inputs: list[Path], outputs: list[Path], wall_s: float) -> _Call:
    template = running_template()
    call = _Call(limit_cpu_s=request["cpu_s"])
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ours:
        with theirs, _opened(inputs, outputs) as files:
            template.submit(json.dumps(request).encode(), [theirs.fileno(), *files])
        try:
            _follow(call, ours, time.monotonic() + wall_s)
        except TimeoutError:
            discard(template)
            raise BoundedUnavailable("wall", f"no child was started or reaped within {wall_s:g} s") from None
        finally:
            if call.pidfd is not None:
                os.close(call.pidfd)
    if not call.ended and not call.answer:
        discard(template)
        raise TemplateDied
    return call


def _follow(call: _Call, ours: socket.socket, deadline: float) -> None:
    """Read what template and child say until both have closed the socket; kill the child at the deadline."""
    while True:
        ours.settimeout(max(0.001, deadline - time.monotonic()))
        try:
            message, descriptors, _, _ = socket.recv_fds(ours, ANSWER_BYTES, 1, socket.MSG_CMSG_CLOEXEC)
        except TimeoutError:
            if call.pidfd is None or call.is_overdue:
                raise
            call.is_overdue = True
            signal.pidfd_send_signal(call.pidfd, signal.SIGKILL)
            deadline = time.monotonic() + REAP_S
            continue
        except ConnectionResetError:
            return
        if not message:
            return
        if descriptors:
            call.pidfd = descriptors[0]
            continue
        document = json.loads(message)
        call.ended = document.get("ended", call.ended)
        if "ended" not in document:
            call.answer = document


def _result(call: _Call) -> dict[str, Any]:
    if "result" in call.answer:
        result: dict[str, Any] = call.answer["result"]
        return result
    if "failed" in call.answer:
        reason, detail = call.answer["failed"]["reason"], call.answer["failed"]["detail"]
        raise BoundedUnavailable("error", detail) if reason == "host" else BoundedFailure(reason, detail)
    status: int = call.ended["status"]
    used = f"{call.ended['cpu_s']:.2f} s of CPU, {call.ended['peak_bytes'] // 1_048_576} MiB at its peak"
    if not os.WIFSIGNALED(status):
        raise BoundedFailure("crash", f"exit status {os.waitstatus_to_exitcode(status)}, {used}")
    killer = os.WTERMSIG(status)
    detail = f"{signal.Signals(killer).name}, {used}"
    if killer == signal.SIGXCPU or (killer == signal.SIGKILL and call.ended["cpu_s"] >= call.limit_cpu_s):
        raise BoundedFailure("cpu", detail)
    if killer == signal.SIGKILL:
        # Nobody but this caller and the kernel's out-of-memory killer sends this one.
        raise BoundedFailure("wall", detail) if call.is_overdue else _Killed(detail)
    raise BoundedFailure("crash", detail)


@contextmanager
def _opened(inputs: list[Path], outputs: list[Path]) -> Iterator[list[int]]:
    files: list[int] = []
    try:
        files += [os.open(path, os.O_RDONLY | os.O_CLOEXEC) for path in inputs]
        files += [os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600) for path in outputs]
        yield files
    finally:
        for descriptor in files:
            os.close(descriptor)
