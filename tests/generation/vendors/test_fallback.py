"""One vendor fails and another one serves: by their own servers on loopback, and only where nothing was taken."""

from pathlib import Path

import pytest
from PIL import Image

from assets.models import MediaAsset
from assets.uploads import take_upload
from gencraft_media.generation.models import GenerationJob
from providers.models import ProviderAccount
from tests.generation.driving import drive
from tests.generation.fallback.situations import attempts, booked, set_policy
from tests.generation.tenants import Tenant, captured
from tests.generation.vendors.conftest import Serve
from tests.generation.vendors.flux_faults import FLUX
from tests.generation.vendors.openai_faults import OPENAI
from tests.services.programs import free_port
from tests.vendors.flux.server import Server as FluxServer
from tests.vendors.openai.server import Server as OpenAiServer

SQUARE = {"width": 1024, "height": 1024}
EITHER = {"provider": ["openai", "flux"], "strategy": "best", "prompt": "A lighthouse at dawn", **SQUARE}


@pytest.fixture
def both(serve: Serve) -> tuple[OpenAiServer, FluxServer]:
    """OpenAI, the better one, and Black Forest Labs, which may cost more than OpenAI was quoted at."""
    openai, flux = serve(OPENAI), serve(FLUX)
    assert isinstance(openai, OpenAiServer)
    assert isinstance(flux, FluxServer)
    set_policy(fallback_extra_percent=1000)
    return openai, flux


def made_by(job: GenerationJob) -> list[str]:
    return sorted(MediaAsset.objects.filter(job_id=job.pk).values_list("provider", flat=True))


def test_an_outage_of_openai_is_served_by_flux(alice: Tenant, both: tuple[OpenAiServer, FluxServer]) -> None:
    openai, flux = both
    nobody = f"http://127.0.0.1:{free_port()}/v1"
    ProviderAccount.objects.filter(provider="openai").update(base_url=nobody)
    job = alice.start(None, **EITHER)
    assert job.provider == "openai"
    quoted = job.quote["creditsRequired"]
    job = drive(job)
    assert (job.status, job.provider, made_by(job)) == ("completed", "flux", ["flux"])
    assert [state for _, state in attempts(job)][:1] == ["rejected"]
    assert 0 < (captured(job) or 0) <= quoted
    assert {model for model, _ in booked(job)} == {job.model}
    assert (openai.received, flux.violations) == ([], [])


@pytest.mark.parametrize("fault", ["bad-key", "no-quota", "bad-input"])
def test_what_openai_refuses_is_made_by_flux(alice: Tenant, both: tuple[OpenAiServer, FluxServer], fault: str) -> None:
    openai, _ = both
    # Another of its models would be asked first, where only the request was refused.
    openai.script(*[fault] * 9)
    job = drive(alice.start(None, **EITHER))
    assert (job.status, made_by(job)) == ("completed", ["flux"])
    assert len(openai.received) == (1 if fault != "bad-input" else len(attempts(job)) - 1)


@pytest.mark.parametrize(
    ("fault", "code"),
    [("moderated", "moderated"), ("server-error", "outcome_unknown"), ("hang-up", "outcome_unknown")],
)
def test_what_openai_moderates_or_may_have_taken_stays_there(
    alice: Tenant, both: tuple[OpenAiServer, FluxServer], fault: str, code: str
) -> None:
    openai, flux = both
    openai.script(fault)
    job = drive(alice.start(None, **EITHER))
    assert (job.status, (job.error or {})["code"], captured(job)) == ("failed", code, 0)
    assert (len(openai.received), flux.received) == (1, [])


def test_an_edit_with_a_mask_goes_to_a_model_that_takes_masks(
    alice: Tenant, both: tuple[OpenAiServer, FluxServer], tmp_path: Path
) -> None:
    openai, flux = both
    openai.script("no-quota")
    job = drive(asked_to_fill(alice, tmp_path))
    assert (job.status, job.model) == ("completed", "flux-pro-1.0-fill"), job.error
    assert {given["role"] for given in job.attempts.get(provider="flux").params["inputs"]} == {"image", "mask"}
    (sent,) = [one.json() for one in flux.received if one.method == "POST"]
    assert {"image", "mask"} <= set(sent)
    assert flux.violations == []


def asked_to_fill(alice: Tenant, folder: Path) -> GenerationJob:
    """An edit of half a picture."""
    mask = Image.new("L", (1024, 1024), 0)
    mask.paste(255, (0, 0, 512, 1024))
    pictures = {"image": Image.new("RGB", (1024, 1024), (20, 40, 200)), "mask": mask}
    uploads = {name: {"uploadId": _uploaded(alice, picture, folder / name)} for name, picture in pictures.items()}
    return alice.start(None, **EITHER, operation="inpaint", maskMode="white", **uploads)


def _uploaded(alice: Tenant, picture: Image.Image, path: Path) -> str:
    picture.save(path, "PNG")
    return str(take_upload(path, user_id=alice.project.owner_id, project_id=alice.project.pk).pk)
