"""Hundreds of made-up requests against every operation: no server error, and no answer the document does not have."""

import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, Phase
from hypothesis import settings as hypothesis_settings
from pytest_django import Settings
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

from billing.pricelist import forget_prices
from gencraft_media.wsgi import application
from tests.access.world import ALL_SCOPES
from tests.factories import make_key
from tests.generation.rows import load_rows
from tests.generation.tenants import make_tenant

CASES_PER_OPERATION = 40
# A name that is no model's is refused although it is a string, and a number is taken for the text it is.
NOT_OURS = [positive_data_acceptance, negative_data_rejection]
# What made-up values would hardly ever hit.
_NAMES = ("projectId", "provider", "model", "externalUserId", "expiresAt")


@dataclass(frozen=True)
class Target:
    """Who asks, and what there is to be asked about."""

    headers: dict[str, str]
    job_id: str

    def aim(self, case: Any) -> None:
        """Point half of the cases at things that exist; which half depends on the case alone."""
        if zlib.crc32(repr((case.path_parameters, case.query, case.body)).encode()) % 2:
            return
        if "job_id" in (case.path_parameters or {}):
            case.path_parameters["job_id"] = self.job_id
        if isinstance(case.body, dict):
            case.body = {name: value for name, value in case.body.items() if name not in _NAMES}


@pytest.fixture
def target(transactional_db: None, settings: Settings, tmp_path: Path) -> Target:
    """A caller who may do everything, on an engine with catalogue, prices and one job."""
    settings.API_REQUESTS_PER_MINUTE = -1
    settings.MEDIA_STORAGE_DIR, settings.PRIVATE_STORAGE_DIR = tmp_path / "media", tmp_path / "private"
    forget_prices()
    load_rows()
    tenant = make_tenant(credits=100_000)
    job = tenant.start()
    _, token = make_key(tenant.project, scopes=ALL_SCOPES, name="fuzz")
    return Target({"Authorization": f"Bearer {token}"}, str(job.pk))


def _document() -> Any:
    """The document as the API serves it, read before any database is there."""
    generator: Any = SchemaGenerator
    found = schemathesis.openapi.from_dict(generator().get_schema(request=None, public=True))
    found.app = application
    return found


schema = _document()


@schema.parametrize()  # type: ignore[untyped-decorator]
@hypothesis_settings(
    max_examples=CASES_PER_OPERATION,
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_no_request_breaks_the_api_or_its_document(case: Any, target: Target) -> None:
    target.aim(case)
    case.call_and_validate(headers=target.headers, excluded_checks=NOT_OURS)
