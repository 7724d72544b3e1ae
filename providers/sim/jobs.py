"""A simulated job is its own id: everything a poll needs is written in it; only pictures it was sent are kept."""

import base64
import binascii
import json
import time
import zlib
from collections.abc import Mapping
from dataclasses import astuple, dataclass
from hashlib import blake2b
from typing import Any

from providers.sim.edits import NEEDS, edit_in
from providers.sim.faults import Script, script_of

_PREFIX = "sim_"
_CHECK_BYTES = 6
# The id must fit a column of 255 characters; the picture needs the gist of the prompt and its checksum, not all of it.
_EXCERPT_BYTES = 48
_REFERENCE_LENGTH = 40
_LARGEST_SEED = 2**32
_OPERATIONS = list(NEEDS)


@dataclass(frozen=True)
class SimJob:
    """What was asked for, and when (milliseconds since 1970)."""

    model: str
    operation: str
    reference: str
    started_ms: int
    seed: int
    width: int
    height: int
    count: int
    excerpt: str
    prompt_digest: int
    # The digest of what it was sent besides (providers/sim/edits.py), "" for a prompt alone.
    edit: str = ""

    @property
    def id(self) -> str:
        model, operation, *rest = astuple(self)
        facts = [model, _OPERATIONS.index(operation), *rest]
        body = json.dumps(facts, ensure_ascii=False, separators=(",", ":")).encode()
        return _PREFIX + base64.urlsafe_b64encode(body + _check(body)).decode().rstrip("=")

    @property
    def script(self) -> Script:
        return script_of(self.model)

    @property
    def remaining_s(self) -> float:
        return max(0, self.started_ms + round(self.script.duration_s * 1000) - _now_ms()) / 1000

    @property
    def fraction(self) -> float:
        """How much of the work is done; a stuck job stays half done."""
        return min(1.0, 1 - self.remaining_s / self.script.duration_s) if self.script.finishes else 0.5

    @property
    def is_finished(self) -> bool:
        return self.script.finishes and not self.remaining_s

    def seed_of(self, index: int) -> int:
        """Each output of a call continues from the first one's seed."""
        return (self.seed + index) % _LARGEST_SEED


def new_job(document: Mapping[str, Any]) -> SimJob:
    """The job a submission asks for, starting now. Raises KeyError, TypeError or ValueError for a bad document."""
    reference, prompt, edit = str(document["reference"]), str(document["prompt"]), edit_in(document)
    seed = document.get("seed")
    if seed is None:
        seed = int.from_bytes(blake2b(reference.encode(), digest_size=4).digest(), "big")
    return SimJob(
        model=str(document["model"]),
        operation=str(document["operation"]),
        reference=reference[:_REFERENCE_LENGTH],
        started_ms=_now_ms(),
        seed=int(seed) % _LARGEST_SEED,
        width=int(document["width"]),
        height=int(document["height"]),
        count=int(document["count"]),
        excerpt=_excerpt_of(prompt),
        prompt_digest=zlib.crc32(prompt.encode()),
        edit=edit.digest if edit.digests else "",
    )


def find_job(job_id: str) -> SimJob | None:
    """The job an id stands for; None for an id that sim did not make."""
    encoded = job_id.removeprefix(_PREFIX)
    try:
        raw = base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4))
        body, check = raw[:-_CHECK_BYTES], raw[-_CHECK_BYTES:]
        if check != _check(body):
            return None
        model, operation, *rest = json.loads(body)
        return SimJob(model, _OPERATIONS[operation], *rest)
    except (binascii.Error, ValueError, TypeError, IndexError):
        return None


def _now_ms() -> int:
    return round(time.time() * 1000)


def _excerpt_of(prompt: str) -> str:
    # Characters that JSON would escape could make the id too long.
    plain = "".join(character for character in prompt if character.isprintable() and character not in '"\\')
    return plain.encode()[:_EXCERPT_BYTES].decode(errors="ignore")


def _check(body: bytes) -> bytes:
    return blake2b(body, digest_size=_CHECK_BYTES).digest()
