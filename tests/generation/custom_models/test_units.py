"""Each unit that a price of a custom model may be in: from the operator's request to a charged job."""

from decimal import Decimal
from typing import Any

import pytest
from rest_framework.test import APIClient

from billing.models import MediaUsage
from gencraft_media.common.remembered import forget_remembered
from gencraft_media.generation.custom_models.fields import UNITS
from providers.kinds import AUTOMATIC1111, COMFYUI, OPENAI_COMPATIBLE
from providers.models import ProviderModel
from providers.usual_steps import usual_steps
from tests.generation.custom_models.bodies import BODIES, ROUTE, body
from tests.generation.custom_models.test_made_pictures import box, make, operator  # noqa: F401 (fixtures)
from tests.generation.driving import drive
from tests.generation.tenants import Tenant
from tests.providers.custom_rows import TEXT_INPUTS, TEXT_WORKFLOW
from tests.vendors.automatic1111.server import Server

WIRED = {**BODIES[AUTOMATIC1111]["wiring"], "steps": 20}
# Unit, what the request says, dollars of the whole of it. A batch of two saves 5 %, and goes out in one call.
CHARGES: list[tuple[str, dict[str, Any], str]] = [
    ("image", {}, "0.02"),
    ("image", {"batchSize": 2}, "0.038"),
    ("megapixel", {}, "0.02"),
    ("step", {}, "0.40"),
    ("step", {"steps": 30}, "0.60"),
    ("call", {}, "0.02"),
    ("call", {"batchSize": 2}, "0.019"),
    ("call", {"batchSize": 3}, "0.036"),
]


def test_every_unit_that_is_offered_is_tried_here() -> None:
    assert {unit for unit, _, _ in CHARGES} == set(UNITS)


@pytest.mark.parametrize(("unit", "said", "dollars"), CHARGES)
def test_a_job_is_charged_by_the_unit_and_told_so_before(
    alice: Tenant,
    operator: APIClient,  # noqa: F811
    box: Server,  # noqa: F811
    unit: str,
    said: dict[str, Any],
    dollars: str,
) -> None:
    make(operator, box, wiring=WIRED, prices=[{"amount": "0.02", "unit": unit}])
    wanted = {"width": 128, "height": 128, **said}
    asked = {"provider": "gpu-box", "model": "house-style", "operation": "text-to-image", "prompt": "A lamp", **wanted}
    routed = alice.client.post("/api/media/route", asked).json()
    params = {"model": "house-style", **wanted}
    told = alice.client.post(
        "/api/media/estimate", {"provider": "gpu-box", "operation": "text-to-image", "params": params}
    ).json()
    job = drive(alice.start("house-style", provider="gpu-box", **wanted))
    assert (job.status, job.quoted_total) == ("completed", Decimal(dollars))
    assert sum(MediaUsage.objects.filter(job_id=job.pk).values_list("cost", flat=True)) == Decimal(dollars)
    assert (routed["chosen"]["cost"], told["totalCost"]) == (float(dollars), float(dollars))


@pytest.mark.parametrize(
    ("kind", "wiring", "steps"),
    [
        (AUTOMATIC1111, {"steps": 28}, 28),
        (AUTOMATIC1111, {}, 50),
        (COMFYUI, {"workflow": TEXT_WORKFLOW, "inputs": TEXT_INPUTS}, 20),
        (COMFYUI, {"workflow": TEXT_WORKFLOW, "inputs": {"prompt": "6.inputs.text"}}, 20),
        (OPENAI_COMPATIBLE, {"model": "a", "fields": {"steps": "rounds"}, "extra": {"rounds": 8}}, 8),
        (OPENAI_COMPATIBLE, {"model": "a"}, None),
    ],
)
def test_the_steps_of_a_model_are_those_that_it_takes_by_itself(
    operator: APIClient,  # noqa: F811
    kind: str,
    wiring: dict[str, Any],
    steps: int | None,
) -> None:
    assert operator.post(ROUTE, body(kind, wiring=wiring)).status_code == 201
    forget_remembered()
    assert usual_steps(ProviderModel.objects.select_related("provider").get(name=BODIES[kind]["name"])) == steps
