"""The browser of what was delivered: a grid of thumbnails, and for each picture its recipe and what it is worth.

Here rather than in `assets`, because only the engine knows which providers and models there are to filter by.
"""

from collections.abc import Iterator
from typing import Any, ClassVar

from django.contrib import admin
from django.core.paginator import Paginator
from django.db.models import Count, Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.functional import cached_property

from assets.admin import MediaAssetAdmin
from assets.models import AssetRating, MediaAsset
from assets.ratings import SATISFIED, rated, rating_of
from gencraft_media.accounts.models import Project
from gencraft_media.generation.models import GenerationJob
from providers.models import Provider, ProviderModel

admin.site.unregister(MediaAsset)
_MOST_PROJECTS = 100
_COUNTED = 10_000
_SHOWN_PARTS = 8


class BoundedPaginator(Paginator):  # type: ignore[type-arg]
    """Counts no further than anybody turns pages."""

    @cached_property
    def count(self) -> int:
        """How many there are, or as many as are counted."""
        rows: Any = self.object_list
        return int(rows.order_by()[:_COUNTED].count())


class _Filter(admin.SimpleListFilter):
    """A column equal to what was chosen."""

    column = ""

    def queryset(self, request: HttpRequest, queryset: QuerySet[MediaAsset]) -> QuerySet[MediaAsset]:
        return queryset.filter(**{self.column: self.value()}) if self.value() else queryset


class ProjectFilter(_Filter):
    """Of one project; the search finds those that are not listed."""

    title, parameter_name, column = "project", "in", "project_id"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        newest = Project.objects.order_by("-created_at")[:_MOST_PROJECTS]
        return sorted(((str(one.pk), one.name) for one in newest), key=lambda one: one[1].lower())

    def queryset(self, request: HttpRequest, queryset: QuerySet[MediaAsset]) -> QuerySet[MediaAsset]:
        known = {key for key, _ in self.lookup_choices}
        return super().queryset(request, queryset) if self.value() in known else queryset


class ProviderFilter(_Filter):
    """Of one provider."""

    title, parameter_name, column = "provider", "by", "provider"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return list(Provider.objects.order_by("label").values_list("key", "label"))


class ModelFilter(_Filter):
    """Of one model of the chosen provider."""

    title, parameter_name, column = "model", "model_name", "model"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        rows = ProviderModel.objects.filter(provider=request.GET.get(ProviderFilter.parameter_name, ""))
        return [(name, name) for name in rows.order_by("name").values_list("name", flat=True)]


class RatingFilter(admin.SimpleListFilter):
    """By what people think of it."""

    title, parameter_name = "rating", "rated"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("good", "4 or 5 stars"), ("poor", "1 to 3 stars"), ("none", "nobody said")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[MediaAsset]) -> QuerySet[MediaAsset]:
        given = AssetRating.objects.filter(asset=OuterRef("pk"))
        match self.value():
            case "good":
                return queryset.filter(Exists(given.filter(stars__gte=SATISFIED)))
            case "poor":
                return queryset.filter(Exists(given.filter(stars__lt=SATISFIED)))
            case "none":
                return queryset.exclude(Exists(given))
        return queryset


@admin.register(MediaAsset)
class AssetBrowserAdmin(MediaAssetAdmin):
    """What was delivered, to look through."""

    change_list_template = "assets/browser.html"
    change_form_outer_before_template = "assets/detail.html"
    list_filter: Any = (ProjectFilter, ProviderFilter, ModelFilter, RatingFilter, "kind", "created_at")
    search_fields: Any = ("id", "filename", "job_id", "project__name", "tag_rows__tag")
    list_per_page = 60
    paginator = BoundedPaginator

    class Media:
        css: ClassVar[dict[str, tuple[str, ...]]] = {"all": ("common/pages.css",)}

    def get_queryset(self, request: HttpRequest) -> QuerySet[MediaAsset]:
        # Looked up for the rows of the page alone, where a join would count the ratings of all.
        return rated(super(MediaAssetAdmin, self).get_queryset(request))

    def get_fields(self, request: HttpRequest, obj: MediaAsset | None = None) -> list[str]:
        """What can be said of it, and what the part above leaves out."""
        shown = {"picture", "generation_params", "quality", "quality_score", "project", "provider", "model", "job_id"}
        return [name for name in super().get_fields(request, obj) if name not in shown]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The form, and above it the picture with all that is known of it."""
        asset = self.get_object(request, object_id)
        found = {} if asset is None else {"asset": asset, **_facts_of(asset)}
        answer: HttpResponse = super().change_view(request, object_id, form_url, {**found, **(extra_context or {})})
        return answer


def _facts_of(asset: MediaAsset) -> dict[str, Any]:
    stars = AssetRating.objects.filter(asset=asset).values("stars").annotate(count=Count("id")).order_by("-stars")
    saved = 1 - asset.size / asset.original_size if asset.original_size else None
    return {
        "recipe": list(_recipe(asset)),
        "parts": list(_parts(asset)),
        "rating": rating_of(asset),
        "stars": list(stars),
        "saved_percent": None if saved is None else round(saved * 100),
        "job": GenerationJob.objects.filter(pk=asset.job_id).first() if asset.job_id else None,
        "children": MediaAsset.objects.filter(parent_asset=asset).order_by("created_at")[:_SHOWN_PARTS],
    }


def _recipe(asset: MediaAsset) -> Iterator[tuple[str, Any]]:
    for name, value in (asset.generation_params or {}).items():
        if isinstance(value, dict):
            yield from ((f"{name} · {inner}", own) for inner, own in value.items())
        elif name != "prompt" and value not in (None, "", []):
            yield name, value


def _parts(asset: MediaAsset) -> Iterator[tuple[str, str, int]]:
    for name, value in asset.quality.items():
        if isinstance(value, int | float):
            yield name, f"{value:.2f}", round(max(0, min(1, value)) * 100)
