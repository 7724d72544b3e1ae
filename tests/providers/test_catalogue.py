"""Loading the versioned file: rows follow it, except where an operator edited them."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from providers.catalogue import CATALOGUE_FILE, load_catalogue
from providers.models import CatalogueVersion, Provider, ProviderAccount, ProviderModel

pytestmark = pytest.mark.django_db
SPECIFICATION_NAMES = [
    "sd-xl-1.0",
    "sd-3.0",
    "sd-3.5-large",
    "sd-3.5-turbo",
    "dall-e-3",
    "flux-pro",
    "flux-dev",
    "flux-schnell",
]


def document() -> Any:
    return json.loads(CATALOGUE_FILE.read_text())


def write(tmp_path: Path, changed: Any, version: str) -> Path:
    path = tmp_path / f"{version}.json"
    path.write_text(json.dumps({**changed, "version": version}))
    return path


def entry_of(changed: Any, provider: str, model: str) -> Any:
    models = next(entry for entry in changed["providers"] if entry["key"] == provider)["models"]
    return next(entry for entry in models if entry["name"] == model)


def test_every_name_of_the_specification_has_a_row() -> None:
    load_catalogue()
    assert set(SPECIFICATION_NAMES) <= set(ProviderModel.objects.values_list("name", flat=True))


def test_every_provider_gets_an_account_with_its_limits() -> None:
    load_catalogue()
    assert ProviderAccount.objects.count() == Provider.objects.count()
    sim = ProviderAccount.objects.get(provider="sim")
    assert [sim.requests_per_minute, sim.concurrent_requests, int(sim.spend_per_day)] == [-1, -1, -1]
    assert ProviderAccount.objects.get(provider="flux").concurrent_requests == 24


def test_every_row_is_complete_and_names_its_source() -> None:
    load_catalogue()
    names = {(row.provider_id, row.name) for row in ProviderModel.objects.all()}
    for row in ProviderModel.objects.select_related("provider"):
        assert row.operations
        assert row.notes
        assert {"size", "default_size", "qualities", "outputs_per_call"} <= set(row.limits)
        assert "like" not in row.limits
        assert not row.replaced_by or (row.provider_id, row.replaced_by) in names
        assert (row.provider_id, row.provider.default_model) in names


def test_no_name_means_two_models() -> None:
    load_catalogue()
    for key in Provider.objects.values_list("key", flat=True):
        rows = ProviderModel.objects.filter(provider=key)
        spellings = [spelling for row in rows for spelling in (row.name, *row.aliases)]
        assert len(spellings) == len(set(spellings))


def test_loading_twice_changes_nothing() -> None:
    first, second = load_catalogue(), load_catalogue()
    assert first.created > 50
    assert (second.created, second.updated, second.kept) == (0, 0, 0)
    assert CatalogueVersion.objects.count() == 1


def test_a_newer_file_changes_what_nobody_edited(tmp_path: Path) -> None:
    load_catalogue()
    changed = document()
    entry_of(changed, "flux", "flux-dev")["retires_at"] = "2027-01-31"
    changes = load_catalogue(write(tmp_path, changed, "next"))
    assert (changes.updated, changes.kept) == (1, 0)
    assert ProviderModel.objects.get(name="flux-dev").retires_at == date(2027, 1, 31)


def test_an_edited_value_is_kept_and_the_others_beside_it_follow(tmp_path: Path) -> None:
    load_catalogue()
    ProviderModel.objects.filter(name="flux-dev").update(typical_seconds=99, enabled=False)
    changed = document()
    entry_of(changed, "flux", "flux-dev").update(typical_seconds=5, label="FLUX Dev")
    changes = load_catalogue(write(tmp_path, changed, "next"))
    row = ProviderModel.objects.get(name="flux-dev")
    assert (row.typical_seconds, row.enabled, row.label) == (99, False, "FLUX Dev")
    assert changes.kept == 1


def test_a_deleted_row_stays_deleted_and_a_new_one_comes(tmp_path: Path) -> None:
    load_catalogue()
    ProviderModel.objects.filter(name="flux-dev").delete()
    changed = document()
    models = next(entry for entry in changed["providers"] if entry["key"] == "flux")["models"]
    models.append({**models[0], "name": "flux-4"})
    changes = load_catalogue(write(tmp_path, changed, "next"))
    assert changes.created == 1
    assert not ProviderModel.objects.filter(name="flux-dev").exists()
    assert ProviderModel.objects.filter(name="flux-4").exists()


def test_the_command_says_what_it_did(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("load_catalogue")
    assert "created" in capsys.readouterr().out
