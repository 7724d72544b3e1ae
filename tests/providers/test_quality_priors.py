"""Which models may be chosen, and that every prior is what docs/models.md says it is, by its formula."""

import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from providers.catalogue import CATALOGUE_FILE, load_catalogue
from providers.models import ProviderModel

PAGE = (Path(__file__).parents[2] / "docs" / "models.md").read_text()
MODELS: dict[str, dict[str, Any]] = {
    model["name"]: model
    for provider in json.loads(CATALOGUE_FILE.read_text(), parse_float=Decimal)["providers"]
    for model in provider["models"]
}
STEP = Decimal("0.020")
RATED = {
    name: int(rated[1] or rated[2])
    for name, model in MODELS.items()
    if (rated := re.search(r"rated (\d+)|so (\d+) on the scale", model["quality_source"]))
}
# Told by the operation, or by the vendor, to be something else than a plain request means.
NAMED_ONLY = {
    "resample/lanczos", "chatgpt-image-latest", "sd-xl-1.0", "stable-image-erase", "stable-image-search-and-replace",
    "stable-image-upscale-creative", "stable-image-control-structure", "stable-image-control-sketch",
    "stable-image-control-style", "stable-image-style-transfer",
}  # fmt: skip


def prior_of(rating: int) -> Decimal:
    return Decimal(str(round(1 / (1 + 10 ** ((1100 - rating) / 400)), 3)))


def test_a_third_of_the_models_has_a_public_figure() -> None:
    assert len(RATED) >= 16


def test_every_model_has_a_prior_and_says_whose_it_is() -> None:
    for name, model in MODELS.items():
        prior = model["quality_prior"]
        assert 0 < prior < 1, name
        assert prior == round(prior, 3), name
        assert 20 < len(model["quality_source"]) <= 300, name


@pytest.mark.parametrize("name", RATED)
def test_a_rating_becomes_a_prior_by_the_formula(name: str) -> None:
    assert MODELS[name]["quality_prior"] == prior_of(RATED[name])


def test_a_grade_above_or_below_is_a_step() -> None:
    found = 0
    for name, model in MODELS.items():
        step = re.search(r"one step (above|below) ([\w.-]+\w)", model["quality_source"])
        if step is not None and step[2] in MODELS:
            up = STEP if step[1] == "above" else -STEP
            assert model["quality_prior"] == MODELS[step[2]]["quality_prior"] + up, name
            found += 1
    assert found >= 14


def test_the_pages_table_is_the_catalogue() -> None:
    told = re.findall(r"^\| \w+ \| `(.+?)` \| ([\d.]+) \| (by name only)? ?\| (.+) \|$", PAGE, re.MULTILINE)
    by_page = {name: (Decimal(prior), not named, source) for name, prior, named, source in told}
    by_file = {
        name: (model["quality_prior"], model.get("routable", True), model["quality_source"])
        for name, model in MODELS.items()
        if not name.startswith("sim/") or name == "sim/standard"
    }
    assert by_page == by_file


def test_the_pages_example_priors_follow_from_the_formula() -> None:
    ratings, priors = (
        re.findall(r"[\d.]+", PAGE.split(f"| {word} |")[1].split("\n")[0]) for word in ("rating", "prior")
    )
    assert [prior_of(int(rating)) for rating in ratings] == [Decimal(prior) for prior in priors]


def test_what_a_plain_request_does_not_mean_has_to_be_named() -> None:
    named = {name for name, model in MODELS.items() if not model.get("routable", True)}
    assert {name for name in named if not name.startswith("sim/")} == NAMED_ONLY
    assert {name for name in MODELS if name.startswith("sim/")} - named == {"sim/standard"}


@pytest.mark.django_db
def test_an_edited_prior_is_kept_by_the_next_catalogue(tmp_path: Path) -> None:
    load_catalogue()
    ProviderModel.objects.filter(name="flux-2-pro").update(quality_prior=Decimal("0.900"), routable=False)
    changed = json.loads(CATALOGUE_FILE.read_text())
    for provider in changed["providers"]:
        for model in provider["models"]:
            if model["name"] in {"flux-2-pro", "flux-2-max"}:
                model["quality_prior"] = 0.123
    path = tmp_path / "next.json"
    path.write_text(json.dumps({**changed, "version": "next"}))
    changes = load_catalogue(path)
    priors = dict(ProviderModel.objects.filter(name__startswith="flux-2-").values_list("name", "quality_prior"))
    assert (priors["flux-2-pro"], priors["flux-2-max"]) == (Decimal("0.900"), Decimal("0.123"))
    assert (changes.updated, ProviderModel.objects.get(name="flux-2-pro").routable) == (1, False)


@pytest.mark.django_db
def test_rows_of_an_older_catalogue_get_their_priors(tmp_path: Path) -> None:
    older = json.loads(CATALOGUE_FILE.read_text())
    for provider in older["providers"]:
        for model in provider["models"]:
            for field in ("quality_prior", "quality_source", "routable"):
                model.pop(field, None)
    path = tmp_path / "older.json"
    path.write_text(json.dumps({**older, "version": "older"}))
    load_catalogue(path)
    assert load_catalogue().updated == len(MODELS)
    row = ProviderModel.objects.get(name="stable-image-erase")
    assert (row.quality_prior, row.routable) == (Decimal("0.500"), False)
