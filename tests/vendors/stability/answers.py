"""Finished pictures as the vendor answers them: bytes with headers, base64 in JSON, or v1's artifacts."""

import base64
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

from PIL import Image

from tests.vendors.serving import Received, Reply, json_reply
from tests.vendors.stability.drawing import encoded
from tests.vendors.stability.faults import FINISH_REASONS

_BREAKS = {"hang-up", "cut"}


@dataclass(frozen=True)
class Made:
    """One picture as a fault leaves it."""

    content: bytes
    reason: str
    seed: int


def made(image: Image.Image, seed: int, fault: str = "", output_format: str = "png") -> Made:
    """A finished picture as a fault leaves it."""
    content = encoded(image, output_format, filtered=fault == "moderated-output")
    if fault in ("empty", "truncated"):
        content = content[: len(content) // 2] if fault == "truncated" else b""
    return Made(content, FINISH_REASONS.get(fault, "SUCCESS"), seed)


def picture_reply(received: Received, one: Made, output_format: str, *, name: str = "image") -> Reply:
    """v2beta's answer: bytes, or JSON with the picture under `name` where that is asked for."""
    if received.headers.get("accept") == "application/json":
        document = {name: _base64(one.content), "finish_reason": one.reason, "seed": one.seed}
        return json_reply(document)
    headers = {"Content-Type": f"image/{output_format}", "finish-reason": one.reason, "seed": str(one.seed)}
    return Reply(200, one.content, headers)


def artifacts_reply(received: Received, all_made: Sequence[Made]) -> Reply:
    """v1's answer: artifacts in JSON, or one PNG."""
    if received.headers.get("accept") == "image/png":
        one = all_made[0]
        headers = {"Content-Type": "image/png", "Finish-Reason": one.reason, "Seed": str(one.seed)}
        return Reply(200, one.content, headers)
    artifacts = [{"base64": _base64(one.content), "finishReason": one.reason, "seed": one.seed} for one in all_made]
    return json_reply({"artifacts": artifacts})


def broken_by(fault: str, reply: Reply, *, slow_s: float) -> Reply:
    """The answer as a fault of the line leaves it, with the vendor's number of the call."""
    if fault == "page":
        return Reply(200, b"<html>Service</html>", {"Content-Type": "text/html"})
    headers = {**reply.headers, "x-request-id": f"{zlib.crc32(reply.body):08x}"}
    delay_s = slow_s if fault == "slow" else 0.0
    return replace(reply, headers=headers, broken=fault if fault in _BREAKS else "", delay_s=delay_s)


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode()
