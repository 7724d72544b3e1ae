"""Changing provider accounts, with a trace of who did it."""

from typing import Any
from urllib.parse import urlsplit

from django.db import transaction
from django.dispatch import Signal

from gencraft_media.common.audit import record_audit
from gencraft_media.common.errors import FieldError, InvalidRequest
from providers.models import Provider, ProviderAccount, ProviderModel

# What operators write and the audit shows of an account; never its key.
ACCOUNT_FIELDS = (
    "label",
    "enabled",
    "organization",
    "base_url",
    "requests_per_minute",
    "concurrent_requests",
    "spend_per_day",
    "priority",
)

# What is said where a key would go to another server.
KEY_AGAIN = "Another server is to be asked: enter the key again."
_USUAL_PORTS = {"https": 443, "http": 80}

# Sent in the transaction of the change with `account`, `actor`, `has_new_key`, `has_new_address`.
account_changed = Signal()


@transaction.atomic
def save_account(
    account: ProviderAccount, *, actor: Any, new_key: str = "", forget_key: bool = False, reason: str = ""
) -> None:
    """Save an account. An empty `new_key` keeps the one it has; neither key is ever written to the audit.

    Raises `InvalidRequest` naming `apiKey` where the key it has would be sent to another server.
    """
    before = ProviderAccount.objects.select_for_update().filter(pk=account.pk).first()
    if before is not None and not new_key and not forget_key and sends_key_elsewhere(before, account):
        raise InvalidRequest(errors=[FieldError("apiKey", KEY_AGAIN, "required")])
    account.api_key = "" if forget_key else new_key or (before.api_key if before is not None else "")
    account.save()
    record_audit(
        actor=actor,
        action="provider_account.changed" if before is not None else "provider_account.created",
        target=account,
        before=_facts_of(before) if before is not None else None,
        after={**_facts_of(account), "has_new_credential": bool(new_key)},
        reason=reason,
    )
    if before is not None:
        address = (before.base_url, before.organization) != (account.base_url, account.organization)
        account_changed.send(
            ProviderAccount, account=account, actor=actor, has_new_key=bool(new_key), has_new_address=address
        )


def sends_key_elsewhere(before: ProviderAccount, account: ProviderAccount) -> bool:
    """Whether the key of `before` would go to another scheme, host or port; who may change one need not know it."""
    if not before.api_key:
        return False
    return (before.provider_id, _server_of(before.base_url)) != (account.provider_id, _server_of(account.base_url))


def _server_of(url: str) -> tuple[str, str, int | None]:
    parts = urlsplit(url.strip())
    return parts.scheme, parts.hostname or "", parts.port or _USUAL_PORTS.get(parts.scheme)


@transaction.atomic
def save_catalogue_row(row: Provider | ProviderModel, *, actor: Any, changed: list[str], reason: str = "") -> None:
    """Save an operator's edit of a provider or model; later loads of the catalogue keep it."""
    before = type(row)._default_manager.select_for_update().filter(pk=row.pk).first()
    row.save()
    record_audit(
        actor=actor,
        action="catalogue.changed",
        target=row,
        before={name: str(getattr(before, name)) for name in changed} if before is not None else None,
        after={name: str(getattr(row, name)) for name in changed},
        reason=reason,
    )


def _facts_of(account: ProviderAccount) -> dict[str, Any]:
    facts = {name: getattr(account, name) for name in ("provider_id", *ACCOUNT_FIELDS)}
    return {**facts, "spend_per_day": str(account.spend_per_day), "has_credential": bool(account.api_key)}
