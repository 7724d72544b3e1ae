"""What is stored, project by project: looked at now and then, because pictures go as well as come."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Count, Sum

from assets.models import MediaAsset
from gencraft_media.analytics.counting import NOBODY
from gencraft_media.analytics.models import RollupMark, StorageFigure
from gencraft_media.common.clock import database_now

STORAGE_MARK = "storage"
# A large store is looked at every ten minutes, a small one at every turn.
_PAUSE = timedelta(minutes=10)
_FEW_ASSETS = 20_000
_ROWS_AT_ONCE = 500


def look_at_storage() -> None:
    """Write down what is stored, unless much is and somebody did so lately."""
    now = database_now()
    if not _is_due(now):
        return
    stored = MediaAsset.objects.order_by().values("project_id", "storage_backend")
    groups = list(stored.annotate(assets=Count("pk"), bytes=Sum("size"), originals=Sum("original_size")))
    with transaction.atomic():
        # Two looks at once would both write: the second waits here.
        RollupMark.objects.get_or_create(name=STORAGE_MARK, defaults={"until": now})
        RollupMark.objects.select_for_update().get(name=STORAGE_MARK)
        StorageFigure.objects.all().delete()
        figures = (
            StorageFigure(
                project_id=group["project_id"] or NOBODY,
                storage_backend=group["storage_backend"],
                assets=group["assets"],
                size_bytes=group["bytes"],
                original_bytes=group["originals"],
            )
            for group in groups
        )
        StorageFigure.objects.bulk_create(figures, _ROWS_AT_ONCE)
        RollupMark.objects.filter(name=STORAGE_MARK).update(until=now)


def _is_due(now: datetime) -> bool:
    looked = RollupMark.objects.filter(name=STORAGE_MARK).first()
    if looked is None or looked.until <= now - _PAUSE:
        return True
    known: int = StorageFigure.objects.aggregate(assets=Sum("assets"))["assets"] or 0
    return known < _FEW_ASSETS
