"""What was delivered and what it cost the client: one row for each output, and sums over them."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Count, QuerySet, Sum
from django.db.models.functions import TruncDate

from billing.models import MediaUsage
from billing.money import usd
from gencraft_media.common.rows import insert_rows


def record_usage(
    *,
    item_id: uuid.UUID,
    job_id: uuid.UUID,
    asset_id: uuid.UUID,
    user_id: uuid.UUID,
    project_id: uuid.UUID,
    provider: str,
    model: str,
    operation: str,
    cost: Decimal,
    credits_used: int,
    price_version: str = "",
    units: Decimal | int = 1,
    external_user_id: uuid.UUID | None = None,
) -> None:
    """Write one delivered output; a second time for the same item changes nothing."""
    row = MediaUsage(
        item_id=item_id,
        job_id=job_id,
        asset_id=asset_id,
        user_id=user_id,
        project_id=project_id,
        provider=provider,
        model=model,
        operation=operation,
        cost=usd(cost),
        credits_used=credits_used,
        price_version=price_version,
        units=usd(units),
        external_user_id=external_user_id,
    )
    insert_rows([row], ignore_conflicts=True)


@dataclass(frozen=True)
class UsageSum:
    """Outputs, credits and dollars of one group."""

    key: dict[str, str]
    outputs: int
    credits: int
    cost: Decimal

    def as_json(self) -> dict[str, Any]:
        return {**self.key, "outputs": self.outputs, "credits": self.credits, "cost": self.cost}


@dataclass(frozen=True)
class UsageSummary:
    """Usage in all, by model and by day."""

    total: UsageSum
    by_model: tuple[UsageSum, ...]
    by_day: tuple[UsageSum, ...]


def usage_summary(project_ids: Iterable[uuid.UUID] | QuerySet[Any], since: datetime, until: datetime) -> UsageSummary:
    """Delivered outputs of these projects from `since` up to, not including, `until`."""
    rows = MediaUsage.objects.filter(project_id__in=project_ids, created_at__gte=since, created_at__lt=until)
    by_model = _sums(rows, "provider", "model", "operation")
    total = UsageSum(
        key={},
        outputs=sum(group.outputs for group in by_model),
        credits=sum(group.credits for group in by_model),
        cost=sum((group.cost for group in by_model), Decimal(0)),
    )
    return UsageSummary(total=total, by_model=by_model, by_day=_sums(rows.annotate(day=TruncDate("created_at")), "day"))


def _sums(rows: QuerySet[MediaUsage], *keys: str) -> tuple[UsageSum, ...]:
    groups = rows.values(*keys).annotate(outputs=Count("id"), credits=Sum("credits_used"), usd=Sum("cost"))
    return tuple(
        UsageSum(
            key={key: str(group[key]) for key in keys},
            outputs=group["outputs"],
            credits=group["credits"],
            cost=group["usd"],
        )
        for group in groups.order_by(*keys)
    )
