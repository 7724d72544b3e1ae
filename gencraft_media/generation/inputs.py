"""What a client gave a job to work on: named by a reference, found or fetched, and known by its size from then on."""

import tempfile
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import UploadedFile

from assets.models import MediaAsset, MediaUpload, UploadSource
from assets.selectors import get_ready_upload
from assets.upload_upkeep import delete_upload
from assets.uploads import extend_upload, take_address, take_upload
from gencraft_media.accounts.callers import Caller
from gencraft_media.accounts.models import Project
from gencraft_media.accounts.services import external_user_for
from gencraft_media.common.errors import FieldError, GenCraftError, InvalidRequest, ObjectNotFound
from gencraft_media.generation.input_models import JobInput
from gencraft_media.generation.models import GenerationJob
from providers.wanted import InputFacts


@dataclass(frozen=True)
class InputReference:
    """One input as a client names it: an asset, an upload, an address, or a file that came along. Exactly one is set.

    `field`: where in the request it stands, for errors.
    """

    role: str
    field: str
    asset_id: uuid.UUID | None = None
    upload_id: uuid.UUID | None = None
    url: str = ""
    file: UploadedFile | None = None


@dataclass(frozen=True)
class ResolvedInput:
    """An input that is there: a private object of ours, and the size in pixels in which the client knows it."""

    role: str
    object_key: str
    width: int
    height: int
    asset_id: uuid.UUID | None = None
    upload_id: uuid.UUID | None = None
    url: str = field(default="", compare=False)

    @property
    def facts(self) -> InputFacts:
        """What a model is fitted to."""
        source = {"assetId": self.asset_id, "uploadId": self.upload_id}
        named = {name: str(value) for name, value in source.items() if value is not None}
        return InputFacts(self.role, self.width, self.height, {**named, **({"url": self.url} if self.url else {})})


Given = InputReference | ResolvedInput


@contextmanager
def resolved_inputs(
    given: Sequence[Given], *, caller: Caller, project: Project, external_id: str = ""
) -> Iterator[list[ResolvedInput]]:
    """Find, fetch or take in every input; what was taken in for a request goes again where the block refuses it.

    An address may take seconds to answer, so no transaction is open yet. Raises `InvalidRequest` naming the field of
    what is not there, and what `assets.uploads` raises for bad pictures.
    """
    if not given:
        yield []
        return
    external_user = external_user_for(project, external_id) if external_id else None
    owner = {
        "project_id": project.pk,
        "user_id": caller.user.pk,
        "external_user_id": external_user.pk if external_user else None,
    }
    taken_in: list[ResolvedInput] = []
    try:
        inputs = []
        for reference in given:
            inputs.append(_resolve(reference, project, owner))
            if isinstance(reference, InputReference) and (reference.file is not None or reference.url):
                taken_in.append(inputs[-1])
        yield inputs
    except Exception:
        for upload in MediaUpload.objects.filter(pk__in=[one.upload_id for one in taken_in]):
            delete_upload(upload)
        raise


def keep_inputs(job: GenerationJob, inputs: Sequence[ResolvedInput]) -> None:
    """Write down what the job works on, in the transaction that makes the job; its uploads stay while it runs."""
    positions: dict[str, int] = {}
    for given in inputs:
        position = positions.setdefault(given.role, 0)
        positions[given.role] += 1
        JobInput.objects.create(
            job=job,
            role=given.role,
            position=position,
            asset_id=given.asset_id,
            upload_id=given.upload_id,
            object_key=given.object_key,
            width=given.width,
            height=given.height,
        )
        if given.upload_id is not None:
            extend_upload(given.upload_id, job.deadline_at)


def inputs_of(job: GenerationJob) -> list[ResolvedInput]:
    """What a job was given, to be given to another one."""
    return [
        ResolvedInput(row.role, row.object_key, row.width, row.height, row.asset_id, row.upload_id)
        for row in job.inputs.order_by("role", "position")
    ]


def _resolve(given: Given, project: Project, owner: dict[str, Any]) -> ResolvedInput:
    if isinstance(given, ResolvedInput):
        return given
    if given.asset_id is not None:
        return _of_asset(given, project)
    try:
        return _of_upload(given.role, _upload(given, project, owner), url=given.url)
    except ObjectNotFound:
        raise _missing(given, "upload", "uploadId") from None
    except GenCraftError as error:
        # Which of several pictures it was.
        error.errors = (FieldError(given.field, str(error), error.code),)
        raise


def _upload(given: InputReference, project: Project, owner: dict[str, Any]) -> MediaUpload:
    if given.upload_id is not None:
        return get_ready_upload(project.pk, given.upload_id)
    if given.file is None:
        return take_address(given.url, **owner)
    with _on_disk(given.file) as path:
        return take_upload(
            path,
            declared_type=given.file.content_type or "",
            filename=given.file.name or "",
            source=UploadSource.MULTIPART,
            **owner,
        )


def _of_asset(given: InputReference, project: Project) -> ResolvedInput:
    asset = MediaAsset.objects.filter(project=project, pk__in=[given.asset_id]).first()
    if asset is None:
        raise _missing(given, "asset", "assetId")
    if asset.kind != "image" or not asset.original_key:
        text = "The original of this asset is not kept, so nothing can be made of it."
        raise InvalidRequest(errors=[FieldError(f"{given.field}.assetId", text, "unusable")])
    return ResolvedInput(given.role, asset.original_key, asset.width, asset.height, asset_id=asset.pk)


def _of_upload(role: str, upload: MediaUpload, *, url: str = "") -> ResolvedInput:
    return ResolvedInput(role, upload.key, upload.width or 0, upload.height or 0, upload_id=upload.pk, url=url)


def _missing(given: InputReference, kind: str, name: str) -> InvalidRequest:
    # The same for what is not there and for what is another project's.
    return InvalidRequest(errors=[FieldError(f"{given.field}.{name}", f"There is no such {kind} here.", "unknown")])


@contextmanager
def _on_disk(file: UploadedFile) -> Iterator[Path]:
    """The file as a path, for as long as the block runs; small ones come in memory."""
    path = getattr(file, "temporary_file_path", None)
    if path is not None:
        yield Path(path())
        return
    with tempfile.NamedTemporaryFile(prefix="input-") as copy:
        for chunk in file.chunks():
            copy.write(chunk)
        copy.flush()
        yield Path(copy.name)
