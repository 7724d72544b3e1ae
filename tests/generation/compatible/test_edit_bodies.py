"""The bodies of edits and variations: what is taken, what is refused by name, and what is made of it."""

import base64
import io
from contextlib import AbstractContextManager
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from PIL import Image
from pytest_django import Settings

from assets.models import MediaUpload
from gencraft_media.accounts.callers import Caller
from gencraft_media.generation.admission import GenerationOrder
from gencraft_media.generation.compatible import repeats
from gencraft_media.generation.compatible.pictures import references_in
from gencraft_media.generation.compatible.repeats import admit_in_turn, take_turn
from gencraft_media.generation.compatible.serializers import EditDocumentSerializer
from gencraft_media.generation.compatible.wishes import delivery_from, order_from
from gencraft_media.generation.inputs import InputReference, ResolvedInput, resolved_inputs
from gencraft_media.generation.models import GenerationJob
from gencraft_media.generation.routing.wishes import wish_for
from providers.fitting import Wanted
from providers.operations import Operation
from tests.generation.compatible.test_shape_of_errors import error_in
from tests.generation.tenants import Tenant

EDITS, VARIATIONS = "/v1/images/edits", "/v1/images/variations"
NOBODYS = "nobody/nothing"


def png(size: tuple[int, int] = (64, 48)) -> bytes:
    content = io.BytesIO()
    Image.new("RGB", size, "navy").save(content, "PNG")
    return content.getvalue()


def file(content: bytes | None = None, content_type: str = "image/png") -> SimpleUploadedFile:
    return SimpleUploadedFile("picture.png", png() if content is None else content, content_type=content_type)


def data_url(content: bytes | None = None, head: str = "data:image/png;base64,") -> dict[str, str]:
    return {"image_url": head + base64.b64encode(png() if content is None else content).decode()}


def post_form(alice: Tenant, fields: dict[str, Any], *, address: str = EDITS) -> Any:
    given = {"model": NOBODYS, "prompt": "A red boat", "image": file(), **fields}
    body = {name: value for name, value in given.items() if value is not None}
    return alice.client.post(address, body, format="multipart")


def post_json(alice: Tenant, **fields: Any) -> Any:
    body = {"model": NOBODYS, "prompt": "A red boat", "images": [data_url()], **fields}
    return alice.client.post(EDITS, {name: value for name, value in body.items() if value is not None})


class TestForms:
    def test_every_documented_field_is_accepted(self, alice: Tenant) -> None:
        everything = {
            "mask": file(), "markup": file(), "n": "2", "size": "1024x1024", "quality": "xhigh",
            "background": "transparent", "output_format": "webp", "output_compression": "50", "moderation": "low",
            "response_format": "b64_json", "stream": "true", "partial_images": "3", "complexity": "high",
            "frame_count": "4", "frame_duration_ms": "100", "svg[model]": "any", "svg[reasoning][effort]": "low",
            "user": "nora", "safety_identifier": "n-1", "input_fidelity": "high",
        }  # fmt: skip
        # Only the model is refused, which is looked at last.
        assert error_in(post_form(alice, everything))["code"] == "model_not_found"

    def test_pictures_come_under_either_name(self, alice: Tenant) -> None:
        for pictures in ({"image": file()}, {"image[]": [file(), file()]}, {"image": [file(), file()]}):
            assert error_in(post_form(alice, {"image": None, **pictures}))["code"] == "model_not_found"

    def test_a_wrong_field_is_named(self, alice: Tenant) -> None:
        cases: list[tuple[dict[str, Any], str, str]] = [
            ({"image": None}, "missing_required_parameter", "image"),
            ({"prompt": None}, "missing_required_parameter", "prompt"),
            ({"image": "a picture"}, "invalid_value", "image.0"),
            ({"image": [file() for _ in range(17)]}, "invalid_value", "image"),
            ({"mask": "a mask"}, "invalid_value", "mask"),
            ({"prompt": file()}, "invalid_value", "prompt"),
            ({"n": ["1", "2"]}, "invalid_value", "n"),
            ({"n": "11"}, "invalid_value", "n"),
            ({"stream": "perhaps"}, "invalid_value", "stream"),
            ({"input_fidelity": "most"}, "invalid_value", "input_fidelity"),
            ({"images": file()}, "unknown_parameter", "images"),
            ({"style": "vivid"}, "unknown_parameter", "style"),
        ]
        for fields, code, param in cases:
            answer = post_form(alice, fields)
            assert (answer.status_code, answer["x-should-retry"]) == (400, "false")
            assert (error_in(answer)["code"], error_in(answer)["param"]) == (code, param)

    def test_a_variation_has_no_prompt_and_one_picture(self, alice: Tenant) -> None:
        fields: dict[str, Any] = {"prompt": None, "n": "2", "size": "256x256", "response_format": "url", "user": "nora"}
        assert error_in(post_form(alice, fields, address=VARIATIONS))["code"] == "model_not_found"
        assert error_in(post_form(alice, {}, address=VARIATIONS))["param"] == "prompt"
        two = {"prompt": None, "image": [file(), file()]}
        assert error_in(post_form(alice, two, address=VARIATIONS))["param"] == "image"

    def test_what_is_no_picture_is_refused_before_there_is_a_job(self, alice: Tenant) -> None:
        answer = post_form(alice, {"model": "sim/standard", "image": file(b"<svg/>")})
        error = error_in(answer)
        assert (answer.status_code, error["code"], error["param"]) == (400, "upload_refused", "image")
        assert not GenerationJob.objects.exists() and not MediaUpload.objects.exists()

    def test_a_file_too_large_is_refused(self, alice: Tenant, settings: Settings) -> None:
        settings.UPLOAD_FILE_BYTES = 1000
        assert post_form(alice, {"image": file(b"x" * 1001)}).status_code == 413


class TestJson:
    def test_every_documented_field_is_accepted(self, alice: Tenant) -> None:
        everything = {
            "mask": data_url(), "n": 2, "quality": "high", "input_fidelity": "low", "size": "auto", "user": "nora",
            "output_format": "jpeg", "output_compression": 9, "moderation": "auto", "background": "opaque",
            "stream": True, "partial_images": 1,
        }  # fmt: skip
        for fields in (everything, dict.fromkeys(everything)):
            assert error_in(post_json(alice, **fields))["code"] == "model_not_found"

    def test_a_wrong_picture_is_named(self, alice: Tenant) -> None:
        cases: list[tuple[dict[str, Any], str, str]] = [
            ({"images": [{"file_id": "file-abc123"}]}, "images.0", "Files of OpenAI's are not here"),
            ({"mask": {"file_id": "file-abc123"}}, "mask", "Files of OpenAI's are not here"),
            ({"images": [{"image_url": "https://a.example", "file_id": "f"}]}, "images.0", "Files of OpenAI's"),
            ({"images": [{}]}, "images.0", "image_url"),
            ({"images": ["https://a.example/a.png"]}, "images.0", "image_url"),
            ({"images": [{"image_url": 7}]}, "images.0", "image_url"),
            ({"images": [{"image_url": ""}]}, "images.0", "https URL"),
            ({"images": [data_url(), {"image_url": "data:image/png;base64,%%"}]}, "images.1", "data: URL"),
            ({"images": [data_url(head="data:text/html;base64,")]}, "images.0", "data: URL"),
            ({"images": [{"image_url": "https://a.example/" + "x" * 2000}]}, "images.0", "2000"),
            ({"images": []}, "images", ""),
            ({"images": [data_url()] * 17}, "images", "16"),
            ({"image": data_url()}, "image", "images"),
        ]
        for fields, param, words in cases:
            error = error_in(post_json(alice, **fields))
            assert error["param"] == param
            assert words in error["message"]

    def test_pictures_may_be_larger_than_other_documents(self, alice: Tenant) -> None:
        assert error_in(post_json(alice, images=[data_url(b"x" * 2_000_000)]))["code"] == "model_not_found"
        assert post_json(alice, images=[data_url(b"x" * 26_000_000)]).status_code == 413

    def test_an_address_that_is_not_public_is_refused_by_name(self, alice: Tenant) -> None:
        answer = post_json(alice, model="sim/standard", images=[{"image_url": "https://127.0.0.1/a.png"}])
        assert (answer.status_code, error_in(answer)["param"]) == (400, "images.0")
        assert not GenerationJob.objects.exists()


def test_a_variation_names_its_picture_as_an_edit_does(alice: Tenant) -> None:
    body = {"model": NOBODYS, "images": [data_url()]}
    assert error_in(alice.client.post(VARIATIONS, body))["code"] == "model_not_found"
    assert error_in(alice.client.post(VARIATIONS, {**body, "images": [data_url()] * 2}))["param"] == "images"


def read(**fields: Any) -> dict[str, Any]:
    return EditDocumentSerializer.given({"prompt": "A red boat", "images": [data_url()], **fields})


def test_pictures_keep_their_order_and_the_mask_is_one_of_them() -> None:
    values = read(images=[{"image_url": "https://a.example/1"}, data_url(b"two")], mask=data_url(b"mask"))
    first, second, mask = references_in(values)
    assert (first.role, first.field, first.url) == ("image", "images.0", "https://a.example/1")
    assert second.file is not None
    assert (second.role, second.field, second.file.read(), second.file.content_type) == (
        "image", "images.1", b"two", "image/png",
    )  # fmt: skip
    assert (mask.role, mask.field) == ("mask", "mask")


def test_a_mask_is_read_as_openai_reads_it(engine: None) -> None:
    values = read(mask=data_url(), model="gpt-image-2")
    order = order_from(values, delivery_from(values), end_user=True, operation=Operation.INPAINT)
    assert (order.wanted.mask_mode, order.operation, len(order.inputs)) == ("transparent", "inpaint", 2)


def test_what_no_model_here_takes_is_told() -> None:
    delivery = delivery_from(read(markup=data_url(), input_fidelity="high", complexity="low"), events="image_edit")
    changes = {change["field"]: (change["requested"], change["used"]) for change in delivery.changes}
    assert changes == {
        "markup": ("a picture", None), "input_fidelity": ("high", None), "complexity": ("low", None),
    }  # fmt: skip
    assert delivery.events == "image_edit"


def test_a_repetition_takes_no_picture_in_again(alice: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    caller = Caller.with_session(alice.project.owner)
    order = GenerationOrder(
        operation="variation",
        wanted=Wanted(""),
        wish=wish_for(model="sim/standard"),
        inputs=(InputReference("image", "image", file=file()),),
    )
    taken_in: list[bool] = []

    def resolve(given: Any, **owner: Any) -> AbstractContextManager[list[ResolvedInput]]:
        if given:
            taken_in.append(connection.in_atomic_block)
        return resolved_inputs(given, **owner)

    monkeypatch.setattr(repeats, "resolved_inputs", resolve)
    call = take_turn(scope="alice", fingerprint="a picture", retry_count=0)
    first = admit_in_turn(call, caller=caller, project=alice.project, order=order)
    again = take_turn(scope="alice", fingerprint="a picture", retry_count=1)
    second = admit_in_turn(again, caller=caller, project=alice.project, order=order)
    assert (first.job, first.replayed, second.job, second.replayed) == (second.job, False, first.job, True)
    # Once, and in no transaction: an address may take seconds to answer.
    assert (taken_in, MediaUpload.objects.count()) == ([False], 1)
