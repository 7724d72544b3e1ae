"""What happens in the demo's thirty days: scenes drawn from fixed seeds, the same each time for the same present."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from gencraft_media.console.demo.cast import CAST, WORKSHOP, Owner, Site

DAYS = 30
# Of all days alike; less makes a smaller demo.
_VOLUME = 1.0
SIZES = ((1024, 1024), (1024, 1792), (1792, 1024), (512, 512))
_HOW_OFTEN = (7, 1, 1, 1)
# Named by the client, with how often and how many seconds they usually take; "auto" leaves the choice to the engine.
_MODELS: tuple[tuple[str, float, float], ...] = (
    ("auto", 0.36, 9.0),
    ("openai/gpt-image-2", 0.18, 16.0),
    ("flux/flux-2-pro", 0.17, 7.0),
    ("stability/stable-image-core", 0.11, 5.0),
    (f"{WORKSHOP}/sd-xl-local", 0.11, 12.0),
    ("sim/priced", 0.07, 2.0),
)
_STRATEGIES = ("", "", "best", "cheapest", "fastest")


class Fate(StrEnum):
    """What becomes of a job."""

    DELIVERED = "delivered"
    RETRIED = "retried"  # nothing could be sent at first
    BUSY = "busy"  # the provider asked for patience
    PARTIAL = "partial"  # the last output of the batch did not come
    MODERATED = "moderated"
    UNREACHABLE = "unreachable"  # never to be had
    LOST = "lost"  # sent, and the answer was lost
    CANCELED = "canceled"


_FATES = {
    Fate.DELIVERED: 0.885,
    Fate.RETRIED: 0.03,
    Fate.BUSY: 0.02,
    Fate.PARTIAL: 0.015,
    Fate.MODERATED: 0.018,
    Fate.UNREACHABLE: 0.012,
    Fate.LOST: 0.006,
    Fate.CANCELED: 0.014,
}


@dataclass(frozen=True)
class Scene:
    """One request and what comes of it."""

    at: datetime
    owner: Owner
    site: Site
    named: str
    strategy: str
    prompt: str
    width: int
    height: int
    count: int
    quality: str
    fate: Fate
    seconds: float
    # Of each output, 0 where nobody says anything.
    stars: tuple[int, ...]
    customer: str = ""


def scenes_of(day: int, now: datetime) -> list[Scene]:
    """The scenes of one day, 0 is today, in order; nothing later than `now`."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=day)
    dice = random.Random(f"demo day {day}")  # noqa: S311 (a play)
    drawn = sorted((scene for owner in CAST for scene in _of_owner(owner, midnight, dice)), key=lambda one: one.at)
    latest = now - timedelta(minutes=5)
    return [scene for scene in drawn if scene.at < latest]


def _of_owner(owner: Owner, midnight: datetime, dice: random.Random) -> Iterator[Scene]:
    quiet = 0.55 if midnight.weekday() >= 5 else 1.0
    for _ in range(round(_VOLUME * owner.jobs_a_day * quiet * dice.uniform(0.7, 1.35))):
        yield _scene(owner, midnight, dice)


def _scene(owner: Owner, midnight: datetime, dice: random.Random) -> Scene:
    site = dice.choices(owner.sites, [one.share for one in owner.sites])[0]
    named, _, usual_s = dice.choices(_MODELS, [share for _, share, _ in _MODELS])[0]
    width, height = dice.choices(SIZES, _HOW_OFTEN)[0]
    count = dice.choices((1, 2, 6), (0.88, 0.01, 0.11))[0]
    fate = dice.choices(list(_FATES), list(_FATES.values()))[0]
    return Scene(
        at=midnight + timedelta(hours=min(max(dice.gauss(13.5, 4.2), 0.1), 23.8)),
        owner=owner,
        site=site,
        named=named,
        strategy=dice.choice(_STRATEGIES) if named == "auto" else "",
        prompt=dice.choice(site.subjects),
        width=width,
        height=height,
        count=max(count, 2) if fate is Fate.PARTIAL else count,
        quality="hd" if dice.random() < 0.12 else "standard",
        fate=fate,
        seconds=round(usual_s * dice.lognormvariate(0.0, 0.38), 2),
        stars=tuple(_stars(dice) for _ in range(4)),
        customer=f"guest-{dice.randrange(40)}" if site.listens and dice.random() < 0.5 else "",
    )


def _stars(dice: random.Random) -> int:
    return dice.choices((0, 5, 4, 3, 2, 1), (0.55, 0.28, 0.158, 0.008, 0.003, 0.001))[0]
