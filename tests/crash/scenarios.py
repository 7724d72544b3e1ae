"""At which place which process is killed, doing what, and how the job must end all the same."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Crash:
    """A crash point, the job that leads a process there, and what is true of the job in the end."""

    point: str
    model: str = "priced"
    count: int = 1
    program: str = "worker-io"
    status: str = "completed"
    delivered: int | None = None
    # How many jobs the provider took.
    paid: int = 1
    # A model that may step in, slower than the first.
    stand_in: str = ""

    def __str__(self) -> str:
        return f"{self.point}-{self.model}"

    @property
    def asked(self) -> dict[str, Any]:
        """Which models the request names, and how one is chosen."""
        if not self.stand_in:
            return {"model": f"sim/{self.model}"}
        return {"model": None, "provider": [f"sim/{self.model}", f"sim/{self.stand_in}"], "strategy": "fastest"}

    @property
    def expected(self) -> int:
        """How many assets there are in the end."""
        if self.delivered is not None:
            return self.delivered
        return self.count if self.status == "completed" else 0


MEDIA = "worker-media"

AT_THE_PROVIDER = [
    Crash("dispatch.before_publish", program="dispatcher"),
    Crash("claim.committed"),
    Crash("intent.before_commit"),
    # The request never went out. Only a repeat under the same key can still be made.
    Crash("intent.committed"),
    Crash("intent.committed", "dropped-listable", status="failed", paid=0),
    Crash("intent.committed", "dropped-callback", status="failed", paid=0),
    Crash("intent.committed", "dropped-none", status="failed", paid=0),
    Crash("call.answered"),
    Crash("call.answered", "synchronous"),
    Crash("accepted.before_commit"),
    Crash("accepted.committed"),
    # The line dropped after the provider took the job, and then the process died as well.
    Crash("unknown.before_commit", "dropped-idempotent"),
    Crash("unknown.before_commit", "dropped-listable"),
    Crash("unknown.committed", "dropped-idempotent"),
    Crash("unknown.committed", "dropped-listable"),
    Crash("recovery.before_repeat", "dropped-idempotent"),
    Crash("recovery.found", "dropped-listable"),
    Crash("giving_up.before_commit", "dropped-none", status="failed"),
    Crash("giving_up.committed", "dropped-none", status="failed"),
    Crash("refusal.before_commit", "moderated", status="failed", paid=0),
    Crash("refusal.committed", "rate-limited"),
    # Nobody knows any more that nothing was sent, so nobody steps in.
    Crash("fallback.before_commit", "unreachable", stand_in="priced", status="failed", paid=0),
    Crash("refusal.committed", "unreachable", stand_in="priced"),
    Crash("poll.before_call"),
    Crash("poll.answered"),
]
LANDING = [
    Crash("landing.before_store"),
    Crash("landing.after_store", "standard", count=3),
    Crash("landing.after_store", "synchronous"),
    Crash("landed.before_commit", "synchronous"),
    Crash("landed.before_commit"),
    Crash("landed.committed"),
]
FINISHING = [
    Crash("inspect.before", program=MEDIA),
    Crash("inspect.after", program=MEDIA),
    Crash("store.between", program=MEDIA),
    Crash("store.after", program=MEDIA),
    Crash("settle.before_commit", program=MEDIA),
    Crash("settle.before_commit", "standard", count=4, program=MEDIA),
    Crash("settle.committed", program=MEDIA),
    Crash("settle.committed", "standard", count=4, program=MEDIA),
    # Poor, made once more, and poor again.
    Crash("failing.before_commit", "blank", program=MEDIA, status="failed", paid=2),
    Crash("remaking.before_commit", "placeholder", program=MEDIA, status="failed", paid=2),
    Crash("failing.committed", "moderated-output", count=3, program=MEDIA, delivered=2),
]
CRASHES = [*AT_THE_PROVIDER, *LANDING, *FINISHING]
