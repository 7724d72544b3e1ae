"""A job's inputs on their way to its model: files for as long as the call lasts, as the model takes them."""

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from assets.imaging.preparation import InputWish, PreparedInput, prepare_inputs
from assets.storage import private_path
from gencraft_media.common.database import release_connection
from gencraft_media.generation.input_models import JobInput
from gencraft_media.generation.models import GenerationAttempt
from providers.input_fitting import FIELD_OF_ROLE
from providers.sizes import delivered_size
from providers.types import InputMedia, InputRole
from providers.wording import sent_size, size_of_image

Size = tuple[int, int]


@contextmanager
def opened_inputs(attempt: GenerationAttempt, limits: Mapping[str, Any]) -> Iterator[tuple[InputMedia, ...]]:
    """The files of the attempt's inputs within the model's `limits` for the operation, gone when the block ends.

    Raises `BadInput`, `StoredObjectMissing`, or `BoundedUnavailable` and OSError where the host is in trouble.
    """
    if not attempt.params.get("inputs"):
        yield ()
        return
    rows = list(JobInput.objects.filter(job_id=attempt.job_id).order_by("id"))
    release_connection()
    with ExitStack() as opened:
        folder = Path(opened.enter_context(tempfile.TemporaryDirectory(prefix="inputs-")))
        wishes = [
            _wish(row, told, opened.enter_context(private_path(row.object_key)), limits, attempt.params)
            for row, told in _taken(rows, attempt.params)
        ]
        yield tuple(_media(prepared) for prepared in prepare_inputs(wishes, folder=folder))


def _taken(rows: list[JobInput], params: Mapping[str, Any]) -> list[tuple[JobInput, Mapping[str, Any]]]:
    """Those that the model takes, with what the job tells of each; the job keeps the others, too."""
    told = {role: [given for given in params["inputs"] if given["role"] == role] for role in FIELD_OF_ROLE}
    of_role = ((row, told[InputRole(row.role)]) for row in rows)
    return [(row, given[row.position]) for row, given in of_role if row.position < len(given)]


def _wish(
    row: JobInput, told: Mapping[str, Any], path: Path, limits: Mapping[str, Any], params: Mapping[str, Any]
) -> InputWish:
    rules = limits.get("inputs", {}).get(row.role, {})
    follows_first = row.role == InputRole.MASK or (row.role == InputRole.IMAGE and row.position == 0)
    return InputWish(
        path=path,
        role=row.role,
        field=FIELD_OF_ROLE[InputRole(row.role)],
        shape=(row.width, row.height),
        size=sent_size(params) if follows_first else delivered_size(told.get("sent", told)),
        format=rules.get("formats", ["png"])[0],
        limit_bytes=rules.get("maximum_bytes"),
        image_shape=size_of_image(params),
        mask_mode=params.get("maskMode", "auto"),
        edits=rules.get("edits", "white"),
    )


def _media(prepared: PreparedInput) -> InputMedia:
    return InputMedia(prepared.role, prepared.path, prepared.mime_type, prepared.width, prepared.height)
