"""The adapter of servers with OpenAI's image interface: LocalAI, vLLM-Omni, SGLang and their like (read 2026-11-22)."""

from collections.abc import Mapping
from typing import Any, ClassVar
from urllib.parse import urljoin, urlsplit

from providers.adapters.openai_compatible.bodies import body_of
from providers.base import ProviderAdapter
from providers.base64_pictures import decoded_picture
from providers.errors import BrokenContract, Busy, KeyRefused, Misconfigured, Moderated, OutOfMoney, ProviderError
from providers.self_hosted import server_credentials
from providers.types import (
    Finished,
    GenerationRequest,
    HttpAnswer,
    HttpRequest,
    Refused,
    RemoteOutput,
    Submitted,
)

_USUAL_PATH = "/v1"


class OpenAiCompatibleAdapter(ProviderAdapter):
    """Speaks to the server that the account names; there is no other. A lost answer stays lost."""

    key = "openai-compatible"
    label = "OpenAI-compatible server"
    base_url = ""
    ERRORS: ClassVar[Mapping[int | str, type[ProviderError]]] = {
        "moderation_blocked": Moderated,
        "content_policy_violation": Moderated,
        "insufficient_quota": OutOfMoney,
        "invalid_api_key": KeyRefused,
        "model_not_found": Misconfigured,
        "rate_limit_exceeded": Busy,
    }
    # A server of one's own may have to load the model first.
    submit_timeout_s = 300.0

    def __init__(self, model: str, base_url: str = "") -> None:
        super().__init__(model, base_url)
        # Most are written down without the path that all of them have.
        if self.url and not urlsplit(self.url).path:
            self.url += _USUAL_PATH

    # --- build -----------------------------------------------------------------------------------

    def build_submit(self, request: GenerationRequest) -> HttpRequest:
        return body_of(request, self.url, read_timeout_s=self.submit_timeout_s)

    def credentials(self, api_key: str, organization: str) -> Mapping[str, str]:
        return server_credentials(api_key)

    def shows_key_to(self, url: str) -> bool:
        """Some keep their pictures behind the key, on the server itself; storage elsewhere must not see it."""
        theirs, ours = urlsplit(url), urlsplit(self.url)
        return (theirs.scheme, theirs.netloc) == (ours.scheme, ours.netloc)

    # --- parse -----------------------------------------------------------------------------------

    def parse_submitted(self, answer: HttpAnswer) -> Submitted:
        if refusal := self.refusal_in(answer, paid=True):
            return Refused(refusal)
        with self.reading(answer) as document:
            return Finished(
                tuple(self._output(index, entry) for index, entry in enumerate(document["data"])),
                provider_job_id=answer.headers.get("x-request-id", "")[:255],
            )

    def vendor_error(self, answer: HttpAnswer) -> tuple[str, str]:
        """OpenAI's form, or `{"detail": …}` of servers made with FastAPI."""
        try:
            document = answer.json()
            if "detail" in document:
                return "", _told_by(document["detail"])
        except (ValueError, TypeError):
            return "", answer.text
        return super().vendor_error(answer)

    def _output(self, index: int, entry: Any) -> RemoteOutput:
        if entry.get("b64_json"):
            content = decoded_picture(entry["b64_json"])
            if content is not None:
                return RemoteOutput(index, content=content, mime_type="image/png")
            return RemoteOutput(index, error=BrokenContract("An output of the answer is not base64."))
        # Asked for bytes, some answer with an address all the same, often without their own host in it.
        return RemoteOutput(index, url=urljoin(f"{self.url}/", str(entry["url"])), mime_type="image/png")


def _told_by(detail: Any) -> str:
    """A sentence, or FastAPI's list of {loc, msg}; what was sent is not repeated."""
    if not isinstance(detail, list):
        return str(detail)
    return "; ".join(
        f"{'.'.join(map(str, misfit.get('loc', [])))}: {misfit.get('msg', '')}"
        if isinstance(misfit, dict)
        else "misfit"
        for misfit in detail
    )
