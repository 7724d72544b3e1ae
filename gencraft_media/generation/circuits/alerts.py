"""Tells operators of accounts that only they can mend: an error in the log, and an event that no project sees."""

from typing import Any

from django.db.models import Max

from gencraft_media.common.events import record_event
from gencraft_media.common.logs import logger
from gencraft_media.common.models import DomainEvent
from gencraft_media.generation.models import Circuit

log = logger(__name__)
SUBJECT_KIND = "provider_account"


def tell_set_aside(circuit: Circuit) -> None:
    """Nothing goes out any more until somebody pays, enters a key or mends the settings, but a probe now and then."""
    log.error("provider set aside", **_named(circuit), retry_at=str(circuit.retry_at))
    _record(circuit, "provider.set_aside", retryAt=circuit.retry_at)


def tell_restored(circuit: Circuit) -> None:
    """What was set aside is in use again."""
    log.info("provider restored", **_named(circuit))
    _record(circuit, "provider.restored")


def _record(circuit: Circuit, type: str, **more: Any) -> None:
    """Under the account's row lock, by which these events are numbered."""
    told = DomainEvent.objects.filter(subject_id=circuit.account_id).aggregate(newest=Max("number"))
    record_event(
        subject_kind=SUBJECT_KIND,
        subject_id=circuit.account_id,
        number=(told["newest"] or 0) + 1,
        type=type,
        payload={**_named(circuit), **more},
    )


def _named(circuit: Circuit) -> dict[str, str]:
    """Who it is, by names; never the key."""
    account = circuit.account
    return {
        "provider": account.provider_id,
        "account": account.label,
        "model": circuit.model,
        "reason": circuit.reason,
    }
