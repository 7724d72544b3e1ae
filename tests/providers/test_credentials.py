"""Keys, addresses and organizations: the account's row first, then the environment beside the provider's key."""

import base64

import pytest
from django.test import Client
from pytest_django import Settings

from providers.credentials import api_key_of, base_url_of, is_usable, organization_of, variable_of
from providers.kinds import KINDS
from providers.models import Provider, ProviderAccount
from providers.redaction import secrets_of
from providers.registry import ADAPTERS, adapter_for
from providers.selectors import account_for, find_model
from tests.factories import make_super_admin


def account(key_variable: str = "OPENAI_API_KEY", **fields: str) -> ProviderAccount:
    return ProviderAccount(provider=Provider(key="openai", key_variable=key_variable), **fields)


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-environment")
    monkeypatch.setenv("OPENAI_BASE_URL", " https://environment.example/v1 ")
    monkeypatch.setenv("OPENAI_ORGANIZATION", "org-environment")


def test_the_environment_stands_in_for_an_empty_row() -> None:
    row = account()
    assert api_key_of(row) == "sk-environment"
    assert base_url_of(row) == "https://environment.example/v1"
    assert organization_of(row) == "org-environment"
    assert is_usable(account())


def test_each_field_of_a_row_is_stronger_by_itself() -> None:
    row = account(api_key="sk-row", base_url="https://row.example")
    assert (api_key_of(row), base_url_of(row), organization_of(row)) == (
        "sk-row",
        "https://row.example",
        "org-environment",
    )


def test_without_an_account_or_a_variable_there_is_nothing() -> None:
    for row in (None, account("")):
        assert (api_key_of(row), base_url_of(row), organization_of(row)) == ("", "", "")


@pytest.mark.parametrize(
    ("key_variable", "expected"),
    [
        ("OPENAI_API_KEY", "OPENAI_BASE_URL"),
        ("BFL_API_KEY", "BFL_BASE_URL"),
        ("REPLICATE_API_TOKEN", "REPLICATE_BASE_URL"),
        ("FAL_KEY", "FAL_BASE_URL"),
        ("SOMETHING", ""),
        ("", ""),
    ],
)
def test_the_variables_beside_a_key_share_its_beginning(key_variable: str, expected: str) -> None:
    assert variable_of(key_variable, "BASE_URL") == expected


@pytest.mark.django_db
@pytest.mark.usefixtures("catalogue")
def test_the_adapter_speaks_to_the_environments_address(monkeypatch: pytest.MonkeyPatch) -> None:
    row = account_for("openai")
    assert row is not None
    model = find_model("openai", None)
    assert adapter_for(model).url == "https://environment.example/v1"
    monkeypatch.delenv("OPENAI_BASE_URL")
    assert adapter_for(model).url.startswith("https://api.openai.com")


@pytest.mark.django_db
@pytest.mark.usefixtures("catalogue")
@pytest.mark.parametrize(
    ("url", "saved"),
    [
        ("https://eu.api.openai.com/v1", True),
        ("http://gateway.example.com/v1", False),
        ("https://gateway.example.com:5000/v1", False),
        ("https://user:password@gateway.example.com/v1", False),
        ("https://10.0.0.1/v1", False),
        ("http://169.254.169.254/v1", False),
        ("http://127.0.0.1:8123/v1", True),
    ],
)
def test_an_address_that_is_not_let_out_to_cannot_be_entered(url: str, saved: bool, settings: Settings) -> None:
    settings.EGRESS_ALLOW = ["127.0.0.1:8123"]
    sam = Client()
    sam.force_login(make_super_admin())
    row = ProviderAccount.objects.get(provider="openai")
    fields = {"provider": "openai", "label": "default", "enabled": "on", "priority": "0", "base_url": url}
    limits = dict.fromkeys(("requests_per_minute", "concurrent_requests", "spend_per_day"), "-1")
    answer = sam.post(f"/admin/providers/provideraccount/{row.pk}/change/", {**fields, **limits})
    row.refresh_from_db()
    assert ((answer.status_code, row.base_url) == (302, url)) == saved
    assert saved or "base_url" in answer.context["adminform"].form.errors


def test_an_operators_own_server_is_usable_once_its_address_is_known() -> None:
    server = Provider(key="house", kind="comfyui", needs_key=False)
    assert not is_usable(ProviderAccount(provider=server))
    assert is_usable(ProviderAccount(provider=server, base_url="http://gpu.example:8188"))
    guarded = Provider(key="house", kind="comfyui", needs_key=True)
    assert not is_usable(ProviderAccount(provider=guarded, base_url="http://gpu.example:8188"))


def test_a_password_is_kept_secret_in_every_spelling() -> None:
    row = ProviderAccount(provider=Provider(key="house", kind="automatic1111"), api_key="house:long-password/1")
    basic = base64.b64encode(b"house:long-password/1").decode()
    assert {"house:long-password/1", "long-password/1", "long-password\\/1", basic} <= set(secrets_of(row))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("key", "header"), [("", None), ("a-token", "Bearer a-token"), ("user:word", "Basic dXNlcjp3b3Jk")]
)
def test_a_key_with_a_colon_is_a_user_and_a_password(kind: str, key: str, header: str | None) -> None:
    assert ADAPTERS[kind]("m", "http://gpu.example").credentials(key, "").get("Authorization") == header
