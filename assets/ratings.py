"""What people think of assets: one to five stars each, and what these say of models and of the engine."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Avg, Count, Q, QuerySet
from django.db.models.functions import Now

from assets.models import AssetRating, MediaAsset
from gencraft_media.common.remembered import remembered_longer

# So many stars and more mean a satisfied user.
SATISFIED = 4
# In spells of FRESH_FOR_S: averages over all ratings change slowly.
_REMEMBERED_SPELLS = 30


@dataclass(frozen=True)
class Rating:
    """What is thought of one asset: the mean of all stars (None: nobody rated it), how many, and the asker's own."""

    average: float | None
    count: int
    own: int | None = None


@dataclass(frozen=True)
class Satisfaction:
    """The share of ratings of four and five stars, 0-1 (None: nobody rated anything), and of how many."""

    share: float | None
    count: int


def rate_asset(asset: MediaAsset, subject: str, stars: int) -> None:
    """Set what `subject` thinks of the asset; a second rating replaces the first."""
    said = {"stars": stars, "rated_at": Now()}
    fixed = {"project_id": asset.project_id, "provider": asset.provider, "model": asset.model}
    AssetRating.objects.update_or_create(asset=asset, subject=subject, defaults=said, create_defaults={**said, **fixed})


def take_back_rating(asset: MediaAsset, subject: str) -> None:
    """As if `subject` had never rated the asset."""
    AssetRating.objects.filter(asset=asset, subject=subject).delete()


def rating_of(asset: MediaAsset, subject: str | None = None) -> Rating:
    """What is thought of an asset, and what `subject` thinks."""
    # Read once, or fetched ahead with the asset.
    given = {row.subject: row.stars for row in asset.ratings.all()}
    average = round(sum(given.values()) / len(given), 2) if given else None
    return Rating(average, len(given), given.get(subject) if subject else None)


@remembered_longer(_REMEMBERED_SPELLS)
def ratings_by_model() -> Mapping[tuple[str, str], tuple[float, int]]:
    """The mean stars and the number of ratings of each (provider, model); some 30 s old at most."""
    rows = AssetRating.objects.order_by().values_list("provider", "model").annotate(Avg("stars"), Count("id"))
    return {(provider, model): (float(average), count) for provider, model, average, count in rows}


def satisfaction(project_id: uuid.UUID | None = None) -> Satisfaction:
    """How satisfied the users of one project are, or of all together, the latter some 30 s old at most."""
    if project_id is None:
        return _satisfaction_of_all()
    return _satisfaction(AssetRating.objects.filter(project_id=project_id))


@remembered_longer(_REMEMBERED_SPELLS)
def _satisfaction_of_all() -> Satisfaction:
    return _satisfaction(AssetRating.objects.all())


def _satisfaction(ratings: QuerySet[AssetRating]) -> Satisfaction:
    found = ratings.aggregate(count=Count("id"), satisfied=Count("id", filter=Q(stars__gte=SATISFIED)))
    share = round(found["satisfied"] / found["count"], 3) if found["count"] else None
    return Satisfaction(share, found["count"])
