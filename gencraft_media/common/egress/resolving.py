"""Names to addresses, once and within a time limit: the system's resolver may take half a minute to say no."""

import socket
import threading
from ipaddress import ip_address

from gencraft_media.common.egress.addresses import Address

# Lookups that hang keep a thread each until the resolver gives up; more than these wait.
_LOOKUPS = threading.BoundedSemaphore(64)


class _Lookup:
    """One question to the resolver, asked in a thread of its own, which nobody has to wait for."""

    def __init__(self, host: str, port: int) -> None:
        self._host, self._port = host, port
        self._ended = threading.Event()
        self._found: list[Address] = []
        self._error: OSError | None = None

    def answer(self, timeout_s: float | None) -> list[Address]:
        threading.Thread(target=self._ask, name="resolver", daemon=True).start()
        if not self._ended.wait(timeout_s):
            raise TimeoutError(f"no address of {self._host} in time")
        if self._error is not None:
            raise self._error
        return self._found

    def _ask(self) -> None:
        try:
            answers = socket.getaddrinfo(self._host, self._port, type=socket.SOCK_STREAM)
            self._found = list(dict.fromkeys(ip_address(answer[4][0]) for answer in answers))
        except OSError as error:
            self._error = error
        except ValueError as error:
            # A label no resolver takes (UnicodeError), or an answer that is no address.
            self._error = socket.gaierror(socket.EAI_NONAME, str(error))
        finally:
            _LOOKUPS.release()
            self._ended.set()


def addresses_of(host: str, port: int, *, timeout_s: float | None) -> list[Address]:
    """Every address of the name, as the resolver orders them. Raises `socket.gaierror` and, too late, TimeoutError."""
    if not _LOOKUPS.acquire(timeout=-1 if timeout_s is None else timeout_s):
        raise TimeoutError("the resolver is overloaded")
    return _Lookup(host, port).answer(timeout_s)
