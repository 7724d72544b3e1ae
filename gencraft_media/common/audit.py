"""The append-only record of what people changed."""

from typing import Any

import structlog

from gencraft_media.common.models import AuditEntry

MASKED = "••••"
_SECRET_WORDS = ("key", "secret", "token", "password", "credential")


def record_audit(
    *,
    actor: Any,
    action: str,
    target: Any,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    reason: str = "",
) -> AuditEntry:
    """Write who did `action` to `target`, in the caller's transaction. `actor` None means the engine itself."""
    return AuditEntry.objects.create(
        actor_id=getattr(actor, "pk", None),
        actor_label=str(actor) if actor is not None else "engine",
        action=action,
        target_kind=target._meta.label_lower,
        target_id=str(target.pk),
        reason=reason,
        before=mask_secrets(before),
        after=mask_secrets(after),
        request_id=structlog.contextvars.get_contextvars().get("request_id", ""),
    )


def mask_secrets(values: dict[str, Any] | None) -> dict[str, Any] | None:
    """`values` with everything that is named like a secret replaced by dots, however deep."""
    return None if values is None else {name: _masked(name, value) for name, value in values.items()}


def _masked(name: str, value: Any) -> Any:
    if value and any(word in name.lower() for word in _SECRET_WORDS):
        return MASKED
    if isinstance(value, dict):
        return mask_secrets(value)
    if isinstance(value, list | tuple):
        return [_masked("", inner) for inner in value]
    return value
