"""Our requests against the vendors' own documents, where the environment names a folder of them."""

import os
from pathlib import Path

import pytest

from providers.types import HttpRequest
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

PICTURE = {"type": "object", "required": ["prompt"], "properties": {"prompt": {"type": "string"}, "n": {"maximum": 4}}}
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
    "defs": {"Picture": PICTURE},
}


def invented(method: str, path: str, json: object = None, form: dict[str, object] | None = None) -> list[str]:
    """What the invented vendor's document says to one request."""
    request = HttpRequest(method, f"https://vendor.example/v9{path}", json=json, form=form)
    vendor = VendorDocument("", "https://vendor.example/v9", lambda: [request], newer={"n": {7}})
    return vendor.misfits(INVENTED)


def test_a_request_that_fits_has_no_misfits() -> None:
    assert invented("POST", "/pictures", {"prompt": "x", "n": 4}) == []
    assert invented("POST", "/engines/one/pictures", form={"prompt": "x"}) == []
    assert invented("GET", "/pictures/7?fresh=1") == []
    assert invented("POST", "/pictures", {"prompt": "x", "n": 7}) == []


@pytest.mark.parametrize(
    ("method", "path", "json", "misfit"),
    [
        ("POST", "/videos", {}, "POST /videos: there is no such operation"),
        ("GET", "/pictures", None, "GET /pictures: there is no such operation"),
        ("POST", "/engines/one/pictures", {}, "POST /engines/one/pictures: takes no application/json"),
        ("POST", "/pictures", {}, "POST /pictures: body: 'prompt' is a required property"),
        ("POST", "/pictures", {"prompt": "x", "n": 5}, "POST /pictures: n: 5 is greater than the maximum of 4"),
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
