"""Proofs of callbacks: each kind holds for exactly what was signed, by exactly one secret, and in its time."""

import base64
import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.callback_signatures import TOLERANCE_S, holds_hex_hmac, holds_shared_secret, holds_standard_webhook

BODY = b'{"id": "1"}'
NOW = 1_795_000_000
# Of the specification's own form: the key follows the prefix as base64.
STANDARD_SECRET = "whsec_" + base64.b64encode(b"a key of twenty-four byte").decode()


def standard_headers(
    *, body: bytes = BODY, secret: str = STANDARD_SECRET, sent_at: str = str(NOW), message_id: str = "msg_1"
) -> dict[str, str]:
    """As a sender makes them, by the text of Standard Webhooks 1.0.0."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    digest = hmac.new(key, f"{message_id}.{sent_at}.".encode() + body, hashlib.sha256).digest()
    return {
        "Webhook-Id": message_id,
        "Webhook-Timestamp": sent_at,
        "Webhook-Signature": "v1," + base64.b64encode(digest).decode(),
    }


def hexadecimal(body: bytes = BODY, key: str = "s-1") -> str:
    return hmac.new(key.encode(), body, hashlib.sha256).hexdigest()


class TestASharedSecret:
    @pytest.mark.parametrize("name", ["X-Secret", "x-secret", "X-SECRET"])
    def test_the_secret_itself_holds_whatever_the_case_of_its_header(self, name: str) -> None:
        assert holds_shared_secret({name: "s-1"}, "X-Secret", "s-1")

    @pytest.mark.parametrize("value", ["", "s-2", "S-1", "s-1 ", "s-1,s-1", "ü", "\ud800"])
    def test_anything_else_does_not(self, value: str) -> None:
        assert not holds_shared_secret({"X-Secret": value}, "X-Secret", "s-1")
        assert not holds_shared_secret({"X-Other": "s-1"}, "X-Secret", "s-1")

    def test_no_secret_proves_nothing(self) -> None:
        assert not holds_shared_secret({"X-Secret": ""}, "X-Secret", "")
        assert not holds_shared_secret({}, "X-Secret", "")


class TestAHexadecimalHmac:
    def test_it_holds_with_its_prefix_alone(self) -> None:
        headers = {"x-signature": "sha256=" + hexadecimal()}
        assert holds_hex_hmac(headers, "X-Signature", BODY, "s-1", prefix="sha256=")
        assert not holds_hex_hmac(headers, "X-Signature", BODY, "s-1")
        assert not holds_hex_hmac({"x-signature": hexadecimal()}, "X-Signature", BODY, "s-1", prefix="sha256=")

    @given(body=st.binary(max_size=40))
    def test_it_holds_for_one_body_and_one_secret(self, body: bytes) -> None:
        headers = {"X-Signature": hexadecimal()}
        assert holds_hex_hmac(headers, "X-Signature", body, "s-1") == (body == BODY)
        assert not holds_hex_hmac({"X-Signature": hexadecimal(body)}, "X-Signature", body, "s-2")
        assert not holds_hex_hmac({"X-Signature": hexadecimal(body, "")}, "X-Signature", body, "")


class TestAStandardWebhook:
    def test_the_specifications_own_example_holds(self) -> None:
        headers = {
            "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
            "webhook-timestamp": "1614265330",
            "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        }
        secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
        assert holds_standard_webhook(headers, b'{"test": 2432232314}', secret, now_s=1_614_265_330)

    @pytest.mark.parametrize(
        ("age_s", "holds"),
        [(0, True), (TOLERANCE_S, True), (-TOLERANCE_S, True), (TOLERANCE_S + 1, False), (-TOLERANCE_S - 1, False)],
    )
    def test_it_holds_for_five_minutes_either_way(self, age_s: int, holds: bool) -> None:
        assert holds_standard_webhook(standard_headers(), BODY, STANDARD_SECRET, now_s=NOW + age_s) is holds

    def test_one_of_several_signatures_is_enough(self) -> None:
        headers = standard_headers()
        headers["Webhook-Signature"] = f"v1a,AAAA v1,AAAA {headers['Webhook-Signature']}"
        assert holds_standard_webhook(headers, BODY, STANDARD_SECRET, now_s=NOW)

    @pytest.mark.parametrize(
        "changed",
        [
            {"Webhook-Id": "msg_2"},
            {"Webhook-Id": ""},
            {"Webhook-Timestamp": str(NOW + 1)},
            {"Webhook-Timestamp": f" {NOW}"},
            {"Webhook-Timestamp": "٣"},
            {"Webhook-Timestamp": "9" * 13},
            {"Webhook-Timestamp": ""},
            {"Webhook-Signature": ""},
            {"Webhook-Signature": "v1,"},
            {"Webhook-Signature": "v1,\ud800"},
        ],
    )
    def test_whatever_is_changed_ends_it(self, changed: dict[str, str]) -> None:
        assert not holds_standard_webhook({**standard_headers(), **changed}, BODY, STANDARD_SECRET, now_s=NOW)

    def test_another_version_another_body_and_another_secret_do_not_hold(self) -> None:
        headers = standard_headers()
        renamed = {**headers, "Webhook-Signature": headers["Webhook-Signature"].replace("v1,", "v2,")}
        assert not holds_standard_webhook(renamed, BODY, STANDARD_SECRET, now_s=NOW)
        assert not holds_standard_webhook(headers, BODY + b" ", STANDARD_SECRET, now_s=NOW)
        other = "whsec_" + base64.b64encode(b"another key").decode()
        assert not holds_standard_webhook(headers, BODY, other, now_s=NOW)

    @pytest.mark.parametrize("secret", ["", "whsec_", "whsec_***", "whsec_ü"])
    def test_a_secret_that_is_none_proves_nothing(self, secret: str) -> None:
        digest = hmac.new(b"", f"msg_1.{NOW}.".encode() + BODY, hashlib.sha256).digest()
        signed = {**standard_headers(), "Webhook-Signature": "v1," + base64.b64encode(digest).decode()}
        assert not holds_standard_webhook(signed, BODY, secret, now_s=NOW)
