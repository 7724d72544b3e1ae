"""A provider without a server: mounted on the engine's own session, it sends back the very picture it was sent."""

import io
import json
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import requests
from django.core.files.uploadhandler import MemoryFileUploadHandler
from django.http.multipartparser import MultiPartParser, MultiPartParserError
from requests.adapters import BaseAdapter
from requests.models import PreparedRequest
from requests.structures import CaseInsensitiveDict
from urllib3 import HTTPResponse


class ResampleTransport(BaseAdapter):
    """Answers a form with the picture in it, and everything else with an error."""

    def send(self, request: PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        if request.method != "POST" or urlsplit(request.url or "").path != "/v1/upscales":
            return _refusal(request, HTTPStatus.NOT_FOUND, "no_such_route", "There is nothing here.")
        try:
            picture = _picture_in(request)
        except (KeyError, MultiPartParserError):
            return _refusal(request, HTTPStatus.BAD_REQUEST, "malformed", "There is no picture in the form.")
        return _response(request, HTTPStatus.OK, picture, "application/octet-stream")

    def close(self) -> None:
        """There is no connection to close."""


class _InMemory(MemoryFileUploadHandler):
    """The form is in memory already: its file needs no place on disk."""

    def handle_raw_input(self, *_: Any, **__: Any) -> None:
        self.activated = True


def _picture_in(request: PreparedRequest) -> io.BytesIO:
    """The file of the part `image`. Raises KeyError where there is none, MultiPartParserError for what is no form."""
    body = request.body or b""
    raw = body if isinstance(body, bytes) else body.encode()
    about = {"CONTENT_TYPE": request.headers.get("Content-Type", ""), "CONTENT_LENGTH": str(len(raw))}
    _, files = MultiPartParser(about, io.BytesIO(raw), [_InMemory()], "utf-8").parse()
    sent: Any = files["image"]
    return io.BytesIO(sent.read())


def _refusal(request: PreparedRequest, status: int, code: str, message: str) -> requests.Response:
    document = json.dumps({"error": {"code": code, "message": message}}).encode()
    return _response(request, status, io.BytesIO(document), "application/json")


def _response(request: PreparedRequest, status: int, body: io.BytesIO, mime_type: str) -> requests.Response:
    headers = {"Content-Type": mime_type, "Content-Length": str(body.getbuffer().nbytes)}
    response = requests.Response()
    response.status_code = status
    response.url = request.url or ""
    response.request = request
    response.headers = CaseInsensitiveDict(headers)
    response.raw = HTTPResponse(body, status=status, headers=headers, preload_content=False)
    return response
