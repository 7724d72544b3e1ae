"""The table of troubles and policies: every error has a row, and every cell is safe."""

from collections.abc import Iterator

import pytest

from assets.errors import BadInput, BadPicture, StorageElsewhere, StoredObjectDamaged, StoredObjectMissing
from gencraft_media.common.errors import GenCraftError
from gencraft_media.generation import errors as engine_errors
from gencraft_media.generation.errors import GenerationError
from gencraft_media.generation.fallback_policy import FREE_CODES, OTHER, TROUBLES, Action, Policy, Trouble, trouble_of
from providers import errors as provider_errors
from providers import registry
from providers.errors import Busy, Moderated, ProviderError, Unreachable
from tests.generation.fallback.document import PATH, document

AGAIN, WAIT, STEP_IN, FAIL = Action.AGAIN, Action.WAIT, Action.STEP_IN, Action.FAIL
# Name -> what is tried when alone, with fallback, and after moderation too.
EXPECTED: dict[str, tuple[tuple[Action, ...], tuple[Action, ...], tuple[Action, ...]]] = {
    "outage": ((AGAIN,), (STEP_IN, AGAIN), (STEP_IN, AGAIN)),
    "shut": ((WAIT,), (STEP_IN, WAIT), (STEP_IN, WAIT)),
    "rate": ((WAIT,), (WAIT,), (WAIT,)),
    "capability": ((FAIL,), (STEP_IN, FAIL), (STEP_IN, FAIL)),
    "server": ((FAIL,), (STEP_IN, FAIL), (STEP_IN, FAIL)),
    "billing": ((FAIL,), (STEP_IN, FAIL), (STEP_IN, FAIL)),
    "key": ((FAIL,), (STEP_IN, FAIL), (STEP_IN, FAIL)),
    "account": ((FAIL,), (STEP_IN, FAIL), (STEP_IN, FAIL)),
    "moderation": ((FAIL,), (FAIL,), (STEP_IN, FAIL)),
    **dict.fromkeys(
        ("unknown", "contract", "output lost", "silent", "quality", "input", "deadline", "canceled", "crash"),
        ((FAIL,), (FAIL,), (FAIL,)),
    ),
}


def below(kind: type[GenCraftError]) -> Iterator[type[GenCraftError]]:
    """The class and all that come of it."""
    yield kind
    for child in kind.__subclasses__():
        yield from below(child)


def errors_of_a_call() -> list[type[GenCraftError]]:
    """Whatever can end an attempt: errors of providers and adapters, of the engine's steps, of pictures."""
    assert registry.ADAPTERS, "adapters bring errors of their own"
    told = [kind for module in (provider_errors, engine_errors) for kind in vars(module).values()]
    raised = [kind for kind in told if isinstance(kind, type) and issubclass(kind, ProviderError | GenerationError)]
    refused_at_build = [
        provider_errors.ModelUnknown,
        provider_errors.OperationUnsupported,
        provider_errors.OptionUnsupported,
        provider_errors.ProviderNotConfigured,
        BadInput,
        BadPicture,
        StoredObjectMissing,
        StoredObjectDamaged,
        StorageElsewhere,
    ]
    kinds = {found for kind in (*raised, *refused_at_build) for found in below(kind)}
    return sorted(kinds - {ProviderError, GenerationError}, key=lambda kind: kind.__name__)


def made(kind: type[GenCraftError]) -> GenCraftError:
    return kind("output_blank", "a test") if issubclass(kind, BadPicture) else kind()


@pytest.mark.parametrize("kind", errors_of_a_call(), ids=lambda kind: kind.__name__)
def test_every_error_of_a_call_has_a_row(kind: type[GenCraftError]) -> None:
    assert trouble_of(made(kind)) is not OTHER


@pytest.mark.parametrize("trouble", TROUBLES, ids=lambda trouble: trouble.name)
def test_the_whole_matrix_is_what_was_decided(trouble: Trouble) -> None:
    assert tuple(trouble.actions(policy) for policy in Policy) == EXPECTED[trouble.name]


def test_no_row_is_missing_or_there_twice() -> None:
    assert [trouble.name for trouble in TROUBLES] == list(dict.fromkeys(trouble.name for trouble in TROUBLES))
    assert {trouble.name for trouble in TROUBLES} == set(EXPECTED)
    listed = [error for trouble in TROUBLES for error in trouble.errors]
    assert len(listed) == len(set(listed))


@pytest.mark.parametrize("kind", errors_of_a_call(), ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("policy", Policy)
def test_what_may_have_been_taken_goes_nowhere_else(kind: type[GenCraftError], policy: Policy) -> None:
    error = made(kind)
    if isinstance(error, ProviderError) and not error.not_accepted:
        assert trouble_of(error).actions(policy) == (FAIL,)


def test_an_error_that_nobody_thought_of_fails() -> None:
    class Novel(ProviderError):
        """Something new."""

    assert {trouble_of(error).actions(policy) for error in (Novel(), GenCraftError()) for policy in Policy} == {(FAIL,)}


def test_an_adapters_own_error_has_the_row_of_the_kind_it_is() -> None:
    class Spent(Moderated):
        """A vendor's own word for it."""

    assert trouble_of(Spent()).name == "moderation"


def test_whoever_steps_in_has_a_sentence_for_the_client() -> None:
    for trouble in TROUBLES:
        if any(STEP_IN in trouble.actions(policy) for policy in Policy):
            assert trouble.said, trouble.name


def test_only_waiting_is_free_of_tries() -> None:
    for trouble in TROUBLES:
        waits = [WAIT in trouble.actions(policy) for policy in Policy]
        assert all(waits) == any(waits) == ({error.code for error in trouble.errors} <= FREE_CODES)
    assert (Busy.code in FREE_CODES, Unreachable.code in FREE_CODES) == (True, False)


def test_the_page_has_the_table() -> None:
    assert PATH.read_text(encoding="utf-8") == document(), "run python -m tests.generation.fallback.document"
