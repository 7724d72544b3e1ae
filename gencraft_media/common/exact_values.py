"""Values of columns as JSON keeps them: equal values are equal texts, and no digit is lost."""

from decimal import Decimal
from typing import Any

from django.db.models import Field, Model

from gencraft_media.common.models import AuditEntry


def exact_value(field: "Field[Any, Any]", value: Any) -> Any:
    """A column's value for JSON: a Decimal as text without trailing zeros, an empty text as None, the rest as it is."""
    value = field.to_python(value)
    if isinstance(value, Decimal):
        return exact_text(value)
    return None if value == "" else value


def exact_text(amount: Decimal) -> str:
    """A Decimal as text, without exponent or trailing zeros."""
    return f"{amount.normalize():f}"


def column_of(kind: type[Model], name: str) -> "Field[Any, Any]":
    """The column of that name."""
    return kind._meta.get_field(name)  # type: ignore[return-value]


def last_audited(kind: type[Model], row_id: object) -> str:
    """Who changed a row last, as the audit has it; "" where it has nothing."""
    entries = AuditEntry.objects.filter(target_kind=kind._meta.label_lower, target_id=str(row_id))
    return entries.order_by("-id").values_list("actor_label", flat=True).first() or ""
