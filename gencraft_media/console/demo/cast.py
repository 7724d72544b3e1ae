"""Who is in the demo: three owners on three plans with their projects. Their ids are fixed, which marks all of it."""

import uuid
from dataclasses import dataclass

from gencraft_media.accounts.models import Project, User

# Any fixed UUID will do; this one only keeps the demo's ids apart from other name-based ids.
_NAMESPACE = uuid.UUID("0f6d2c3a-7a51-4e0c-9b54-0d5c3b6f9a10")
# Addresses of a name that never leads anywhere (RFC 6761).
DOMAIN = "demo.invalid"
WORKSHOP = "demo-workshop"


def demo_id(name: str) -> uuid.UUID:
    """The id of the demo's row of that name: the same in every database."""
    return uuid.uuid5(_NAMESPACE, name)


@dataclass(frozen=True)
class Site:
    """A project: how much of the owner's work is its, and what its pictures show."""

    name: str
    share: float
    subjects: tuple[str, ...]
    listens: bool = False


@dataclass(frozen=True)
class Owner:
    """Somebody who pays: a plan, jobs on a usual day, credits bought each week, and projects."""

    key: str
    name: str
    plan: str
    jobs_a_day: float
    bought_a_week: int
    sites: tuple[Site, ...]

    @property
    def id(self) -> uuid.UUID:
        return demo_id(self.key)

    @property
    def email(self) -> str:
        return f"{self.key}@{DOMAIN}"


CAST = (
    Owner(
        "mara",
        "Mara Lindqvist",
        "pro",
        20.0,
        2500,
        (
            Site(
                "Demo · Northlight Studio",
                0.55,
                ("Mountains above a winter sea", "Mist in a birch valley", "Dunes at first light"),
                listens=True,
            ),
            Site(
                "Demo · Harbour Shop",
                0.3,
                (
                    "The bay at dusk, for the shop window",
                    "Autumn hills, for a wide banner",
                    "A winter forest, for the sale",
                ),
                listens=True,
            ),
            Site("Demo · Field Notes", 0.15, ("A mountain lake under clouds", "A path through high dunes")),
        ),
    ),
    Owner(
        "tomas",
        "Tomas Reyes",
        "starter",
        3.8,
        600,
        (
            Site("Demo · Casa Verde", 0.7, ("Terraced hills in the sun", "Olive groves at noon"), listens=True),
            Site("Demo · Casa Verde Blog", 0.3, ("A red desert after rain", "The coast at dusk")),
        ),
    ),
    Owner("ines", "Ines Okafor", "free", 0.8, 0, (Site("Demo · First Steps", 1.0, ("A pond in the morning",)),)),
)


def demo_owners() -> list[uuid.UUID]:
    """The ids of all owners, whether their rows are there or not."""
    return [owner.id for owner in CAST]


def demo_projects() -> list[uuid.UUID]:
    """The ids of the projects that are there."""
    return list(Project.objects.filter(owner__in=demo_owners()).values_list("pk", flat=True))


def has_demo() -> bool:
    """Whether any of it is there."""
    return User.objects.filter(pk__in=demo_owners()).exists()
