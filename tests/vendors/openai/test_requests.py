"""Every request that the engine makes of OpenAI fits what OpenAI takes."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from providers.adapters.openai import OpenAiAdapter
from providers.openai.paid_requests import EDITS
from providers.types import HttpRequest
from tests.providers.catalogue_rows import catalogue_rows
from tests.vendors.openai.limits import MOST_IMAGES, PICTURE_BYTES, SERVED, misfit_of
from tests.vendors.openai.requests import edits_of, every_request
from tests.vendors.openai.server import Server

NOT_TEXT = {"n", "stream", "partial_images"}


def body_of(request: HttpRequest) -> tuple[str, dict[str, Any]]:
    """The name of the schema that a request must fit, and its fields."""
    if request.form is None:
        return "generation", request.json
    return "edit", {name: json.loads(text) if name in NOT_TEXT else text for name, text in request.form.items()}


def test_every_request_fits_our_schema_and_its_models_limits() -> None:
    bodies = [body_of(request) for request in every_request()]
    with Server() as server:
        assert [misfit for schema, document in bodies for misfit in server.misfits(schema, document)] == []
    assert [misfit_of(document) for _, document in bodies if misfit_of(document)] == []
    assert {schema for schema, _ in bodies} == {"generation", "edit"}


def test_every_edit_sends_as_many_pictures_as_the_vendor_takes() -> None:
    for request in every_request():
        names = [name for name, _ in request.files or ()]
        assert names.count("image[]") <= MOST_IMAGES
        assert bool(names) is (request.form is not None)
        assert set(names) <= {"image[]", "mask"}


def test_the_catalogue_leaves_room_for_what_edits_say_beside_the_prompt() -> None:
    for name, limits in edit_limits():
        for operation, own in limits.items():
            for edit in edits_of(name):
                body = OpenAiAdapter(name).build_submit(replace(edit, prompt="x" * own["prompt_length"])).form
                assert body is not None and len(body["prompt"]) <= 32_000, operation


def test_the_catalogues_pictures_are_the_vendors() -> None:
    for _, limits in edit_limits():
        image, mask = limits["inpaint"]["inputs"]["image"], limits["inpaint"]["inputs"]["mask"]
        assert (image["maximum"], limits["variation"]["inputs"]["image"]["maximum"]) == (MOST_IMAGES, 1)
        # Even as a PNG that could not be made any smaller.
        assert image["maximum_pixels"] * 4 < PICTURE_BYTES
        assert (mask["edits"], mask["formats"]) == ("transparent", ["png"])


def edit_limits() -> Iterator[tuple[str, dict[str, Any]]]:
    """The limits of each operation that takes pictures, model by model."""
    for (provider, name), row in catalogue_rows().items():
        if provider == "openai" and name in SERVED:
            assert set(row.limits["operations"]) == set(EDITS) == set(row.operations) - {"text-to-image"}
            yield name, row.limits["operations"]


def test_every_model_in_service_is_asked_for() -> None:
    assert {body_of(request)[1]["model"] for request in every_request()} == set(SERVED)
