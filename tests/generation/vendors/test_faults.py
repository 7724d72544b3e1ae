"""Each fault of each vendor ends as its table says: the job, the credits, the cost, the calls, the words."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from assets.uploads import take_upload
from billing.models import CostCertainty, ProviderCost
from gencraft_media.common.clock import from_now
from gencraft_media.generation.models import GenerationAttempt, GenerationJob
from tests.generation.driving import drive
from tests.generation.tenants import Tenant, captured
from tests.generation.trouble import let_long_pass
from tests.generation.vendors.conftest import KEY, Serve
from tests.generation.vendors.flux_faults import FLUX, FLUX_CALLBACKS, QUOTE, TAKEN
from tests.generation.vendors.openai_faults import OPENAI, OPENAI_EDITS
from tests.generation.vendors.stability_faults import STABILITY, STABILITY_ENGINE, STABILITY_LATER
from tests.generation.vendors.table import Fault, Vendor
from tests.generation.vendors.vendors import ROWS
from tests.vendors.flux import faults as flux
from tests.vendors.openai import faults as openai
from tests.vendors.stability import faults as stability
from tests.vendors.stability.server import Server as StabilityServer


def names(*vendors: Vendor) -> set[str]:
    return {fault.name.partition("*")[0] for vendor in vendors for fault in vendor.faults} - {""}


def pictures(alice: Tenant, vendor: Vendor, folder: Path) -> dict[str, Any]:
    """What an edit is given to work on."""
    if vendor.operation == "text-to-image":
        return {}
    path = folder / "picture.png"
    Image.linear_gradient("L").resize(vendor.size).save(path)
    upload = take_upload(path, user_id=alice.project.owner_id, project_id=alice.project.pk)
    return {"image": {"uploadId": str(upload.pk)}}


def pass_time(job: GenerationJob, fault: Fault) -> None:
    """Let pass what the engine would wait for."""
    let_long_pass(job, fault.long_ago)
    if fault.until_deadline and job.attempts.exclude(submitted_at=None).count() == fault.calls:
        GenerationJob.objects.filter(pk=job.pk).update(deadline_at=from_now(-1))


def costs() -> list[tuple[str, Decimal]]:
    return list(ProviderCost.objects.values_list("certainty", "amount"))


def test_the_tables_have_every_fault_of_the_servers() -> None:
    assert names(OPENAI, OPENAI_EDITS) == {
        *openai.REFUSALS, *openai.EDIT_REFUSALS, *openai.DOUBTS, *openai.SPOILT,
    }  # fmt: skip
    assert names(STABILITY, STABILITY_ENGINE, STABILITY_LATER) == {*stability.FAULTS, *stability.RESULT_FAULTS}
    assert names(FLUX, FLUX_CALLBACKS) == set(flux.FAULTS)


@pytest.mark.parametrize(("vendor", "fault"), ROWS, ids=[f"{vendor.key}-{row.name or 'none'}" for vendor, row in ROWS])
def test_a_fault_ends_as_the_table_says(
    alice: Tenant, serve: Serve, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, vendor: Vendor, fault: Fault
) -> None:
    # A minute's lock-out is over when the engine comes back, and ten seconds between polls: its waits are cut short.
    monkeypatch.setattr(StabilityServer, "lockout_s", 0.0)
    monkeypatch.setattr(StabilityServer, "poll_every_s", 0.0)
    monkeypatch.setattr(StabilityServer, "result_pixels", 1024 * 1024)
    server = serve(vendor)
    prompt = f"A lighthouse [fault:{fault.name}]" if fault.name else "A lighthouse"
    width, height = vendor.size
    job = alice.start(
        vendor.model,
        provider=vendor.provider,
        operation=vendor.operation,
        prompt=prompt,
        batchSize=fault.batch,
        width=width,
        height=height,
        **pictures(alice, vendor, tmp_path),
    )
    job = drive(job, each_round=lambda found: pass_time(found, fault))
    document = alice.show(job)
    failed = [item["error"] for item in document["items"] if item["error"]]
    assert (document["status"], [error["code"] for error in failed]) == (fault.status, [fault.code] * bool(fault.code))
    assert all(error["message"].startswith(fault.message) for error in failed)
    assert (job.credits_charged, captured(job)) == (fault.credits, fault.credits)
    assert alice.account.available == 1000 - fault.credits
    expected = [(CostCertainty(fault.certainty), vendor.amount(fault, prompt))] if fault.certainty else []
    assert costs() == expected
    assert len([one for one in server.received if one.method == "POST"]) == fault.calls
    assert server.violations == []
    assert KEY not in json.dumps(document)


def test_what_was_told_at_acceptance_is_kept_until_the_job_ends(alice: Tenant, serve: Serve) -> None:
    serve(FLUX)
    width, height = FLUX.size
    job = alice.start(FLUX.model, provider="flux", width=width, height=height)
    assert job.quoted_provider_cost == QUOTE != TAKEN
    drive(job, until=lambda found: found.attempts.filter(state="accepted").exists())
    assert GenerationAttempt.objects.get(job=job).told_cost == TAKEN
    assert costs() == []
    assert drive(job).status == "completed"
    assert costs() == [(CostCertainty.CONFIRMED, TAKEN)]
    assert ProviderCost.objects.get().quoted == QUOTE
