"""Custom models in the admin: one form, a connection test, and the same services as the API."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, JsonResponse
from django.urls import URLPattern, path
from django.views.decorators.http import require_POST
from rest_framework.exceptions import ValidationError
from unfold.decorators import display

from gencraft_media.accounts.reauthentication import ConfirmedAdmin
from gencraft_media.common.errors import MalformedRequest
from gencraft_media.common.parsing import document_in
from gencraft_media.generation.custom_models.checking import check_server
from gencraft_media.generation.custom_models.fields import checked_base_url
from gencraft_media.generation.custom_models.forms import CustomModelForm
from gencraft_media.generation.custom_models.workflows import suggested_inputs
from providers.kinds import KINDS
from providers.models import CustomModel, ProviderAccount

_STATES = {"in use": "success", "disabled": "warning"}
_SERVER = ("provider_label", "base_url", "new_key", "forget_key")
_LIMITS = ("requests_per_minute", "concurrent_requests", "spend_per_day")
_ABOUT = ("label", "operations", "trigger_words", "enabled", "routable")
_DRAWING = ("default_size", "sizes", "outputs_per_call", "typical_seconds", "quality_prior")


@admin.register(CustomModel)
class CustomModelAdmin(ConfirmedAdmin):
    """Models on operators' own servers."""

    form = CustomModelForm
    change_form_after_template = "generation/custom_model_form.html"
    list_display = ("name", "provider", "kind", "state", "does", "routable")
    list_filter = ("provider", "enabled")
    list_select_related = ("provider",)
    search_fields = ("name", "label", "provider__key")
    ordering = ("provider", "name")

    class Media:
        js = ("generation/custom_model.js",)

    @display(description="kind")
    def kind(self, row: CustomModel) -> str:
        return KINDS[row.provider.kind].label

    @display(description="operations")
    def does(self, row: CustomModel) -> str:
        return ", ".join(row.operations)

    @display(description="state", label=_STATES)
    def state(self, row: CustomModel) -> str:
        return "in use" if row.enabled and row.provider.enabled else "disabled"

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).exclude(provider__kind="")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        server = _SERVER if obj is not None else _SERVER[:-1]
        return (
            ("Server", {"fields": ("kind", "provider", *server)}),
            ("Model", {"fields": ("name", *_ABOUT)}),
            (
                "At the server",
                {"classes": ("kind-openai-compatible",), "fields": ("server_model", "server_fields", "extra")},
            ),
            (
                "At the server",
                {
                    "classes": ("kind-automatic1111",),
                    "fields": ("checkpoint", "loras", "negative", "steps", "cfg_scale", "sampler"),
                },
            ),
            ("At the server", {"classes": ("kind-comfyui",), "fields": ("workflow", "inputs", "factor")}),
            ("Price", {"fields": ("price", "price_unit")}),
            ("Pictures", {"fields": _DRAWING}),
            ("Limits of the server", {"fields": _LIMITS}),
        )

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **options: Any) -> Any:
        # All fields are the form's own; the factory would look for them in the table.
        return type("CustomModelForm", (self.form,), {"actor": request.user})

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Jobs and prices name these rows for ever: they are disabled, not deleted."""
        return False

    def save_model(self, request: HttpRequest, obj: CustomModel, form: CustomModelForm, change: bool) -> None:
        obj.__dict__.update(form.apply().__dict__)

    def get_urls(self) -> list[URLPattern]:
        own = [
            path(
                "check/",
                self.admin_site.admin_view(require_POST(self.test_connection)),
                name="providers_custommodel_check",
            ),
            path(
                "suggest/", self.admin_site.admin_view(require_POST(self.suggest)), name="providers_custommodel_suggest"
            ),
        ]
        return [*own, *super().get_urls()]

    def test_connection(self, request: HttpRequest) -> JsonResponse:
        """One unpaid question to the server that the form describes, and what it says."""
        self._require_permission(request)
        said = {name: request.POST.get(name, "").strip() for name in ("kind", "base_url", "new_key", "wanted", "row")}
        if said["kind"] not in KINDS:
            return JsonResponse({"ok": False, "message": "Choose the kind of the server."})
        try:
            url = checked_base_url(said["base_url"])
        except ValidationError as error:
            return JsonResponse({"ok": False, "message": " ".join(map(str, error.detail))})
        key = said["new_key"] or _kept_key(said["row"], url)
        finding = check_server(kind=said["kind"], base_url=url, api_key=key, wanted=said["wanted"])
        return JsonResponse({"ok": finding.ok, "message": finding.message})

    def suggest(self, request: HttpRequest) -> JsonResponse:
        """Where the parts of a request would go in a workflow."""
        self._require_permission(request)
        try:
            workflow = document_in(request.POST.get("workflow", "").encode())
        except MalformedRequest:
            workflow = None
        if not isinstance(workflow, dict):
            return JsonResponse({"inputs": {}, "message": "Paste the workflow first, as Export (API) writes it."})
        found = suggested_inputs(workflow)
        message = "" if "prompt" in found else "No place for the prompt was found: name it yourself."
        return JsonResponse({"inputs": found, "message": message})

    def _require_permission(self, request: HttpRequest) -> None:
        if not (self.has_add_permission(request) or self.has_change_permission(request)):
            raise PermissionDenied


def _kept_key(row: str, url: str) -> str:
    """The key of the server that is there, for its own address alone."""
    accounts = ProviderAccount.objects.filter(provider__models=int(row), base_url=url) if row.isdigit() else ()
    return next((account.api_key for account in accounts), "")
