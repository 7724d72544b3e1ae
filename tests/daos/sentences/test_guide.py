"""What people are told of the language is so: the guide, the examples, and the actions that sentences end in."""

import re

import pytest

from gencraft_media.common.configuration import runtime_action, runtime_actions
from gencraft_media.daos.grammar import reading
from gencraft_media.daos.grammar.examples import EXAMPLES
from gencraft_media.daos.sentences import SentenceRefused, read_sentence
from tests.daos.sentences.corpus import NOW, make_names, sentences, wanted
from tests.documents.world import DOCS

pytestmark = pytest.mark.django_db
GUIDE = (DOCS / "plain-english.md").read_text()


@pytest.fixture(autouse=True)
def projects(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """What sentences name, on the day of the corpus; the ids of projects by name."""
    monkeypatch.setattr(reading, "database_now", lambda: NOW)
    return make_names()


def test_the_guide_lists_the_sentences_of_every_action() -> None:
    table = GUIDE.split("<!-- sentences -->")[1].split("<!-- end of sentences -->")[0]
    rows = re.findall(r"^\| `([\w.]+)` \| (.+) \|$", table, re.MULTILINE)
    assert {name: tuple(listed.split("<br>")) for name, listed in rows} == EXAMPLES


def test_the_guides_refusals_are_refused() -> None:
    refused = re.findall(r'^\| "(.+?)" \|', GUIDE.split("## What is refused")[1], re.MULTILINE)
    assert len(refused) > 5
    for sentence in refused:
        with pytest.raises(SentenceRefused):
            read_sentence(sentence)


def test_the_guides_sentences_of_several_parts_are_understood() -> None:
    quoted = re.findall(
        r'"([A-Z][^"]+? and [^"]+)"', GUIDE.split("## Several things")[1].split("## What is refused")[0]
    )
    assert [len(read_sentence(sentence).actions) for sentence in quoted] == [2] * 4


def test_the_examples_that_actions_carry_are_understood_as_those_actions() -> None:
    wrong = [
        example
        for action in runtime_actions()
        for example in action.examples
        if {asked.name for asked in read_sentence(example).actions} != {action.name}
    ]
    assert wrong == []


def test_every_action_of_the_engine_has_sentences() -> None:
    assert sorted(EXAMPLES) == [action.name for action in runtime_actions()]


def test_whatever_a_sentence_asks_for_an_action_takes(projects: dict[str, str]) -> None:
    for expected in sentences():
        for asked in wanted(expected, projects).actions:
            runtime_action(asked.name).parameters.read(dict(asked.parameters))
