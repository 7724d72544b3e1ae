"""What in docs/ is made from the code is as the code would make it now."""

import re
from decimal import Decimal

import pytest
from pytest_django import Settings

from gencraft_media.common.problem_catalogue import PROBLEMS
from tests.documents.generated import DAOS, ERRORS, ROLES, TYPES, client_types, daos_page, errors_page, roles_page
from tests.documents.world import DOCS, programs
from tests.generation.rows import load_rows
from tests.generation.tenants import make_tenant

PRICED = re.findall(r"\((provider-\w+\.md)\) \| `\w+` \| `(.+?)` \| \$(\S+) \|", (DOCS / "quickstart.md").read_text())
PROVIDERS = {"provider-openai.md": "openai", "provider-stability.md": "stability", "provider-flux.md": "flux"}
ANEW = "made anew by python -m tests.documents.generated"


def test_the_typescript_clients_types_are_those_of_the_schema() -> None:
    assert TYPES.read_text() == client_types(), ANEW


def test_the_errors_page_lists_every_problem() -> None:
    assert ERRORS.read_text() == errors_page(), ANEW


def test_the_page_of_plans_lists_every_action() -> None:
    assert DAOS.read_text() == daos_page(), ANEW


def test_the_page_of_roles_lists_every_right() -> None:
    assert ROLES.read_text() == roles_page(), ANEW


def test_the_errors_page_speaks_of_no_other_code() -> None:
    advice = ERRORS.read_text().split("## Trying again")[1].split("## Every code")[0]
    rows = re.findall(r"^\| (.*?) \|", advice, re.MULTILINE)
    assert {code for row in rows for code in re.findall(r"`(\w+_\w+)`", row)} <= set(PROBLEMS)


@pytest.mark.parametrize(("page", "model", "price"), PRICED, ids=[model for _, model, _ in PRICED])
def test_the_quickstarts_prices_are_the_estimates(
    db: None, settings: Settings, page: str, model: str, price: str
) -> None:
    settings.OPENAI_API_KEY = settings.STABILITY_API_KEY = settings.BFL_API_KEY = "sk-any"
    load_rows()
    params = {"model": model, "width": 1024, "height": 1024, "quality": "standard"}
    body = {"provider": PROVIDERS[page], "operation": "text-to-image", "params": params}
    estimate = make_tenant().client.post("/api/media/estimate", body).json()
    assert Decimal(str(estimate["baseCost"])).quantize(Decimal(price)) == Decimal(price)


def test_the_quickstart_has_all_three_providers() -> None:
    assert [page for page, _, _ in PRICED] == list(PROVIDERS)


def test_every_language_is_in_the_quickstart() -> None:
    assert all(programs("docs/quickstart.md", language) for language in ("sh", "python", "ts"))
