"""What providers within the engine share, which are mounted on its session: reading a form, and answering."""

import io
from collections.abc import Mapping
from typing import Any

import requests
from django.core.files.uploadhandler import MemoryFileUploadHandler
from django.http.multipartparser import MultiPartParser
from django.http.request import QueryDict
from django.utils.datastructures import MultiValueDict
from requests.models import PreparedRequest
from requests.structures import CaseInsensitiveDict
from urllib3 import HTTPResponse


class _InMemory(MemoryFileUploadHandler):
    """The form is in memory already: its files need no place on disk."""

    def handle_raw_input(self, *_: Any, **__: Any) -> None:
        self.activated = True


def form_in(request: PreparedRequest) -> "tuple[QueryDict, MultiValueDict[str, Any]]":
    """The fields and files of a multipart request. Raises MultiPartParserError for what is no form."""
    body = request.body or b""
    raw = body if isinstance(body, bytes) else body.encode()
    about = {"CONTENT_TYPE": request.headers.get("Content-Type", ""), "CONTENT_LENGTH": str(len(raw))}
    return MultiPartParser(about, io.BytesIO(raw), [_InMemory()], "utf-8").parse()


def response_to(request: PreparedRequest, status: int, body: bytes, headers: Mapping[str, str]) -> requests.Response:
    """An answer as it would have come over a network."""
    response = requests.Response()
    response.status_code = status
    response.url = request.url or ""
    response.request = request
    response.headers = CaseInsensitiveDict({**headers, "Content-Length": str(len(body))})
    response.raw = HTTPResponse(io.BytesIO(body), status=status, headers=dict(headers), preload_content=False)
    return response
