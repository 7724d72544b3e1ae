"""Reading JSON bodies: bounded, and only what a database can keep."""

import codecs
import json
from collections.abc import Mapping
from typing import IO, Any, NoReturn

from django.conf import settings
from rest_framework.parsers import JSONParser

from gencraft_media.common.errors import MalformedRequest, PayloadTooLarge


class StrictJsonParser(JSONParser):
    """JSON in UTF-8, without NaN, doubled names, NUL or lone surrogates, up to DATA_UPLOAD_MAX_MEMORY_SIZE."""

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        limit: int = settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0
        # Django checks this limit only where it reads the body itself, and DRF reads the stream.
        body = stream.read(limit + 1)
        if len(body) > limit:
            raise PayloadTooLarge(f"The request body is larger than {limit} bytes.")
        return document_in(body)


def document_in(body: bytes) -> Any:
    """The strict JSON in a body. Raises `MalformedRequest`."""
    try:
        text = codecs.decode(body, "utf-8")
        document = json.loads(text, parse_constant=_refuse_constant, object_pairs_hook=_object_of)
        _require_storable(document)
    except (ValueError, RecursionError) as error:
        raise MalformedRequest("The request body is not valid JSON.") from error
    return document


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _object_of(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        # Two readers would take two different values for it.
        raise ValueError("a name occurs twice in one object")
    return found


def _require_storable(document: Any) -> None:
    """Refuse what JSON can say and PostgreSQL cannot store."""
    try:
        # A number like 1e999 is read as infinity.
        text = json.dumps(document, ensure_ascii=False, allow_nan=False)
    except ValueError as error:
        raise MalformedRequest("The request body contains a number out of range.") from error
    if "\\u0000" in text and _has_nul(document):
        raise MalformedRequest("The request body contains a NUL character.")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise MalformedRequest("The request body contains half of a surrogate pair.") from error


def _has_nul(value: Any) -> bool:
    if isinstance(value, str):
        return "\x00" in value
    if isinstance(value, dict):
        return any("\x00" in name or _has_nul(inner) for name, inner in value.items())
    return isinstance(value, list) and any(_has_nul(inner) for inner in value)
