"""A submission as it arrives: a JSON document, or a form with that document and the pictures it names."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from django.http.multipartparser import MultiPartParserError
from requests.models import PreparedRequest

from providers.answering import form_in
from providers.sim.edits import Edit, edit_in
from providers.sim.jobs import SimJob, new_job


@dataclass(frozen=True)
class Submission:
    """One submission that could be read; `contents` are the inputs in the order of the edit."""

    job: SimJob
    edit: Edit
    contents: Sequence[bytes]
    callback_url: str


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
    try:
        fields, files = form_in(request)
    except MultiPartParserError as error:
        raise ValueError("the form cannot be read") from error
    return json.loads(str(fields["document"])), {
        role: [file.read() for file in of_role] for role, of_role in files.lists()
    }
