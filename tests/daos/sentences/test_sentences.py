"""Every sentence of the corpus is read as exactly what it asks for, or refused; there is no third outcome."""

from collections import Counter
from collections.abc import Iterator

import pytest

from gencraft_media.daos.grammar import reading
from gencraft_media.daos.grammar.examples import EXAMPLES
from gencraft_media.daos.sentences import PROMPTS, AskedAction, SentenceRefused, read_sentence
from tests.daos.sentences.corpus import NOW, Expected, make_names, sentences, wanted

pytestmark = pytest.mark.django_db
CORPUS = list(sentences())
KNOWN = {example for examples in EXAMPLES.values() for example in examples}


@pytest.fixture(autouse=True)
def noon(monkeypatch: pytest.MonkeyPatch) -> None:
    """The day on which the sentences are read."""
    monkeypatch.setattr(reading, "database_now", lambda: NOW)


@pytest.fixture
def projects() -> dict[str, str]:
    """The ids of the named projects."""
    return make_names()


def test_reads_every_sentence_as_what_it_asks_for(projects: dict[str, str]) -> None:
    assert [line for expected in CORPUS for line in _differences(expected, projects)] == []


def test_has_hundreds_of_sentences_and_three_or_more_phrasings_of_every_action() -> None:
    asked = Counter(name for expected in CORPUS for name in {action["name"] for action in expected.actions})
    assert len(CORPUS) >= 300
    assert {name: count for name, count in asked.items() if count < 3} == {}
    assert set(asked) == set(EXAMPLES)


def test_names_no_sentence_twice() -> None:
    assert [text for text, count in Counter(expected.text for expected in CORPUS).items() if count > 1] == []


def test_reads_the_prompts_of_the_specification_verbatim(projects: dict[str, str]) -> None:
    read = {key: read_sentence(prompt) for key, prompt in PROMPTS.items()}
    assert {key: (found.actions, found.holds_for_s) for key, found in read.items()} == {
        "enable-ai-images": ((AskedAction("media.enable", {"enabled": True, "scope": "global"}),), None),
        "set-default-quality-hd": ((AskedAction("media.quality", {"quality": "hd", "scope": "plan:pro"}),), None),
        "enable-batch-discounts": ((AskedAction("pricing.batch_discount", {"percent": "5"}),), None),
    }
    assert read["set-default-quality-hd"].notes == ("“premium” is taken for the plan pro.",)


def test_understands_every_example_that_people_are_shown(projects: dict[str, str]) -> None:
    read = {example: read_sentence(example) for examples in EXAMPLES.values() for example in examples}
    wrong = {
        example: read[example]
        for name, examples in EXAMPLES.items()
        for example in examples
        if {action.name for action in read[example].actions} != {name}
    }
    assert wrong == {}


def _differences(expected: Expected, projects: dict[str, str]) -> Iterator[str]:
    """What is read otherwise than it is expected, in words."""
    try:
        found = read_sentence(expected.text)
    except SentenceRefused as refused:
        if len(refused.nearest) != 3 or not set(refused.nearest) <= KNOWN:
            yield f"{expected.text!r} is refused without three sentences that are understood: {refused.nearest}"
        if expected.refused is None:
            yield f"{expected.text!r} is refused: {refused.message}"
        elif expected.refused not in refused.message:
            yield f"{expected.text!r} is refused for {refused.message!r}, not {expected.refused!r}"
        elif expected.words and expected.words != tuple(refused.words):
            yield f"{expected.text!r} is refused for the words {refused.words}, not {list(expected.words)}"
        return
    if expected.refused is not None:
        yield f"{expected.text!r} is read as {found}"
    elif found != (meant := wanted(expected, projects)):
        yield f"{expected.text!r} is read as {found}, not {meant}"
