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
        body = request.json if request.json is not None else request.form
        if body is None:
            return
        dated = {name: value for name, value in body.items() if value not in self.newer.get(name, ())}
        content = operation["requestBody"]["content"]
        media_type = "application/json" if request.json is not None else "multipart/form-data"
        if media_type not in content:
            yield f"{request.method} {path}: takes no {media_type}"
            return
        pointer = ("paths", str(template), request.method.lower(), "requestBody", "content", media_type, "schema")
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
    schema = functools.reduce(lambda found, step: found[step], pointer, document)
    for name in sorted(set(body) - set(_fields_of(schema, document))):
        yield f"{where}: {name}: there is no such field"


def _fields_of(schema: Document, document: Document) -> Iterator[str]:
    """The names a schema of an object knows, in all of its parts and alternatives."""
    if "$ref" in schema:
        steps = schema["$ref"].removeprefix("#/").split("/")
        yield from _fields_of(functools.reduce(lambda found, step: found[step], steps, document), document)
    yield from schema.get("properties", ())
    for part in (*schema.get("allOf", ()), *schema.get("anyOf", ()), *schema.get("oneOf", ())):
        yield from _fields_of(part, document)


def _matches(template: str, path: str) -> bool:
    return re.fullmatch(re.sub(r"\\\{[^/]+\\\}", "[^/]+", re.escape(template)), path) is not None
