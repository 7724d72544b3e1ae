"""The loopback Stability AI: checks a request as the vendor does, then draws, edits, filters, refuses or breaks."""

import re
import time
import zlib
from collections import deque
from typing import Any

from PIL import Image

from tests.vendors.serving import Received, Reply, VendorServer, json_reply
from tests.vendors.stability.answers import Made, artifacts_reply, broken_by, made, picture_reply
from tests.vendors.stability.drawing import canvas, size_drawn
from tests.vendors.stability.edits import FOUR_K, Wish, edited, engine_made
from tests.vendors.stability.faults import REFUSALS, error_reply, refusal
from tests.vendors.stability.forms import Form, NotAForm, form_of
from tests.vendors.stability.results import Results, result_reply

_SERVICE = re.compile(
    r"/v2beta/stable-image/(?:generate/(?:core|ultra|sd3)|control/(?:structure|sketch|style|style-transfer)"
    r"|edit/(?:inpaint|erase|outpaint|search-and-replace|remove-background)|upscale/(?:fast|conservative|creative))"
)
_ENGINE = re.compile(r"/v1/generation/stable-diffusion-xl-1024-v1-0/(text-to-image|image-to-image(?:/masking)?)")
_RESULT = re.compile(r"/v2beta/results/([0-9a-f]{64})")
_MAX_BODY_BYTES = 10 * 1024 * 1024
_WINDOW_S = 10.0
_ACCEPTED = ("image/*", "application/json", "*/*")
_MASKED = {"inpaint", "erase"}
_LATER = "creative"


class Server(VendorServer):
    """Stability AI: 150 requests in 10 s, one more and every answer is 429 for `lockout_s`, without Retry-After.

    A result is ready at the third question after it; one that comes sooner than `poll_every_s` is a violation.
    """

    requests_per_window = 150
    lockout_s = 60.0
    poll_every_s = 10.0
    rounds = 2
    # Of a result: less of them are drawn sooner.
    result_pixels = FOUR_K

    def __init__(self, port: int = 0, *, slow_s: float = 0.5) -> None:
        super().__init__(port, slow_s=slow_s)
        self.results = Results()
        self._arrivals: deque[float] = deque()
        self._shut_until = 0.0

    def respond(self, received: Received) -> Reply:
        is_engine = received.path.startswith("/v1/")
        key = received.headers.get("authorization", "").removeprefix("Bearer ")
        if not key or key.startswith("sk-bad"):
            return refusal("bad-key", engine=is_engine)
        if self._is_too_fast():
            return refusal("rate-limited", engine=is_engine)
        if len(received.body) > _MAX_BODY_BYTES:
            return refusal("too-large", engine=is_engine)
        if received.method == "POST" and _SERVICE.fullmatch(received.path):
            return self._serve(received, received.path.rpartition("/")[2], key)
        if received.method == "POST" and (engine := _ENGINE.fullmatch(received.path)):
            return self._run_engine(received, engine[1])
        if (received.method, received.path) == ("GET", "/v1/user/balance"):
            return json_reply({"credits": 24.91})
        if received.method == "GET" and (result := _RESULT.fullmatch(received.path)):
            return self._result(received, result[1], key)
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

    # --- v2beta ----------------------------------------------------------------------------------

    def _serve(self, received: Received, service: str, key: str) -> Reply:
        """A form in, one picture out, or the id of a job."""
        try:
            form = form_of(received)
        except NotAForm as error:
            return self._bad_request([str(error)], engine=False)
        fields = form.document()
        misfits = self.misfits(service, fields)
        if service in _MASKED and "mask" not in form.files and not _has_alpha(form):
            misfits.append("mask: required where the image has no alpha channel")
        if received.headers.get("accept", "*/*") not in _ACCEPTED:
            misfits.append("accept: must be image/* or application/json")
        if misfits:
            return self._bad_request(misfits, engine=False)
        fault = self.fault_for(str(fields.get("prompt", "")))
        if fault in REFUSALS:
            return self._refuse(fault, engine=False)
        one = self._made_by(received, service, form, fault)
        output_format = fields.get("output_format", "png")
        if service == _LATER:
            return self._accept(one, output_format, fault, key)
        return broken_by(fault, picture_reply(received, one, output_format), slow_s=self.slow_s)

    def _made_by(self, received: Received, service: str, form: Form, fault: str) -> Made:
        fields = form.document()
        seed = fields.get("seed") or _seed_of(received)
        image = (
            _drawn(service, fields, seed)
            if not form.files
            else edited(Wish(service, form, fields, seed, self.result_pixels))
        )
        return made(image, seed, fault, fields.get("output_format", "png"))

    def _accept(self, one: Made, output_format: str, fault: str, key: str) -> Reply:
        job_id = self.results.accept(key, one, output_format, fault)
        document = {} if fault == "no-id" else {"id": job_id}
        # What is wrong with the picture shows when it is asked for, what is wrong with the line shows at once.
        at_once = fault if fault in ("slow", "hang-up", "cut") else ""
        return broken_by(at_once, json_reply(document), slow_s=self.slow_s)

    def _result(self, received: Received, job_id: str, key: str) -> Reply:
        job = self.results.find(job_id, key)
        if job is None:
            return refusal("result-expired", engine=False)
        if time.monotonic() - job.asked_at < self.poll_every_s:
            self.violations.append(f"results: asked for again within {self.poll_every_s:g} s")
        return result_reply(received, job, rounds=self.rounds)

    # --- v1 --------------------------------------------------------------------------------------

    def _run_engine(self, received: Received, path: str) -> Reply:
        """JSON or a form in, artifacts or one PNG out."""
        schema = "engine" if path == "text-to-image" else path.rpartition("/")[2]
        try:
            form = Form() if schema == "engine" else form_of(received)
            document = received.json() if schema == "engine" else form.document()
        except ValueError as error:
            return self._bad_request([str(error) or "body: must be JSON"], engine=True)
        misfits = self.misfits(schema, document)
        if schema == "masking" and not misfits and _size(form, "init_image") != _size(form, "mask_image"):
            misfits.append("mask_image: must have the dimensions of init_image")
        if misfits:
            return self._bad_request(misfits, engine=True)
        if received.headers.get("accept") == "image/png" and document.get("samples", 1) > 1:
            texts = ["samples: one only, where a PNG is asked for"]
            return self._bad_request(texts, engine=True, name="invalid_samples")
        fault = self.fault_for(document["text_prompts"][0]["text"])
        if fault in REFUSALS:
            return self._refuse(fault, engine=True)
        return broken_by(fault, self._several(received, form, document, fault), slow_s=self.slow_s)

    def _several(self, received: Received, form: Form, document: dict[str, Any], fault: str) -> Reply:
        """The artifacts; a fault of pictures strikes the last one."""
        seeds = [(document.get("seed") or _seed_of(received)) + index for index in range(document.get("samples", 1))]
        all_made = [
            made(_engine_drawn(form, document, seed), seed, fault if seed == seeds[-1] else "") for seed in seeds
        ]
        return artifacts_reply(received, all_made)

    # --- both ------------------------------------------------------------------------------------

    def _bad_request(self, texts: list[str], *, engine: bool, name: str = "bad_request") -> Reply:
        self.violations.extend(text for text in texts if text not in self.violations)
        return error_reply(400, name, texts, engine=engine)

    def _refuse(self, fault: str, *, engine: bool) -> Reply:
        if fault == "rate-limited":
            with self._lock:
                self._shut_until = time.monotonic() + self.lockout_s
        return refusal(fault, engine=engine)


def _drawn(service: str, fields: dict[str, Any], seed: int) -> Image.Image:
    return canvas(*size_drawn(service, fields.get("aspect_ratio", "1:1")), seed)


def _engine_drawn(form: Form, document: dict[str, Any], seed: int) -> Image.Image:
    if "init_image" not in form.files:
        return canvas(document.get("width", 1024), document.get("height", 1024), seed)
    mask = form.files.get("mask_image")
    image = form.files["init_image"].image().convert("RGB")
    return engine_made(image, mask.image() if mask else None, document, seed)


def _has_alpha(form: Form) -> bool:
    return "image" in form.files and "A" in form.files["image"].image().getbands()


def _size(form: Form, name: str) -> tuple[int, int]:
    return form.files[name].width, form.files[name].height


def _seed_of(received: Received) -> int:
    """The vendor's own choice of a seed: any, but never 0."""
    return 1 + zlib.crc32(received.body) % 4_294_967_280
