"""A provider without a server: mounted on the engine's own session, it sends back the very picture it was sent."""

import json
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import requests
from django.http.multipartparser import MultiPartParserError
from requests.adapters import BaseAdapter
from requests.models import PreparedRequest

from providers.answering import form_in, response_to


class ResampleTransport(BaseAdapter):
    """Answers a form with the picture in it, and everything else with an error."""

    def send(self, request: PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        if request.method != "POST" or urlsplit(request.url or "").path != "/v1/upscales":
            return _refusal(request, HTTPStatus.NOT_FOUND, "no_such_route", "There is nothing here.")
        try:
            picture = _picture_in(request)
        except (KeyError, MultiPartParserError):
            return _refusal(request, HTTPStatus.BAD_REQUEST, "malformed", "There is no picture in the form.")
        return response_to(request, HTTPStatus.OK, picture, {"Content-Type": "application/octet-stream"})

    def close(self) -> None:
        """There is no connection to close."""


def _picture_in(request: PreparedRequest) -> bytes:
    """The file of the part `image`. Raises KeyError where there is none, MultiPartParserError for what is no form."""
    sent: Any = form_in(request)[1]["image"]
    content: bytes = sent.read()
    return content


def _refusal(request: PreparedRequest, status: int, code: str, message: str) -> requests.Response:
    document = json.dumps({"error": {"code": code, "message": message}}).encode()
    return response_to(request, status, document, {"Content-Type": "application/json"})
