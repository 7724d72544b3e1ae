"""Jobs that the loopback Stability works on for a while: their ids, and what a question after a result is answered."""

import hashlib
import time
from dataclasses import dataclass, field

from tests.vendors.serving import Received, Reply, json_reply
from tests.vendors.stability.answers import Made, broken_by, picture_reply
from tests.vendors.stability.faults import RESULT_REFUSALS, RESULT_TROUBLES, TROUBLES, refusal


@dataclass
class Job:
    """One job: whose key it is, what will come of it, and how often and when it was asked for."""

    job_id: str
    key: str
    one: Made
    output_format: str
    fault: str
    asked: int = 0
    asked_at: float = field(default_factory=time.monotonic)


class Results:
    """The jobs of one server by their ids."""

    def __init__(self) -> None:
        self._jobs: dict[str, Job] = {}

    def accept(self, key: str, one: Made, output_format: str, fault: str) -> str:
        """Take a job in; its id is told to the client."""
        job_id = hashlib.sha256(f"{len(self._jobs)} {key}".encode()).hexdigest()
        self._jobs[job_id] = Job(job_id, key, one, output_format, fault)
        return job_id

    def expire(self) -> None:
        """A day passes: results are not kept longer."""
        self._jobs.clear()

    def find(self, job_id: str, key: str) -> Job | None:
        """The job of this id; another account's is not told of."""
        job = self._jobs.get(job_id)
        return job if job is not None and job.key == key else None


def result_reply(received: Received, job: Job, *, rounds: int) -> Reply:
    """202 for the first `rounds` questions, then the picture, unless the job's fault says otherwise."""
    job.asked += 1
    job.asked_at = time.monotonic()
    if job.fault in RESULT_REFUSALS:
        return refusal(job.fault, engine=False)
    if job.fault in RESULT_TROUBLES and job.asked <= TROUBLES:
        return refusal(job.fault, engine=False)
    if job.fault == "result-stuck" or job.asked <= rounds:
        word = "pondering" if job.fault == "result-strange-word" else "in-progress"
        return json_reply({"id": job.job_id, "status": word}, 202)
    reply = picture_reply(received, job.one, job.output_format, name="result")
    line = "cut" if job.fault == "result-cut" and job.asked <= rounds + TROUBLES else job.fault
    return broken_by(line, reply, slow_s=0.0)
