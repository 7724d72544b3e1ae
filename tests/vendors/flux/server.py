"""Black Forest Labs on loopback: the API host, and a second host where its jobs and pictures are, as in real life."""

import json
import time
from typing import Any, Self
from urllib.parse import parse_qs

from tests.vendors.flux import faults
from tests.vendors.flux.edits import Misfit, pictures_in
from tests.vendors.flux.jobs import MODELS, PIXELS_PER_MEGAPIXEL, Job
from tests.vendors.flux.webhooks import Webhooks
from tests.vendors.serving import Received, Reply, VendorServer, json_reply

# Addresses of pictures are signed for ten minutes.
PICTURE_LIVES_S = 600.0
_AREA_LIMIT = 4 * PIXELS_PER_MEGAPIXEL
_FOREIGN_HOST = "https://results.example.net"
# A key of this form is refused, so that a whole engine can be started with a bad one.
_BAD_KEY = "bad"


class Server(VendorServer):
    """The host that clients know. Where jobs live, `cluster`, they learn from each answer's `polling_url`."""

    def __init__(self, port: int = 0, *, slow_s: float = 0.5) -> None:
        super().__init__(port, slow_s=slow_s)
        self.jobs: dict[str, Job] = {}
        self.webhooks = Webhooks()
        self._ahead_s = 0.0
        self.cluster = Cluster(self)

    def pass_time(self, seconds: float) -> None:
        """Let time pass at the vendor."""
        self._ahead_s += seconds

    def now(self) -> float:
        """Seconds since 1970, as the vendor sees them."""
        return time.time() + self._ahead_s

    def respond(self, received: Received) -> Reply:
        if not is_authenticated(received):
            return json_reply(faults.NOT_AUTHENTICATED, 403)
        match received.method, received.path.removeprefix("/v1/"):
            case "POST", model:
                return self._submission(model, received)
            case "GET", "credits":
                return json_reply({"credits": 512.5})
            case "GET", "get_result":
                return self._result_here(received)
            case _:
                return json_reply(faults.NOT_FOUND, 404)

    def _submission(self, model: str, received: Received) -> Reply:
        if model not in MODELS:
            return json_reply(faults.NOT_FOUND, 404)
        try:
            document = received.json()
        except ValueError:
            return faults.misfit_reply([f"{model}: document: JSON decode error"])
        misfits = self.misfits(model, document) or self.unusable(model, document)
        if misfits:
            return faults.misfit_reply(misfits)
        fault = self.fault_for(document.get("prompt", ""))
        refused = faults.refusal(fault)
        if refused is not None:
            return refused
        job = Job(model, document, fault, self.now())
        self.jobs[job.id] = job
        self.webhooks.job_taken(job, lambda: self.cluster.last_words_on(job))
        return self._accepted(job)

    def unusable(self, model: str, document: dict[str, Any]) -> list[str]:
        """What no schema can say: areas, shapes, and what is wrong with the pictures."""
        found = []
        if (document.get("width") or 0) * (document.get("height") or 0) > _AREA_LIMIT:
            found.append(f"{model}: width: more than four megapixels")
        across, down = map(int, document.get("aspect_ratio", "1:1").replace("auto", "1:1").split(":"))
        if max(across, down) * 3 > min(across, down) * 7:
            found.append(f"{model}: aspect_ratio: longer than 7:3")
        if model.endswith("-expand") and not any(document.get(side) for side in ("top", "bottom", "left", "right")):
            found.append(f"{model}: document: nothing to expand")
        try:
            pictures_in(document)
        except Misfit as misfit:
            found.append(f"{model}: {misfit.field}: {misfit}")
        self.violations.extend(found)
        return found

    def _accepted(self, job: Job) -> Reply:
        document = {
            "id": job.id,
            "polling_url": self._polling_url(job),
            "cost": None if job.fault == "no-cost" else job.credits,
            "input_mp": job.input_megapixels,
            "output_mp": job.megapixels,
        }
        if job.document.get("webhook_url"):
            del document["polling_url"]
            document |= {"status": "Pending", "webhook_url": job.document["webhook_url"]}
        if job.fault == "broken-contract":
            del document["id"]
        broken = {"dropped": "hang-up", "cut": "cut"}.get(job.fault, "")
        delay_s = self.slow_s if job.fault == "late-answer" else 0.0
        body, headers = json.dumps(document).encode(), {"Content-Type": "application/json"}
        return Reply(200, body, headers, broken=broken, delay_s=delay_s)

    def _polling_url(self, job: Job) -> str:
        host = _FOREIGN_HOST if job.fault in {"foreign-address", "wrong-cluster"} else self.cluster.url
        return f"{host}/v1/get_result?id={job.id}"

    def _result_here(self, received: Received) -> Reply:
        """The API host knows only jobs of its own cluster: those sent to a webhook, and the one of a fault."""
        job = self.jobs.get(asked_id(received))
        if job is None or not (job.document.get("webhook_url") or job.fault == "foreign-address"):
            return not_found(asked_id(received))
        return self.cluster.tell(job)

    def __enter__(self) -> Self:
        self.cluster.__enter__()
        return super().__enter__()

    def __exit__(self, *parts: object) -> None:
        super().__exit__(*parts)
        self.cluster.__exit__(*parts)
        self.webhooks.finish()


class Cluster(VendorServer):
    """The host where jobs are worked on, and the storage of their pictures."""

    def __init__(self, front: Server) -> None:
        super().__init__(slow_s=front.slow_s)
        self.front = front

    def respond(self, received: Received) -> Reply:
        if received.path.startswith("/delivery/"):
            return self._picture(received)
        if not is_authenticated(received):
            return json_reply(faults.NOT_AUTHENTICATED, 403)
        job = self.front.jobs.get(asked_id(received)) if received.path == "/v1/get_result" else None
        if job is None or job.fault in {"foreign-address", "wrong-cluster", "not-found"}:
            return not_found(asked_id(received))
        return self.tell(job)

    def tell(self, job: Job) -> Reply:
        """One poll of a job."""
        job.polls += 1
        return faults.poll_trouble(job.fault, job.polls) or json_reply(self._state_of(job))

    def _state_of(self, job: Job) -> dict[str, object]:
        if job.fault in faults.ENDS:
            return job.told(faults.ENDS[job.fault], details=faults.DETAILS.get(job.fault))
        if job.fault == "strange-words" and job.polls <= len(faults.STRANGE_WORDS):
            return job.told(faults.STRANGE_WORDS[job.polls - 1], progress=job.polls / 10)
        is_slow = job.fault == "slow" and self.front.now() < job.taken_at + self.front.slow_s
        if job.polls == 1 or job.fault == "stuck" or is_slow:
            return job.told("Pending")
        return job.told("Ready", result={} if job.fault == "no-sample" else job.result(self.sample_of(job)))

    def last_words_on(self, job: Job) -> dict[str, object]:
        """What a webhook tells of a job."""
        if job.fault in faults.ENDS:
            return job.told(faults.ENDS[job.fault], details=faults.DETAILS.get(job.fault))
        return job.told("Ready", progress=1.0, result=job.result(self.sample_of(job)))

    def sample_of(self, job: Job) -> str:
        """A new signed address each time it is asked for."""
        until = self.front.now() + (0.0 if job.fault == "expired" else PICTURE_LIVES_S)
        return f"{self.url}/delivery/{job.id}/sample.{job.document.get('output_format', 'jpeg')}?se={until:.3f}&sig=x"

    def _picture(self, received: Received) -> Reply:
        if {"x-key", "authorization"} & set(received.headers):
            self.front.violations.append("delivery: the key was sent to the storage")
        job = self.front.jobs.get(received.path.split("/")[2])
        if job is None or self.front.now() >= float(parse_qs(received.query)["se"][0]):
            return faults.expired_reply()
        job.fetches += 1
        self.front.webhooks.picture_fetched(job, lambda: self.last_words_on(job))
        mime_type = f"image/{job.document.get('output_format', 'jpeg')}"
        return faults.picture_reply(job.fault, job.draw(), mime_type, fetches=job.fetches)


def is_authenticated(received: Received) -> bool:
    """Whether the key came in the header that the vendor reads."""
    key = received.headers.get("x-key", "")
    return bool(key) and not key.startswith(_BAD_KEY)


def asked_id(received: Received) -> str:
    """The job that a poll is about."""
    return parse_qs(received.query).get("id", [""])[0]


def not_found(job_id: str) -> Reply:
    """The vendor's answer about a job it does not have: a word, not a status."""
    return json_reply({"id": job_id, "status": "Task not found", "result": None, "progress": None, "details": None})
