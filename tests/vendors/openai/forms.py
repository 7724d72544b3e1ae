"""Reading a multipart/form-data body with files, as strictly as RFC 7578 lets a server be."""

import re
from dataclasses import dataclass
from email.message import Message
from email.parser import BytesHeaderParser

from tests.vendors.serving import Received

_BOUNDARY = re.compile(r'multipart/form-data;\s*boundary="?([^";]{1,70})"?$')


class NotAForm(ValueError):
    """The body is not what its content type says."""


@dataclass(frozen=True)
class Part:
    """One part of a form: a text field, or a file where `filename` is not None."""

    name: str
    filename: str | None
    content_type: str
    content: bytes


def parts_of(received: Received) -> list[Part]:
    """The parts in their order. Raises `NotAForm`."""
    found = _BOUNDARY.match(received.headers.get("content-type", ""))
    if found is None:
        raise NotAForm("The content type must be multipart/form-data with a boundary.")
    mark = b"--" + found[1].encode()
    if not received.body.startswith(mark + b"\r\n") or not received.body.endswith(b"\r\n" + mark + b"--\r\n"):
        raise NotAForm("The body does not begin and end with its boundary.")
    inner = received.body[len(mark) + 2 : -len(mark) - 6]
    return [_part(raw) for raw in inner.split(b"\r\n" + mark + b"\r\n")]


def _part(raw: bytes) -> Part:
    head, separator, content = raw.partition(b"\r\n\r\n")
    headers: Message = BytesHeaderParser().parsebytes(head)
    name = headers.get_param("name", header="content-disposition")
    if not separator or headers.get_content_disposition() != "form-data" or not isinstance(name, str):
        raise NotAForm("A part has no name.")
    filename = headers.get_param("filename", header="content-disposition")
    return Part(name, str(filename) if filename is not None else None, headers.get_content_type(), content)
