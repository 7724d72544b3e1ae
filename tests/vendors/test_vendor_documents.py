"""Our requests against the vendors' own documents, where the environment names a folder of them."""

import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from providers.types import HttpRequest, InputMedia
from tests.vendors.documents import Document, VendorDocument, read_document
from tests.vendors.flux.requests import documented_requests as flux_requests
from tests.vendors.openai.requests import every_request as openai_requests
from tests.vendors.stability.requests import engine_requests

# One row a vendor.
DOCUMENTS = {
    "flux": VendorDocument("bfl.json", "https://api.bfl.ai", flux_requests),
    "openai": VendorDocument(
        "openai-images.json",
        "https://api.openai.com/v1",
        openai_requests,
        # gpt-image-2.5 came after the document of 2026-08-21.
        newer={"quality": {"xhigh", "max"}},
    ),
    # Of v1 alone: there is no document of v2beta at hand, and v1's older one does not know SDXL.
    "stability": VendorDocument("stability-v1-sdxl10-2023-08.json", "https://api.stability.ai", engine_requests),
}

HINT = {
    "type": "object",
    "required": ["text"],
    "properties": {"text": {"type": "string"}, "weight": {"type": "number"}},
}
PICTURE = {
    "type": "object",
    "required": ["prompt"],
    "properties": {
        "prompt": {"type": "string"},
        "n": {"type": ["integer", "null"], "maximum": 4},
        "mask": {"type": "string"},
        "hints": {"type": "array", "items": {"$ref": "#/defs/Hint"}},
        "image": {"anyOf": [{"type": "string"}, {"type": "array", "maxItems": 2, "items": {"type": "string"}}]},
    },
}
INVENTED: Document = {
    "paths": {
        "/pictures": {
            "post": {"requestBody": {"content": {"application/json": {"schema": {"$ref": "#/defs/Picture"}}}}}
        },
        "/engines/{engine}/pictures": {
            "post": {
                "requestBody": {"content": {"multipart/form-data": {"schema": {"allOf": [{"$ref": "#/defs/Picture"}]}}}}
            }
        },
        "/pictures/{id}": {"get": {}},
    },
    "defs": {"Picture": PICTURE, "Hint": HINT},
}


def invented(
    method: str, path: str, json: object = None, form: dict[str, object] | None = None, files: Sequence[str] = ()
) -> list[str]:
    """What the invented vendor's document says to one request."""
    media = InputMedia("image", Path("a.png"), "image/png")
    request = HttpRequest(
        method, f"https://vendor.example/v9{path}", json=json, form=form, files=[(name, media) for name in files]
    )
    vendor = VendorDocument("", "https://vendor.example/v9", lambda: [request], newer={"n": {7}})
    return vendor.misfits(INVENTED)


def test_a_request_that_fits_has_no_misfits() -> None:
    assert invented("POST", "/pictures", {"prompt": "x", "n": 4}) == []
    assert invented("POST", "/engines/one/pictures", form={"prompt": "x"}) == []
    assert invented("POST", "/engines/one/pictures", form={"prompt": "4", "n": "4"}, files=["image", "mask"]) == []
    assert invented("POST", "/engines/one/pictures", form={"prompt": "x"}, files=["image[]", "image[]"]) == []
    listed = {"hints[0][text]": "4", "hints[0][weight]": "-1", "hints[1][text]": "sea"}
    assert invented("POST", "/engines/one/pictures", form={"prompt": "x", **listed}) == []
    assert invented("GET", "/pictures/7?fresh=1") == []
    assert invented("POST", "/pictures", {"prompt": "x", "n": 7}) == []


@pytest.mark.parametrize(
    ("form", "files", "place"),
    [
        ({"prompt": "x", "n": "5"}, [], "n"),
        ({"prompt": "x", "n": "many"}, [], "n"),
        ({"prompt": "x"}, ["image[]"] * 3, "image"),
        ({"prompt": "x"}, ["picture"], "picture"),
        ({"prompt": "x", "hints[0][weight]": "1"}, [], "hints.0"),
        ({"prompt": "x", "hints[0][text]": "sea", "hints[0][weight]": "much"}, [], "hints.0.weight"),
        ({}, ["image"], "body"),
    ],
)
def test_what_does_not_fit_in_a_form_is_named(form: dict[str, object], files: list[str], place: str) -> None:
    [misfit] = invented("POST", "/engines/one/pictures", form=form, files=files)
    assert misfit.startswith(f"POST /engines/{{engine}}/pictures: {place}: ")


@pytest.mark.parametrize(
    ("method", "path", "json", "misfit"),
    [
        ("POST", "/videos", {}, "POST /videos: there is no such operation"),
        ("GET", "/pictures", None, "GET /pictures: there is no such operation"),
        ("POST", "/engines/one/pictures", {}, "POST /engines/one/pictures: takes no application/json"),
        ("POST", "/pictures", {}, "POST /pictures: body: 'prompt' is a required property"),
        (
            "POST",
            "/pictures",
            {"prompt": "x", "n": 5},
            "POST /pictures: n: 5 is greater than the maximum of 4",
        ),
        ("POST", "/pictures", {"prompt": "x", "steps": 5}, "POST /pictures: steps: there is no such field"),
    ],
)
def test_what_does_not_fit_is_named(method: str, path: str, json: object, misfit: str) -> None:
    assert invented(method, path, json) == [misfit]


if FOLDER := os.environ.get("VENDOR_OPENAPI_DIR", ""):

    @pytest.mark.parametrize("vendor", DOCUMENTS)
    def test_every_request_fits_the_vendors_own_document(vendor: str) -> None:
        document = read_document(Path(FOLDER) / DOCUMENTS[vendor].file)
        assert DOCUMENTS[vendor].misfits(document) == []
