"""ComfyUI on loopback: uploads, a queue, a history, and the files that came out, in the server's wire format."""

import base64
import itertools
import json
import uuid
from typing import Any
from urllib.parse import parse_qs

from tests.vendors.comfyui.faults import DOUBTS, OUTPUTS, POLLS, REFUSALS, TAKEN, poll_trouble, refused
from tests.vendors.comfyui.graphs import drawn, refusal_of
from tests.vendors.comfyui.jobs import Job
from tests.vendors.openai.forms import NotAForm, parts_of
from tests.vendors.painting import NotAPicture, file_of, opened
from tests.vendors.serving import Received, Reply, VendorServer, json_reply

_SLY_NAME = "../../secret & more=1.png"


class Server(VendorServer):
    """`key`: what the proxy in front wants, "user:password" or a token, "" for none.

    `takes_ids` is False for servers from before they took the client's `prompt_id`.
    """

    def __init__(self, port: int = 0, *, slow_s: float = 0.5, key: str = "", takes_ids: bool = True) -> None:
        super().__init__(port, slow_s=slow_s)
        self.key, self.takes_ids = key, takes_ids
        self.jobs: dict[str, Job] = {}
        self.uploads: dict[str, bytes] = {}
        self._numbers = itertools.count(1)

    def respond(self, received: Received) -> Reply:
        if self.key and received.headers.get("authorization") != self._wanted():
            return REFUSALS["bad-key"]
        match received.method, received.path.split("/")[1:]:
            case "POST", ["prompt"]:
                return self._queued(received)
            case "POST", ["upload", "image"]:
                return self._uploaded(received)
            case "POST", ["interrupt"]:
                return self._interrupted(received.json())
            case "GET", ["queue"]:
                waiting = [job.listed for job in self.jobs.values() if not job.has_ended and job.fault != "forgotten"]
                return json_reply({"queue_running": waiting[:1], "queue_pending": waiting[1:]})
            case "GET", ["history"]:
                return self._history(int(parse_qs(received.query)["max_items"][0]))
            case "GET", ["history", job_id]:
                return self._told(job_id)
            case "GET", ["view"]:
                return self._viewed(received.query)
        return Reply(404, b"404: Not Found", {"Content-Type": "text/plain"})

    def _wanted(self) -> str:
        basic = f"Basic {base64.b64encode(self.key.encode()).decode()}"
        return basic if ":" in self.key else f"Bearer {self.key}"

    def _uploaded(self, received: Received) -> Reply:
        try:
            parts = {part.name: part for part in parts_of(received)}
            image = parts["image"]
            opened(image.content)
        except (NotAForm, NotAPicture, KeyError) as error:
            self.violations.append(f"upload: {error}")
            return Reply(400)
        folder = parts["subfolder"].content.decode() if "subfolder" in parts else ""
        name = f"{folder}/{image.filename}" if folder else str(image.filename)
        overwrites = "overwrite" in parts and parts["overwrite"].content == b"true"
        if name in self.uploads and not overwrites:
            self.violations.append(f"upload: {name} is there already")
        self.uploads[name] = image.content
        return json_reply({"name": image.filename, "subfolder": folder, "type": "input"})

    def _queued(self, received: Received) -> Reply:
        document = received.json()
        if self.misfits("prompt", document):
            return refused("invalid_prompt", "The prompt is not as it must be")
        fault = self.fault_for(json.dumps(document["prompt"]))
        if fault in REFUSALS or fault in DOUBTS:
            return {**REFUSALS, **DOUBTS}[fault]
        if fault and fault not in (*TAKEN, *POLLS, *OUTPUTS):
            self.violations.append(f"fault: there is none called {fault}")
        refusal = refusal_of(document["prompt"], self.uploads)
        if refusal is not None:
            self.violations.append(json.dumps(refusal))
            return json_reply(refusal, 400)
        job = self._taken(document, fault)
        told = {"prompt_id": job.id, "number": job.number, "node_errors": {}}
        if fault == "broken-contract":
            del told["prompt_id"]
        body, broken = json.dumps(told).encode(), {"dropped": "hang-up", "cut": "cut"}.get(fault, "")
        return Reply(200, body, {"Content-Type": "application/json"}, broken=broken)

    def _taken(self, document: dict[str, Any], fault: str) -> Job:
        given = document.get("prompt_id") if self.takes_ids else None
        extra = {**document.get("extra_data", {}), "client_id": document.get("client_id", "")}
        job = Job(given or str(uuid.uuid4()), next(self._numbers), document["prompt"], extra, fault)
        if job.id in self.jobs:
            self.violations.append(f"prompt: {job.id} is there already")
        for index, image in enumerate(drawn(job.graph, self.uploads)):
            name = _SLY_NAME if fault == "sly" else f"gencraft_{job.number:05}_{index}.png"
            job.files["", name] = file_of(image)
        self.jobs[job.id] = job
        return job

    def _told(self, job_id: str) -> Reply:
        job = self.jobs.get(job_id)
        if job is None:
            return json_reply({})
        job.polls += 1
        trouble = poll_trouble(job.fault, job.polls)
        return trouble or json_reply({job.id: job.entry()} if job.has_ended else {})

    def _history(self, most: int) -> Reply:
        ended = [job for job in self.jobs.values() if job.has_ended]
        return json_reply({job.id: job.entry() for job in ended[-most:]})

    def _interrupted(self, document: Any) -> Reply:
        self.misfits("interrupt", document)
        job = self.jobs.get(document.get("prompt_id", ""))
        if job is not None and not job.has_ended:
            job.is_interrupted = True
        return Reply(200)

    def _viewed(self, query: str) -> Reply:
        asked = {name: values[0] for name, values in parse_qs(query).items()}
        if set(asked) - {"filename", "subfolder", "type"} or "filename" not in asked:
            self.violations.append(f"view: {query}")
        where = asked.get("subfolder", ""), asked.get("filename", "")
        job = next((job for job in self.jobs.values() if where in job.files), None)
        if job is None or asked.get("type") != "output" or job.fault == "lost-output":
            return Reply(404)
        if job.fault == "not-an-image":
            return Reply(200, b"<html>ComfyUI</html>", {"Content-Type": "text/html"})
        content = job.files[where]
        return Reply(200, content[: len(content) // 2] if job.fault == "truncated" else content)
