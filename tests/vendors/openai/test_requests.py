"""Every request that the engine makes of OpenAI fits what OpenAI takes."""

from tests.vendors.openai.limits import SERVED, misfit_of
from tests.vendors.openai.requests import every_request
from tests.vendors.openai.server import Server


def test_every_request_fits_our_schema_and_its_models_limits() -> None:
    documents = [request.json for request in every_request()]
    with Server() as server:
        assert [misfit for document in documents for misfit in server.misfits("generation", document)] == []
    assert [misfit_of(document) for document in documents if misfit_of(document)] == []


def test_every_model_in_service_is_asked_for() -> None:
    assert {request.json["model"] for request in every_request()} == set(SERVED)
