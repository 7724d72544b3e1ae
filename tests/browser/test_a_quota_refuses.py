"""A quota is lowered in the hub, the next request on the API's page is refused by name, and a higher one lets it in."""

import json
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from gencraft_media.accounts.models import User
from gencraft_media.generation.models import GenerationJob
from tests.browser.conftest import Browse, Look
from tests.browser.steps import card, open_settings
from tests.browser.watching import Watch
from tests.generation.driving import drive
from tests.generation.tenants import BODY, Tenant

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PATH = "/api/media/generate"


def test_a_lowered_quota_is_named_to_the_next_request_and_a_raised_one_lets_it_in(
    browse: Browse, look: Look, sam: User, alice: Tenant, watch: Watch
) -> None:
    watch.expected_statuses.add(429)
    operator, user = browse(sam), browse()
    operation = _open_api_page(user, alice.token)
    _send(operation, status=202)
    _make_everything()

    operator.goto("/admin/")
    open_settings(operator, "Quotas")
    look(operator)
    _set_quota(operator, "1")
    look(operator)
    refused = _send(operation, status=429)
    assert (refused["code"], refused["quota"]) == ("quota_exceeded", "user_daily")
    assert "The quota user_daily allows 1 outputs, 1 are used or reserved, 1 more are wanted." in refused["detail"]
    user.goto(refused["type"])
    expect(user.get_by_role("heading", name="Quota reached")).to_be_visible()
    look(user)

    _set_quota(operator, "2")
    _send(_open_api_page(user, alice.token), status=202)
    _make_everything()


def _open_api_page(page: Page, token: str) -> Locator:
    """The API's page with the key in it, and the operation that makes pictures opened for trying."""
    page.goto("/api/docs/")
    page.get_by_role("button", name="Authorize").first.click()
    page.get_by_label("auth-bearer-value").fill(token)
    page.get_by_role("button", name="Apply credentials").first.click()
    page.get_by_role("button", name="Close").first.click()
    operation = page.locator(".opblock-post").filter(has=page.get_by_text(PATH, exact=True))
    operation.locator(".opblock-summary-control").click()
    operation.get_by_role("button", name="Try it out").click()
    return operation


def _send(operation: Locator, *, status: int) -> dict[str, Any]:
    """Press "Execute", and read what the page then shows of the answer."""
    operation.locator("textarea.body-param__text").fill(json.dumps({**BODY, "model": "sim/priced"}))
    operation.get_by_role("button", name="Execute").click()
    answer = operation.locator(".live-responses-table tr.response")
    expect(answer.locator(".response-col_status")).to_contain_text(str(status))
    document: dict[str, Any] = json.loads(answer.locator(".highlight-code code").first.inner_text())
    return document


def _set_quota(page: Page, outputs: str) -> None:
    quota = card(page, "Per user")
    quota.get_by_label("Outputs a day").fill(outputs)
    quota.get_by_role("button", name="Save").click()
    expect(page.get_by_text(f"Per user saved. Outputs a day: {outputs}.")).to_be_visible()


def _make_everything() -> None:
    for job in GenerationJob.objects.all():
        assert drive(job).status == "completed"
