"""The adapter of ComfyUI: a workflow is queued, then asked for. Its `server.py`, `execution.py` (read 2026-11-22)."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar
from urllib.parse import quote, urlencode

from providers.adapters.comfyui.failures import failure_in, node_errors_in
from providers.adapters.comfyui.workflows import filled_workflow, folder_of, uploads
from providers.base import ProviderAdapter
from providers.errors import Misconfigured, OutputLost, ProviderError
from providers.self_hosted import server_credentials
from providers.types import (
    Accepted,
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

# Ended jobs that are looked through for one of ours; each entry holds its whole workflow.
_RECENT = 50
_READ_TIMEOUT_S = 20.0
# The node whose pictures count, in what the server keeps with a job.
_OUTPUT = "gencraft_output"
_IMAGE_TYPES = {"png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg", "webp": "image/webp"}


class ComfyUiAdapter(ProviderAdapter):
    """Speaks to the server that the account names, in the operator's own workflows.

    The attempt is both the job's id, which recent servers take over, and the client's, which all of them list.
    """

    key = "comfyui"
    label = "ComfyUI"
    base_url = ""
    recovery = Recovery.LISTABLE
    ERRORS: ClassVar[Mapping[int | str, type[ProviderError]]] = {
        # Of the workflow, whatever the request: a node that is not installed, nothing to be saved, no graph.
        "missing_node_type": Misconfigured,
        "prompt_no_outputs": Misconfigured,
        "no_prompt": Misconfigured,
    }
    poll_every_s = 1.0
    # A server that was started anew has forgotten its jobs and goes on saying that they have not ended.
    give_up_after_s = 900.0
    submit_timeout_s = 60.0
    # Results lie on the server itself, behind whatever guards it.
    outputs_need_key = True

    # --- build -----------------------------------------------------------------------------------

    def build_preparations(self, request: GenerationRequest) -> Sequence[HttpRequest]:
        form = {"type": "input", "subfolder": folder_of(request), "overwrite": "true"}
        return [
            HttpRequest("POST", f"{self.url}/upload/image", form=form, files=[("image", media)], multipart=True)
            for _, media in uploads(request)
        ]

    def build_submit(self, request: GenerationRequest) -> HttpRequest:
        body = {
            "prompt": filled_workflow(request),
            "prompt_id": request.attempt_id,
            "client_id": request.attempt_id,
            # Told again with the outputs, when nobody knows the wiring any more.
            "extra_data": {_OUTPUT: str(request.wiring.get("output") or "")},
        }
        return HttpRequest("POST", f"{self.url}/prompt", json=body, read_timeout_s=self.submit_timeout_s)

    def build_poll(self, provider_job_id: str, poll_url: str = "") -> HttpRequest:
        address = f"{self.url}/history/{quote(provider_job_id, safe='')}"
        return HttpRequest("GET", address, read_timeout_s=_READ_TIMEOUT_S)

    def build_cancel(self, provider_job_id: str) -> HttpRequest | None:
        # Not out of the queue: what is taken out of it leaves no trace, and would be waited for.
        return HttpRequest("POST", f"{self.url}/interrupt", json={"prompt_id": provider_job_id}, read_timeout_s=10.0)

    def build_find(self, request: GenerationRequest) -> HttpRequest | None:
        return HttpRequest("GET", f"{self.url}/queue", read_timeout_s=_READ_TIMEOUT_S)

    def build_find_ended(self, request: GenerationRequest) -> HttpRequest | None:
        return HttpRequest("GET", f"{self.url}/history?max_items={_RECENT}", read_timeout_s=_READ_TIMEOUT_S)

    def credentials(self, api_key: str, organization: str) -> Mapping[str, str]:
        return server_credentials(api_key)

    # --- parse -----------------------------------------------------------------------------------

    def parse_submitted(self, answer: HttpAnswer) -> Submitted:
        if refusal := self.refusal_in(answer, paid=True):
            return Refused(refusal)
        with self.reading(answer) as document:
            job_id = document["prompt_id"]
            if not isinstance(job_id, str) or not 0 < len(job_id) <= 255:
                raise ValueError("the answer has no usable id")
            return Accepted(job_id, poll_after_s=self.poll_every_s)

    def parse_progress(self, answer: HttpAnswer) -> Progress:
        if refusal := self.refusal_in(answer):
            raise refusal
        with self.reading(answer) as document:
            if document == {}:
                return Progress(RemoteState.RUNNING, poll_after_s=self.poll_every_s)
            status = _entry_in(document).get("status") or {}
            match status.get("status_str", "success"):
                case "success":
                    return Progress(RemoteState.SUCCEEDED, fraction=1.0)
                case "error":
                    return failure_in(status)
            return Progress(RemoteState.RUNNING, poll_after_s=self.poll_every_s)

    def parse_outputs(self, answer: HttpAnswer) -> Sequence[RemoteOutput]:
        if refusal := self.refusal_in(answer):
            raise refusal
        with self.reading(answer) as document:
            entry = _entry_in(document)
            wanted = entry["prompt"][3].get(_OUTPUT) if "prompt" in entry else ""
            files = [
                file
                for node, told in entry["outputs"].items()
                for file in told.get("images", ())
                if wanted in (None, "", node)
            ]
            # Previews are temporary files; they count only where nothing is saved.
            saved = [file for file in files if file.get("type") == "output"] or files
            if not saved:
                # A server that drew the same before may answer without drawing, and without an output.
                raise OutputLost("The workflow ended without a picture.")
            return [self._output(index, file) for index, file in enumerate(saved)]

    def parse_found(self, answer: HttpAnswer, request: GenerationRequest) -> str:
        if self.refusal_in(answer):
            return ""
        with self.reading(answer) as document:
            for job_id, extra in _listed(document):
                if request.attempt_id in (job_id, extra.get("client_id")):
                    return job_id
        return ""

    def vendor_error(self, answer: HttpAnswer) -> tuple[str, str]:
        """`{"error": {type, message, details}, "node_errors": {…}}`: which input of which node is not as it must be."""
        try:
            document = answer.json()
            error = document["error"]
            told = [str(error.get("message", "")), str(error.get("details", "")), *node_errors_in(document)]
            return str(error.get("type", "")), "; ".join(dict.fromkeys(text for text in told if text))
        except (ValueError, TypeError, KeyError, AttributeError):
            return "", answer.text

    def _output(self, index: int, file: Mapping[str, Any]) -> RemoteOutput:
        name = str(file["filename"])
        where = {"filename": name, "subfolder": str(file.get("subfolder", "")), "type": str(file.get("type", "output"))}
        mime_type = _IMAGE_TYPES.get(name.rpartition(".")[2].lower(), "image/png")
        return RemoteOutput(index, url=f"{self.url}/view?{urlencode(where)}", mime_type=mime_type)


def _entry_in(document: Any) -> Mapping[str, Any]:
    """The one job that was asked for."""
    [entry] = document.values()
    if not isinstance(entry, dict) or "outputs" not in entry:
        raise ValueError("the entry has no outputs")
    return entry


def _listed(document: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Id and extra data of each job of a queue, or of a history, which are lists of the same five parts."""
    if "queue_running" in document:
        entries = [*document["queue_running"], *document.get("queue_pending", ())]
    else:
        entries = [entry["prompt"] for entry in document.values()]
    for entry in entries:
        yield str(entry[1]), entry[3]
