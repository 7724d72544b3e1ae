"""Sam, who operates the engine, by key."""

import pytest
from rest_framework.test import APIClient

from tests.factories import api_client, make_key, make_project, make_super_admin


@pytest.fixture
def sam(db: None) -> APIClient:
    """A SuperAdmin's key with the scope admin and no other."""
    return api_client(make_key(make_project(make_super_admin()), scopes=["admin"])[1])
