"""Assets, collections and uploads in the admin: to look at, to name, to remove with their bytes."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db import transaction
from django.db.models import Avg, Count, QuerySet
from django.db.models.functions import Now
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.admin import ModelAdmin

from assets.models import AssetRating, MediaAsset, MediaCollection, MediaUpload
from assets.services import delete_asset
from gencraft_media.common.admin import AuditedAdmin
from gencraft_media.common.audit import record_audit

_EDITABLE = ("alt_text", "collection", "expires_at")


@admin.register(MediaAsset)
class MediaAssetAdmin(ModelAdmin):
    """What was delivered. The picture and its cost never change; only what is said about it does."""

    list_display = (
        "thumbnail",
        "filename",
        "project",
        "provider",
        "model",
        "dimensions",
        "worth",
        "stars",
        "cost",
        "created_at",
    )
    list_display_links = ("thumbnail", "filename")
    list_filter = ("kind", "provider", "model", "created_at")
    list_select_related = ("project",)
    search_fields = ("id", "filename", "job_id", "tag_rows__tag")
    date_hierarchy = "created_at"
    ordering = ("-created_at", "-id")
    show_full_result_count = False
    raw_id_fields = ("collection",)
    exclude = ("thumbnail_url", "user", "parent_asset")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: MediaAsset | None = None) -> list[str]:
        fixed = (field.name for field in MediaAsset._meta.concrete_fields if field.name not in self.exclude)
        return ["picture", *(name for name in fixed if name not in _EDITABLE)]

    def get_fields(self, request: HttpRequest, obj: MediaAsset | None = None) -> list[str]:
        return ["picture", *_EDITABLE, *self.get_readonly_fields(request, obj)[1:]]

    @admin.display(description="")
    def thumbnail(self, asset: MediaAsset) -> SafeString:
        return _picture(asset.thumbnail_url or asset.cdn_url, asset, width=56)

    @admin.display(description="Picture")
    def picture(self, asset: MediaAsset) -> SafeString:
        return _picture(asset.cdn_url, asset, width=480)

    def get_queryset(self, request: HttpRequest) -> QuerySet[MediaAsset]:
        assets: QuerySet[MediaAsset] = super().get_queryset(request)
        return assets.annotate(mean_stars=Avg("ratings__stars"))

    @admin.display(description="Quality", ordering="quality_score")
    def worth(self, asset: MediaAsset) -> str:
        return "—" if asset.quality_score is None else f"{asset.quality_score:.2f}"

    @admin.display(description="Rating", ordering="mean_stars")
    def stars(self, asset: MediaAsset) -> str:
        mean = getattr(asset, "mean_stars", None)
        return "—" if mean is None else f"{mean:.1f}"

    @admin.display(description="Size")
    def dimensions(self, asset: MediaAsset) -> str:
        return f"{asset.width} × {asset.height}"

    def save_model(self, request: HttpRequest, obj: MediaAsset, form: ModelForm[MediaAsset], change: bool) -> None:
        before = {name: form.initial.get(name) for name in form.changed_data}
        super().save_model(request, obj, form, change)
        after = {name: form.cleaned_data[name] for name in form.changed_data}
        record_audit(actor=request.user, action="asset.change", target=obj, before=_plain(before), after=_plain(after))

    def delete_model(self, request: HttpRequest, obj: MediaAsset) -> None:
        record_audit(actor=request.user, action="asset.delete", target=obj, before={"filename": obj.filename})
        # The admin's views run in a transaction, and the storage may be asked over HTTP: after the commit then.
        # If it is away, the asset has expired and housekeeping removes it.
        MediaAsset.objects.filter(pk=obj.pk).update(expires_at=Now())
        transaction.on_commit(lambda: delete_asset(obj), robust=True)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[MediaAsset]) -> None:
        for asset in queryset:
            self.delete_model(request, asset)


@admin.register(MediaCollection)
class MediaCollectionAdmin(AuditedAdmin):
    """Named sets of assets."""

    list_display = ("name", "project", "user", "size", "is_public", "created_at")
    list_filter = ("is_public",)
    list_select_related = ("project", "user")
    search_fields = ("name", "slug", "description")
    ordering = ("-created_at",)
    raw_id_fields = ("user", "project", "cover")
    prepopulated_fields = {"slug": ("name",)}
    readonly_fields = ("created_at",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[MediaCollection]:
        collections: QuerySet[MediaCollection] = super().get_queryset(request)
        return collections.annotate(asset_count=Count("assets"))

    @admin.display(description="Assets", ordering="asset_count")
    def size(self, collection: MediaCollection) -> int:
        return int(getattr(collection, "asset_count", 0))


@admin.register(AssetRating)
class AssetRatingAdmin(ModelAdmin):
    """What people think of assets, to look at; one that is abuse can be removed."""

    list_display = ("asset", "stars", "provider", "model", "subject", "rated_at")
    list_filter = ("stars", "provider", "model", "rated_at")
    list_select_related = ("asset",)
    search_fields = ("asset__id", "project_id", "subject")
    date_hierarchy = "rated_at"
    ordering = ("-rated_at", "-id")
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: AssetRating | None = None) -> bool:
        return False

    def delete_model(self, request: HttpRequest, obj: AssetRating) -> None:
        record_audit(actor=request.user, action="rating.delete", target=obj, before={"stars": obj.stars})
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[AssetRating]) -> None:
        for rating in queryset:
            self.delete_model(request, rating)


@admin.register(MediaUpload)
class MediaUploadAdmin(ModelAdmin):
    """What clients brought, to look at. The pictures themselves are never shown: they are private."""

    list_display = ("id", "project", "state", "source", "filename", "mime_type", "dimensions", "size", "expires_at")
    list_filter = ("state", "source", "mime_type", "created_at")
    list_select_related = ("project",)
    search_fields = ("id", "filename", "sha256")
    date_hierarchy = "created_at"
    ordering = ("-created_at", "-id")
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: MediaUpload | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: MediaUpload | None = None) -> bool:
        return False

    @admin.display(description="Pixels")
    def dimensions(self, upload: MediaUpload) -> str:
        return f"{upload.width} × {upload.height}" if upload.width else "—"


def _picture(address: str, asset: MediaAsset, *, width: int) -> SafeString:
    return format_html(
        '<img src="{}" alt="{}" width="{}" loading="lazy" style="border-radius:6px;background:{}">',
        address,
        asset.alt_text or asset.filename,
        width,
        asset.dominant_color or "transparent",
    )


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    return {name: str(value) if value is not None else None for name, value in values.items()}
