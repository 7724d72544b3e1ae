"""Who asks: strict Bearer keys, sessions with CSRF, and no secret in any log line."""

import json
from typing import Any

import pytest
from django.urls import reverse
from rest_framework.test import APIClient, APIRequestFactory

from gencraft_media.accounts.authentication import BearerKeyAuthentication, BrowserSessionAuthentication
from gencraft_media.accounts.callers import caller_of
from tests.factories import api_client, make_key, make_project, make_user

pytestmark = pytest.mark.django_db


def _ask(header: str | None) -> Any:
    client = APIClient()
    if header is not None:
        client.credentials(HTTP_AUTHORIZATION=header)
    return client.get(reverse("asset-list"))


def test_a_good_key_is_let_in_whatever_the_case_of_the_scheme() -> None:
    _, token = make_key()
    assert _ask(f"Bearer {token}").status_code == 200
    assert _ask(f"bearer {token}").status_code == 200


@pytest.mark.parametrize(
    "shape",
    ["{0}", "Bearer  {0}", "Bearer {0} ", "Bearer {0},Bearer {0}", "Basic {0}", "Token {0}", "Bearer", "", "Bearer ä"],
)  # fmt: skip
def test_anything_but_one_exact_bearer_token_is_refused(shape: str) -> None:
    _, token = make_key()
    answer = _ask(shape.format(token))
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith("Bearer")
    assert answer.json()["code"] == "authentication_required"
    assert token not in answer.content.decode()


def test_a_wrong_header_is_not_passed_over_for_the_session() -> None:
    client = APIClient()
    client.force_login(make_project().owner)
    assert client.get(reverse("asset-list")).status_code == 200
    assert client.get(reverse("asset-list"), headers={"Authorization": "Bearer nonsense"}).status_code == 401


def test_a_stranger_without_anything_is_challenged() -> None:
    answer = _ask(None)
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith("Bearer")


def test_the_session_scheme_alone_would_challenge_too() -> None:
    request = APIRequestFactory().get("/")
    assert BrowserSessionAuthentication().authenticate_header(request) == BearerKeyAuthentication().authenticate_header(
        request
    )


def test_a_key_and_a_session_make_the_callers_they_are(rf: Any) -> None:
    from gencraft_media.accounts.callers import Caller

    key, _ = make_key(scopes=["read"])
    by_key = Caller.with_key(key)
    assert (by_key.user, by_key.project, by_key.scopes) == (key.user, key.project, frozenset({"read"}))
    by_session = Caller.with_session(key.user)
    assert (by_session.key, by_session.project, by_session.scopes) == (None, None, frozenset({"generate", "read"}))
    assert by_key.label != by_session.label
    request = rf.get("/")
    request.auth = by_key
    assert caller_of(request) is by_key


def test_a_session_of_a_user_switched_off_is_nobody() -> None:
    user = make_user()
    client = APIClient()
    client.force_login(user)
    user.is_active = False
    user.save()
    assert client.get(reverse("asset-list")).status_code == 401


def test_no_log_line_carries_a_token(capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> None:
    _, token = make_key(scopes=["read", "platform"])
    client = api_client(token)
    client.put(reverse("platform-project", args=["shop"]), {"name": "Shop"})
    made = client.post(reverse("platform-keys"), {"projectExternalId": "shop"}).json()["key"]
    client.get(reverse("asset-list"))
    _ask(f"Bearer {token}x")
    lines = capfd.readouterr().err + caplog.text
    assert "/api/media/assets" in lines
    assert json.dumps(token)[1:-1] not in lines
    assert made not in lines
