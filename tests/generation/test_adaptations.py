"""What a model cannot take is adapted and reported, or under `strict` refused by name."""

from datetime import date
from typing import Any

import pytest
from PIL import Image

from assets.models import MediaAsset
from assets.storage import private_path
from gencraft_media.common.versioned import change_settings
from gencraft_media.generation.models import MediaSettings
from gencraft_media.generation.resolution import retry_job
from gencraft_media.generation.states import AttemptState
from providers.models import ProviderModel
from tests.factories import make_super_admin
from tests.generation.driving import drive, drive_attempt
from tests.generation.tenants import Tenant
from tests.generation.wire import Wire

# What is asked, the field that is changed, and what is used instead (None: left out).
MISFITS: list[tuple[dict[str, Any], str, Any]] = [
    ({"stylePreset": "cinematc"}, "stylePreset", "cinematic"),
    ({"stylePreset": "zzz"}, "stylePreset", None),
    ({"prompt": "x" * 10_001}, "prompt", "x" * 10_000),
]
# What is asked and what sim draws for it.
SIZES = [((1001, 1000), (1000, 1000)), ((128, 130), (128, 128)), ((4096, 4096), (2048, 2048)), ((64, 4096), (64, 2048))]
LISTED = {"kind": "list", "values": ["256x256", "384x256"]}


@pytest.mark.parametrize(("fields", "name", "used"), MISFITS)
def test_what_does_not_fit_is_adapted_and_reported(alice: Tenant, fields: dict[str, Any], name: str, used: Any) -> None:
    answer = alice.ask(**fields)
    assert answer.status_code == 202
    found = {entry["field"]: entry for entry in answer.json()["adaptations"]}
    assert (found[name]["requested"], found[name]["used"]) == (fields[name], used)
    assert found[name]["reason"].endswith(".")
    params = answer.json()["params"]
    assert {**params, **params.get("options", {})}.get(name) == used


@pytest.mark.parametrize(("fields", "name", "used"), MISFITS)
def test_under_strict_what_does_not_fit_is_refused_by_name(
    alice: Tenant, fields: dict[str, Any], name: str, used: Any
) -> None:
    answer = alice.ask(**fields, fit="strict")
    assert (answer.status_code, answer.json()["code"]) == (422, "option_unsupported")
    errors = {error["field"]: error.get("nearest") for error in answer.json()["errors"]}
    assert errors[name] == used
    assert name in answer.json()["detail"]


def test_a_request_that_fits_is_taken_as_it_is_under_strict(alice: Tenant) -> None:
    answer = alice.ask(fit="strict", steps=30, stylePreset="anime")
    assert (answer.status_code, answer.json()["adaptations"]) == (202, [])


@pytest.mark.parametrize(("asked", "drawn"), SIZES)
def test_a_size_that_is_not_drawn_is_one_change_and_under_strict_named_by_side(
    alice: Tenant, asked: tuple[int, int], drawn: tuple[int, int]
) -> None:
    change_settings(MediaSettings, {"max_resolution": 4096})
    sides: dict[str, Any] = dict(zip(("width", "height"), asked, strict=True))
    document = alice.ask(**sides).json()
    (change,) = document["adaptations"]
    assert change["field"] == "size"
    assert (change["requested"], change["used"]) == (f"{asked[0]}x{asked[1]}", f"{drawn[0]}x{drawn[1]}")
    nearest = dict(zip(("width", "height"), drawn, strict=True))
    assert document["params"] == {**document["params"], **sides, "drawn": nearest}
    refusal = alice.ask(**sides, fit="strict").json()
    misfits = {error["field"]: error["nearest"] for error in refusal["errors"]}
    assert misfits == {side: nearest[side] for side in sides if sides[side] != nearest[side]}


def test_the_size_that_was_asked_for_is_delivered_and_the_original_kept_as_it_came(alice: Tenant) -> None:
    document = alice.show(drive(alice.start(width=131, height=70)))
    asset = MediaAsset.objects.get()
    assert (document["params"]["width"], document["params"]["height"]) == (131, 70)
    assert (document["result"]["metadata"]["width"], document["result"]["metadata"]["height"]) == (131, 70)
    with private_path(asset.original_key) as original, Image.open(original) as came:
        assert came.size == (128, 72)


def test_the_provider_is_told_the_size_it_draws_and_paid_for_that(alice: Tenant, wire: Wire) -> None:
    give("sim/priced", size=LISTED)
    job = drive(alice.start(width=128, height=80))
    (post,) = wire.posts()
    assert (post.json["width"], post.json["height"]) == (384, 256)
    assert (job.status, job.quote["resolution"]) == ("completed", "384x256")


def test_the_provider_is_told_its_own_words(alice: Tenant, wire: Wire) -> None:
    sampler = {"kind": "choice", "values": ["euler"], "words": {"euler": "K_EULER"}}
    style = {"kind": "phrase", "phrases": {"vivid": "in neon"}}
    give("sim/priced", qualities={"standard": "medium", "hd": "high"}, options={"sampler": sampler, "style": style})
    job = alice.start(quality="hd", sampler="euler", style="vivid", steps=30)
    assert (job.params["quality"], job.params["options"]) == ("hd", {"sampler": "euler"})
    assert [entry["field"] for entry in job.adaptations] == ["steps", "style"]
    drive(job)
    (post,) = wire.posts()
    assert (post.json["prompt"], post.json["quality"]) == (f"{job.params['prompt']}", "high")
    assert post.json["prompt"].endswith(", in neon")
    assert post.json["options"] == {"sampler": "K_EULER"}


def test_a_picture_of_a_nominal_size_may_have_other_pixels(alice: Tenant) -> None:
    # This one draws half of what it is asked for.
    job = drive(alice.start("sim/wrong-size"))
    assert job.status == "failed"
    give("sim/wrong-size", size={**LISTED, "measured": True})
    document = alice.show(drive(alice.start("sim/wrong-size", width=200, height=200)))
    assert (document["result"]["metadata"]["width"], document["result"]["metadata"]["height"]) == (200, 200)


def test_a_picture_whose_model_left_the_catalogue_is_delivered_all_the_same(alice: Tenant) -> None:
    job = alice.start("sim/wrong-size", width=128, height=128)
    drive_attempt(job, AttemptState.LANDED)
    ProviderModel.objects.filter(name="sim/wrong-size").delete()
    assert drive(job).status == "completed"


def test_a_retired_models_name_is_answered_by_its_successor_and_says_so(alice: Tenant) -> None:
    ProviderModel.objects.filter(name="sim/slow").update(
        retires_at=date(2026, 5, 12), replaced_by="sim/priced", limits={"successor": {"qualities": {"standard": "hd"}}}
    )
    answer = alice.ask("sim/slow", quality="standard").json()
    assert (answer["model"], answer["params"]["quality"]) == ("sim/priced", "hd")
    assert answer["receipt"]["chosen"] == {"provider": "sim", "model": "sim/priced"}
    assert [(entry["field"], entry["requested"], entry["used"]) for entry in answer["adaptations"]] == [
        ("model", "sim/slow", "sim/priced"),
        ("quality", "standard", "hd"),
    ]
    assert answer["cost"]["quoted"] == 0.08
    refusal = alice.ask("sim/slow", fit="strict").json()
    assert [(error["field"], error["nearest"]) for error in refusal["errors"]] == [("model", "sim/priced")]


def test_a_job_that_is_run_again_asks_for_the_same(alice: Tenant, wire: Wire) -> None:
    style = {"kind": "phrase", "phrases": {"vivid": "in neon"}}
    give("sim/moderated", size=LISTED, options={"style": style})
    failed = drive(alice.start("sim/moderated", width=128, height=100, style="vivid", seed=7))
    again = drive(retry_job(actor=make_super_admin(), job_id=failed.pk))
    assert again.params == failed.params
    first, second = (post.json for post in wire.posts())
    assert {**first, "reference": ""} == {**second, "reference": ""}


def give(name: str, **limits: Any) -> None:
    """Change a model's limits as an operator could."""
    row = ProviderModel.objects.get(name=name)
    row.limits = {**row.limits, "default_size": "256x256", **limits}
    row.save()
