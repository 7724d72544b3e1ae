"""What Celery beat starts: housekeeping only, jobs are driven by the dispatcher."""

from typing import Any

from celery.schedules import crontab

_HOURLY_S = 3600.0
# Several times a minute: one that comes late must not make a minute look as if the engine had been down.
_PROBES_S = 20.0


def housekeeping(*, every_s: float) -> dict[str, Any]:
    """The schedule; what keeps up with clients runs `every_s` seconds."""
    return {
        "expire-assets": _every(every_s, "assets.expire_assets"),
        "expire-uploads": _every(every_s, "assets.expire_uploads"),
        "sweep-assets": _every(_HOURLY_S, "assets.sweep"),
        "audit-ledger": _every(every_s, "generation.audit_ledger"),
        "audit-ledger-nightly": {
            "task": "generation.audit_ledger",
            "schedule": crontab(hour="3", minute="20"),
            "kwargs": {"everything": True},
            "options": {"expires": 86_400.0},
        },
        "open-credit-periods": _every(_HOURLY_S, "billing.open_credit_periods"),
        "prune-webhooks": _every(_HOURLY_S, "webhooks.prune"),
        "announce-retirements": _every(_HOURLY_S, "generation.announce_retirements"),
        "end-configuration-plans": _every(every_s, "daos.end_due_plans"),
        "prune-callbacks": _every(_HOURLY_S, "generation.prune_callbacks"),
        "roll-up": _every(every_s, "analytics.roll_up"),
        "remake-rollups": {
            "task": "analytics.remake",
            "schedule": crontab(hour="3", minute="50"),
            "options": {"expires": 86_400.0},
        },
        "probe-minute": _every(_PROBES_S, "analytics.probe_minute"),
    }


def _every(seconds: float, task: str) -> dict[str, Any]:
    # A message that was not read until the next one is sent is of no use: workers that were away find one of each.
    return {"task": task, "schedule": seconds, "options": {"expires": seconds}}
