"""A server with OpenAI's image interface on loopback: generations, edits, and pictures behind addresses of its own."""

import itertools
import time
from dataclasses import replace
from typing import Any, ClassVar

from PIL import Image

from tests.vendors.openai.forms import NotAForm, Part, parts_of
from tests.vendors.openai_compatible.faults import DOUBTS, REFUSALS, SPOILT, misfit_reply
from tests.vendors.painting import NotAPicture, encoded, file_of, opened, painted
from tests.vendors.pictures import picture
from tests.vendors.serving import Received, Reply, VendorServer, json_reply

_PICTURES = {"image", "image[]", "mask", "mask_image"}
_MOST_PICTURES = 16
_NUMBERS = {"n", "seed", "num_inference_steps", "mode", "guidance_scale", "strength"}


class Server(VendorServer):
    """`key`: the bearer token it wants, "" for none."""

    base_path: ClassVar[str] = "/v1"

    def __init__(self, port: int = 0, *, slow_s: float = 0.5, key: str = "") -> None:
        super().__init__(port, slow_s=slow_s)
        self.key = key
        self.files: dict[str, bytes] = {}
        self._numbers = itertools.count(1)

    def respond(self, received: Received) -> Reply:
        if self.key and received.headers.get("authorization") != f"Bearer {self.key}":
            return REFUSALS["bad-key"]
        match received.method, received.path:
            case "POST", "/v1/images/generations":
                return self._generation(received)
            case "POST", "/v1/images/edits":
                return self._edit(received)
            case "GET", path if path in self.files:
                return Reply(200, self.files[path], {"Content-Type": "image/png"})
            case "GET", "/health":
                return Reply(200)
        return json_reply({"detail": "Not Found"}, 404)

    def _generation(self, received: Received) -> Reply:
        try:
            document = received.json()
        except ValueError:
            return misfit_reply(["generation: document: JSON decode error"])
        return self._answered(document, [], None)

    def _edit(self, received: Received) -> Reply:
        try:
            parts = parts_of(received)
            images = [_picture(part) for part in parts if part.name in {"image", "image[]"}]
            masks = [_picture(part) for part in parts if part.name in {"mask", "mask_image"}]
        except (NotAForm, NotAPicture) as error:
            return self._misfit(str(error))
        if not 1 <= len(images) <= _MOST_PICTURES or len(masks) > 1:
            return self._misfit(f"{len(images)} pictures, {len(masks)} masks")
        if masks and masks[0].size != images[0].size:
            return self._misfit("the mask has another size than the picture")
        return self._answered(_fields(parts), images, masks[0] if masks else None)

    def _misfit(self, text: str) -> Reply:
        self.violations.append(f"edit: image: {text}")
        return misfit_reply([f"edit: image: {text}"])

    def _answered(self, document: dict[str, Any], images: list[Image.Image], mask: Image.Image | None) -> Reply:
        if misfits := self.misfits("generation", document):
            return misfit_reply(misfits)
        fault = self.fault_for(document["prompt"])
        if fault in REFUSALS or fault in DOUBTS:
            return {**REFUSALS, **DOUBTS}[fault]
        if fault and fault not in SPOILT:
            self.violations.append(f"fault: there is none called {fault}")
        count = {"fewer": document.get("n", 1) - 1, "none": 0}.get(fault, document.get("n", 1))
        entries = [self._entry(_drawn(document, images, mask, index, fault), fault) for index in range(count)]
        reply = json_reply({"created": int(time.time()), "data": entries})
        return replace(reply, broken="cut" if fault == "cut" else "", delay_s=self.slow_s if fault == "slow" else 0.0)

    def _entry(self, content: bytes, fault: str) -> dict[str, str]:
        if fault == "without-picture":
            return {"revised_prompt": "nothing else"}
        if fault not in ("relative-url", "lost-output"):
            return {"b64_json": "%%%" if fault == "not-base64" else encoded(content)}
        path = f"/generated-images/{next(self._numbers)}.png"
        if fault == "relative-url":
            self.files[path] = content
        return {"url": path}


def _drawn(
    document: dict[str, Any], images: list[Image.Image], mask: Image.Image | None, index: int, fault: str
) -> bytes:
    width, height = (int(side) for side in document.get("size", "512x512").split("x"))
    size = (width // 2, height // 4) if fault == "wrong-size" else (width, height)
    seed = document.get("seed", 0) + index
    if not images:
        return picture(*size, seed)
    # Of the mask the transparent part is painted anew, or the white one where the field is vLLM's.
    if mask is not None and "A" in mask.getbands():
        mask = mask.getchannel("A").point(lambda alpha: 255 - alpha)
    return file_of(painted(images[0], size, seed, mask))


def _picture(part: Part) -> Image.Image:
    if part.filename is None:
        raise NotAPicture(f"{part.name} is no file")
    return opened(part.content)


def _fields(parts: list[Part]) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for part in parts:
        if part.name not in _PICTURES:
            text = part.content.decode()
            number = float(text) if part.name in _NUMBERS else text
            fields[part.name] = int(number) if isinstance(number, float) and number.is_integer() else number
    return fields
