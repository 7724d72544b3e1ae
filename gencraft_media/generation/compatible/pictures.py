"""The pictures of an edit in OpenAI's words: files of a form, or in JSON addresses and data URLs."""

import base64
import binascii
import re
from collections.abc import Mapping, Sequence
from typing import IO, Any

from django.core.files.uploadedfile import SimpleUploadedFile, UploadedFile
from django.http import QueryDict
from rest_framework import serializers
from rest_framework.parsers import BaseParser
from rest_framework.request import Request

from gencraft_media.common import parsing
from gencraft_media.common.errors import FieldError, InvalidRequest, PayloadTooLarge
from gencraft_media.generation.inputs import InputReference
from providers.types import InputRole

_DATA_URL = re.compile(r"data:(image/[a-z0-9.+-]+);base64,")
_LONGEST_ADDRESS = 2000
_LARGEST_DOCUMENT = 32 * 1_048_576
_LISTS = {"image", "image[]"}
_OBJECT = re.compile(r"svg(\[\w+\])+")


class PictureJsonParser(BaseParser):
    """JSON with pictures in it, as base64: the vendor takes 20 MiB of a data URL.

    No `JSONParser`: DRF reads the bodies of those by a way that Django bounds, once for all.
    """

    media_type = "application/json"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        body = stream.read(_LARGEST_DOCUMENT + 1)
        if len(body) > _LARGEST_DOCUMENT:
            raise PayloadTooLarge(f"The request body is larger than {_LARGEST_DOCUMENT} bytes.")
        return parsing.document_in(body)


class ImageReferenceField(serializers.Field[dict[str, Any], Any, Any, Any]):
    """A picture: the file of a form, or `image_url`. The value goes into an `InputReference`."""

    default_error_messages = {
        "shape": "Give the picture itself as a file of a form, or in JSON an object with image_url.",
        "file_id": "Files of OpenAI's are not here. Send the picture itself, or its address as image_url.",
        "url": f"Give a data: URL with a picture in base64, or an https URL of at most {_LONGEST_ADDRESS} characters.",
    }

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if isinstance(data, UploadedFile):
            return {"file": data}
        if isinstance(data, Mapping) and "file_id" in data:
            self.fail("file_id")
        if not isinstance(data, Mapping) or set(data) != {"image_url"} or not isinstance(data["image_url"], str):
            self.fail("shape")
        url = data["image_url"]
        if url.startswith("data:"):
            return {"file": self._file_in(url)}
        if not 0 < len(url) <= _LONGEST_ADDRESS:
            self.fail("url")
        return {"url": url}

    def _file_in(self, url: str) -> UploadedFile:
        head = _DATA_URL.match(url)
        if head is None:
            self.fail("url")
        try:
            content = base64.b64decode(url[head.end() :], validate=True)
        except (binascii.Error, ValueError):
            self.fail("url")
        return SimpleUploadedFile("picture", content, content_type=head[1])

    def to_representation(self, value: Any) -> Any:
        return value


def document_in(request: Request) -> Any:
    """The body of a request, a form as the document that it stands for. Raises `InvalidRequest`."""
    if not isinstance(request.data, QueryDict):
        return request.data
    document: dict[str, Any] = {}
    for name in request.data:
        values = request.data.getlist(name)
        if name in _LISTS:
            document["image"] = [*document.get("image", ()), *values]
        elif _OBJECT.fullmatch(name):
            document.setdefault("svg", {})[name] = values[-1]
        elif len(values) > 1:
            raise InvalidRequest(errors=[FieldError(name, "This is there more than once.", "repeated")])
        else:
            document[name] = values[0]
    return document


def references_in(values: Mapping[str, Any]) -> tuple[InputReference, ...]:
    """The pictures in a checked body: those to work on, the first of which a mask belongs to."""
    images: Sequence[tuple[str, Any]] = [
        *(("image", given) for given in values.get("image", ())),
        *((f"images.{index}", given) for index, given in enumerate(values.get("images", ()))),
    ]
    masks = [("mask", values["mask"])] if "mask" in values else []
    return tuple(
        InputReference(role, name, **given)
        for role, found in ((InputRole.IMAGE, images), (InputRole.MASK, masks))
        for name, given in found
    )
