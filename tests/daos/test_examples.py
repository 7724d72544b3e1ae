"""The examples of the actions are sentences that the grammar reads, as those actions."""

import pytest

from gencraft_media.common.configuration import runtime_actions
from gencraft_media.daos.drafting import draft_of
from gencraft_media.daos.sentences import read_sentence

EXAMPLES = [(action.name, example) for action in runtime_actions() for example in action.examples]


@pytest.mark.parametrize(("name", "example"), EXAMPLES, ids=[example for _, example in EXAMPLES])
def test_an_example_means_its_action(catalogue: None, name: str, example: str) -> None:
    asked = [{"action": one.name, "parameters": dict(one.parameters)} for one in read_sentence(example).actions]
    assert {one["action"] for one in asked} == {name}
    draft_of(asked)
