"""Speaks to the provider without a server: builds its requests, reads its answers."""

import base64
import binascii
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar
from urllib.parse import urlencode

from providers.adapters.sim.submissions import facts_of, submission_of
from providers.base import ProviderAdapter
from providers.callback_signatures import holds_hex_hmac
from providers.callbacks import document_in
from providers.errors import (
    BrokenContract,
    Busy,
    KeyRefused,
    Misconfigured,
    Moderated,
    OutOfMoney,
    OutputLost,
    ProviderError,
    Rejected,
)
from providers.types import (
    Accepted,
    Callback,
    Finished,
    GenerationRequest,
    HttpAnswer,
    HttpRequest,
    Progress,
    Recovery,
    Refused,
    RemoteOutput,
    RemoteState,
    Submitted,
)

_STATES = {
    "queued": RemoteState.QUEUED,
    "running": RemoteState.RUNNING,
    "succeeded": RemoteState.SUCCEEDED,
    "failed": RemoteState.FAILED,
    "canceled": RemoteState.CANCELED,
}
# Models whose recovery differs; the others take an idempotency key.
_RECOVERY = {
    "server-error": Recovery.NONE,
    "dropped-none": Recovery.NONE,
    "dropped-listable": Recovery.LISTABLE,
    "dropped-callback": Recovery.CALLBACK,
}


class SimAdapter(ProviderAdapter):
    """Speaks to the simulated provider."""

    key = "sim"
    label = "Simulator"
    base_url = "https://sim.invalid/v1"
    ERRORS: ClassVar[Mapping[int | str, type[ProviderError]]] = {
        "rate_limited": Busy,
        "prompt_moderated": Moderated,
        "output_moderated": Moderated,
        "generation_failed": Rejected,
        "no_credit": OutOfMoney,
        "bad_key": KeyRefused,
        "model_unknown": Misconfigured,
        "no_room": Busy,
        "unsupported": Rejected,
        "job_not_found": OutputLost,
        "output_gone": OutputLost,
    }
    poll_every_s = 0.5
    submit_timeout_s = 60.0

    def __init__(self, model: str, base_url: str = "") -> None:
        # The catalogue's names begin with the provider, the wire's do not.
        super().__init__(model.removeprefix("sim/"), base_url)
        self.recovery = _RECOVERY.get(self.model, Recovery.IDEMPOTENT)

    # --- build -----------------------------------------------------------------------------------

    def build_submit(self, request: GenerationRequest) -> HttpRequest:
        headers = {
            "X-Attempt-Number": str(request.options.get("attempt_number", 1)),
            "X-Submission-Number": str(request.submission),
        }
        if self.recovery is Recovery.IDEMPOTENT:
            headers["Idempotency-Key"] = request.attempt_id
        return submission_of(
            request,
            self.model,
            f"{self.url}/generations",
            headers=headers,
            read_timeout_s=self.submit_timeout_s,
        )

    def build_poll(self, provider_job_id: str, poll_url: str = "") -> HttpRequest:
        return HttpRequest("GET", self._job_url(provider_job_id), read_timeout_s=10.0)

    def build_cancel(self, provider_job_id: str) -> HttpRequest | None:
        return HttpRequest("DELETE", self._job_url(provider_job_id), read_timeout_s=10.0)

    def build_find(self, request: GenerationRequest) -> HttpRequest | None:
        query = urlencode(facts_of(request, self.model), doseq=True)
        return HttpRequest("GET", f"{self.url}/generations?{query}", read_timeout_s=10.0)

    def _job_url(self, provider_job_id: str) -> str:
        return f"{self.url}/generations/{provider_job_id}"

    # --- parse -----------------------------------------------------------------------------------

    def parse_submitted(self, answer: HttpAnswer) -> Submitted:
        if refusal := self.refusal_in(answer, paid=True):
            return Refused(refusal)
        with self.reading(answer) as document:
            job_id = str(document["id"])
            if "outputs" in document:
                return Finished(tuple(self._outputs(document)), provider_job_id=job_id)
            return Accepted(job_id, poll_after_s=float(document["poll_after_s"]), poll_url=str(document["poll_url"]))

    def parse_progress(self, answer: HttpAnswer) -> Progress:
        if refusal := self.refusal_in(answer):
            raise refusal
        with self.reading(answer) as document:
            state = _STATES.get(document["status"], RemoteState.RUNNING)
            return Progress(
                state,
                fraction=float(document.get("progress", 0)),
                poll_after_s=float(document.get("poll_after_s", self.poll_every_s)),
                error=self._error_in(document) if state is RemoteState.FAILED else None,
            )

    def parse_outputs(self, answer: HttpAnswer) -> Sequence[RemoteOutput]:
        if refusal := self.refusal_in(answer):
            raise refusal
        with self.reading(answer) as document:
            return self._outputs(document)

    def parse_canceled(self, answer: HttpAnswer) -> bool:
        if self.refusal_in(answer):
            return False
        with self.reading(answer) as document:
            return bool(document["status"] == "canceled")

    def parse_found(self, answer: HttpAnswer, request: GenerationRequest) -> str:
        if refusal := self.refusal_in(answer):
            raise refusal
        with self.reading(answer) as document:
            found = [str(item["id"]) for item in document["items"] if item["reference"] == request.attempt_id]
            return found[0] if found else ""

    def verify_callback(self, headers: Mapping[str, str], body: bytes, secret: str) -> Callback | None:
        if not holds_hex_hmac(headers, "X-Sim-Signature", body, secret):
            return None
        try:
            document = document_in(body)
            return Callback(reference=str(document["reference"]), provider_job_id=str(document["id"]))
        except (ValueError, KeyError, TypeError):
            return None

    def _outputs(self, document: Any) -> list[RemoteOutput]:
        return [self._output(entry) for entry in document["outputs"]]

    def _output(self, entry: Any) -> RemoteOutput:
        index, seed = int(entry["index"]), entry.get("seed")
        if "error" in entry:
            return RemoteOutput(index, error=self._error_in(entry), seed=seed)
        mime_type = str(entry["mime_type"])
        if "b64" in entry:
            return RemoteOutput(index, content=_decoded(entry["b64"]), mime_type=mime_type, seed=seed)
        return RemoteOutput(index, url=str(entry["url"]), mime_type=mime_type, seed=seed)

    def _error_in(self, document: Any) -> ProviderError:
        error = document["error"]
        kind = self.ERRORS.get(str(error["code"]), Rejected)
        return kind(vendor_code=str(error["code"]), vendor_text=str(error.get("message", "")))


def _decoded(encoded: Any) -> bytes:
    try:
        return base64.b64decode(encoded, validate=True)
    except (binascii.Error, TypeError) as error:
        raise BrokenContract("An output of the answer is not base64.") from error
