"""The words engine and adapters speak to each other in: frozen values, no vendor's names."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Any


class Recovery(StrEnum):
    """What can be found out about a submission whose answer was lost."""

    IDEMPOTENT = "idempotent"  # the same request with the same key again returns the same job
    LISTABLE = "listable"  # the provider lists jobs, ours is found by our reference
    CALLBACK = "callback"  # the provider calls back with our reference
    NONE = "none"  # nothing: the attempt ends as outcome_unknown


class InputRole(StrEnum):
    """The part an input plays in its request."""

    IMAGE = "image"  # what is changed, enlarged or extended; further ones are shown to the model beside it
    MASK = "mask"  # where it may be changed
    STYLE = "style"  # what the result should look like, whatever it shows


@dataclass(frozen=True)
class InputMedia:
    """One input of a request: a sound picture on disk as its model takes it, and the part it plays.

    A mask is already in the model's convention and of the size of the first image. Sizes in pixels.
    """

    role: str
    path: Path
    mime_type: str
    width: int = 0
    height: int = 0


@dataclass(frozen=True)
class Margins:
    """How far a picture is extended on each side, in pixels of the picture as it is sent."""

    left: int = 0
    right: int = 0
    up: int = 0
    down: int = 0


@dataclass(frozen=True)
class GenerationRequest:
    """What one attempt asks of a provider, already fitted to the model. Sizes in pixels, seconds for video."""

    attempt_id: str
    operation: str
    model: str
    prompt: str
    count: int = 1
    negative_prompt: str = ""
    width: int | None = None
    height: int | None = None
    quality: str = "standard"
    seed: int | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    inputs: tuple[InputMedia, ...] = ()
    # How far the result may go from the first image: 0 keeps it, 1 disregards it. None: as the vendor has it.
    strength: float | None = None
    margins: Margins | None = None
    # How many times larger than the first image each side becomes, as the model is asked to make it.
    factor: int | None = None
    # What is to be found and replaced in the first image, where no mask says where it is.
    search: str = ""
    # What an operator who added the model said of it: its name at the server, LoRAs, a workflow.
    wiring: Mapping[str, Any] = field(default_factory=dict)
    callback_url: str = ""
    # What a callback has to prove, of worth for this attempt alone.
    callback_secret: str = field(default="", repr=False)
    # Above 1 when an unknown outcome is recovered by the same request under the same key (`Recovery.IDEMPOTENT`).
    submission: int = 1

    def of_role(self, role: str) -> tuple[InputMedia, ...]:
        """The inputs that play this part, in the client's order."""
        return tuple(media for media in self.inputs if media.role == role)


@dataclass(frozen=True)
class HttpRequest:
    """One HTTP exchange an adapter wants; the base adds credentials and sends it. Never holds a key."""

    method: str
    url: str
    json: Any = None
    form: Mapping[str, Any] | None = None
    # Name of the part and its file, in order; a name may be there several times.
    files: Sequence[tuple[str, InputMedia]] | None = None
    # Send `form` as multipart/form-data even without a file; otherwise it is urlencoded where there is none.
    multipart: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)
    read_timeout_s: float = 60.0
    # Whether the answer comes bit by bit, with previews (`ProviderAdapter.parse_stream`).
    streamed: bool = False


@dataclass(frozen=True)
class HttpAnswer:
    """What came back: the status, lower-cased headers, and the body, bounded in size."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """The body as JSON. Raises ValueError when it is not."""
        return json.loads(self.body, parse_float=Decimal)

    @property
    def text(self) -> str:
        """The body for logs and the admin, whatever it is."""
        return self.body[:2000].decode("utf-8", "replace")


@dataclass(frozen=True)
class RemoteOutput:
    """One output at the provider: bytes in hand, or an address that must be fetched before it dies."""

    index: int
    content: bytes | None = None
    url: str = ""
    mime_type: str = ""
    seed: int | None = None
    # Set when the provider refused this one output of several.
    error: "Any | None" = None


@dataclass(frozen=True)
class Accepted:
    """The provider took the job and works on it."""

    provider_job_id: str
    poll_after_s: float = 1.0
    poll_url: str = ""
    cost: Decimal | None = None


@dataclass(frozen=True)
class Finished:
    """The provider answered with the outputs at once."""

    outputs: tuple[RemoteOutput, ...]
    provider_job_id: str = ""
    cost: Decimal | None = None


@dataclass(frozen=True)
class Refused:
    """The provider said no; `error` is a `providers.errors.ProviderError` that says why and what may be done."""

    error: Any


Submitted = Accepted | Finished | Refused


class RemoteState(StrEnum):
    """A provider's own job, in our words. A word we do not know is running, never success."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELED = "canceled"


@dataclass(frozen=True)
class Progress:
    """What a poll or a callback told. `fraction` is 0-1 where the provider says it."""

    state: RemoteState
    fraction: float | None = None
    poll_after_s: float = 1.0
    cost: Decimal | None = None
    error: Any = None


@dataclass(frozen=True)
class Partial:
    """A streamed preview of a picture that is being made: the `index`-th, in the bytes of an image file."""

    index: int
    content: bytes


@dataclass(frozen=True)
class Callback:
    """A verified callback: which attempt or provider job it is about. Its contents are never trusted for money."""

    reference: str
    provider_job_id: str = ""
