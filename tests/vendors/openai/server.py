"""OpenAI's Images API on loopback: generations, edits, streams, the list of models, in the vendor's wire format."""

import itertools
from dataclasses import replace
from typing import Any, ClassVar

from tests.vendors.openai.answers import events_of, whole_answer
from tests.vendors.openai.edits import NotAForm, Wish, WrongEdit, read_edit
from tests.vendors.openai.faults import (
    DOUBTS,
    EDIT_REFUSALS,
    REFUSALS,
    SPOILT,
    STREAM_FAULTS,
    error,
    unknown_model,
    wrong_input,
)
from tests.vendors.openai.limits import SERVED, SHUTS_DOWN, misfit_of
from tests.vendors.serving import Received, Reply, VendorServer, json_reply


class Server(VendorServer):
    """Keys that begin with `sk-bad` are wrong, those with `sk-unverified` belong to an unverified organisation."""

    base_path: ClassVar[str] = "/v1"

    def __init__(self, port: int = 0, *, slow_s: float = 0.5) -> None:
        super().__init__(port, slow_s=slow_s)
        self._numbers = itertools.count(1)

    def respond(self, received: Received) -> Reply:
        reply = self._refusal_of_key(received) or self._routed(received)
        headers = {
            "x-request-id": f"req_loopback{next(self._numbers)}",
            "openai-processing-ms": "12",
            "openai-version": "2020-10-01",
        }
        return replace(reply, headers={**headers, **reply.headers})

    def _refusal_of_key(self, received: Received) -> Reply | None:
        key = received.headers.get("authorization", "").removeprefix("Bearer ")
        if not key or key.startswith("sk-bad"):
            return REFUSALS["bad-key"]
        return REFUSALS["unverified"] if key.startswith("sk-unverified") else None

    def _routed(self, received: Received) -> Reply:
        match received.method, received.path:
            case "POST", "/v1/images/generations":
                return self._generation(received)
            case "POST", "/v1/images/edits":
                return self._edit(received)
            case "GET", "/v1/models":
                return json_reply({"object": "list", "data": [_listed(model) for model in SERVED]})
        message = f"Invalid URL ({received.method} {received.path})"
        return error(404, "invalid_request_error", "unknown_url", message)

    def _generation(self, received: Received) -> Reply:
        if not received.headers.get("content-type", "").startswith("application/json"):
            return wrong_input("The body must be application/json.", None)
        try:
            document = received.json()
        except ValueError:
            return wrong_input("The body cannot be parsed as JSON.", None)
        return self._refusal_of(document, "generation") or self._answered(Wish(document))

    def _edit(self, received: Received) -> Reply:
        try:
            wish = read_edit(received)
        except NotAForm as error:
            self.violations.append(f"edit: {error}")
            return wrong_input(str(error), None)
        except WrongEdit as error:
            self.violations.append(f"edit: {error.field}: {error}")
            return wrong_input(str(error), error.field)
        return self._refusal_of(wish.document, "edit") or self._answered(wish)

    def _answered(self, wish: Wish) -> Reply:
        fault = self.fault_for(wish.document["prompt"])
        refusals = {**REFUSALS, **EDIT_REFUSALS} if wish.images else REFUSALS
        if fault in refusals:
            return refusals[fault]
        if fault in DOUBTS:
            return DOUBTS[fault]
        if fault and fault not in (*SPOILT, *STREAM_FAULTS):
            self.violations.append(f"fault: there is none called {fault}")
        if wish.document.get("stream"):
            headers = {"Content-Type": "text/event-stream; charset=utf-8"}
            reply = Reply(stream=events_of(wish, fault), headers=headers)
        else:
            reply = json_reply(whole_answer(wish, fault))
        return replace(reply, broken="cut" if fault == "cut" else "", delay_s=self.slow_s if fault == "slow" else 0.0)

    def _refusal_of(self, document: Any, schema: str) -> Reply | None:
        if isinstance(document, dict) and document.get("model") and document["model"] not in SERVED:
            return unknown_model(document["model"])
        if misfits := self.misfits(schema, document):
            return wrong_input(misfits[0], misfits[0].split(": ")[1])
        misfit = misfit_of(document)
        if misfit is not None:
            self.violations.append(f"{schema}: {misfit[0]}: {misfit[1]}")
            return wrong_input(misfit[1], misfit[0])
        return None


def _listed(model: str) -> dict[str, Any]:
    entry = {"id": model, "object": "model", "created": 1780000000, "owned_by": "system"}
    return {**entry, "shutdown_date": SHUTS_DOWN[model]} if model in SHUTS_DOWN else entry
