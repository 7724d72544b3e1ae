"""Pages of lists: by cursor on (created_at, id), stable while rows are added, or by number for the first pages."""

import base64
import binascii
import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from django.db.models import DateTimeField, Model, Q, QuerySet, Subquery, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce

from gencraft_media.common.errors import FieldError, InvalidRequest

Row = TypeVar("Row", bound=Model)

DEFAULT_LIMIT = 20
MAXIMUM_LIMIT = 100
# Numbered pages skip rows one by one; beyond this a cursor is the way.
MAXIMUM_DEPTH = 10_000


@dataclass(frozen=True)
class Page(Generic[Row]):
    """Some rows of a list, newest first, and where the next ones begin."""

    items: Sequence[Row]
    next_cursor: str | None
    number: int | None = None
    limit: int = DEFAULT_LIMIT
    total: int | None = None

    def as_json(self, items: Sequence[Any]) -> dict[str, Any]:
        """The answer with `items` as the caller renders them."""
        document: dict[str, Any] = {
            "items": items,
            "nextCursor": self.next_cursor,
            "hasMore": self.next_cursor is not None,
        }
        if self.number is not None:
            document |= {"page": self.number, "limit": self.limit, "total": self.total}
        return document


def page_of(queryset: QuerySet[Row], *, cursor: str | None, limit: int = DEFAULT_LIMIT) -> Page[Row]:
    """The page after `cursor`, newest first. Raises `InvalidRequest` naming `cursor` or `limit`."""
    _require_limit(limit)
    if cursor:
        created_at, row_id = _read_cursor(cursor)
        mark = _time_of(queryset, created_at, row_id)
        queryset = queryset.filter(Q(created_at__lt=mark) | Q(created_at=mark, id__lt=row_id))
    rows = list(queryset.order_by("-created_at", "-id")[: limit + 1])
    return Page(rows[:limit], _cursor_of(rows[limit - 1]) if len(rows) > limit else None, limit=limit)


def numbered_page(queryset: QuerySet[Row], page: int, limit: int = DEFAULT_LIMIT) -> Page[Row]:
    """Page `page` (from 1), with the total. Raises `InvalidRequest` beyond page × limit = 10,000."""
    _require_limit(limit)
    if page < 1 or page * limit > MAXIMUM_DEPTH:
        message = f"Pages go from 1 to page × limit = {MAXIMUM_DEPTH}; follow nextCursor for more."
        raise InvalidRequest(errors=[FieldError("page", message, "out_of_range")])
    start = (page - 1) * limit
    rows = list(queryset.order_by("-created_at", "-id")[start : start + limit + 1])
    next_cursor = _cursor_of(rows[limit - 1]) if len(rows) > limit else None
    return Page(rows[:limit], next_cursor, number=page, limit=limit, total=queryset.count())


def requested_page(queryset: QuerySet[Row], parameters: Mapping[str, str]) -> Page[Row]:
    """The page that the query parameters `cursor`, or `page`, with `limit` ask for; page 1 when none is named."""
    limit = _whole_number(parameters, "limit", DEFAULT_LIMIT)
    if parameters.get("cursor"):
        if "page" in parameters:
            raise InvalidRequest(errors=[FieldError("page", "Give either cursor or page, not both.")])
        return page_of(queryset, cursor=parameters["cursor"], limit=limit)
    return numbered_page(queryset, _whole_number(parameters, "page", 1), limit)


def _whole_number(parameters: Mapping[str, str], name: str, default: int) -> int:
    text = parameters.get(name, str(default))
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise InvalidRequest(errors=[FieldError(name, "This is not a whole number from 1.")])
    return int(text)


def _require_limit(limit: int) -> None:
    if not 1 <= limit <= MAXIMUM_LIMIT:
        raise InvalidRequest(errors=[FieldError("limit", f"A page has 1 to {MAXIMUM_LIMIT} entries.", "out_of_range")])


def _time_of(queryset: QuerySet[Row], created_at: datetime, row_id: uuid.UUID) -> Combinable:
    """The row's time as it is stored; the cursor's own copy of it where the row is gone.

    SQLite compares times as texts, and its own have three digits after the point where Python's have six.
    """
    stored = queryset.filter(id=row_id).order_by().values("created_at")[:1]
    return Coalesce(Subquery(stored), Value(created_at, output_field=DateTimeField()))


def _cursor_of(row: Any) -> str:
    text = json.dumps([row.created_at.isoformat(), str(row.pk)], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _read_cursor(cursor: str) -> tuple[datetime, uuid.UUID]:
    try:
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        created_at, row_id = json.loads(text)
        moment = datetime.fromisoformat(created_at)
        if moment.tzinfo is None:
            raise ValueError("a cursor's time has a zone")
        return moment, uuid.UUID(row_id)
    except (ValueError, TypeError, AttributeError, RecursionError, binascii.Error) as error:
        message = "This is not a cursor of this list; begin without one."
        raise InvalidRequest(errors=[FieldError("cursor", message)]) from error
