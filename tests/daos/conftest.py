"""The catalogue, and the people who operate."""

import pytest

from gencraft_media.accounts.models import User
from tests.factories import make_super_admin
from tests.generation.rows import load_rows


@pytest.fixture
def sam(db: None) -> User:
    """A SuperAdmin."""
    return make_super_admin("sam")


@pytest.fixture
def olga(db: None) -> User:
    """Another one."""
    return make_super_admin("olga")


@pytest.fixture
def catalogue(db: None) -> None:
    """Models and prices as every engine has them."""
    load_rows()
