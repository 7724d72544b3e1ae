"""Checking our requests against a vendor's own OpenAPI document, wherever a folder of them is at hand."""

import functools
import json
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jsonschema import Draft202012Validator

from providers.types import HttpRequest

Document = Mapping[str, Any]
# How a form writes the fields of an entry of a list: `texts[0][weight]`.
_LISTED = re.compile(r"(\w+)\[(\d+)\]\[(\w+)\]")


@dataclass(frozen=True)
class VendorDocument:
    """One vendor: its document's file name, the address its paths are below, and every kind of request of ours.

    `newer`: values that the vendor took up after its document was written, by field; they are left out of the check.
    """

    file: str
    base_url: str
    requests: Callable[[], Iterable[HttpRequest]]
    newer: Mapping[str, Collection[Any]] = field(default_factory=dict)

    def misfits(self, document: Document) -> list[str]:
        """What of our requests the vendor's `document` does not know, each misfit once."""
        found = (text for request in self.requests() for text in self._misfits_of(request, document))
        return list(dict.fromkeys(found))

    def _misfits_of(self, request: HttpRequest, document: Document) -> Iterator[str]:
        path = urlsplit(request.url).path.removeprefix(urlsplit(self.base_url).path)
        template = next((known for known in document["paths"] if _matches(known, path)), None)
        operation = document["paths"].get(template, {}).get(request.method.lower())
        if operation is None:
            yield f"{request.method} {path}: there is no such operation"
            return
        if request.json is None and request.form is None:
            return
        content = operation["requestBody"]["content"]
        media_type = "application/json" if request.json is not None else "multipart/form-data"
        if media_type not in content:
            yield f"{request.method} {path}: takes no {media_type}"
            return
        pointer = ("paths", str(template), request.method.lower(), "requestBody", "content", media_type, "schema")
        body = request.json if request.json is not None else _form_as_json(request, _at(pointer, document), document)
        dated = {name: value for name, value in body.items() if value not in self.newer.get(name, ())}
        yield from _misfits(dated, pointer, document, f"{request.method} {template}")


def read_document(path: Path) -> Document:
    """A vendor's document, as JSON."""
    document: Document = json.loads(path.read_text(encoding="utf-8"))
    return document


def _misfits(body: Document, pointer: tuple[str, ...], document: Document, where: str) -> Iterator[str]:
    steps = "/".join(step.replace("~", "~0").replace("/", "~1") for step in pointer)
    # The whole document is the schema, so that its references lead somewhere.
    for error in Draft202012Validator({**document, "$ref": f"#/{steps}"}).iter_errors(body):
        yield f"{where}: {'.'.join(map(str, error.absolute_path)) or 'body'}: {error.message}"
    for name in sorted(set(body) - set(_fields_of(_at(pointer, document), document))):
        yield f"{where}: {name}: there is no such field"


def _form_as_json(request: HttpRequest, schema: Document, document: Document) -> dict[str, Any]:
    """A form as the schema describes it: texts as what they stand for, files as texts, those of one name as a list."""
    fields = _fields_of(schema, document)
    body: dict[str, Any] = {}
    for name, value in (request.form or {}).items():
        if listed := _LISTED.fullmatch(name):
            entries, index = body.setdefault(listed[1], []), int(listed[2])
            entries.extend({} for _ in range(index + 1 - len(entries)))
            inner = _fields_of(_items_of(fields.get(listed[1], {}), document), document)
            entries[index][listed[3]] = _typed(str(value), set(_types_of(inner.get(listed[3], {}), document)))
        else:
            body[name] = _typed(str(value), set(_types_of(fields.get(name, {}), document)))
    for name, media in request.files or ():
        file = f"<{media.mime_type}>"
        if name.endswith("[]"):
            body.setdefault(name.removesuffix("[]"), []).append(file)
        else:
            body[name] = file
    return body


def _typed(text: str, types: set[str]) -> Any:
    try:
        return json.loads(text) if types & {"integer", "number", "boolean"} else text
    except ValueError:
        return text


def _fields_of(schema: Document, document: Document) -> dict[str, Document]:
    """The fields a schema of an object knows, in all of its parts and alternatives."""
    return {name: field for part in _parts_of(schema, document) for name, field in part.get("properties", {}).items()}


def _items_of(schema: Document, document: Document) -> Document:
    """What an entry of a list is."""
    found: Document = next((part["items"] for part in _parts_of(schema, document) if "items" in part), {})
    return found


def _types_of(schema: Document, document: Document) -> Iterator[str]:
    for part in _parts_of(schema, document):
        named = part.get("type", ())
        yield from [named] if isinstance(named, str) else named


def _parts_of(schema: Document, document: Document) -> Iterator[Document]:
    """A schema, what it refers to, its parts and its alternatives."""
    yield schema
    if "$ref" in schema:
        yield from _parts_of(_at(tuple(schema["$ref"].removeprefix("#/").split("/")), document), document)
    for part in (*schema.get("allOf", ()), *schema.get("anyOf", ()), *schema.get("oneOf", ())):
        yield from _parts_of(part, document)


def _at(pointer: tuple[str, ...], document: Document) -> Document:
    found: Document = functools.reduce(lambda inside, step: inside[step], pointer, document)
    return found


def _matches(template: str, path: str) -> bool:
    return re.fullmatch(re.sub(r"\\\{[^/]+\\\}", "[^/]+", re.escape(template)), path) is not None
