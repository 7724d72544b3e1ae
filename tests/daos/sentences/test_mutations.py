"""Words put in, left out or exchanged at random never make a plan of something that the words do not say.

The check is a second reader that knows no grammar (facts.py): a mutated sentence is refused, or what it is read as
agrees with the bag of its words in every name, number, quality, format, strategy, negation and time.
"""

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gencraft_media.daos.grammar import reading
from gencraft_media.daos.sentences import ReadSentence, SentenceRefused, read_sentence
from tests.daos.sentences.corpus import NOW, PROJECTS, make_names, sentences, wanted
from tests.daos.sentences.facts import facts_read, facts_said

pytestmark = pytest.mark.django_db
UNDERSTOOD = [expected for expected in sentences() if expected.refused is None]
# Each says something; what the second reader knows nothing of is no part of these sentences.
_INSERTED = """
    not never no only off on disable enable stop pause free pro enterprise flux openai dall-e-2 Site project hd standard
    png webp 5 20 1,000 % $ day month daily unlimited forever for and then until Friday except by default all users
    images to from the please again cheapest fastest deny list quota markup discount maximum batch per
"""
INSERTED = _INSERTED.split()
Edit = Callable[[list[str]], list[str]]


def test_random_changes_of_words_never_make_another_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    made = make_names()
    projects = {name: made[name] for name in PROJECTS}
    monkeypatch.setattr(reading, "database_now", lambda: NOW)
    agreed = _agreed(projects, made)
    # The second reader understands nearly all of them, so that the check is worth something.
    assert len(agreed) > 0.75 * len(UNDERSTOOD)

    @settings(max_examples=150, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(st.sampled_from(agreed), st.lists(edits(), min_size=1, max_size=3))
    def check(text: str, changes: list[Edit]) -> None:
        words = text.split()
        for change in changes:
            words = change(words)
        changed = " ".join(words)
        found = _find_reading(changed)
        if found is not None:
            said = facts_said(changed, projects)
            assert facts_read(found, said) == said, (changed, found)

    check()


def edits() -> st.SearchStrategy[Edit]:
    """One word left out, put in, exchanged with another, or said twice."""
    places = st.integers(min_value=0, max_value=30)
    return st.one_of(
        places.map(_left_out),
        st.builds(_put_in, places, st.sampled_from(INSERTED)),
        st.builds(_exchanged, places, places),
    )


def _left_out(at: int) -> Edit:
    return lambda words: [word for number, word in enumerate(words) if number != at % max(len(words), 1)]


def _put_in(at: int, word: str) -> Edit:
    return lambda words: [*words[: at % (len(words) + 1)], word, *words[at % (len(words) + 1) :]]


def _exchanged(one: int, other: int) -> Edit:
    def change(words: list[str]) -> list[str]:
        changed = list(words)
        if changed:
            first, second = one % len(words), other % len(words)
            changed[first], changed[second] = changed[second], changed[first]
        return changed

    return change


def _agreed(projects: dict[str, str], made: dict[str, str]) -> list[str]:
    """The sentences of which the second reader, who knows `projects` of those `made`, understands every fact."""
    agreed = []
    for expected in UNDERSTOOD:
        said = facts_said(expected.text, projects)
        if facts_read(wanted(expected, made), said) == said:
            agreed.append(expected.text)
    return agreed


def _find_reading(text: str) -> ReadSentence | None:
    try:
        return read_sentence(text)
    except SentenceRefused:
        return None
