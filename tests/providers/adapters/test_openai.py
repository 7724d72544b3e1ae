"""OpenAI over a real socket: what is asked for, what a picture cost, and what each refusal means."""

import dataclasses
import io
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from PIL import Image

from providers.adapters.openai import OpenAiAdapter
from providers.errors import BrokenContract, Busy, Moderated, OptionUnsupported, OutcomeUnknown, ProviderError
from providers.openai.errors import CreditExhausted, KeyRefused, ModelNotOffered, OrganizationUnverified
from providers.types import Finished, HttpAnswer, Recovery, Refused
from tests.vendors.openai.calling import PLAIN, Calls, calls_to_openai
from tests.vendors.openai.faults import DOUBTS, REFUSALS
from tests.vendors.openai.tokens import image_tokens


@pytest.fixture
def calls() -> Iterator[Calls]:
    with calls_to_openai() as running:
        yield running


def finished(outcome: object) -> Finished:
    assert isinstance(outcome, Finished)
    return outcome


def refused(outcome: object) -> ProviderError:
    assert isinstance(outcome, Refused)
    assert isinstance(outcome.error, ProviderError)
    return outcome.error


def size_of(content: bytes | None) -> tuple[int, int]:
    assert content is not None
    with Image.open(io.BytesIO(content)) as image:
        image.load()
        return image.size


class TestWhatIsAskedFor:
    def test_a_request_says_all_that_would_otherwise_be_up_to_the_vendor(self) -> None:
        built = OpenAiAdapter("gpt-image-2").build_submit(
            dataclasses.replace(PLAIN, count=3, width=1536, quality="high")
        )
        assert built.url == "https://api.openai.com/v1/images/generations"
        assert built.json == {
            "model": "gpt-image-2",
            "prompt": PLAIN.prompt,
            "n": 3,
            "size": "1536x1024",
            "quality": "high",
            "background": "auto",
            "moderation": "auto",
            "output_format": "png",
        }

    def test_a_transparent_background_and_a_looser_moderation_are_passed_on(self, calls: Calls) -> None:
        calls.submit(options={"background": "transparent", "moderation": "low"})
        document = calls.server.received[0].json()
        assert (document["background"], document["moderation"]) == ("transparent", "low")

    def test_the_key_and_the_organisation_travel_in_headers(self, calls: Calls) -> None:
        calls.submit(api_key="sk-one", organization="org-two")
        headers = calls.server.received[0].headers
        assert (headers["authorization"], headers["openai-organization"]) == ("Bearer sk-one", "org-two")
        calls.submit()
        assert "openai-organization" not in calls.server.received[1].headers

    def test_only_text_becomes_a_picture(self) -> None:
        with pytest.raises(OptionUnsupported):
            OpenAiAdapter("gpt-image-2").build_submit(dataclasses.replace(PLAIN, operation="inpaint"))

    def test_previews_are_asked_for_one_picture_at_a_time_and_three_at_most(self) -> None:
        adapter = OpenAiAdapter("gpt-image-2")
        for wanted, count, expected in ((2, 1, 2), (9, 1, 3), (2, 2, None), (0, 1, None)):
            request = dataclasses.replace(PLAIN, count=count, options={"partialImages": wanted})
            document = adapter.build_submit(request).json
            assert (document.get("stream", False), document.get("partial_images")) == (expected is not None, expected)
            assert adapter.build_submit(request).streamed is (expected is not None)

    def test_a_lost_answer_cannot_be_found_again(self) -> None:
        assert OpenAiAdapter("gpt-image-2").recovery is Recovery.NONE


class TestThePicture:
    def test_it_has_the_size_that_was_asked_for(self, calls: Calls) -> None:
        outputs = finished(calls.submit(count=2, width=1024, height=1536)).outputs
        assert [size_of(output.content) for output in outputs] == [(1024, 1536)] * 2
        assert outputs[0].content != outputs[1].content
        assert {output.mime_type for output in outputs} == {"image/png"}
        assert calls.server.violations == []

    @pytest.mark.parametrize("quality", ["low", "medium", "high", "xhigh", "max"])
    def test_its_cost_is_what_the_tokens_cost(self, calls: Calls, quality: str) -> None:
        cost = finished(calls.submit(quality=quality, prompt="x" * 400)).cost
        tokens = image_tokens(PLAIN.model, quality, 1024, 1024)
        assert cost == tokens * Decimal("0.00003") + 100 * Decimal("0.000005")

    def test_the_vendors_number_of_the_request_is_kept(self, calls: Calls) -> None:
        assert finished(calls.submit()).provider_job_id == "req_loopback1"

    def test_fewer_pictures_than_asked_for_are_the_first_ones(self, calls: Calls) -> None:
        assert [output.index for output in finished(calls.submit("fewer", count=3)).outputs] == [0, 1]
        assert finished(calls.submit("none", count=3)).outputs == ()

    def test_an_answer_without_usage_confirms_no_cost_but_keeps_the_picture(self, calls: Calls) -> None:
        outcome = finished(calls.submit("no-usage"))
        assert (outcome.cost, size_of(outcome.outputs[0].content)) == (None, (1024, 1024))

    def test_one_spoilt_picture_does_not_spoil_the_others(self) -> None:
        body = b'{"data": [{"b64_json": "%%"}, {"b64_json": null}, {"b64_json": ""}, {"b64_json": "eA=="}]}'
        outputs = finished(OpenAiAdapter("gpt-image-2").parse_submitted(HttpAnswer(200, {}, body))).outputs
        assert [type(output.error) for output in outputs] == [BrokenContract] * 3 + [type(None)]
        assert outputs[3].content == b"x"

    def test_a_picture_of_another_size_is_still_a_picture(self, calls: Calls) -> None:
        [output] = finished(calls.submit("wrong-size")).outputs
        assert size_of(output.content) == (512, 512)

    def test_a_slow_answer_is_awaited(self, calls: Calls) -> None:
        calls.server.slow_s = 0.3
        assert len(finished(calls.submit("slow")).outputs) == 1


class TestRefusals:
    @pytest.mark.parametrize(
        ("fault", "kind"),
        [
            ("moderated", Moderated),
            ("no-quota", CreditExhausted),
            ("hard-limit", CreditExhausted),
            ("rate-limited", Busy),
            ("bad-key", KeyRefused),
            ("unverified", OrganizationUnverified),
            ("unknown-model", ModelNotOffered),
        ],
    )
    def test_each_is_told_apart(self, calls: Calls, fault: str, kind: type[ProviderError]) -> None:
        error = refused(calls.submit(fault))
        assert (type(error), error.not_accepted, error.retryable) == (kind, True, kind is Busy)
        assert error.vendor_text

    def test_every_refusal_of_the_server_is_one_here(self, calls: Calls) -> None:
        assert all(refused(calls.submit(fault)).not_accepted for fault in REFUSALS)

    def test_a_limit_says_how_long_to_wait_by_the_finer_header(self, calls: Calls) -> None:
        assert refused(calls.submit("rate-limited")).retry_after_s == 0.5

    def test_a_bad_key_and_an_unverified_organisation_are_refused_by_the_account(self, calls: Calls) -> None:
        assert type(refused(calls.submit(api_key="sk-bad"))) is KeyRefused
        assert type(refused(calls.submit(api_key=""))) is KeyRefused
        assert type(refused(calls.submit(api_key="sk-unverified"))) is OrganizationUnverified

    def test_any_other_403_is_not_taken_for_an_unverified_organisation(self) -> None:
        body = b'{"error": {"code": "unsupported_country_region_territory", "message": "must be verified elsewhere"}}'
        error = refused(OpenAiAdapter("gpt-image-2").parse_submitted(HttpAnswer(403, {}, body)))
        assert (error.code, type(error) is OrganizationUnverified) == ("provider_misconfigured", False)

    @pytest.mark.parametrize("model", ["dall-e-3", "gpt-image-1", "no-such-model"])
    def test_a_model_that_was_shut_down_is_not_offered(self, calls: Calls, model: str) -> None:
        assert type(refused(calls.submit(model=model, quality="standard"))) is ModelNotOffered

    @pytest.mark.parametrize(
        "changes",
        [{"width": 1000}, {"width": 512, "height": 512}, {"width": 3840, "height": 1024}, {"quality": "standard"}],
    )
    def test_what_does_not_fit_is_bad_input(self, calls: Calls, changes: dict[str, Any]) -> None:
        assert refused(calls.submit(**changes)).code == "provider_rejected"
        assert len(calls.server.violations) == 1


class TestDoubts:
    @pytest.mark.parametrize("fault", [*(set(DOUBTS) - {"page"}), "cut"])
    def test_whatever_may_have_made_a_picture_leaves_the_outcome_unknown(self, calls: Calls, fault: str) -> None:
        with pytest.raises(OutcomeUnknown) as caught:
            calls.submit(fault)
        assert caught.value.not_accepted is False
        assert len(calls.server.received) == 1

    def test_a_page_instead_of_an_answer_breaks_the_contract(self, calls: Calls) -> None:
        with pytest.raises(BrokenContract):
            calls.submit("page")

    def test_an_answer_that_comes_too_late_leaves_the_outcome_unknown(self, calls: Calls) -> None:
        calls.server.slow_s = 5
        with pytest.raises(OutcomeUnknown):
            calls.submit("slow", read_timeout_s=0.2)
