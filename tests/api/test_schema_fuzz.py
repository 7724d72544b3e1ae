"""Made-up requests against every operation: no server error, no answer the document does not have, none to strangers.

Nothing here names a route: what is in the document is asked, and the access matrix says what objects there are and what
a right body looks like.
"""

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
import schemathesis
from django.urls import Resolver404, resolve
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, Phase
from hypothesis import settings as hypothesis_settings
from pytest_django import Settings
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

from billing.ledger import account_of, grant_credits
from billing.models import EntryKind
from billing.pricelist import forget_prices
from gencraft_media.common.problems import CONTENT_TYPE, PROBLEMS
from gencraft_media.wsgi import application
from tests.access.table import TABLE
from tests.access.world import World, make_world

# A name that is no model's is refused although it is a string, and a number is taken for the text it is.
NOT_OURS = [positive_data_acceptance, negative_data_rejection]
# What made-up values would hardly ever hit.
_NAMES = ("projectId", "provider", "model", "externalUserId", "expiresAt")
# Answers that say of somebody else's server what is true of it.
_OF_OTHERS = {"egress_failed"}


@dataclass(frozen=True)
class Target:
    """Who asks, and what there is to be asked about."""

    world: World
    headers: dict[str, str]

    def aim(self, case: Any) -> None:
        """Point half of the cases at things that exist, with bodies that are right but for one field.

        Which half depends on the case alone.
        """
        if zlib.crc32(repr((case.path_parameters, case.query, case.body)).encode()) % 2:
            return
        row = TABLE.get((case.method, route_name(case.path)))
        if row is None:
            return
        for name, value in row.arguments(self.world).items():
            case.path_parameters[name] = str(value)
        for name in _NAMES:
            (case.query or {}).pop(name, None)
        if isinstance(case.body, dict) and row.body:
            made_up = {name: value for name, value in case.body.items() if name not in _NAMES}
            some = dict(list(made_up.items())[:1])
            case.body = {**row.body, **some} if case.media_type == "application/json" else made_up


def route_name(path: str) -> str:
    """The name of the route that an address template of the document leads to."""
    example = re.sub(r"\{\w*(_id|id)\}", "00000000-0000-0000-0000-000000000000", path)
    return str(resolve(re.sub(r"\{\w+\}", "x", example)).url_name)


def is_address(path: str) -> bool:
    """Whether there is a route: of made-up ids some are none that an address takes."""
    try:
        resolve(unquote(path))
    except Resolver404:
        return False
    return True


@pytest.fixture
def target(transactional_db: None, settings: Settings, tmp_path: Path) -> Iterator[Target]:
    """A caller who may do everything, in the world of the access matrix."""
    settings.API_REQUESTS_PER_MINUTE = -1
    settings.MEDIA_STORAGE_DIR, settings.PRIVATE_STORAGE_DIR = tmp_path / "media", tmp_path / "private"
    forget_prices()
    world = make_world()
    owner = world.project.owner_id
    account_of(owner, plan="enterprise")
    grant_credits(owner_id=owner, credits=100_000, kind=EntryKind.PURCHASE, idempotency_key="fuzz")
    yield Target(world, {"Authorization": world.clients["owner"]._credentials["HTTP_AUTHORIZATION"]})
    forget_prices()


def _document() -> Any:
    """The document as the API serves it, read before any database is there."""
    generator: Any = SchemaGenerator
    found = schemathesis.openapi.from_dict(generator().get_schema(request=None, public=True))
    found.app = answered_whole
    return found


def answered_whole(environ: Any, start_response: Any) -> list[bytes]:
    """As a web server does, unlike the client of these tests: each answer is closed, and with it what came in files."""
    answer = application(environ, start_response)
    try:
        return [b"".join(answer)]
    finally:
        answer.close()


schema = _document()


def _trials(count: int, *phases: Phase) -> hypothesis_settings:
    return hypothesis_settings(
        max_examples=count,
        deadline=None,
        database=None,
        derandomize=True,
        phases=phases,
        suppress_health_check=list(HealthCheck),
    )


def _ask(case: Any, target: Target) -> None:
    target.aim(case)
    if zlib.crc32(repr(case.body).encode()) % 5 == 0:
        assert_strangers_are_refused(case)
    response = case.call(headers=target.headers)
    case.validate_response(response, excluded_checks=NOT_OURS, headers=target.headers)
    assert_is_documented(case, response)


def assert_strangers_are_refused(case: Any) -> None:
    """Whoever does not say who asks is answered only where the document says that anybody may."""
    if case.operation.definition.raw.get("security") and is_address(case.formatted_path):
        for headers in ({}, {"Authorization": "Bearer mge_live_aaaaaaaa_nobody"}):
            response = case.call(headers=headers)
            assert response.status_code == 401, response.status_code
            assert response.headers["www-authenticate"][0].startswith("Bearer")


def assert_is_documented(case: Any, response: Any) -> None:
    """The document has a default answer for all trouble, so that what is no trouble must be there by its status."""
    documented = case.operation.definition.raw["responses"]
    if response.status_code < 400:
        assert str(response.status_code) in documented, response.status_code
        return
    assert response.status_code < 500 or _code_of(response) in _OF_OTHERS, response.text
    if not case.path.startswith("/v1/"):
        assert response.headers["content-type"][0] == CONTENT_TYPE
        assert PROBLEMS[_code_of(response)].http_status == response.status_code


def _code_of(response: Any) -> str:
    document = response.json()
    return str(document.get("code") or document.get("error", {}).get("code"))


@schema.parametrize()  # type: ignore[untyped-decorator]
@_trials(25, Phase.generate)
def test_no_request_breaks_the_api_or_its_document(case: Any, target: Target) -> None:
    _ask(case, target)


@pytest.mark.soak
@schema.parametrize()  # type: ignore[untyped-decorator]
# And each limit of each field, just met and just missed.
@_trials(400, Phase.explicit, Phase.generate)
def test_no_request_of_very_many_does(case: Any, target: Target) -> None:
    _ask(case, target)


def test_every_operation_of_the_document_asks_who_asks() -> None:
    operations = [one.ok() for one in schema.get_all_operations()]
    assert len(operations) > 30
    assert [one.label for one in operations if not one.definition.raw.get("security")] == []
