"""What people think of assets: one to five stars each, and what these say of models and of the engine."""

import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Avg, Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, Now

from assets.models import AssetRating, MediaAsset
from gencraft_media.common.remembered import remembered_longer

# So many stars and more mean a satisfied user.
SATISFIED = 4
# As many ratings of a model are heard of one project.
PROJECT_WEIGHT = 5
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


def rated(assets: QuerySet[MediaAsset]) -> QuerySet[MediaAsset]:
    """The assets, each with what `rating_of` tells of it."""
    given = AssetRating.objects.filter(asset=OuterRef("pk")).order_by().values("asset")
    # Looked up for the rows of a page alone, which a join would not be.
    return assets.annotate(
        mean_stars=Subquery(given.annotate(mean=Avg("stars")).values("mean")),
        ratings_count=Coalesce(Subquery(given.annotate(count=Count("id")).values("count")), 0),
    )


def rating_of(asset: MediaAsset, subject: str | None = None) -> Rating:
    """What is thought of an asset, and what `subject` thinks; read anew but for assets that `rated` brought."""
    found = asset.__dict__
    if "ratings_count" not in found:
        found = asset.ratings.aggregate(mean_stars=Avg("stars"), ratings_count=Count("id"))
    average = None if found["mean_stars"] is None else round(float(found["mean_stars"]), 2)
    own = asset.ratings.filter(subject=subject).values_list("stars", flat=True).first() if subject else None
    return Rating(average, found["ratings_count"], own)


@remembered_longer(_REMEMBERED_SPELLS)
def ratings_by_model() -> Mapping[tuple[str, str], tuple[float, int]]:
    """What is thought of each (provider, model), 1-5, and how much that weighs; some 30 s old at most.

    The mean of the projects' means. A project weighs as much as it has ratings of the model, and `PROJECT_WEIGHT` at
    most: it names its own users, as many as it likes, and must not decide for all others.
    """
    keys = ("provider", "model", "project_id")
    rows = AssetRating.objects.order_by(*keys).values_list(*keys).annotate(Avg("stars"), Count("id"))
    voices: dict[tuple[str, str], list[tuple[float, int]]] = defaultdict(list)
    for provider, model, _, mean, count in rows:
        voices[provider, model].append((float(mean), min(count, PROJECT_WEIGHT)))
    return {name: (_mean_of(said), sum(weight for _, weight in said)) for name, said in voices.items()}


def _mean_of(said: Sequence[tuple[float, int]]) -> float:
    return sum(mean * weight for mean, weight in said) / sum(weight for _, weight in said)


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
