"""Reading a multipart/form-data body, strictly, with the parser of the standard library."""

import io
import json
import re
from dataclasses import dataclass, field
from email.message import Message
from email.parser import BytesParser
from typing import Any

from PIL import Image

from tests.vendors.serving import Received

NUMBERS = {
    "seed", "cfg_scale", "strength", "control_strength", "fidelity", "style_strength", "composition_fidelity",
    "change_strength", "creativity", "grow_mask", "left", "right", "up", "down", "samples", "steps", "image_strength",
}  # fmt: skip
# How a form writes a list of v1: `text_prompts[0][text]`.
_LISTED = re.compile(r"text_prompts\[(\d+)\]\[(text|weight)\]")


class NotAForm(ValueError):
    """The body is not what its content type says."""


@dataclass(frozen=True)
class Upload:
    """A picture that was sent along. `kind` is a Pillow format; sizes in pixels."""

    content: bytes
    kind: str
    width: int
    height: int

    def image(self) -> Image.Image:
        """The picture, decoded."""
        image = Image.open(io.BytesIO(self.content))
        image.load()
        return image

    def described(self) -> dict[str, Any]:
        """The picture as `schemas.json` describes files."""
        longer, shorter = max(self.width, self.height), min(self.width, self.height)
        pixels = self.width * self.height
        return {
            "kind": self.kind, "width": self.width, "height": self.height, "pixels": pixels, "ratio": longer / shorter
        }  # fmt: skip


@dataclass(frozen=True)
class Form:
    """A form that was read: its text fields and its pictures, by name."""

    fields: dict[str, str] = field(default_factory=dict)
    files: dict[str, Upload] = field(default_factory=dict)

    def document(self) -> dict[str, Any]:
        """All of it as `schemas.json` describes it."""
        return described(self.fields) | {name: upload.described() for name, upload in self.files.items()}


def described(fields: dict[str, str]) -> dict[str, Any]:
    """Text fields with numbers as numbers; v1's prompts as the list that they are."""
    document: dict[str, Any] = {name: typed(name, text) for name, text in fields.items() if not _LISTED.fullmatch(name)}
    prompts: dict[str, dict[str, Any]] = {}
    for name, text in fields.items():
        if found := _LISTED.fullmatch(name):
            prompts.setdefault(found[1], {})[found[2]] = _number(text) if found[2] == "weight" else text
    return document | ({"text_prompts": [prompts[index] for index in sorted(prompts)]} if prompts else {})


def typed(name: str, text: str) -> Any:
    """A field's text, as the number it should be where it is one."""
    return _number(text) if name in NUMBERS else text


def form_of(received: Received) -> Form:
    """The form that was sent. Raises `NotAForm` for any other body, a field that comes twice, a file of no picture."""
    content_type = received.headers.get("content-type", "")
    if not content_type.startswith("multipart/form-data"):
        raise NotAForm("content-type: must be multipart/form-data")
    document = BytesParser().parsebytes(b"Content-Type: " + content_type.encode() + b"\r\n\r\n" + received.body)
    if not document.is_multipart():
        raise NotAForm("body: cannot be read as multipart/form-data")
    form = Form()
    for part in document.walk():
        if part.is_multipart():
            continue
        name, content = _name_of(part), bytes(part.get_payload(decode=True) or b"")
        if name in form.fields or name in form.files:
            raise NotAForm(f"{name}: given twice")
        if part.get_filename() is None:
            form.fields[name] = content.decode()
        else:
            form.files[name] = _upload(name, content)
    return form


def fields_of(received: Received) -> dict[str, str]:
    """The text fields of a form without files. Raises `NotAForm`."""
    form = form_of(received)
    if form.files:
        raise NotAForm(f"{next(iter(form.files))}: a file, where text was expected")
    return form.fields


def _upload(name: str, content: bytes) -> Upload:
    try:
        with Image.open(io.BytesIO(content)) as image:
            return Upload(content, str(image.format), image.width, image.height)
    except OSError as error:
        raise NotAForm(f"{name}: is not an image") from error


def _number(text: str) -> Any:
    """A text that is no number stays what it is, and does not fit."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def _name_of(part: Message) -> str:
    name = part.get_param("name", header="content-disposition")
    if part.get_content_disposition() != "form-data" or not isinstance(name, str):
        raise NotAForm("body: a part without a name")
    return name
