"""What an operation on pictures is asked for beside its prompt: too much for a job's id, which has its digest."""

import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

from providers.sim import spool
from providers.types import InputRole

# How many inputs of each part an operation takes, least and most.
NEEDS: dict[str, dict[str, tuple[int, int]]] = {
    "text-to-image": {},
    "image-to-image": {InputRole.IMAGE: (1, 4), InputRole.STYLE: (0, 1)},
    "variation": {InputRole.IMAGE: (1, 1)},
    "inpaint": {InputRole.IMAGE: (1, 1), InputRole.MASK: (0, 1)},
    "outpaint": {InputRole.IMAGE: (1, 1)},
    "upscale": {InputRole.IMAGE: (1, 1)},
    "remove-background": {InputRole.IMAGE: (1, 1)},
}
_DIGEST_BYTES = 12


@dataclass(frozen=True)
class Edit:
    """The inputs of one job, as parts and SHA-256 digests, and how they are used. Pixels of the result."""

    roles: tuple[str, ...]
    digests: tuple[str, ...]
    # None: as the operation usually does.
    strength: float | None
    # Where the first image lies in an extended picture.
    left: int
    up: int
    search: str

    @property
    def digest(self) -> str:
        return urlsafe_b64encode(blake2b(self._written(), digest_size=_DIGEST_BYTES).digest()).decode()

    @property
    def files(self) -> list[Path]:
        """Where the inputs are kept, in their order."""
        return [spool.place_of(digest) for digest in self.digests]

    @property
    def as_drawn(self) -> dict[str, Any]:
        """What the child that draws is told of it."""
        told = asdict(self)
        del told["digests"]
        return told

    def keep(self, contents: Sequence[bytes]) -> None:
        """Keep the edit and its inputs, by their digests. Raises OSError where there is no room."""
        for digest, content in zip(self.digests, contents, strict=True):
            spool.keep(digest, content)
        spool.keep(self.digest, self._written())
        spool.prune()

    def is_possible(self, operation: str) -> bool:
        """Whether the operation takes such inputs."""
        needs = NEEDS.get(operation)
        if needs is None:
            return False
        counts = {role: self.roles.count(role) for role in {*needs, *self.roles}}
        bounds = {role: needs.get(role, (0, 0)) for role in counts}
        return all(bounds[role][0] <= count <= bounds[role][1] for role, count in counts.items())

    def _written(self) -> bytes:
        return json.dumps(asdict(self), sort_keys=True).encode()


NO_EDIT = Edit(roles=(), digests=(), strength=None, left=0, up=0, search="")


def edit_in(document: Mapping[str, Any]) -> Edit:
    """What a submission or a query says of its inputs. Raises TypeError or ValueError for what cannot be read."""
    named = [str(entry).partition(":") for entry in document.get("inputs", [])]
    if not named:
        return NO_EDIT
    strength = document.get("strength")
    return Edit(
        roles=tuple(role for role, _, _ in named),
        digests=tuple(digest for _, _, digest in named),
        strength=None if strength is None else min(max(float(strength), 0.0), 1.0),
        left=int(document.get("left", 0)),
        up=int(document.get("up", 0)),
        search=str(document.get("search", "")),
    )


def find_edit(digest: str) -> Edit | None:
    """The edit a job's id names; None on a host that lacks it or one of its inputs."""
    try:
        stored = json.loads(spool.place_of(digest).read_bytes())
    except FileNotFoundError:
        return None
    edit = Edit(**{**stored, "roles": tuple(stored["roles"]), "digests": tuple(stored["digests"])})
    return edit if all(path.is_file() for path in edit.files) else None
