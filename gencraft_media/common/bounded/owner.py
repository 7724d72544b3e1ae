"""The template this process owns: started on first use, replaced when it dies, gone when its owner is."""

import atexit
import contextlib
import errno
import os
import socket
import subprocess
import sys
import threading
from pathlib import Path

_PROJECT = Path(__file__).resolve().parents[3]
_SCRIPT = Path(__file__).with_name("template.py")
# A fresh process pays for a picture mostly in page faults: one growing heap on huge pages has a fifth of them.
_MALLOC = {
    "hugetlb": 1,
    "mmap_threshold": 32 * 1_048_576,
    "top_pad": 16 * 1_048_576,
    "trim_threshold": 256 * 1_048_576,
}
# Nothing of our own environment, so that no secret can be read in a child. One BLAS thread, because a process with
# threads must not fork.
_ENVIRONMENT = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "GLIBC_TUNABLES": ":".join(f"glibc.malloc.{name}={value}" for name, value in _MALLOC.items()),
}
SUBMIT_TIMEOUT_S = 10.0
STOP_TIMEOUT_S = 5.0


class TemplateDied(Exception):
    """The template ended while a call was in its hands."""


class Template:
    """One template process and the socket that keeps it alive."""

    def __init__(self) -> None:
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._control.settimeout(SUBMIT_TIMEOUT_S)
        with theirs:
            self._running: subprocess.Popen[bytes] = subprocess.Popen(  # noqa: S603 - our own interpreter and our own script
                [sys.executable, "-I", str(_SCRIPT), str(_PROJECT)],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                env=_ENVIRONMENT,
                cwd="/",
                # A terminal's Ctrl-C stops the owner, which may still need its children to finish.
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        return self._running.pid

    def is_alive(self) -> bool:
        return self._running.poll() is None

    def submit(self, message: bytes, descriptors: list[int]) -> None:
        """Hand one request over. Raises `TemplateDied` when nobody took it."""
        try:
            socket.send_fds(self._control, [message], descriptors)
        except (BrokenPipeError, ConnectionResetError, TimeoutError) as error:
            discard(self)
            raise TemplateDied from error
        except OSError as error:
            # Another thread discarded it, which closes this socket, after this caller was given it.
            if error.errno != errno.EBADF:
                raise
            raise TemplateDied from error

    def forget(self) -> None:
        """Let go of a template that belongs to the process this one was forked from."""
        self._control.close()
        self._running.returncode = 0

    def stop(self) -> None:
        """End it and every child it has."""
        self._control.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._running.wait(STOP_TIMEOUT_S)
            return
        self.kill()

    def kill(self) -> None:
        """End it at once; the kernel ends its children."""
        self._control.close()
        self._running.kill()
        self._running.wait()


class _Owned:
    """What one process holds; replaced in a process that is forked off."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.template: Template | None = None


_owned = _Owned()


def running_template() -> Template:
    """The template of this process, started if there is none or the last one died."""
    with _owned.lock:
        if _owned.template is None or not _owned.template.is_alive():
            _stop(_owned.template)
            _owned.template = Template()
        return _owned.template


def discard(template: Template) -> None:
    """Kill a template that died or hangs; the next call starts another."""
    with _owned.lock:
        if _owned.template is template:
            _owned.template = None
            template.kill()


def stop_template() -> None:
    """End this process's template, if it has one."""
    with _owned.lock:
        _stop(_owned.template)
        _owned.template = None


def _stop(template: Template | None) -> None:
    if template is not None:
        template.stop()


def _begin_anew_after_fork() -> None:
    global _owned
    inherited, _owned = _owned.template, _Owned()
    if inherited is not None:
        inherited.forget()


atexit.register(stop_template)
os.register_at_fork(after_in_child=_begin_anew_after_fork)
