"""Every request that the engine makes of Black Forest Labs fits what it takes, and its picture what was asked for."""

from assets.imaging.inspection import SHAPE_TOLERANCE
from providers.adapters.flux import FluxAdapter
from providers.types import GenerationRequest
from tests.vendors.flux.jobs import MODELS, Job
from tests.vendors.flux.requests import documented_requests, every_request, models_in_service
from tests.vendors.flux.server import Server


def test_every_request_fits_our_schema() -> None:
    with Server() as server:
        for request in every_request():
            model = request.url.split("/")[-1]
            assert server.misfits(model, request.json) + server.unusable(model, request.json) == []


def test_every_model_in_service_is_asked_for_and_served() -> None:
    asked_for = {request.url.split("/")[-1] for request in every_request()}
    assert asked_for == {row.name for row in models_in_service()} == MODELS
    documented = {request.url.split("/")[-1] for request in documented_requests()}
    assert documented == asked_for - {"flux-3-image", "flux-3-image-klein"}


def test_a_model_that_is_told_a_shape_draws_the_shape_it_is_listed_with() -> None:
    listed = [row for row in models_in_service() if row.limits["size"].get("measured")]
    assert len(listed) == 4
    for row in listed:
        for value in row.limits["size"]["values"]:
            width, height = map(int, value.split("x"))
            request = GenerationRequest("a", "text-to-image", row.name, "x", width=width, height=height)
            drawn = Job(row.name, FluxAdapter(row.name).build_submit(request).json, "", 0.0).size
            error = drawn[0] * height / (drawn[1] * width)
            assert 1 / SHAPE_TOLERANCE <= error <= SHAPE_TOLERANCE, (row.name, value, drawn)
