"""The loopback Stability AI: checks a request as the vendor does, then draws, filters, refuses or breaks."""

import base64
import json
import re
import time
import zlib
from collections import deque
from dataclasses import replace
from typing import Any

from tests.vendors.serving import Received, Reply, VendorServer, json_reply
from tests.vendors.stability.drawing import drawn, size_drawn
from tests.vendors.stability.faults import FINISH_REASONS, REFUSALS, error_reply, refusal
from tests.vendors.stability.forms import NotAForm, fields_of

_SERVICE = re.compile(r"/v2beta/stable-image/generate/(core|ultra|sd3)")
_ENGINE = re.compile(r"/v1/generation/stable-diffusion-xl-1024-v1-0/text-to-image")
_MAX_BODY_BYTES = 10 * 1024 * 1024
_WINDOW_S = 10.0
_NUMBERS = {"seed", "cfg_scale"}
_BREAKS = {"hang-up", "cut"}


class Server(VendorServer):
    """Stability AI: 150 requests in 10 s, one more and every answer is 429 for `lockout_s`, without Retry-After."""

    requests_per_window = 150
    lockout_s = 60.0

    def __init__(self, port: int = 0, *, slow_s: float = 0.5) -> None:
        super().__init__(port, slow_s=slow_s)
        self._arrivals: deque[float] = deque()
        self._shut_until = 0.0

    def respond(self, received: Received) -> Reply:
        service, engine = _SERVICE.fullmatch(received.path), _ENGINE.fullmatch(received.path)
        is_engine = received.path.startswith("/v1/")
        key = received.headers.get("authorization", "").removeprefix("Bearer ")
        if not key or key.startswith("sk-bad"):
            return refusal("bad-key", engine=is_engine)
        if self._is_too_fast():
            return refusal("rate-limited", engine=is_engine)
        if len(received.body) > _MAX_BODY_BYTES:
            return refusal("too-large", engine=is_engine)
        if received.method == "POST" and service:
            return self._serve(received, service[1])
        if received.method == "POST" and engine:
            return self._run_engine(received)
        return refusal("unknown-model", engine=is_engine)

    def _is_too_fast(self) -> bool:
        with self._lock:
            now = time.monotonic()
            while self._arrivals and self._arrivals[0] < now - _WINDOW_S:
                self._arrivals.popleft()
            self._arrivals.append(now)
            if len(self._arrivals) > self.requests_per_window:
                self._shut_until = now + self.lockout_s
            return now < self._shut_until

    def _serve(self, received: Received, service: str) -> Reply:
        """v2beta: a form in, one picture out."""
        try:
            fields = {name: _typed(name, text) for name, text in fields_of(received).items()}
        except NotAForm as error:
            return self._bad_request([str(error)], engine=False)
        misfits = self.misfits(service, fields)
        if received.headers.get("accept", "*/*") not in ("image/*", "application/json", "*/*"):
            misfits.append("accept: must be image/* or application/json")
        if misfits:
            return self._bad_request(misfits, engine=False)
        fault = self.fault_for(fields["prompt"])
        return self._refuse(fault, engine=False) if fault in REFUSALS else self._one(received, service, fields, fault)

    def _one(self, received: Received, service: str, fields: dict[str, Any], fault: str) -> Reply:
        output_format = fields.get("output_format", "png")
        size = size_drawn(service, fields.get("aspect_ratio", "1:1"))
        content, reason, seed = _made(size, fields.get("seed") or _seed_of(received), fault, output_format)
        if received.headers.get("accept") == "application/json":
            return self._delivered(
                json_reply({"image": _base64(content), "finish_reason": reason, "seed": seed}), fault
            )
        headers = {"Content-Type": f"image/{output_format}", "finish-reason": reason, "seed": str(seed)}
        return self._delivered(Reply(200, content, headers), fault)

    def _run_engine(self, received: Received) -> Reply:
        """v1: JSON in, artifacts or one PNG out."""
        try:
            document = received.json()
        except ValueError:
            return self._bad_request(["body: must be JSON"], engine=True)
        if misfits := self.misfits("engine", document):
            return self._bad_request(misfits, engine=True)
        if received.headers.get("accept") == "image/png" and document.get("samples", 1) > 1:
            texts = ["samples: one only, where a PNG is asked for"]
            return self._bad_request(texts, engine=True, name="invalid_samples")
        fault = self.fault_for(document["text_prompts"][0]["text"])
        return self._refuse(fault, engine=True) if fault in REFUSALS else self._several(received, document, fault)

    def _several(self, received: Received, document: dict[str, Any], fault: str) -> Reply:
        """The artifacts; a fault of pictures strikes the last one."""
        size = document.get("width", 1024), document.get("height", 1024)
        seeds = [(document.get("seed") or _seed_of(received)) + index for index in range(document.get("samples", 1))]
        made = [_made(size, seed, fault if seed == seeds[-1] else "") for seed in seeds]
        if received.headers.get("accept") == "image/png":
            content, reason, seed = made[0]
            headers = {"Content-Type": "image/png", "Finish-Reason": reason, "Seed": str(seed)}
            return self._delivered(Reply(200, content, headers), fault)
        artifacts = [
            {"base64": _base64(content), "finishReason": reason, "seed": seed} for content, reason, seed in made
        ]
        return self._delivered(json_reply({"artifacts": artifacts}), fault)

    def _bad_request(self, texts: list[str], *, engine: bool, name: str = "bad_request") -> Reply:
        self.violations.extend(text for text in texts if text not in self.violations)
        return error_reply(400, name, texts, engine=engine)

    def _refuse(self, fault: str, *, engine: bool) -> Reply:
        if fault == "rate-limited":
            with self._lock:
                self._shut_until = time.monotonic() + self.lockout_s
        return refusal(fault, engine=engine)

    def _delivered(self, reply: Reply, fault: str) -> Reply:
        if fault == "page":
            return Reply(200, b"<html>Service</html>", {"Content-Type": "text/html"})
        headers = {**reply.headers, "x-request-id": f"{zlib.crc32(reply.body):08x}"}
        delay_s = self.slow_s if fault == "slow" else 0.0
        return replace(reply, headers=headers, broken=fault if fault in _BREAKS else "", delay_s=delay_s)


def _made(size: tuple[int, int], seed: int, fault: str, output_format: str = "png") -> tuple[bytes, str, int]:
    """One picture as a fault leaves it, its finish reason and its seed."""
    content = drawn(size, seed, output_format, filtered=fault == "moderated-output")
    if fault in ("empty", "truncated"):
        content = content[: len(content) // 2] if fault == "truncated" else b""
    return content, FINISH_REASONS.get(fault, "SUCCESS"), seed


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode()


def _typed(name: str, text: str) -> Any:
    """A field's text, as the number it should be where it is one; text that is none stays, and does not fit."""
    try:
        return json.loads(text) if name in _NUMBERS else text
    except ValueError:
        return text


def _seed_of(received: Received) -> int:
    """The vendor's own choice of a seed: any, but never 0."""
    return 1 + zlib.crc32(received.body) % 4_294_967_280
