"""Fetching from an address that points elsewhere: a few steps, each judged, and nothing of ours goes along."""

import hashlib
from pathlib import Path

import pytest
from pytest_django import Settings

from gencraft_media.common.egress import AnswerTooLarge, EgressFailed, EgressPolicy, EgressRefused, fetch_following
from tests.common.raw_server import Answer, RawServer, dripping, redirect_to, response

LOCAL = EgressPolicy(["127.0.0.1"])


def path_of(request: bytes) -> str:
    return request.split(b" ")[1].decode()


def steps(count: int, status: int = 302) -> Answer:
    """/0 leads to /1 and so on, to a picture at /count; the step is named as a path, not as a whole address."""

    def answer(request: bytes) -> list[bytes]:
        step = int(path_of(request).lstrip("/"))
        if step < count:
            return [response(b"moved", status, Location=f"/{step + 1}", Set_Cookie="a=b")]
        return [response(b"picture", Content_Type="image/png; x=y")]

    return answer


def test_what_is_there_lands_in_the_file(tmp_path: Path) -> None:
    with RawServer() as server:
        server.answer = steps(0)
        url = f"http://127.0.0.1:{server.port}/0"
        fetched = fetch_following(url, tmp_path / "sink", max_bytes=7, policy=LOCAL)
    assert (tmp_path / "sink").read_bytes() == b"picture"
    assert fetched == (hashlib.sha256(b"picture").hexdigest(), 7, url, "image/png")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_three_redirects_are_followed(status: int, tmp_path: Path) -> None:
    with RawServer() as server:
        server.answer = steps(3, status)
        fetched = fetch_following(f"http://127.0.0.1:{server.port}/0", tmp_path / "s", max_bytes=7, policy=LOCAL)
    assert fetched.url.endswith("/3")
    assert [path_of(request) for request in server.requests] == ["/0", "/1", "/2", "/3"]


def test_a_fourth_is_not(tmp_path: Path) -> None:
    with RawServer() as server:
        server.answer = steps(4)
        with pytest.raises(EgressFailed):
            fetch_following(f"http://127.0.0.1:{server.port}/0", tmp_path / "sink", max_bytes=7, policy=LOCAL)
    assert len(server.requests) == 4


def test_no_credentials_go_along(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login alice password secret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    with RawServer() as server:
        server.answer = steps(2)
        fetch_following(f"http://127.0.0.1:{server.port}/0", tmp_path / "sink", max_bytes=7, policy=LOCAL)
    for request in server.requests:
        assert b"authorization" not in request.lower()
        assert b"cookie" not in request.lower()


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://10.0.0.1/",
        "http://169.254.169.254/latest/meta-data/",
        "https://user:password@api.example.com/",
        "file:///etc/passwd",
        "//10.0.0.1/",
        "https://2130706433/",
        "https://[::1",
        "https://[v1.a]/",
    ],
)
def test_a_redirect_to_where_nothing_is_let_out_is_refused(elsewhere: str, tmp_path: Path) -> None:
    with RawServer() as server:
        server.answer = redirect_to(elsewhere)
        with pytest.raises((EgressRefused, EgressFailed)):
            fetch_following(f"http://127.0.0.1:{server.port}/", tmp_path / "sink", max_bytes=7, policy=LOCAL)
    assert len(server.requests) == 1
    assert not (tmp_path / "sink").exists()


def test_the_settings_policy_holds_where_none_is_given(tmp_path: Path, settings: Settings) -> None:
    settings.EGRESS_ALLOW = []
    with pytest.raises(EgressRefused):
        fetch_following("http://127.0.0.1:1/", tmp_path / "sink", max_bytes=7)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (lambda request: [response(b"8 bytes.")], AnswerTooLarge),
        (lambda request: [b"HTTP/1.1 200 OK\r\n\r\n8 bytes."], AnswerTooLarge),
        (lambda request: [response(b"", 404)], EgressFailed),
        (lambda request: [response(b"", 302)], EgressFailed),
        (lambda request: [b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nshort"], EgressFailed),
        (lambda request: [], EgressFailed),
    ],
)
def test_what_is_not_there_whole_or_is_too_large_is_not_taken(
    answer: Answer, kind: type[Exception], tmp_path: Path
) -> None:
    with RawServer() as server:
        server.answer = answer
        with pytest.raises(kind):
            fetch_following(f"http://127.0.0.1:{server.port}/", tmp_path / "sink", max_bytes=7, policy=LOCAL)


def test_all_steps_together_have_one_deadline(tmp_path: Path) -> None:
    with RawServer() as server:
        server.answer, server.pause_s = dripping(response(b"picture")), 0.05
        with pytest.raises(EgressFailed):
            fetch_following(
                f"http://127.0.0.1:{server.port}/", tmp_path / "sink", max_bytes=7, total_s=0.3, policy=LOCAL
            )
