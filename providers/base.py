"""The story every adapter shares: build a request, send it once, read the answer. The base never retries or sleeps."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar

from providers.errors import BrokenContract, ProviderError
from providers.refusals import refusal_in
from providers.types import (
    Callback,
    Finished,
    GenerationRequest,
    HttpAnswer,
    HttpRequest,
    Partial,
    Progress,
    Recovery,
    Refused,
    RemoteOutput,
    Submitted,
)


class ProviderAdapter(ABC):
    """Translates one vendor's wire format. Must be overridden: what is abstract. May be: the rest of this class.

    Instances are made per attempt and hold the model's own attributes (`recovery` may differ by model).
    """

    key: ClassVar[str]
    label: ClassVar[str]
    base_url: ClassVar[str]
    recovery: Recovery = Recovery.NONE
    # HTTP status or vendor code -> our error class; the base looks codes up first, then statuses.
    ERRORS: ClassVar[Mapping[int | str, type[ProviderError]]] = {}
    poll_every_s: ClassVar[float] = 1.0
    give_up_after_s: ClassVar[float] = 600.0
    submit_timeout_s: ClassVar[float] = 180.0
    # How long the vendor shuts out an account it calls too fast, where its answer does not say; None: not documented.
    lockout_s: ClassVar[float | None] = None
    # Callbacks come to an address, and prove a secret, of the attempt's own: where they do not say our reference.
    callbacks_per_attempt: ClassVar[bool] = False
    # Most vendors' output addresses are signed and must not see our key.
    outputs_need_key: ClassVar[bool] = False

    def __init__(self, model: str, base_url: str = "") -> None:
        self.model = model
        self.url = (base_url or self.base_url).rstrip("/")

    # --- must override ---------------------------------------------------------------------------

    @abstractmethod
    def build_submit(self, request: GenerationRequest) -> HttpRequest:
        """The one paid request. Raises `OptionUnsupported` for what cannot be expressed."""

    @abstractmethod
    def parse_submitted(self, answer: HttpAnswer) -> Submitted:
        """Read the answer to the paid request. Raises `BrokenContract` for an answer that cannot be read."""

    # --- must override where the provider is asynchronous ------------------------------------------

    def build_poll(self, provider_job_id: str, poll_url: str = "") -> HttpRequest:
        """Ask how the job is doing."""
        raise TypeError(f"{self.key} answers at once and is never polled")

    def parse_progress(self, answer: HttpAnswer) -> Progress:
        """Read a poll's answer; an unknown word means still running."""
        raise TypeError(f"{self.key} answers at once and is never polled")

    def parse_outputs(self, answer: HttpAnswer) -> Sequence[RemoteOutput]:
        """The outputs in the poll's answer that said the job succeeded."""
        raise TypeError(f"{self.key} answers at once and is never polled")

    # --- may override ----------------------------------------------------------------------------

    def build_preparations(self, request: GenerationRequest) -> Sequence[HttpRequest]:
        """Unpaid, repeatable requests to make first (uploads of inputs)."""
        return ()

    def build_cancel(self, provider_job_id: str) -> HttpRequest | None:
        """Ask the provider to stop; None where it cannot."""
        return None

    def parse_canceled(self, answer: HttpAnswer) -> bool:
        """Whether the answer to a cancel says that nothing more will come; otherwise the job is awaited."""
        return False

    def parse_stream(self, chunks: Iterable[bytes]) -> Iterator[Partial | Finished | Refused]:
        """Read the answer to a paid request as it comes: previews, and last how it ended, if the stream says so."""
        raise TypeError(f"{self.key} does not stream its answers")

    def build_find(self, request: GenerationRequest) -> HttpRequest | None:
        """List the provider's jobs, for `Recovery.LISTABLE`. Some lists are matched by the request's inputs."""
        return None

    def build_find_ended(self, request: GenerationRequest) -> HttpRequest | None:
        """List the jobs that have ended, asked after `build_find` where the provider lists those apart."""
        return None

    def parse_found(self, answer: HttpAnswer, request: GenerationRequest) -> str:
        """The provider's job id of our attempt in the list, or "" when it is not there."""
        return ""

    def verify_callback(self, headers: Mapping[str, str], body: bytes, secret: str) -> Callback | None:
        """Who a callback is about; None when its signature does not hold. `body` is as it came."""
        return None

    def credentials(self, api_key: str, organization: str) -> Mapping[str, str]:
        """The headers that carry our key."""
        return {"Authorization": f"Bearer {api_key}"} if api_key else {}

    def vendor_error(self, answer: HttpAnswer) -> tuple[str, str]:
        """The vendor's own code and text in an error answer; the most common shape is `{"error": {code, message}}`."""
        try:
            error = answer.json()["error"]
            return str(error.get("code") or ""), str(error.get("message") or "")
        except (ValueError, TypeError, KeyError, AttributeError):
            return "", answer.text

    def shows_key_to(self, url: str) -> bool:
        """Whether the output at `url` is fetched with our key."""
        return self.outputs_need_key

    def read_prepared(self, answer: HttpAnswer) -> None:
        """Read the answer to a preparation. Raises the error that it stands for."""
        if refusal := self.refusal_in(answer):
            raise refusal

    # --- shared ----------------------------------------------------------------------------------

    def refusal_in(self, answer: HttpAnswer, *, paid: bool = False) -> ProviderError | None:
        """The error an answer stands for by its vendor code or status, None for a success.

        Every parse method asks this first. Raises `OutcomeUnknown` where a paid request may have been accepted.
        """
        return refusal_in(self, answer, paid=paid)

    @contextmanager
    def reading(self, answer: HttpAnswer) -> Iterator[Any]:
        """The answer's document; whatever it lacks inside the block raises `BrokenContract`."""
        try:
            yield answer.json()
        except (ValueError, TypeError, KeyError, IndexError, AttributeError, ArithmeticError) as error:
            raise BrokenContract(vendor_text=answer.text) from error
