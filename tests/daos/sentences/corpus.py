"""The sentences that the language is held to, each with what it asks for or why it is refused."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from gencraft_media.accounts.services import create_project
from gencraft_media.daos.sentences import AskedAction, ReadSentence
from providers.models import Provider, ProviderModel
from tests.factories import make_user
from tests.generation.rows import load_rows

# A Monday, noon.
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
PROJECTS = ("Site", "The Shop", "Bob's Diner", "Café Zürich", "Salt and Pepper", "Twin", "Twin")
# Names that people give to projects and that are words of the language.
MISLEADING = ("all", "every", "Mall", "The Mall", "Mall and disable flux")


@dataclass(frozen=True)
class Expected:
    """One sentence. `refused` None: it is understood; else a part of the reason. Projects are named, not numbered."""

    topic: str
    text: str
    actions: tuple[dict[str, Any], ...] = ()
    holds_for_s: int | None = None
    notes: tuple[str, ...] = ()
    refused: str | None = None
    words: tuple[str, ...] = ()


def sentences() -> Iterator[Expected]:
    """All of them, as the files beside this one have them."""
    for path in sorted(Path(__file__).parent.glob("*.toml")):
        for entry in tomllib.loads(path.read_text(encoding="utf-8"))["sentence"]:
            lists = {key: tuple(value) for key, value in entry.items() if isinstance(value, list)}
            yield Expected(path.stem, **{**entry, **lists})


def make_names() -> dict[str, str]:
    """The projects that the sentences name, by name, beside the catalogue's providers and models."""
    load_rows()
    for provider in ("openai", "flux"):
        ProviderModel.objects.create(provider_id=provider, name="same-name", label="Same-name")
    acme = Provider.objects.create(key="acme", label="Acme")
    ProviderModel.objects.create(provider=acme, name="acme", label="Acme One")
    owner = make_user()
    return {name: str(create_project(owner=owner, name=name).pk) for name in (*PROJECTS, *MISLEADING)}


def wanted(expected: Expected, projects: dict[str, str]) -> ReadSentence:
    """What an understood sentence is to be read as; `projects`: ids by name."""
    actions = tuple(
        AskedAction(action["name"], {key: _named(value, projects) for key, value in action.items() if key != "name"})
        for action in expected.actions
    )
    return ReadSentence(actions, expected.holds_for_s, expected.notes)


def _named(value: Any, projects: dict[str, str]) -> Any:
    """A project's scope with its id for its name."""
    if isinstance(value, str) and value.startswith("project:"):
        return f"project:{projects[value.removeprefix('project:')]}"
    return value
