"""The test of a provider's account: one unpaid question in the vendor's own format, and a plain verdict."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from decimal import Decimal
from typing import Any

import pytest
from pytest_django import Settings

import providers.transport
from gencraft_media.common.database import TransactionHeld
from gencraft_media.generation.calls import transport
from gencraft_media.generation.connection_checks import Finding, Verdict, check_account
from providers.catalogue import load_catalogue
from providers.kinds import COMFYUI
from providers.models import Provider, ProviderAccount
from providers.services import KEY_AGAIN
from tests.providers.loopback import Loopback, Reply, closed_port_url, running_loopback
from tests.vendors.flux.server import Server as FluxServer
from tests.vendors.openai.server import Server as OpenAiServer
from tests.vendors.serving import VendorServer
from tests.vendors.stability.server import Server as StabilityServer

pytestmark = pytest.mark.django_db
KEY = "sk-canary-of-this-test"
VENDORS: dict[str, tuple[type[VendorServer], str, str]] = {
    "openai": (OpenAiServer, "/v1/models", "authorization"),
    "stability": (StabilityServer, "/v1/user/balance", "authorization"),
    "flux": (FluxServer, "/v1/credits", "x-key"),
}


@pytest.fixture(autouse=True)
def let_out(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Servers of this machine may be asked; the tests' own transaction is no caller's."""
    for variable in ("OPENAI_API_KEY", "STABILITY_API_KEY", "BFL_API_KEY", "OPENAI_BASE_URL"):
        monkeypatch.delenv(variable, raising=False)
    settings.EGRESS_ALLOW = ["127.0.0.1"]
    monkeypatch.setattr(providers.transport, "release_connection", lambda: None)
    transport.cache_clear()
    yield
    transport.cache_clear()


@pytest.fixture(autouse=True)
def catalogue(db: None) -> None:
    """Every vendor and its models."""
    load_catalogue()


@pytest.fixture
def box() -> Iterator[Loopback]:
    """A server that answers what a test tells it."""
    with running_loopback() as server:
        yield server


Serve = Callable[[str], VendorServer]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Starts a vendor's server, as the vendor's documents describe it."""
    with ExitStack() as servers:
        yield lambda provider: servers.enter_context(VENDORS[provider][0](slow_s=0.1))


def account_of(provider: str, url: str, key: str = KEY, **facts: Any) -> ProviderAccount:
    """A saved account at that address."""
    row = Provider.objects.get(pk=provider)
    return ProviderAccount.objects.create(provider=row, label="tested", base_url=url, api_key=key, **facts)


def address_at(provider: str, url: str) -> str:
    """What an operator enters for a vendor of that address."""
    return f"{url}/v1" if provider == "openai" and not url.endswith("/v1") else url


def told(found: Finding) -> str:
    """The sentence; no key is in it."""
    assert KEY not in found.message and KEY not in repr(found)
    return found.message


@pytest.mark.parametrize("provider", VENDORS)
def test_a_good_key_is_found_good_by_one_unpaid_question(provider: str, serve: Serve) -> None:
    server = serve(provider)
    found = check_account(account_of(provider, address_at(provider, server.url)))
    assert (found.ok, found.verdict) == (True, Verdict.GOOD), told(found)
    [asked] = server.received
    _, path, header = VENDORS[provider]
    assert (asked.method, asked.path, asked.body) == ("GET", path, b"")
    assert KEY in asked.headers[header]
    assert server.violations == []


def test_what_credit_is_left_is_told_where_the_vendor_tells(serve: Serve) -> None:
    stability = check_account(account_of("stability", serve("stability").url))
    assert stability.credits == Decimal("24.91")
    assert "24.91 credits are left, $0.25" in told(stability)
    flux = check_account(account_of("flux", serve("flux").url))
    assert (flux.credits, "$5.12" in told(flux) or "$5.13" in told(flux)) == (Decimal("512.5"), True)
    openai = check_account(account_of("openai", address_at("openai", serve("openai").url)))
    assert openai.credits is None
    assert "gpt-image-1" in told(openai) and "does not tell" in openai.message


@pytest.mark.parametrize("provider", VENDORS)
def test_a_refused_key_is_told(provider: str, serve: Serve) -> None:
    url = address_at(provider, serve(provider).url)
    bad = "bad-key-of-this-test" if provider == "flux" else "sk-bad-key-of-this-test"
    found = check_account(account_of(provider, url, bad))
    assert (found.ok, found.verdict) == (False, Verdict.KEY_REFUSED), found.message
    assert "refuses the key" in told(found) and bad not in found.message


@pytest.mark.parametrize(
    ("provider", "reply", "verdict"),
    [
        ("stability", Reply(document={"credits": 0}), Verdict.NO_CREDIT),
        ("flux", Reply(document={"credits": -3.5}), Verdict.NO_CREDIT),
        ("stability", Reply(402, {"id": "1", "name": "payment_required", "errors": ["no"]}), Verdict.NO_CREDIT),
        ("flux", Reply(402, {"detail": "Insufficient credits"}), Verdict.NO_CREDIT),
        ("openai", Reply(429, {"error": {"code": "insufficient_quota", "message": "no"}}), Verdict.NO_CREDIT),
        ("openai", Reply(429, {"error": {"code": "rate_limit_exceeded", "message": "no"}}), Verdict.UNUSABLE),
        ("openai", Reply(403, {"error": {"code": None, "message": "Missing scopes"}}), Verdict.UNUSABLE),
        ("openai", Reply(document={"object": "list", "data": [{"id": "gpt-5"}]}), Verdict.UNUSABLE),
        ("openai", Reply(document={"data": "none"}), Verdict.UNUSABLE),
        ("stability", Reply(document={"credits": "many"}), Verdict.UNUSABLE),
        ("stability", Reply(document={"credits": True}), Verdict.UNUSABLE),
        ("flux", Reply(body=b"<html>welcome</html>"), Verdict.UNUSABLE),
        ("flux", Reply(404, {"detail": "Not Found"}), Verdict.UNUSABLE),
        ("stability", Reply(502, {}), Verdict.UNREACHABLE),
        ("flux", Reply(fault="hang up"), Verdict.UNREACHABLE),
        ("openai", Reply(302, {}, headers={"Location": "https://example.com"}), Verdict.UNUSABLE),
    ],
)
def test_whatever_else_is_answered_is_told_apart(box: Loopback, provider: str, reply: Reply, verdict: Verdict) -> None:
    box.replies = [reply]
    found = check_account(account_of(provider, box.url))
    assert found.verdict == verdict, told(found)
    assert not found.ok and found.message.endswith((".", "?"))
    assert len(box.received) == 1, "it is asked once"


def test_nobody_there_and_an_address_that_is_not_let_out_to_are_told(box: Loopback, settings: Settings) -> None:
    away = check_account(account_of("flux", closed_port_url()))
    assert away.verdict == Verdict.UNREACHABLE and "127.0.0.1" in told(away)
    settings.EGRESS_ALLOW = []
    refused = check_account("flux", base_url=box.url, new_key=KEY)
    assert refused.verdict == Verdict.NOT_LET_OUT and "EGRESS_ALLOW" in told(refused)
    assert box.received == []


def test_without_a_key_nobody_is_asked(box: Loopback) -> None:
    found = check_account("stability", base_url=box.url)
    assert (found.verdict, box.received) == (Verdict.KEY_MISSING, [])
    assert "Stability AI has no key yet" in found.message


def test_a_new_key_is_tried_before_it_is_saved(serve: Serve) -> None:
    url = address_at("openai", serve("openai").url)
    row = account_of("openai", url, "sk-bad-and-old")
    assert check_account(row, new_key=KEY).ok
    assert check_account("openai", base_url=url, new_key=KEY).ok
    row.refresh_from_db()
    assert row.api_key == "sk-bad-and-old"


def test_a_key_that_is_kept_goes_to_no_other_server(box: Loopback, monkeypatch: pytest.MonkeyPatch) -> None:
    row = account_of("flux", "https://api.eu.bfl.ai")
    assert told(check_account(row, base_url=box.url)) == KEY_AGAIN
    # A form may put the address into the row itself.
    row.base_url = box.url
    assert told(check_account(row)) == KEY_AGAIN
    row.delete()
    monkeypatch.setenv("BFL_API_KEY", KEY)
    assert told(check_account("flux", base_url=box.url)) == KEY_AGAIN
    assert box.received == []
    box.replies = [Reply(document={"credits": 5})]
    assert check_account("flux", base_url=box.url, new_key="a key of its own").ok


def test_the_key_of_the_environment_goes_to_its_own_address(box: Loopback, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BFL_API_KEY", KEY)
    monkeypatch.setenv("BFL_BASE_URL", box.url)
    box.replies = [Reply(document={"credits": 5})]
    assert check_account("flux").ok
    assert box.received[0].headers["x-key"] == KEY


def test_a_server_of_the_operators_own_is_asked_as_its_kind_is(box: Loopback) -> None:
    own = Provider.objects.create(key="gpu-box", label="GPU box", kind=COMFYUI, needs_key=False)
    box.replies = [Reply(document={"system": {"comfyui_version": "0.3.40"}, "devices": []})]
    found = check_account(ProviderAccount.objects.create(provider=own, base_url=box.url))
    assert found.ok and "version 0.3.40" in found.message
    box.replies = [Reply(404, {})]
    assert check_account("gpu-box").verdict == Verdict.UNUSABLE


def test_what_is_part_of_the_engine_asks_nobody(settings: Settings) -> None:
    assert check_account("sim").ok
    settings.SIM_ENABLED = False
    assert "SIM_ENABLED" in check_account("sim").message


def test_a_provider_without_an_adapter_is_told() -> None:
    Provider.objects.create(key="nobody", label="Nobody")
    assert "does not speak to Nobody" in check_account("nobody").message
    with pytest.raises(Provider.DoesNotExist):
        check_account("never-heard-of")


def test_it_is_not_asked_for_inside_a_transaction(box: Loopback, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    with pytest.raises(TransactionHeld):
        check_account("flux", base_url="https://api.bfl.ai", new_key=KEY)
