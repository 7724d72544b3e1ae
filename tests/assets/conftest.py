"""Storage folders of their own for each test."""

from pathlib import Path

import pytest
from pytest_django import Settings

from tests.services.ceph import is_installed

collect_ignore = [] if is_installed() else ["test_ceph_gateway.py", "test_ceph_uploads.py"]


@pytest.fixture(autouse=True)
def folders(settings: Settings, tmp_path: Path) -> Path:
    """The folder that holds both storage folders."""
    settings.MEDIA_STORAGE_DIR = tmp_path / "media"
    settings.PRIVATE_STORAGE_DIR = tmp_path / "private"
    return tmp_path
