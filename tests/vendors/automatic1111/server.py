"""AUTOMATIC1111 on loopback: text and pictures to pictures, enlarging; one request at a time, as in real life."""

import base64
import json
import threading
from dataclasses import replace
from typing import Any

from PIL import Image

from tests.vendors.automatic1111.faults import DOUBTS, REFUSALS, SPOILT, error, misfit_reply
from tests.vendors.painting import NotAPicture, decoded, encoded, file_of, opened, painted
from tests.vendors.pictures import picture
from tests.vendors.serving import Received, Reply, VendorServer, json_reply

SAMPLERS = ("Euler", "Euler a", "LMS", "DDIM", "DPM++ 2M")
UPSCALERS = ("None", "Lanczos", "R-ESRGAN 4x+")
_RANDOM_SEED = 4711
_PATHS = ("txt2img", "img2img", "extra-single-image")


class Server(VendorServer):
    """`key`: "user:password" where the program was started with `--api-auth`, else ""."""

    def __init__(self, port: int = 0, *, slow_s: float = 0.5, key: str = "") -> None:
        super().__init__(port, slow_s=slow_s)
        self.key = key
        self._at_work = threading.Lock()

    def respond(self, received: Received) -> Reply:
        wanted = f"Basic {base64.b64encode(self.key.encode()).decode()}"
        if self.key and received.headers.get("authorization") != wanted:
            return REFUSALS["bad-key"]
        prefix, _, name = received.path.rpartition("/")
        if received.method != "POST" or prefix != "/sdapi/v1" or name not in _PATHS:
            return REFUSALS["no-api"]
        try:
            document = received.json()
        except ValueError:
            return misfit_reply([f"{name}: document: JSON decode error"])
        if misfits := self.misfits(name, document):
            return misfit_reply(misfits)
        with self._at_work:
            return self._worked_on(name, document)

    def _worked_on(self, name: str, document: dict[str, Any]) -> Reply:
        fault = self.fault_for(document.get("prompt", ""))
        if fault in REFUSALS or fault in DOUBTS:
            return {**REFUSALS, **DOUBTS}[fault]
        if fault and fault not in SPOILT:
            self.violations.append(f"fault: there is none called {fault}")
        try:
            reply = self._enlarged(document) if name == "extra-single-image" else self._drawn(document, fault)
        except NotAPicture as misfit:
            self.violations.append(f"{name}: image: {misfit}")
            return error(500, "HTTPException", str(misfit))
        return replace(reply, broken="cut" if fault == "cut" else "", delay_s=self.slow_s if fault == "slow" else 0.0)

    def _drawn(self, document: dict[str, Any], fault: str) -> Reply:
        if document.get("sampler_name", "Euler") not in SAMPLERS:
            return REFUSALS["not-installed"]
        first = document.get("seed", -1)
        first = _RANDOM_SEED if first == -1 else first
        seeds = [first + index for index in range(document.get("batch_size", 1))]
        pictures = [encoded(self._picture(document, seed, fault)) for seed in seeds]
        if fault == "fewer":
            pictures.pop()
        if fault in ("none", "not-base64"):
            pictures = [] if fault == "none" else ["%%%" for _ in pictures]
        info = {"seed": first, "all_seeds": seeds, "index_of_first_image": 0, "infotexts": ["Steps: 20"] * len(seeds)}
        if fault == "grid":
            pictures.insert(0, encoded(picture(64 * len(seeds), 64)))
            info["index_of_first_image"] = 1
        told = {"images": pictures, "parameters": {**document, "init_images": None, "mask": None}}
        return json_reply(told if fault == "no-info" else {**told, "info": json.dumps(info)})

    def _picture(self, document: dict[str, Any], seed: int, fault: str) -> bytes:
        size = document.get("width", 512), document.get("height", 512)
        if fault == "black":
            return file_of(Image.new("RGB", size))
        if fault == "wrong-size":
            return picture(size[0] // 2, size[1] // 4, seed)
        if "init_images" not in document:
            return picture(*size, seed)
        given = decoded(document["init_images"][0])
        mask = decoded(document["mask"]) if "mask" in document else None
        if given.size != size or (mask is not None and mask.size != given.size):
            self.violations.append(f"img2img: size: {given.size} is drawn as {size}, its mask {mask and mask.size}")
        return file_of(painted(given, size, seed, mask))

    def _enlarged(self, document: dict[str, Any]) -> Reply:
        if document["upscaler_1"] not in UPSCALERS:
            return error(404, "HTTPException", "Upscaler not found")
        given, factor = decoded(document["image"]), document["upscaling_resize"]
        grown = opened(file_of(given)).resize((round(given.width * factor), round(given.height * factor)))
        return json_reply({"image": encoded(file_of(grown)), "html_info": "<p>Upscale</p>"})
