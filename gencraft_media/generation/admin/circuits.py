"""Circuits in the SuperAdmin panel: what is kept from which account or model, why, until when; and a hand on them."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.admin import ModelAdmin
from unfold.decorators import action, display

from gencraft_media.common import actions
from gencraft_media.common.errors import GenCraftError
from gencraft_media.generation.models import Circuit, CircuitState

_COLOURS = {
    CircuitState.CLOSED: "success",
    CircuitState.HALF_OPEN: "warning",
    CircuitState.OPEN: "danger",
}


class CircuitForm(forms.ModelForm):  # type: ignore[type-arg]
    """Whom to keep requests from."""

    class Meta:
        model = Circuit
        fields: ClassVar[list[str]] = ["account", "model"]
        help_texts: ClassVar[dict[str, str]] = {"model": "The model's name in the catalogue; empty: the whole account."}

    def validate_unique(self) -> None:
        """A circuit that is there already is opened."""


@admin.register(Circuit)
class CircuitAdmin(ModelAdmin):
    """What the engine opened and closed by itself, and what operators did. Adding one opens it."""

    form = CircuitForm
    list_display = ("account", "shown_model", "shown_state", "reason", "opened_at", "retry_at", "openings")
    list_filter = ("state", "reason", "account__provider")
    list_select_related = ("account", "account__provider")
    search_fields = ("model", "account__label", "=account__provider__key")
    ordering = ("state", "-opened_at")
    actions = ("open", "close", "try_now")

    @display(description="model")
    def shown_model(self, circuit: Circuit) -> str:
        return circuit.model or "the whole account"

    @display(description="state", label=_COLOURS)
    def shown_state(self, circuit: Circuit) -> str:
        return circuit.state

    @action(description="Close: let requests out again", permissions=["operate"])
    def close(self, request: HttpRequest, rows: QuerySet[Circuit]) -> None:
        self._perform(request, rows, "circuit.close")

    @action(description="Try now: let one request out", permissions=["operate"])
    def try_now(self, request: HttpRequest, rows: QuerySet[Circuit]) -> None:
        self._perform(request, rows, "circuit.try")

    @action(description="Open: keep requests back until it is closed here", permissions=["operate"])
    def open(self, request: HttpRequest, rows: QuerySet[Circuit]) -> None:
        self._perform(request, rows, "circuit.open")

    def save_model(self, request: HttpRequest, obj: Circuit, form: Any, change: bool) -> None:
        opened = actions.perform("circuit.open", actor=request.user, account_id=obj.account_id, model=obj.model)
        # What the page goes on with.
        obj.pk, obj.state = opened.pk, opened.state

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.has_operate_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_operate_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("generation.change_circuit")

    def _perform(self, request: HttpRequest, rows: QuerySet[Circuit], name: str) -> None:
        """Run a registered action on every chosen circuit, and say of each refusal why."""
        done = 0
        for row in rows:
            try:
                actions.perform(name, actor=request.user, account_id=row.account_id, model=row.model)
                done += 1
            except GenCraftError as error:
                self.message_user(request, f"{row}: {error.message}", messages.WARNING)
        if done:
            self.message_user(request, f"Done for {done}.", messages.SUCCESS)
