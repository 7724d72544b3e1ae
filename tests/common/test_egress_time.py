"""Deadlines that hold even inside one read, and answers that may not grow without end."""

import gzip
import multiprocessing
import os
import ssl
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests
from urllib3.exceptions import HTTPError

from gencraft_media.common.egress import (
    AnswerTooLarge,
    DeadlinePassed,
    EgressPolicy,
    bounded_chunks,
    guarded_session,
    time_limit,
)
from gencraft_media.common.egress import watchdog as watching
from gencraft_media.common.egress.bodies import CHUNK_BYTES, stated_size
from tests.common.certificates import certificate_for
from tests.common.raw_server import Answer, RawServer, dripping, response
from tests.waiting import wait_until

LOCAL = EgressPolicy(["127.0.0.1"])
# Long read time-outs: nothing but the total deadline can end these.
TIMEOUT_S = (5.0, 30.0)
TOTAL_S = 0.4
BROKEN = (requests.RequestException, HTTPError, OSError)
WHOLE = response(b"x" * 4000)


@pytest.fixture
def tls(tmp_path: Path) -> tuple[ssl.SSLContext, str]:
    certificate = certificate_for(tmp_path, "127.0.0.1")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context, str(certificate)


def fetch(url: str, *, total_s: float, max_bytes: int = 10**6, verify: str | bool = True) -> bytes:
    with (
        guarded_session(LOCAL) as session,
        time_limit(total_s),
        session.get(url, timeout=TIMEOUT_S, stream=True, verify=verify) as answer,
    ):
        return b"".join(bounded_chunks(answer, max_bytes))


@contextmanager
def ends_in_time() -> Iterator[None]:
    began = time.monotonic()
    yield
    took_s = time.monotonic() - began
    # A busy machine is slow to notice; unwatched, each of these would take half a minute or for ever.
    assert TOTAL_S * 0.9 < took_s < TOTAL_S + 5.0


def silent(request: bytes) -> Iterator[bytes]:
    yield b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n"
    threading.Event().wait(20)


def endless_headers(request: bytes) -> Iterator[bytes]:
    yield b"HTTP/1.1 200 OK\r\n"
    for number in range(90):
        yield f"X-Header-{number}: x\r\n".encode()


def until_closed(request: bytes) -> Iterator[bytes]:
    """A body without a stated length: the cut looks like its end."""
    yield b"HTTP/1.1 200 OK\r\n\r\n"
    while True:
        yield b"x"


def chunks(request: bytes) -> Iterator[bytes]:
    yield b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    while True:
        yield b"1\r\nx\r\n"


@pytest.mark.parametrize("answer", [dripping(WHOLE), silent, endless_headers, until_closed, chunks])
def test_a_server_that_drips_is_cut_at_the_deadline(answer: Answer) -> None:
    with RawServer() as server:
        server.answer, server.pause_s = answer, 0.05
        with ends_in_time(), pytest.raises(BROKEN):
            fetch(f"http://127.0.0.1:{server.port}/", total_s=TOTAL_S)


@pytest.mark.parametrize("answer", [dripping(WHOLE), silent, until_closed])
def test_a_server_that_drips_inside_tls_is_cut_too(answer: Answer, tls: tuple[ssl.SSLContext, str]) -> None:
    context, certificate = tls
    with RawServer(tls=context) as server:
        server.answer, server.pause_s = answer, 0.05
        with ends_in_time(), pytest.raises(BROKEN):
            fetch(f"https://127.0.0.1:{server.port}/", total_s=TOTAL_S, verify=certificate)


def test_a_cut_never_turns_tls_records_into_plain_text(tls: tuple[ssl.SSLContext, str]) -> None:
    context, certificate = tls
    flood = b"y" * 65_536

    def flooding(request: bytes) -> Iterator[bytes]:
        yield b"HTTP/1.1 200 OK\r\n\r\n"
        while True:
            yield flood

    seen: set[bytes] = set()
    with RawServer(tls=context) as server:
        server.answer = flooding
        with pytest.raises(BROKEN), guarded_session(LOCAL) as session, time_limit(TOTAL_S):
            url = f"https://127.0.0.1:{server.port}/"
            with session.get(url, timeout=TIMEOUT_S, stream=True, verify=certificate) as answer:
                # Without the look at the clock that `bounded_chunks` takes after each piece.
                for chunk in answer.iter_content(CHUNK_BYTES):
                    seen.add(chunk.strip(b"y"))
    assert seen == {b""}


def test_a_request_that_nobody_reads_is_cut() -> None:
    with RawServer() as server:
        server.answer = silent
        released = threading.Event()

        def body() -> Iterator[bytes]:
            while not released.is_set():
                yield b"x" * 65_536

        with ends_in_time(), pytest.raises(BROKEN), guarded_session(LOCAL) as session, time_limit(TOTAL_S):
            session.post(f"http://127.0.0.1:{server.port}/", data=body(), timeout=TIMEOUT_S)
        released.set()


def test_time_that_is_up_before_the_connection_sends_nothing() -> None:
    server = RawServer()
    with server, guarded_session(LOCAL) as session, pytest.raises(DeadlinePassed), time_limit(0.001) as limit:
        wait_until(lambda: limit.passed)
        with pytest.raises(requests.ConnectTimeout):
            session.get(f"http://127.0.0.1:{server.port}/", timeout=TIMEOUT_S)
    assert server.requests == []


def test_an_answer_in_time_is_left_alone_and_the_watch_ends() -> None:
    with RawServer(keep=True) as server, guarded_session(LOCAL, kept=1) as session:
        url = f"http://127.0.0.1:{server.port}/"
        with time_limit(0.2) as first:
            assert session.get(url, timeout=TIMEOUT_S).content == b"ok"
        # Its deadline comes and goes, and the kept connection is somebody else's.
        with time_limit(5.0):
            wait_until(lambda: not first.left_s())
            assert session.get(url, timeout=TIMEOUT_S).content == b"ok"
        assert server.connections == 1
    assert not watching._watchdog._limits


def test_a_kept_connection_is_watched_for_each_exchange() -> None:
    with RawServer(keep=True) as server, guarded_session(LOCAL, kept=1) as session:
        url = f"http://127.0.0.1:{server.port}/"
        assert session.get(url, timeout=TIMEOUT_S).content == b"ok"
        server.answer = silent
        with ends_in_time(), pytest.raises(BROKEN), time_limit(TOTAL_S):
            session.get(url, timeout=TIMEOUT_S)
        assert server.connections == 1


def test_many_deadlines_are_met_by_one_thread() -> None:
    failures: list[str] = []

    def one(url: str) -> None:
        try:
            with ends_in_time():
                try:
                    fetch(url, total_s=TOTAL_S)
                except BROKEN:
                    return
                failures.append("it came to an end")
        except AssertionError as error:
            failures.append(str(error))

    with RawServer() as server:
        server.answer = silent
        threads = [threading.Thread(target=one, args=(f"http://127.0.0.1:{server.port}/",)) for _ in range(30)]
        for thread in threads:
            thread.start()
        watchers = [thread for thread in threading.enumerate() if thread.name == "egress-watchdog"]
        for thread in threads:
            thread.join(10)
    assert (failures, len(watchers)) == ([], 1)


def test_a_forked_process_has_a_watch_of_its_own() -> None:
    with time_limit(5.0):
        child = multiprocessing.get_context("fork").Process(target=_be_cut_in_a_child)
        child.start()
        child.join(10)
    assert child.exitcode == 7


def _be_cut_in_a_child() -> None:
    with RawServer() as server:
        server.answer = silent
        try:
            fetch(f"http://127.0.0.1:{server.port}/", total_s=TOTAL_S)
        except BROKEN:
            os._exit(7)


def _deflated(body: bytes) -> bytes:
    return zlib.compress(body, 9)


def _twice(body: bytes) -> bytes:
    return gzip.compress(gzip.compress(body))


@pytest.mark.parametrize(
    ("encoding", "packed"), [("gzip", gzip.compress), ("deflate", _deflated), ("gzip, gzip", _twice)]
)
def test_a_bomb_goes_off_in_pieces_up_to_the_cap(encoding: str, packed: Callable[[bytes], bytes]) -> None:
    bomb = packed(b"\0" * 50_000_000)
    assert len(bomb) < 1_000_000
    pieces: list[int] = []
    with RawServer() as server, guarded_session(LOCAL) as session:
        server.answer = lambda request: [response(bomb, Content_Encoding=encoding)]
        url = f"http://127.0.0.1:{server.port}/"
        with session.get(url, timeout=TIMEOUT_S, stream=True) as answer, pytest.raises(AnswerTooLarge):
            pieces.extend(len(piece) for piece in bounded_chunks(answer, 1_000_000))
    assert sum(pieces) <= 1_000_000
    assert max(pieces) <= CHUNK_BYTES


@pytest.mark.parametrize(("stated", "size"), [("12", 12), ("", 0), ("x", 0), ("-1", 0), ("1, 1", 0), ("9" * 5000, 0)])
def test_a_stated_size_is_read_when_it_can_be(stated: str, size: int) -> None:
    answer = requests.Response()
    answer.headers["Content-Length"] = stated
    assert stated_size(answer) == size


def test_the_end_of_the_block_tells_when_the_cut_looked_like_an_end() -> None:
    with pytest.raises(DeadlinePassed), time_limit(0.01) as limit:
        wait_until(lambda: limit.passed)
