"""The process children are forked from. Run as a script, never imported: it must not load Django or start a thread.

It reads requests from the socket on descriptor 0, one datagram each, with the descriptors of the call attached: the
socket of the call first, then the opened inputs and outputs. It ends when that socket closes, and its children with it.
"""

import ctypes
import errno
import fcntl
import gc
import importlib
import io
import json
import mmap
import os
import resource
import select
import signal
import socket
import sys
from collections.abc import Callable
from typing import Any

REQUEST_BYTES = 262_144
RESULT_BYTES = 60_000
DESCRIPTORS = 64
OUTPUT_FILE_BYTES = 268_435_456
FIRST_FREE_DESCRIPTOR = 3
PR_SET_PDEATHSIG = 1
# How far the kernel may overrun the soft CPU limit before it kills without a signal that tells why.
CPU_GRACE_S = 2
# The disk is full or broken: whatever was to be written, it is not to blame.
HOST_TROUBLE = {errno.ENOSPC, errno.EDQUOT, errno.EIO}

Target = Callable[[dict[str, Any], list[Any], list[Any]], dict[str, Any]]
_libc = ctypes.CDLL(None)


def serve(control: socket.socket) -> None:
    """Fork one child per request until the owner closes its end."""
    events = select.poll()
    events.register(control, select.POLLIN)
    # By the child's pidfd: its process id and the socket of its call.
    children: dict[int, tuple[int, socket.socket]] = {}
    while True:
        for descriptor, _ in events.poll():
            if descriptor in children:
                events.unregister(descriptor)
                _report_end(descriptor, *children.pop(descriptor))
                continue
            message, descriptors, _, _ = socket.recv_fds(control, REQUEST_BYTES, DESCRIPTORS)
            if not message:
                _kill_all(children)
                return
            started = _start(json.loads(message), descriptors)
            if started is not None:
                pidfd, pid, call = started
                children[pidfd] = (pid, call)
                events.register(pidfd, select.POLLIN)


def _start(request: dict[str, Any], descriptors: list[int]) -> tuple[int, int, socket.socket] | None:
    call = socket.socket(fileno=descriptors[0])
    try:
        target = _load(request["target"])
    except Exception as error:  # noqa: BLE001 - whatever a target's import raises belongs to the caller
        _answer(call, _failure("error", error))
        call.close()
        _close_all(descriptors[1:])
        return None
    owner = os.getpid()
    pid = os.fork()
    if pid == 0:
        _live_as_child(request, target, call, descriptors, owner)
    _close_all(descriptors[1:])
    pidfd = os.pidfd_open(pid)
    try:
        socket.send_fds(call, [json.dumps({"started": pid}).encode()], [pidfd])
    except OSError:
        # Nobody waits for this call any more.
        signal.pidfd_send_signal(pidfd, signal.SIGKILL)
    return pidfd, pid, call


def _load(target: str) -> Target:
    module_name, _, function_name = target.partition(":")
    if module_name not in sys.modules:
        importlib.import_module(module_name)
        # Shared pages stay shared only while no child's collector writes marks into them.
        gc.collect()
        gc.freeze()
    function: Target = getattr(sys.modules[module_name], function_name)
    return function


def _report_end(pidfd: int, pid: int, call: socket.socket) -> None:
    _, status, usage = os.wait4(pid, 0)
    os.close(pidfd)
    ended = {"status": status, "cpu_s": usage.ru_utime + usage.ru_stime, "peak_bytes": usage.ru_maxrss * 1024}
    _answer(call, {"ended": ended})
    call.close()


def _kill_all(children: dict[int, tuple[int, socket.socket]]) -> None:
    for pidfd, (pid, _) in children.items():
        signal.pidfd_send_signal(pidfd, signal.SIGKILL)
        os.waitpid(pid, 0)


def _live_as_child(
    request: dict[str, Any], target: Target, call: socket.socket, descriptors: list[int], owner: int
) -> None:
    """Run the target and leave without any clean-up: the kernel does that faster, and nothing here is worth keeping."""
    answer: dict[str, Any]
    try:
        _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != owner:
            os._exit(1)
        gc.disable()
        call, files = _keep_only(call, descriptors[1:])
        inputs = [_mapped(descriptor) for descriptor in files[: request["inputs"]]]
        outputs = [os.fdopen(descriptor, "wb") for descriptor in files[request["inputs"] :]]
        _limit(memory_bytes=request["memory_bytes"], cpu_s=request["cpu_s"])
        answer = {"result": target(request["arguments"], inputs, outputs)}
        for output in outputs:
            output.flush()
    except MemoryError as error:
        answer = _failure("memory", error)
    except OSError as error:
        answer = _failure("host" if error.errno in HOST_TROUBLE else "error", error)
    except BaseException as error:  # noqa: BLE001 - a child has nobody to raise to
        answer = _failure("error", error)
    _answer(call, answer)
    os._exit(0)


def _keep_only(call: socket.socket, files: list[int]) -> tuple[socket.socket, list[int]]:
    """Move what the call may use to the lowest descriptors and close all others, the template's socket too."""
    null = os.open(os.devnull, os.O_RDWR)
    for standard in range(FIRST_FREE_DESCRIPTOR):
        os.dup2(null, standard)
    # Received descriptors are distinct and at least FIRST_FREE_DESCRIPTOR, but in no order: lift them clear first.
    lifted = [_lift(descriptor) for descriptor in [call.detach(), *files]]
    kept = [os.dup2(descriptor, FIRST_FREE_DESCRIPTOR + place) for place, descriptor in enumerate(lifted)]
    os.closerange(FIRST_FREE_DESCRIPTOR + len(kept), _descriptor_ceiling())
    return socket.socket(fileno=kept[0]), kept[1:]


def _lift(descriptor: int) -> int:
    return fcntl.fcntl(descriptor, fcntl.F_DUPFD, FIRST_FREE_DESCRIPTOR + DESCRIPTORS)


def _mapped(descriptor: int) -> mmap.mmap | io.BytesIO:
    """The file as memory: no copy, and one page fault instead of one for each four kilobytes."""
    if os.fstat(descriptor).st_size == 0:
        return io.BytesIO()
    return mmap.mmap(descriptor, 0, flags=mmap.MAP_PRIVATE | mmap.MAP_POPULATE, prot=mmap.PROT_READ)


def _descriptor_ceiling() -> int:
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


def _limit(*, memory_bytes: int, cpu_s: int) -> None:
    with open("/proc/self/statm", "rb") as statm:  # noqa: PTH123 - pathlib is not worth its import in every child
        in_use = int(statm.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (in_use + memory_bytes, in_use + memory_bytes))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_s, cpu_s + CPU_GRACE_S))
    resource.setrlimit(resource.RLIMIT_FSIZE, (OUTPUT_FILE_BYTES, OUTPUT_FILE_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
    # Last, for it ends every open(): with no new descriptor there is no socket, no file and no program to start.
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))


def _failure(reason: str, error: BaseException) -> dict[str, Any]:
    return {"failed": {"reason": reason, "detail": f"{type(error).__name__}: {error}"[:500]}}


def _answer(call: socket.socket, answer: dict[str, Any]) -> None:
    message = json.dumps(answer).encode()
    if len(message) > RESULT_BYTES:
        message = json.dumps(_failure("error", ValueError("the result is too large"))).encode()
    try:
        call.send(message)
    except OSError:
        # The caller gave up; whoever waits next must still be served.
        return


def _close_all(descriptors: list[int]) -> None:
    for descriptor in descriptors:
        os.close(descriptor)


if __name__ == "__main__":
    sys.path.insert(0, sys.argv[1])
    serve(socket.socket(fileno=0))
