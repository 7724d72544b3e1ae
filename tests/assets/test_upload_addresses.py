"""Pictures fetched from addresses: public ones alone, in seconds, a few at a time, and judged like any other."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import Settings

from assets import uploads
from assets.errors import BadUpload, UploadsBusy
from assets.models import MediaUpload
from assets.uploads import take_address
from gencraft_media.accounts.models import Project
from gencraft_media.common.egress import EgressRefused
from tests.assets.drawn import scenery, written
from tests.common.raw_server import RawServer, dripping, redirect_to, response
from tests.factories import make_project

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def inside_the_tests_own_transaction(monkeypatch: pytest.MonkeyPatch) -> None:
    """That the connection is given back first, and must be, is shown in test_uploads.py."""
    monkeypatch.setattr(uploads, "release_connection", lambda: None)


@pytest.fixture
def server(settings: Settings) -> Iterator[RawServer]:
    """A server that this engine's operator lets out to."""
    settings.CLIENT_EGRESS_ALLOW = ["127.0.0.1"]
    with RawServer() as running:
        yield running


@pytest.fixture
def project() -> Project:
    return make_project()


def take(project: Project, server: RawServer, path: str = "/photos/my%20cat.png?key=canary") -> MediaUpload:
    url = path if path.startswith("http") else f"http://127.0.0.1:{server.port}{path}"
    return take_address(url, user_id=project.owner_id, project_id=project.pk)


def refusal(project: Project, server: RawServer) -> BadUpload:
    with pytest.raises(BadUpload) as caught:
        take(project, server)
    assert not MediaUpload.objects.exists()
    return caught.value


def test_what_is_there_is_taken_under_its_own_name(project: Project, server: RawServer) -> None:
    server.answer = lambda request: [response(written(scenery()), Content_Type="image/png")]
    upload = take(project, server)
    assert (upload.source, upload.filename, upload.declared_type) == ("address", "my cat.png", "image/png")
    assert (upload.state, upload.width, upload.project_id) == ("ready", 320, project.pk)
    assert "canary" not in str(MediaUpload.objects.values().get())


@pytest.mark.parametrize("said", ["binary/octet-stream", "image/png;x=y", ""])
def test_servers_that_know_no_types_are_believed_to(project: Project, server: RawServer, said: str) -> None:
    headers = {"Content_Type": said} if said else {}
    server.answer = lambda request: [response(written(scenery()), **headers)]
    assert take(project, server).mime_type == "image/png"


@pytest.mark.parametrize(
    ("body", "said", "reason"),
    [
        (b"<html>sign in</html>", "text/html", "not_an_image"),
        (written(scenery()), "text/html", "type_mismatch"),
        (written(scenery())[:500], "image/png", "truncated"),
        (b"", "image/png", "not_an_image"),
    ],
)
def test_what_comes_is_judged_like_any_other(
    project: Project, server: RawServer, body: bytes, said: str, reason: str
) -> None:
    server.answer = lambda request: [response(body, Content_Type=said)]
    assert refusal(project, server).reason == reason


def test_an_address_that_has_nothing_can_be_tried_again(project: Project, server: RawServer) -> None:
    server.answer = lambda request: [response(b"gone", 404)]
    error = refusal(project, server)
    assert (error.reason, error.http_status, error.retryable) == ("unreachable", 422, True)
    assert "404" in error.message


def test_an_address_that_drips_is_left_in_time(
    project: Project, server: RawServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "FETCH_S", 0.5)
    server.answer, server.pause_s = dripping(response(written(scenery()))), 0.1
    assert refusal(project, server).reason == "unreachable"


def test_an_answer_of_more_bytes_than_an_upload_has_is_left(
    project: Project, server: RawServer, settings: Settings
) -> None:
    settings.UPLOAD_FILE_BYTES = 1_048_576
    server.answer = lambda request: [response(bytes(1_048_577))]
    assert refusal(project, server).reason == "too_large"


def test_a_redirect_into_the_house_is_refused(project: Project, server: RawServer) -> None:
    with RawServer("127.0.0.2") as inside:
        server.answer = redirect_to(f"http://127.0.0.2:{inside.port}/secret.png")
        with pytest.raises(EgressRefused):
            take(project, server)
        assert inside.connections == 0


@pytest.mark.parametrize(
    "url", ["http://example.com/a.png", "https://10.0.0.1/a.png", "file:///etc/passwd", "https://u:p@example.com/a", ""]
)
def test_what_is_not_public_or_not_https_is_not_asked(project: Project, server: RawServer, url: str) -> None:
    with pytest.raises(EgressRefused):
        take_address(url, user_id=project.owner_id, project_id=project.pk)


def test_of_too_many_at_once_some_are_told_to_come_again(
    project: Project, server: RawServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "_FETCHES", threading.BoundedSemaphore(1))
    server.answer = lambda request: [response(written(scenery()))]
    with uploads._FETCHES:
        with pytest.raises(UploadsBusy) as caught:
            take(project, server)
        assert (caught.value.http_status, caught.value.retryable, caught.value.retry_after_s) == (503, True, 2)
    assert take(project, server).state == "ready"


def test_no_file_is_left_behind(project: Project, server: RawServer, tmp_path: Path) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    server.answer = lambda request: [response(written(scenery()))]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tempfile.tempdir", str(temporary))
        take(project, server)
    assert list(temporary.iterdir()) == []
