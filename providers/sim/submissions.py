"""A submission as it arrives: a JSON document, or a form with that document and the pictures it names."""

import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from django.core.files.uploadhandler import MemoryFileUploadHandler
from django.http.multipartparser import MultiPartParser, MultiPartParserError
from requests.models import PreparedRequest

from providers.sim.edits import Edit, edit_in
from providers.sim.jobs import SimJob, new_job


@dataclass(frozen=True)
class Submission:
    """One submission that could be read; `contents` are the inputs in the order of the edit."""

    job: SimJob
    edit: Edit
    contents: Sequence[bytes]
    callback_url: str


class _InMemory(MemoryFileUploadHandler):
    """The form is in memory already: its files need no place on disk."""

    def handle_raw_input(self, *_: Any, **__: Any) -> None:
        self.activated = True


def read_submission(request: PreparedRequest) -> Submission:
    """Read what was posted. Raises KeyError, TypeError or ValueError for a document that makes no sense."""
    document, files = _parts_of(request)
    edit = edit_in(document)
    arrived: dict[str, list[bytes]] = {role: list(contents) for role, contents in files.items()}
    contents = [arrived[role].pop(0) if arrived.get(role) else b"" for role in edit.roles]
    if [sha256(content).hexdigest() for content in contents] != list(edit.digests) or any(arrived.values()):
        raise ValueError("the inputs are not those of the document")
    return Submission(new_job(document), edit, contents, str(document.get("callback_url") or ""))


def _parts_of(request: PreparedRequest) -> tuple[dict[str, Any], dict[str, list[bytes]]]:
    body = request.body or b""
    content_type = request.headers.get("Content-Type", "")
    if not content_type.startswith("multipart/"):
        return json.loads(body), {}
    raw = body if isinstance(body, bytes) else body.encode()
    about = {"CONTENT_TYPE": content_type, "CONTENT_LENGTH": str(len(raw))}
    try:
        fields, files = MultiPartParser(about, io.BytesIO(raw), [_InMemory()], "utf-8").parse()
    except MultiPartParserError as error:
        raise ValueError("the form cannot be read") from error
    return json.loads(str(fields["document"])), {
        role: [file.read() for file in of_role] for role, of_role in files.lists()
    }
