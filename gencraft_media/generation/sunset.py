"""The headers that tell programs of a model's end: `Deprecation` (RFC 9745), `Sunset` (RFC 8594) and links."""

from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta
from urllib.parse import quote

from django.http import HttpResponseBase
from django.utils import timezone
from django.utils.http import http_date

from gencraft_media.generation.retirement import NOTICE_DAYS
from providers.models import ProviderModel
from providers.selectors import Found, find_successor, full_name

_DEPRECATED_BEFORE = timedelta(days=max(NOTICE_DAYS))
_ADDRESS = "/api/media/models/"


def address_of(row: ProviderModel) -> str:
    """Where a model is described."""
    return _ADDRESS + quote(full_name(row.provider_id, row.name))


def is_ending(row: ProviderModel) -> bool:
    """Whether the model's end is known and within the longest notice, or over."""
    return row.retires_at is not None and row.retires_at - _DEPRECATED_BEFORE <= timezone.now().date()


def tell_model_sunset(response: HttpResponseBase, found: Found) -> None:
    """Say in an answer about one model when the one that was named ends, or ended, and which takes its place."""
    row, successor = found.model, None
    if found.in_place_of is not None:
        row, successor = found.in_place_of, found.model
    elif is_ending(row):
        successor = find_successor(row)
    else:
        return
    _tell_dates(response, row)
    if successor is not None:
        response["Link"] = f'<{address_of(successor)}>; rel="successor-version"'


def tell_next_sunset(response: HttpResponseBase, rows: Iterable[ProviderModel]) -> None:
    """Say in an answer about many models when the first of them ends, with a link to each that does."""
    ending = sorted((row for row in rows if is_ending(row)), key=lambda row: (row.retires_at, row.name))
    if ending:
        _tell_dates(response, ending[0])
        response["Link"] = ", ".join(f'<{address_of(row)}>; rel="sunset"; title="{row.name}"' for row in ending)


def _tell_dates(response: HttpResponseBase, row: ProviderModel) -> None:
    if row.retires_at is None:
        return
    end = datetime.combine(row.retires_at, time(), tzinfo=UTC)
    response["Deprecation"] = f"@{int((end - _DEPRECATED_BEFORE).timestamp())}"
    response["Sunset"] = http_date(end.timestamp())
