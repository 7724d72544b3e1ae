"""Stability AI gone wrong, over a real socket: what each of the vendor's refusals and breakdowns means here."""

from collections.abc import Iterator

import pytest

from providers.adapters.stability.adapter import StabilityAdapter
from providers.adapters.stability.refusals import (
    CreditExhausted,
    KeyRefused,
    LanguageRefused,
    ModelNotOffered,
    PersonRefused,
    RequestTooLarge,
)
from providers.errors import BrokenContract, Busy, Moderated, OutcomeUnknown, ProviderError, Rejected
from providers.types import HttpAnswer
from tests.vendors.stability.calling import ENGINE, Calls, calls_to_stability, outputs_of, refused, size_of
from tests.vendors.stability.faults import FAULTS


@pytest.fixture
def calls() -> Iterator[Calls]:
    with calls_to_stability() as running:
        yield running


# Fault -> the class of the refusal; the others of v2beta and v1 are tried below.
REFUSED = {
    "bad-key": KeyRefused,
    "no-credit": CreditExhausted,
    "moderated": Moderated,
    "forbidden": ModelNotOffered,
    "unknown-model": ModelNotOffered,
    "too-large": RequestTooLarge,
    "language": LanguageRefused,
    "public-figure": PersonRefused,
    "rate-limited": Busy,
    "rate-limited-briefly": Busy,
}
BREAKS = {
    "server-error": OutcomeUnknown,
    "hang-up": OutcomeUnknown,
    "cut": OutcomeUnknown,
    "slow": OutcomeUnknown,
    "empty": BrokenContract,
    "page": BrokenContract,
}
FAILED_OUTPUTS = {"moderated-output": Moderated, "failed": ProviderError, "strange-word": BrokenContract}


@pytest.mark.parametrize("model", ["sd-3.5-large", ENGINE])
class TestEveryFault:
    @pytest.mark.parametrize(("fault", "kind"), REFUSED.items())
    def test_a_refusal_says_what_may_be_done(
        self, calls: Calls, model: str, fault: str, kind: type[ProviderError]
    ) -> None:
        error = refused(calls.submit(fault, model=model))
        assert type(error) is kind
        assert error.vendor_code and error.vendor_text not in ("", error.message)
        assert error.retry_after_s == {"rate-limited": 60.0, "rate-limited-briefly": 1.0}.get(fault)

    @pytest.mark.parametrize(("fault", "kind"), BREAKS.items())
    def test_what_may_have_been_paid_for_is_never_a_refusal(
        self, calls: Calls, model: str, fault: str, kind: type[ProviderError]
    ) -> None:
        calls.server.slow_s = 5.0
        with pytest.raises(kind) as caught:
            calls.submit(fault, model=model, read_timeout_s=0.3 if fault == "slow" else 20.0)
        assert caught.value.not_accepted is False

    @pytest.mark.parametrize(("fault", "kind"), FAILED_OUTPUTS.items())
    def test_a_word_that_is_not_success_is_the_outputs_own_error(
        self, calls: Calls, model: str, fault: str, kind: type[ProviderError]
    ) -> None:
        (output,) = outputs_of(calls.submit(fault, model=model))
        assert (type(output.error), output.content) == (kind, None)

    def test_half_a_picture_is_handed_on_for_the_image_step_to_judge(self, calls: Calls, model: str) -> None:
        (output,) = outputs_of(calls.submit("truncated", model=model))
        with pytest.raises(OSError, match="truncated"):
            size_of(output)


def test_every_fault_the_vendor_can_show_was_tried() -> None:
    assert {*REFUSED, *BREAKS, *FAILED_OUTPUTS, "truncated"} == set(FAULTS)


def test_a_gateway_that_refuses_a_size_without_the_vendors_document_is_understood() -> None:
    answer = HttpAnswer(413, {"content-type": "text/html"}, b"<html>413 Request Entity Too Large</html>")
    assert type(refused(StabilityAdapter("sd-3.5-large").parse_submitted(answer))) is RequestTooLarge


def test_refusals_of_a_request_are_the_clients_to_mend() -> None:
    assert all(kind.code == Rejected.code for kind in (LanguageRefused, PersonRefused, RequestTooLarge))
