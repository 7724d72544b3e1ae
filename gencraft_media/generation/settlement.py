"""Step 12: one delivered output becomes an asset, a usage row and credits, in one transaction with its item's end."""

from dataclasses import replace
from datetime import datetime, timedelta

from assets.services import StoredPicture, record_asset
from billing.money import credits_added, share_of, usd_added
from billing.usage import record_usage
from gencraft_media.common.clock import database_now
from gencraft_media.generation.endings import move_item
from gencraft_media.generation.journal import tell
from gencraft_media.generation.models import AttemptItem, GenerationAttempt, GenerationJob
from gencraft_media.generation.policy import media_policy
from gencraft_media.generation.results import origin_of, short_result
from gencraft_media.generation.states import ItemStatus


def deliver_item(job: GenerationJob, attempt: GenerationAttempt, row: AttemptItem, picture: StoredPicture) -> None:
    """Charge the item its share and hand its asset over. The caller holds the job's lock and its own lease.

    Each output costs what it adds to the rounded-up running total, so that all of them together are always exactly the
    rounded-up price of what was delivered.
    """
    share = share_of(job.quoted_total, job.batch_size) if attempt.own_share is None else attempt.own_share
    credits, cost = credits_added(job.delivered_total, share), usd_added(job.delivered_total, share)
    job.delivered_count += 1
    job.delivered_total += share
    origin = replace(origin_of(job, attempt, row), expires_at=job.asset_expires_at or _end_of_retention(job))
    asset = record_asset(item_id=row.item_id, picture=picture, origin=origin, cost=cost, original_key=row.original_key)
    record_usage(
        item_id=row.item_id,
        job_id=job.pk,
        asset_id=asset.pk,
        user_id=origin.user_id,
        project_id=origin.project_id,
        provider=attempt.provider,
        model=attempt.model,
        operation=attempt.operation,
        cost=cost,
        credits_used=credits,
        price_version=job.price_version,
        external_user_id=job.external_user_id,
    )
    job.credits_charged += credits
    # An item ends once: a second settlement stops here, and with it everything above.
    move_item(row.item, ItemStatus.COMPLETED, asset=asset, progress=100)
    tell(job, "item.completed", itemId=str(row.item_id), index=row.item.index, result=short_result(asset))


def _end_of_retention(job: GenerationJob) -> datetime | None:
    """When a picture that is delivered now goes by the settings; None: it stays."""
    days = media_policy(job.project_id, job.payer_id).retention_days
    return None if days < 0 else database_now() + timedelta(days=days)
