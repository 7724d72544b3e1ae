"""What every release needs before its processes start."""

from pathlib import Path

import pytest
from django.core.management import call_command
from pytest_django import Settings

from gencraft_media.console.preparing import FOLDERS
from providers.models import ProviderModel

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(settings: Settings, tmp_path: Path) -> Path:
    """Where the engine would write."""
    settings.DATA_DIR = tmp_path / "var"
    settings.STATIC_ROOT = tmp_path / "var" / "static"
    return tmp_path


def test_makes_folders_rows_and_static_files(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("prepare")
    assert all((folder / "var" / name).is_dir() for name in FOLDERS)
    assert (folder / "var" / "static" / ".collected").is_file()
    assert capsys.readouterr().out == "Ready to start.\n"


def test_writes_nothing_but_the_database_where_the_rest_is_in_the_image(folder: Path) -> None:
    ProviderModel.objects.all().delete()
    call_command("prepare", "--database-only")
    assert ProviderModel.objects.filter(provider_id="sim").exists()
    assert list(folder.iterdir()) == []
