"""A multipart body as the document that its JSON twin would be: files in their places, lists and objects as such."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict
from rest_framework.request import Request

from gencraft_media.common.errors import MalformedRequest
from gencraft_media.generation.input_fields import reference_in_text

_PICTURES = {"image", "mask", "styleReference"}
_LISTS = {"images", "tags", "allow", "deny"}
_HASHED_CHUNK = 1_048_576


def document_in(request: Request) -> Any:
    """The body of a request, JSON or multipart. `images`, `images[]` and `image[]` may be there several times.

    Raises `MalformedRequest` for a part that is there twice where only one can be, or holds no JSON where JSON belongs.
    """
    if not isinstance(request.data, QueryDict):
        return request.data
    document: dict[str, Any] = {}
    for name in request.data:
        values = request.data.getlist(name)
        if name in _LISTS or name.endswith("[]"):
            known = "images" if name in {"image[]", "images[]"} else name.removesuffix("[]")
            document[known] = [_value(known, value) for value in values]
        elif len(values) > 1:
            raise MalformedRequest(f"The part {name} is there more than once.")
        else:
            document[name] = _value(name, values[0])
    return document


def digested(value: Any) -> Any:
    """A document with hashes in the place of files: what two requests with the same files have in common."""
    if isinstance(value, UploadedFile):
        digest = hashlib.sha256()
        for chunk in value.chunks(_HASHED_CHUNK):
            digest.update(chunk)
        value.seek(0)
        return f"sha256:{digest.hexdigest()}"
    if isinstance(value, Mapping):
        return {name: digested(inner) for name, inner in value.items()}
    return [digested(inner) for inner in value] if isinstance(value, list) else value


def _value(name: str, value: Any) -> Any:
    if not isinstance(value, str):
        return value
    if "\x00" in value:
        raise MalformedRequest("The request body contains a NUL character.")
    if name in _PICTURES or name == "images":
        return reference_in_text(value)
    if name != "metadata":
        return value
    try:
        return json.loads(value)
    except ValueError as error:
        raise MalformedRequest("The part metadata is not valid JSON.") from error
