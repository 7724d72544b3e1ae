"""Reading a multipart/form-data body, strictly, with the parser of the standard library."""

from email.message import Message
from email.parser import BytesParser

from tests.vendors.serving import Received


class NotAForm(ValueError):
    """The body is not what its content type says."""


def fields_of(received: Received) -> dict[str, str]:
    """The text fields by name. Raises `NotAForm` for any other body, a file, or a field that comes twice."""
    content_type = received.headers.get("content-type", "")
    if not content_type.startswith("multipart/form-data"):
        raise NotAForm("content-type: must be multipart/form-data")
    document = BytesParser().parsebytes(b"Content-Type: " + content_type.encode() + b"\r\n\r\n" + received.body)
    if not document.is_multipart():
        raise NotAForm("body: cannot be read as multipart/form-data")
    fields: dict[str, str] = {}
    for part in document.walk():
        if part.is_multipart():
            continue
        name = _name_of(part)
        if name in fields:
            raise NotAForm(f"{name}: given twice")
        fields[name] = bytes(part.get_payload(decode=True) or b"").decode()
    return fields


def _name_of(part: Message) -> str:
    name = part.get_param("name", header="content-disposition")
    if part.get_content_disposition() != "form-data" or not isinstance(name, str):
        raise NotAForm("body: a part without a name")
    if part.get_filename() is not None:
        raise NotAForm(f"{name}: a file, where text was expected")
    return name
