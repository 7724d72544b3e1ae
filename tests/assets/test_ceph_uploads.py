"""Direct uploads to Ceph's gateway, which checks every signature; collected where Ceph is installed."""

import pytest

from tests.assets import test_direct_uploads_s3 as on_any_server
from tests.services.s3_door import Door

pytestmark = [pytest.mark.soak, pytest.mark.django_db]
project = on_any_server.project
to_the_bucket = on_any_server.to_the_bucket
globals().update({name: test for name, test in vars(on_any_server).items() if name.startswith("test_")})


@pytest.fixture(scope="session")
def s3_door(ceph_door: Door) -> Door:
    """Every test here goes to Ceph."""
    return ceph_door
