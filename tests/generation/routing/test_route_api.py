"""The choice over the API: the fields of a body, what a job keeps, POST /api/media/route, and estimates."""

from decimal import Decimal
from typing import Any

import pytest

from assets.models import MediaAsset
from gencraft_media.common.versioned import change_settings
from gencraft_media.generation.models import GenerationJob, RoutingSettings
from gencraft_media.generation.routing.wishes import restored_wish
from providers.models import ProviderAccount
from tests.generation.driving import drive
from tests.generation.routing.asking import refused
from tests.generation.tenants import Tenant

BODY = {"operation": "text-to-image", "prompt": "A lighthouse at dawn", "width": 1024, "height": 1024}


@pytest.fixture
def with_vendors(engine: None) -> None:
    """Accounts with three vendors, whom nobody calls here."""
    for account in ProviderAccount.objects.filter(provider__in=["openai", "stability", "flux"]):
        account.api_key = "a-key-of-no-worth"
        account.save()


def ask_route(alice: Tenant, **fields: Any) -> Any:
    """POST /api/media/route, whatever the answer."""
    return alice.client.post("/api/media/route", {**BODY, **fields})


@pytest.mark.usefixtures("with_vendors")
def test_the_dry_run_answers_what_the_request_would_get_and_runs_nothing(alice: Tenant) -> None:
    fields = {"provider": ["flux", "openai"], "strategy": "cheapest", "maxCost": 0.05, "deny": ["flux/flux-dev"]}
    before = alice.account
    answer = ask_route(alice, **fields)
    document = answer.json()
    assert answer.status_code == 200, document
    assert not GenerationJob.objects.exists()
    assert (alice.account.available, alice.account.held) == (before.available, before.held)
    job = alice.client.post("/api/media/generate", {**BODY, **fields}).json()
    assert job["receipt"] == document["receipt"]
    assert (job["provider"], job["model"]) == (document["chosen"]["provider"], document["chosen"]["model"])
    assert job["cost"]["quoted"] == document["chosen"]["cost"]


@pytest.mark.usefixtures("with_vendors")
def test_up_to_five_alternatives_come_with_their_quotes(alice: Tenant) -> None:
    document = ask_route(alice, width=1000, height=700).json()
    everyone = [document["chosen"], *document["alternatives"]]
    assert len(document["alternatives"]) == 5
    scored = [(one["provider"], one["model"], one["score"]) for one in document["receipt"]["candidates"]][:6]
    assert [(one["provider"], one["model"], one["score"]) for one in everyone] == scored
    for one in everyone:
        assert set(one) == {"provider", "model", "cost", "credits", "seconds", "adaptations", "score"}
        assert one["adaptations"][0]["requested"] == "1000x700"


@pytest.mark.usefixtures("with_vendors")
def test_beside_a_named_model_the_best_of_all_are_told(alice: Tenant) -> None:
    document = ask_route(alice, provider="openai", model="gpt-image-2").json()
    assert document["chosen"]["model"] == "gpt-image-2"
    assert len(document["receipt"]["candidates"]) == 1
    assert len(document["alternatives"]) == 5
    assert "gpt-image-2" not in [one["model"] for one in document["alternatives"]]


def test_the_dry_run_fetches_nothing(alice: Tenant, first: MediaAsset) -> None:
    edit = {"operation": "image-to-image", "prompt": "At dusk", "width": None}
    body = {name: value for name, value in {**BODY, **edit}.items() if value is not None and name != "height"}
    refusal = alice.client.post("/api/media/route", {**body, "image": {"url": "https://example.com/a.png"}})
    assert (refusal.status_code, refusal.json()["errors"][0]["field"]) == (422, "image.url")
    known = alice.client.post("/api/media/route", {**body, "image": {"assetId": str(first.pk)}})
    assumed = alice.client.post("/api/media/route", body)
    assert [answer.status_code for answer in (known, assumed)] == [200, 200]
    assert known.json()["chosen"]["model"] == "sim/standard"


@pytest.fixture
def first(alice: Tenant) -> MediaAsset:
    """An asset of Alice's."""
    job = drive(alice.start("sim/standard"))
    asset = job.items.get().asset
    assert asset is not None
    return asset


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({"provider": ["sim", "simm"]}, "provider.1"),
        ({"provider": []}, "provider"),
        ({"provider": ["auto", "sim"]}, "provider"),
        ({"provider": 7}, "provider"),
        ({"provider": "simm"}, "provider"),
        ({"allow": ["sim/standrad"]}, "allow.0"),
        ({"deny": ["sim", "flix"]}, "deny.1"),
        ({"strategy": "cheepest"}, "strategy"),
        ({"maxCost": -1}, "maxCost"),
        ({"maxSeconds": 0}, "maxSeconds"),
        ({"fallback": "perhaps"}, "fallback"),
    ],
)
def test_what_cannot_be_meant_is_refused_by_its_field(alice: Tenant, fields: dict[str, Any], place: str) -> None:
    answers = [alice.client.post(f"/api/media/{name}", {**BODY, **fields}) for name in ("generate", "route")]
    for answer in answers:
        assert (answer.status_code, [error["field"] for error in answer.json()["errors"]]) == (422, [place])


def test_a_bound_that_nobody_keeps_is_a_422_with_every_reason(alice: Tenant) -> None:
    document = alice.ask("sim/priced", maxCost=0.001).json()
    assert (document["status"], document["code"]) == (422, "no_route")
    assert refused(document, "price") == {"sim/priced"}


@pytest.mark.usefixtures("with_vendors")
def test_a_job_keeps_the_wish_and_the_strategy(alice: Tenant) -> None:
    fields = {"provider": ["flux", "openai"], "strategy": "best", "maxCost": 0.2}
    answer = alice.client.post("/api/media/generate", {**BODY, **fields})
    assert answer.status_code == 202, answer.json()
    job = GenerationJob.objects.get()
    kept = restored_wish(job.wish)
    assert (job.strategy, job.requested_provider) == ("best", "flux,openai")
    assert (kept.wish.providers, kept.wish.max_cost) == (("flux", "openai"), Decimal("0.200000"))
    assert (kept.wanted.prompt, kept.wanted.width) == (BODY["prompt"], 1024)


def test_the_simulator_alone_keeps_no_wish(alice: Tenant) -> None:
    assert alice.start(None).wish == {}
    assert alice.start("sim/priced").wish == {}


@pytest.mark.usefixtures("with_vendors")
def test_an_estimate_left_to_the_engine_is_the_engines_choice(alice: Tenant) -> None:
    params = {"width": 1024, "height": 1024}
    for strategy in ("cheapest", "best"):
        body = {"operation": "text-to-image", "params": params, "strategy": strategy}
        estimated = alice.client.post("/api/media/estimate", body).json()
        found = ask_route(alice, strategy=strategy).json()["chosen"]
        assert (estimated["provider"], estimated["model"]) == (found["provider"], found["model"])
        assert (estimated["totalCost"], estimated["estimatedTime"]) == (found["cost"], found["seconds"])


@pytest.mark.usefixtures("with_vendors")
def test_the_projects_settings_hold_where_the_request_is_silent(alice: Tenant) -> None:
    change_settings(RoutingSettings, {"strategy": "fastest"}, scope=f"project:{alice.project.pk}")
    change_settings(RoutingSettings, {"strategy": "best", "deny": ["flux"]})
    silent, said = ask_route(alice).json()["receipt"], ask_route(alice, strategy="cheapest").json()["receipt"]
    assert (silent["strategy"], said["strategy"]) == ("fastest", "cheapest")
    assert any(name.startswith("flux/") for name in refused(silent, "policy"))
