"""Reading multipart bodies: files go to disk as they come, each within a limit, and all of them together."""

from collections.abc import Mapping
from typing import IO, Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFilesSent
from django.core.files.uploadhandler import TemporaryFileUploadHandler
from rest_framework.parsers import DataAndFiles, MultiPartParser

from gencraft_media.common.errors import PayloadTooLarge


class BoundedFileHandler(TemporaryFileUploadHandler):
    """Every file becomes a temporary one, however small. Raises `PayloadTooLarge` in the middle of one too large."""

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self._room = settings.UPLOAD_FILE_BYTES

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self._room -= len(raw_data)
        if self._room < 0:
            # Django closes only the files that are whole.
            self.upload_interrupted()
            raise PayloadTooLarge(f"A file is larger than {settings.UPLOAD_FILE_BYTES} bytes.")
        super().receive_data_chunk(raw_data, start)


class StrictMultiPartParser(MultiPartParser):
    """multipart/form-data with files of at most UPLOAD_FILE_BYTES, and UPLOAD_BODY_BYTES altogether."""

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> "DataAndFiles[Any, Any]":
        context = dict(parser_context or {})
        request = context["request"]
        if int(request.META.get("CONTENT_LENGTH") or 0) > settings.UPLOAD_BODY_BYTES:
            raise PayloadTooLarge(f"The request body is larger than {settings.UPLOAD_BODY_BYTES} bytes.")
        request.upload_handlers = [BoundedFileHandler(request._request)]
        try:
            return super().parse(stream, media_type, context)
        except (RequestDataTooBig, TooManyFilesSent) as error:
            raise PayloadTooLarge("The fields of the request body are larger or more than is taken.") from error
