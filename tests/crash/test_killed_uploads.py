"""The web process is killed while a client brings a picture: the client repeats itself, nothing half-done is used."""

import io
from pathlib import Path
from typing import Any

import pytest
import requests
from PIL import Image

from assets.models import MediaUpload
from assets.upload_upkeep import expire_uploads
from tests.factories import make_key
from tests.generation.tenants import Tenant
from tests.running_engine import RunningEngine

pytestmark = pytest.mark.crash


def picture() -> bytes:
    buffer = io.BytesIO()
    Image.linear_gradient("L").convert("RGB").save(buffer, "PNG")
    return buffer.getvalue()


class Client:
    """Alice's program, which asks again when no answer came."""

    def __init__(self, engine: RunningEngine, alice: Tenant) -> None:
        self._engine = engine
        self._headers = {"Authorization": f"Bearer {make_key(alice.project, name='uploads')[1]}"}

    def ask(self, method: str, path: str, **more: Any) -> requests.Response:
        """Once. Raises `requests.ConnectionError` where nobody answers."""
        address = f"{self._engine.url}/api/media/uploads{path}"
        return requests.request(method, address, headers=self._headers, timeout=30, **more)

    def ask_until_answered(self, method: str, path: str, **more: Any) -> requests.Response:
        """The first answer."""

        def answers() -> list[requests.Response]:
            try:
                return [self.ask(method, path, **more)]
            except requests.ConnectionError:
                return []

        return self._engine.wait_until(answers, timeout_s=30, what="an answer")[0]

    def bring(self) -> dict[str, Any]:
        """An upload that is ready."""
        answer = self.ask_until_answered("POST", "", files={"file": ("a.png", picture(), "image/png")})
        assert answer.status_code == 201, answer.text
        document: dict[str, Any] = answer.json()
        return document


@pytest.fixture
def client(engine: RunningEngine, alice: Tenant) -> Client:
    return Client(engine, alice)


def kept(engine: RunningEngine) -> set[str]:
    """The objects of uploads, by their keys."""
    root: Path = engine.folder / "private"
    found = [path for prefix in ("uploads", "incoming") for path in (root / prefix).rglob("*") if path.is_file()]
    return {str(path.relative_to(root)) for path in found}


def test_a_picture_kept_without_a_row_is_nobodys_and_the_next_one_is_whole(
    engine: RunningEngine, alice: Tenant, client: Client
) -> None:
    before = kept(engine)
    engine.arm("upload.stored")
    with pytest.raises(requests.ConnectionError):
        client.ask("POST", "", files={"file": ("a.png", picture(), "image/png")})
    assert not engine.is_armed("upload.stored")
    assert not MediaUpload.objects.filter(project=alice.project).exists()
    brought = client.bring()
    upload = MediaUpload.objects.get(project=alice.project)
    assert (str(upload.pk), upload.state) == (brought["id"], "ready")
    # The one object more is what the sweep takes once it is old enough.
    assert len(kept(engine) - before - {upload.key}) == 1


def test_a_completion_whose_answer_never_came_can_be_repeated(
    engine: RunningEngine, alice: Tenant, client: Client
) -> None:
    content = picture()
    begun = client.ask_until_answered("POST", "", json={"mimeType": "image/png", "size": len(content)}).json()
    form = begun["upload"]
    parts = {**{name: (None, value) for name, value in form["fields"].items()}, "file": ("a.png", content, "image/png")}
    assert requests.post(form["url"], files=parts, timeout=30).ok
    engine.arm("upload.judged")
    with pytest.raises(requests.ConnectionError):
        client.ask("POST", f"/{begun['id']}/complete", json={})
    assert not engine.is_armed("upload.judged")
    answer = client.ask_until_answered("POST", f"/{begun['id']}/complete", json={})
    assert (answer.status_code, answer.json()["state"]) == (200, "ready"), answer.text
    assert MediaUpload.objects.get(pk=begun["id"]).key in kept(engine)


def test_a_removal_that_was_cut_short_is_out_of_sight_and_can_be_ended(
    engine: RunningEngine, alice: Tenant, client: Client
) -> None:
    brought = client.bring()
    key = MediaUpload.objects.get(pk=brought["id"]).key
    engine.arm("upload.objects_removed")
    with pytest.raises(requests.ConnectionError):
        client.ask("DELETE", f"/{brought['id']}")
    assert not engine.is_armed("upload.objects_removed")
    assert key not in kept(engine)
    assert client.ask_until_answered("GET", f"/{brought['id']}").status_code == 404
    expire_uploads()
    assert not MediaUpload.objects.filter(pk=brought["id"]).exists()
