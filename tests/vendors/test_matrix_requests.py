"""Every size and setting of the specification becomes a request that its vendor takes."""

import json
from typing import Any

import pytest

from providers.registry import ADAPTERS
from providers.types import GenerationRequest, HttpRequest
from providers.wording import in_vendors_words
from tests.providers.catalogue_rows import SPECIFICATION_MODELS
from tests.providers.test_matrix import CELLS, fit, found
from tests.vendors.flux.server import Server as FluxServer
from tests.vendors.openai.server import Server as OpenAiServer
from tests.vendors.serving import VendorServer
from tests.vendors.stability.server import Server as StabilityServer

SERVERS: dict[str, type[VendorServer]] = {"flux": FluxServer, "openai": OpenAiServer, "stability": StabilityServer}
# Fields that travel as text in a form.
NUMBERS = ("seed", "cfg_scale")


@pytest.mark.parametrize("name", SPECIFICATION_MODELS)
def test_every_request_of_the_specification_is_one_that_the_vendor_takes(name: str) -> None:
    provider, model = SPECIFICATION_MODELS[name], found(name).model
    adapter = ADAPTERS[provider](model.name)
    requests: dict[str, HttpRequest] = {}
    for wanted in CELLS:
        said = in_vendors_words(model.limits, fit(name, wanted).params)
        built = adapter.build_submit(GenerationRequest("an-attempt", "text-to-image", model.name, **said))
        requests[json.dumps([built.form, built.json])] = built
    with SERVERS[provider]() as server:
        assert [misfit for built in requests.values() for misfit in server.misfits(*_shape_of(built))] == []
    # At least one for each size that is drawn.
    assert len(requests) >= 5


def _shape_of(request: HttpRequest) -> tuple[str, Any]:
    """The name of the schema a request must fit, and its body as that describes it."""
    if request.form is not None:
        fields = {field: json.loads(text) if field in NUMBERS else text for field, text in request.form.items()}
        return request.url.rpartition("/")[2], fields
    if "/v1/generation/" in request.url:
        return "engine", request.json
    return ("generation" if "/images/generations" in request.url else request.url.rpartition("/")[2]), request.json
