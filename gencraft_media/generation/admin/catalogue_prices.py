"""Adding a price to a model from a date on, with what a standard request then costs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from billing.errors import PriceUnknown
from billing.models import PriceKind, PriceLine
from billing.price_changes import add_price
from billing.price_corrections import PriceName, correct_price, find_line_at
from billing.pricelist import ANY, PriceBook, read_price_book
from billing.quotes import Quote, quote_price
from providers.models import ProviderModel
from providers.operations import limits_for

MAY_ADD = "billing.add_priceline"
# The usual one, and the batch that the promise of saving speaks of.
_COUNTS = (1, 4)


class PriceForm(forms.Form):
    """One price of one model."""

    operation = forms.ChoiceField(widget=UnfoldAdminSelectWidget)
    kind = forms.ChoiceField(label="Counted by", choices=PriceKind.choices, widget=UnfoldAdminSelectWidget)
    key = forms.CharField(
        label="Only for",
        required=False,
        max_length=50,
        widget=UnfoldAdminTextInputWidget,
        help_text="A size (1024x1792), a quality (hd) or both (1024x1024:hd). Empty: all without a price of their own.",
    )
    amount = forms.DecimalField(
        label="US dollars a unit",
        min_value=Decimal(0),
        max_digits=16,
        decimal_places=10,
        widget=UnfoldAdminTextInputWidget(attrs={"inputmode": "decimal"}),
        help_text="What the provider takes, before markup.",
    )
    effective_from = forms.DateTimeField(
        label="From (UTC)",
        required=False,
        widget=UnfoldAdminTextInputWidget(attrs={"placeholder": "2026-12-01 00:00"}),
        help_text="Empty: from now on.",
    )
    source = forms.CharField(
        max_length=500,
        widget=UnfoldAdminTextInputWidget,
        help_text="Where this price stands: an address, an invoice, somebody's word.",
    )

    def __init__(self, row: ProviderModel, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        operations: Any = self.fields["operation"]
        operations.choices = [(ANY, "every operation"), *((name, name) for name in row.operations)]


@dataclass(frozen=True)
class Example:
    """A standard request, before and after; None where it has no price."""

    what: str
    before: Quote | None
    after: Quote | None = None


def price_view(request: HttpRequest, object_id: str) -> HttpResponse:
    """The form, its preview, and the new line."""
    row = get_object_or_404(ProviderModel.objects.select_related("provider"), pk=object_id)
    if not request.user.has_perm(MAY_ADD):
        raise PermissionDenied
    back = reverse("admin:providers_providermodel_change", args=[row.pk])
    form = PriceForm(row, request.POST or None, initial={"operation": ANY, "kind": PriceKind.IMAGE})
    examples: list[Example] = []
    if request.method == "POST" and form.is_valid():
        if "save" in request.POST and _save(request, row, form):
            return HttpResponseRedirect(back)
        examples = previewed(row, form.cleaned_data)
    context = {
        **admin.site.each_context(request),
        "title": f"A new price of {row}",
        "form": form,
        "examples": examples,
        "back": back,
    }
    return TemplateResponse(request, "generation/catalogue/price.html", context)


def standard_costs(row: ProviderModel, book: PriceBook | None = None, at: datetime | None = None) -> list[Example]:
    """What standard requests to the model cost now, or by another price list at another time."""
    return [
        Example(f"{operation}, {count} × {_size_of(row, operation)}", _quote(row, operation, count, book, at))
        for operation in row.operations
        for count in _COUNTS
    ]


def previewed(row: ProviderModel, said: dict[str, Any]) -> list[Example]:
    """What standard requests cost at the price's first moment, without it and with it."""
    book, at = read_price_book(), _begins(said)
    before = standard_costs(row, book, at)
    line = _draft(row, said, at)
    place = line.provider, line.model, line.operation
    after = standard_costs(row, {**book, place: [*book.get(place, ()), line]}, at)
    return [Example(one.what, one.before, other.before) for one, other in zip(before, after, strict=True)]


def _save(request: HttpRequest, row: ProviderModel, form: PriceForm) -> bool:
    said = form.cleaned_data
    try:
        with transaction.atomic():
            line = _add(request, row, said)
    except IntegrityError:
        form.add_error("effective_from", "There is a price from this very moment on already.")
        return False
    if line is None:
        messages.info(request, "That is the price already.")
    else:
        messages.success(request, f"Added: {line}, from {line.effective_from:%Y-%m-%d %H:%M} UTC on.")
    return True


def _add(request: HttpRequest, row: ProviderModel, said: dict[str, Any]) -> PriceLine | None:
    at, name = _begins(said), _name(row, said)
    if find_line_at(name, at) is not None:
        # What stands beside the amount (a factor for high quality, further units) stays as it is.
        return correct_price(name, said["amount"], since=at, actor=request.user, reason=said["source"])
    return add_price(
        provider=row.provider_id,
        model=row.name,
        operation=said["operation"],
        kind=said["kind"],
        key=said["key"],
        amount=said["amount"],
        effective_from=at,
        source=said["source"],
        actor=request.user,
    )


def _draft(row: ProviderModel, said: dict[str, Any], at: datetime) -> PriceLine:
    """The line as it would be, not saved."""
    name = _name(row, said)
    line = find_line_at(name, at) or PriceLine(**vars(name), hd_multiplier=Decimal(1))
    # Behind every line of its moment, as the newest of two is.
    line.pk, line.amount, line.effective_from = 2**62, said["amount"], at
    return line


def _name(row: ProviderModel, said: dict[str, Any]) -> PriceName:
    return PriceName(row.provider_id, row.name, said["operation"], said["kind"], said["key"])


def _begins(said: dict[str, Any]) -> datetime:
    moment: datetime = said["effective_from"] or timezone.now()
    return moment.astimezone(UTC)


def _size_of(row: ProviderModel, operation: str) -> str:
    return str(limits_for(row.limits, operation).get("default_size") or "1024x1024").replace("x", " × ")


def _quote(row: ProviderModel, operation: str, count: int, book: PriceBook | None, at: datetime | None) -> Quote | None:
    width, height = _sides(_size_of(row, operation))
    per_call = limits_for(row.limits, operation).get("outputs_per_call") or 1
    try:
        return quote_price(
            provider=row.provider_id,
            model=row.name,
            operation=operation,
            width=width,
            height=height,
            count=count,
            outputs_per_call=per_call,
            book=book,
            at=at,
        )
    except PriceUnknown:
        return None


def _sides(size: str) -> Sequence[int]:
    return [int(side) for side in size.split(" × ")]
