"""Asking a provider one question that costs nothing, to say whether an account works: the connection test."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from gencraft_media.common.egress import EgressRefused
from gencraft_media.generation.calls import transport
from gencraft_media.generation.custom_models.checking import check_server
from gencraft_media.generation.custom_models.fields import ADVICE
from providers.base import ProviderAdapter
from providers.credentials import api_key_of, base_url_of
from providers.errors import Busy, KeyRefused, Misconfigured, OutOfMoney, ProviderError, Unreachable
from providers.models import Provider, ProviderAccount, ProviderModel
from providers.registry import kind_of
from providers.selectors import BUILT_IN, SIM, account_for
from providers.services import KEY_AGAIN, sends_key_elsewhere
from providers.types import HttpAnswer, HttpRequest

TIMEOUT_S = 10.0
# Stability AI and Black Forest Labs sell credits at this price, US dollars (their price pages, 2026-11).
_CREDIT = Decimal("0.01")
_NO_CREDIT = Decimal(0)


class Verdict(StrEnum):
    """What the test came to, in one word."""

    GOOD = "good"
    KEY_MISSING = "key_missing"
    KEY_REFUSED = "key_refused"
    NO_CREDIT = "no_credit"
    UNREACHABLE = "unreachable"
    NOT_LET_OUT = "not_let_out"
    # It answers, but not as this provider does, or not now.
    UNUSABLE = "unusable"


@dataclass(frozen=True)
class Finding:
    """What the provider said, in a sentence; `credits` where it tells how many are left, in the vendor's own unit."""

    verdict: Verdict
    message: str
    credits: Decimal | None = None

    @property
    def ok(self) -> bool:
        """Whether pictures can be made with the account."""
        return self.verdict == Verdict.GOOD


def check_account(account: ProviderAccount | str, *, base_url: str | None = None, new_key: str = "") -> Finding:
    """Ask the account's provider the one question, unpaid. Nothing is saved; of what the provider says nothing raises.

    `account`: a row, or a provider's name for the account in use there. `base_url` and `new_key` are tried instead of
    its own, as they stand in a form; "" is the provider's usual address. A key that is kept goes to no other server
    than its own. Raises Provider.DoesNotExist, and `TransactionHeld` inside a transaction.
    """
    saved = _saved(account)
    asked = _asked(account if isinstance(account, ProviderAccount) else saved, saved, base_url, new_key)
    provider = saved.provider
    if provider.key in BUILT_IN:
        return _built_in(provider)
    kind = kind_of(provider)
    if kind is None:
        return Finding(Verdict.UNUSABLE, f"This version does not speak to {provider.label} yet, even with a key.")
    if not new_key and _would_show_key(saved, asked):
        return Finding(Verdict.KEY_MISSING, KEY_AGAIN)
    if provider.needs_key and not api_key_of(asked):
        where = f", or set {provider.key_variable}" if provider.key_variable else ""
        return Finding(Verdict.KEY_MISSING, f"{provider.label} has no key yet: enter one{where}.")
    if provider.kind:
        return _of_server(asked)
    return _ask(kind("", base_url_of(asked)), asked)


def _saved(account: ProviderAccount | str) -> ProviderAccount:
    """The account as it is kept, or an empty one, which has its provider's key of the environment."""
    if isinstance(account, str):
        provider = Provider.objects.get(pk=account)
        return account_for(provider.key) or ProviderAccount(provider=provider)
    kept = ProviderAccount.objects.select_related("provider").filter(pk=account.pk).first()
    return kept or ProviderAccount(provider=account.provider)


def _asked(account: ProviderAccount, saved: ProviderAccount, base_url: str | None, new_key: str) -> ProviderAccount:
    return ProviderAccount(
        provider=saved.provider,
        organization=account.organization,
        base_url=account.base_url if base_url is None else base_url.strip(),
        api_key=new_key.strip() or account.api_key,
    )


def _would_show_key(saved: ProviderAccount, asked: ProviderAccount) -> bool:
    """Whether a key that is kept, in the row or in the environment, would go to another server than its own."""
    kept = api_key_of(saved)
    if not kept or api_key_of(asked) != kept:
        return False
    own, other = (ProviderAccount(provider=one.provider, base_url=_server(one)) for one in (saved, asked))
    own.api_key = kept
    return sends_key_elsewhere(own, other)


def _server(account: ProviderAccount) -> str:
    kind = kind_of(account.provider)
    return base_url_of(account) or (getattr(kind, "base_url", "") if kind is not None else "")


def _built_in(provider: Provider) -> Finding:
    if provider.key == SIM and not settings.SIM_ENABLED:
        return Finding(Verdict.UNUSABLE, "The simulator is switched off here; set SIM_ENABLED to true to use it.")
    return Finding(
        Verdict.GOOD, f"{provider.label} is part of this engine: there is nobody to ask, and nothing to pay."
    )


def _of_server(account: ProviderAccount) -> Finding:
    found = check_server(kind=account.provider.kind, base_url=base_url_of(account), api_key=api_key_of(account))
    return Finding(Verdict.GOOD if found.ok else Verdict.UNUSABLE, found.message)


def _ask(adapter: ProviderAdapter, account: ProviderAccount) -> Finding:
    question = _QUESTIONS.get(adapter.key)
    if question is None:
        return Finding(Verdict.UNUSABLE, f"{adapter.label} has no call that costs nothing: only a picture would tell.")
    path, read = question
    request = HttpRequest("GET", f"{adapter.url}{path}", read_timeout_s=TIMEOUT_S)
    try:
        answer = transport().send(adapter, request, account=account, again=False)
        refused = adapter.refusal_in(answer)
    except ProviderError as error:
        return _not_sent(adapter, error)
    if refused is not None:
        return _refused(adapter, answer, refused)
    try:
        return read(adapter, answer.json())
    except (ValueError, TypeError, KeyError, AttributeError, ArithmeticError):
        return Finding(Verdict.UNUSABLE, f"Something answers, but not as {adapter.label} does: is this its address?")


def _not_sent(adapter: ProviderAdapter, error: ProviderError) -> Finding:
    host = urlsplit(adapter.url).netloc.rpartition("@")[2]
    cause = error.__cause__
    if isinstance(cause, EgressRefused):
        return Finding(Verdict.NOT_LET_OUT, f"{host} is not let out to: {cause.reason}. {ADVICE}")
    if isinstance(error, Misconfigured):
        return Finding(Verdict.UNUSABLE, error.message)
    reason = error.vendor_text or type(error).__name__
    return Finding(Verdict.UNREACHABLE, f"{adapter.label} does not answer at {host} ({reason}).")


def _refused(adapter: ProviderAdapter, answer: HttpAnswer, refused: ProviderError) -> Finding:
    told, status = adapter.label, answer.status
    if isinstance(refused, KeyRefused):
        return Finding(Verdict.KEY_REFUSED, f"{told} refuses the key (status {status}).")
    if isinstance(refused, OutOfMoney):
        return Finding(Verdict.NO_CREDIT, f"{told} takes the key, but its credit is used up (status {status}).")
    if isinstance(refused, Busy):
        return Finding(Verdict.UNUSABLE, f"{told} is asked too often at the moment (status {status}): test again soon.")
    if isinstance(refused, Unreachable):
        return Finding(
            Verdict.UNREACHABLE, f"{told} answers with an error of its own (status {status}): test again soon."
        )
    if status == 403:
        return Finding(
            Verdict.UNUSABLE, f"{told} knows the key, but does not let it ask this (status 403): has it all its rights?"
        )
    return Finding(
        Verdict.UNUSABLE, f"Something answers, but not as {told} does (status {status}): is this its address?"
    )


def _openai(adapter: ProviderAdapter, document: Any) -> Finding:
    listed = {str(entry["id"]) for entry in document["data"]}
    known = ProviderModel.objects.filter(provider_id=adapter.key, enabled=True).order_by("pk")
    offered = [name for name in known.values_list("name", flat=True) if name in listed]
    if not offered:
        return Finding(Verdict.UNUSABLE, f"{adapter.label} takes the key, but offers it none of the models known here.")
    return Finding(
        Verdict.GOOD,
        f"{adapter.label} takes the key and offers {', '.join(offered)}. What credit is left, it does not tell.",
    )


def _with_credits(adapter: ProviderAdapter, document: Any) -> Finding:
    left = document["credits"]
    if isinstance(left, bool) or not isinstance(left, int | Decimal):
        raise TypeError("credits are a number")
    left = Decimal(left)
    if left <= _NO_CREDIT:
        return Finding(Verdict.NO_CREDIT, f"{adapter.label} takes the key, but no credits are left.", left)
    worth = f"{left * _CREDIT:.2f}"
    return Finding(Verdict.GOOD, f"{adapter.label} takes the key. {left:f} credits are left, ${worth}.", left)


_QUESTIONS: Mapping[str, tuple[str, Callable[[ProviderAdapter, Any], Finding]]] = {
    "openai": ("/models", _openai),
    "stability": ("/v1/user/balance", _with_credits),
    "flux": ("/v1/credits", _with_credits),
}
