"""The list of paid submissions, kept only where SIM_JOURNAL names a file: proofs count its lines."""

import fcntl
import json
from pathlib import Path

from django.conf import settings

from providers.sim.jobs import SimJob


def book_submission(job: SimJob, key: str) -> str:
    """Append the paid submission and return its job id; a key that was seen gets the job it got then."""
    if not settings.SIM_JOURNAL:
        return job.id
    with Path(settings.SIM_JOURNAL).open("a+", encoding="utf-8") as journal:
        fcntl.flock(journal, fcntl.LOCK_EX)
        journal.seek(0)
        for line in journal:
            entry = json.loads(line)
            if key and entry["key"] == key:
                return str(entry["id"])
        entry = {"key": key, "reference": job.reference, "model": job.model, "count": job.count, "id": job.id}
        journal.write(json.dumps(entry) + "\n")
    return job.id


def booked_jobs(reference: str) -> list[str] | None:
    """The ids of the jobs taken for a reference; None where no journal is kept."""
    if not settings.SIM_JOURNAL:
        return None
    path = Path(settings.SIM_JOURNAL)
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    entries = [json.loads(line) for line in lines]
    return [entry["id"] for entry in entries if entry["reference"] == reference]
