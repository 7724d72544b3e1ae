"""The machines: what may follow what, and that the page which draws them says the same as the table."""

import re
from collections import Counter
from pathlib import Path

import pytest
from django.db import models

from gencraft_media.common.errors import StaleTransition
from gencraft_media.generation import states
from gencraft_media.generation.models import GenerationAttempt, GenerationItem, GenerationJob
from gencraft_media.generation.states import TERMINAL, TRANSITIONS, AttemptState, ItemStatus, JobStatus, transition
from tests.generation.tenants import Tenant

PAGE = (Path(__file__).parents[2] / "docs" / "states.md").read_text()
HEADINGS: dict[str, type[models.TextChoices]] = {"Job": JobStatus, "Item": ItemStatus, "Attempt": AttemptState}
Arrow = tuple[str, str, str]


def drawn(heading: str) -> dict[Arrow, str]:
    """The letters of the arrows in the diagram below a heading, by machine, source and target."""
    section = PAGE.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    found = re.findall(r"^ +(\w+) --> (\w+): (\w)$", section, re.MULTILINE)
    return {(heading, source, target): letter for source, target, letter in found}


def in_code() -> dict[Arrow, str]:
    """The letters in the comments of the table, which stand in the order of its targets."""
    source = Path(states.__file__).read_text()
    names = {kind.__name__: heading for heading, kind in HEADINGS.items()}
    found = {}
    for kind, state, targets, letters in re.findall(
        r"(\w+)\.(\w+): frozenset\(\s*\{([^}]*)\}[^#]*#((?: \w)+)$", source, re.MULTILINE
    ):
        for target, letter in zip(re.findall(r"\.(\w+)", targets), letters.split(), strict=True):
            found[(names[kind], state.lower(), target.lower())] = letter
    return found


ARROWS = {arrow: letter for heading in HEADINGS for arrow, letter in drawn(heading).items()}


@pytest.mark.parametrize("heading", HEADINGS)
def test_the_page_draws_exactly_the_transitions_of_the_table(heading: str) -> None:
    kind = HEADINGS[heading]
    wanted = {
        (heading, str(source), str(target)) for source, targets in TRANSITIONS[kind].items() for target in targets
    }
    assert set(drawn(heading)) == wanted


def test_the_letters_in_the_page_are_the_letters_in_the_code() -> None:
    assert in_code() == ARROWS


def test_every_letter_stands_once_and_has_one_sentence() -> None:
    sentences = re.findall(r"^- \*\*(\w)\*\* (?:\$ )?([A-Z].*\.)$", PAGE, re.MULTILINE)
    assert Counter(letter for letter, _ in sentences) == Counter(ARROWS.values())
    assert set(Counter(ARROWS.values()).values()) == {1}


def test_terminal_states_are_those_nothing_follows() -> None:
    assert TERMINAL[JobStatus] == {"completed", "failed", "canceled"}
    assert TERMINAL[ItemStatus] == {"completed", "failed", "canceled"}
    assert TERMINAL[AttemptState] == {"settled", "rejected", "failed", "lost", "canceled"}


@pytest.mark.parametrize(
    ("model", "kind", "field"),
    [
        (GenerationJob, JobStatus, "status"),
        (GenerationItem, ItemStatus, "status"),
        (GenerationAttempt, AttemptState, "state"),
    ],
)
def test_a_row_takes_every_transition_of_the_table_and_no_other(
    alice: Tenant, model: type[models.Model], kind: type[models.TextChoices], field: str
) -> None:
    alice.start()
    row = model._default_manager.get()
    was = getattr(row, field)
    for source in kind.values:
        for target in kind.values:
            model._default_manager.update(**{field: source})
            allowed = target in TRANSITIONS[kind].get(source, ())
            if allowed:
                transition(row, target, kind=kind, field=field)
            else:
                with pytest.raises(StaleTransition):
                    transition(row, target, kind=kind, field=field)
            now = model._default_manager.values_list(field, flat=True).get()
            assert now == (target if allowed else source)
    model._default_manager.update(**{field: was})


def test_a_transition_whose_guard_does_not_hold_changes_nothing(alice: Tenant) -> None:
    alice.start()
    attempt = GenerationAttempt.objects.get()
    with pytest.raises(StaleTransition):
        transition(
            attempt, AttemptState.SUBMITTING, kind=AttemptState, field="state", guard={"fence": 7}, submissions=9
        )
    assert (attempt.state, attempt.submissions) == ("planned", 0)
    attempt.refresh_from_db()
    assert (attempt.state, attempt.submissions) == ("planned", 0)
