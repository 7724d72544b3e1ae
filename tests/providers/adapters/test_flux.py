"""What is peculiar to Black Forest Labs: shapes, polling addresses, words for states, two kinds of callbacks."""

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from providers.adapters.flux import FluxAdapter
from providers.errors import BrokenContract, Misconfigured, Moderated, OptionUnsupported, OutputLost, ProviderError
from providers.types import Accepted, HttpAnswer, Recovery, Refused, RemoteState
from tests.providers.payloads import flux
from tests.vendors.flux.webhooks import STYLES, webhook_headers

REGIONAL = "https://api.eu.bfl.ai"
SECRET = "a secret of this installation"


def answer(document: Any, status: int = 200) -> HttpAnswer:
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    return HttpAnswer(status, {}, body)


def sent(model: str, **changes: Any) -> Any:
    """The body of the paid request."""
    return FluxAdapter(model).build_submit(replace(flux.REQUEST, **changes)).json


def accepted(document: Any, base_url: str = "") -> Accepted:
    outcome = FluxAdapter("flux-2-pro", base_url).parse_submitted(answer(document))
    assert isinstance(outcome, Accepted)
    return outcome


class TestTheRequest:
    @pytest.mark.parametrize(
        "model", ["flux-2-pro", "flux-2-klein-4b", "flux-pro-1.1", "flux-dev", "flux-3-image-klein"]
    )
    def test_most_models_are_told_the_sides(self, model: str) -> None:
        expected = {"prompt": flux.REQUEST.prompt, "output_format": "png", "width": 1024, "height": 768, "seed": 7}
        assert sent(model) == expected

    @pytest.mark.parametrize("model", ["flux-pro-1.1-ultra", "flux-kontext-pro", "flux-kontext-max"])
    @pytest.mark.parametrize(
        ("size", "ratio"),
        [
            ((1024, 1024), "1:1"),
            ((2752, 1536), "16:9"),
            ((1344, 3136), "9:21"),
            ((832, 1216), "2:3"),
            ((640, 480), "4:3"),
        ],
    )
    def test_some_are_told_a_shape(self, model: str, size: tuple[int, int], ratio: str) -> None:
        body = sent(model, width=size[0], height=size[1])
        assert (body["aspect_ratio"], "width" in body, "height" in body) == (ratio, False, False)

    @pytest.mark.parametrize(
        ("size", "shape", "resolution"),
        [
            ((768, 768), "1:1", "768sq"),
            ((1024, 1024), "1:1", "1k"),
            ((896, 672), "4:3", "1k"),
            ((1536, 1536), "1:1", "1.5k"),
            ((2048, 2048), "1:1", "2k"),
            ((2752, 1536), "16:9", "2k"),
            ((4096, 4096), "1:1", "4k"),
        ],
    )
    def test_flux_3_is_told_a_shape_and_a_resolution(self, size: tuple[int, int], shape: str, resolution: str) -> None:
        body = sent("flux-3-image", width=size[0], height=size[1], seed=None)
        expected = {
            "prompt": flux.REQUEST.prompt,
            "output_format": "png",
            "aspect_ratio": shape,
            "resolution": resolution,
        }
        assert body == expected

    def test_steps_and_guidance_go_by_the_vendors_names(self) -> None:
        options = {"steps": 30, "cfgScale": 4.5, "attempt_number": 2}
        body = sent("flux-2-flex", options=options)
        assert {name: body[name] for name in body.keys() - sent("flux-2-flex").keys()} == {"steps": 30, "guidance": 4.5}

    def test_without_a_size_the_vendor_chooses_one(self) -> None:
        assert sent("flux-2-pro", width=None, height=None, seed=None).keys() == {"prompt", "output_format"}

    @pytest.mark.parametrize("beyond", [{"count": 2}, {"negative_prompt": "fog"}, {"operation": "inpaint"}])
    def test_what_cannot_be_said_is_refused_before_anything_is_sent(self, beyond: dict[str, Any]) -> None:
        with pytest.raises(OptionUnsupported):
            sent("flux-2-pro", **beyond)

    @pytest.mark.parametrize("address", [REGIONAL, f"{REGIONAL}/", f"{REGIONAL}/v1", f"{REGIONAL}/v1/"])
    def test_the_account_chooses_the_region(self, address: str) -> None:
        built = FluxAdapter("flux-dev", address).build_submit(flux.REQUEST)
        assert (built.method, built.url) == ("POST", f"{REGIONAL}/v1/flux-dev")

    def test_the_key_travels_in_the_vendors_own_header(self) -> None:
        adapter = FluxAdapter("flux-dev")
        assert adapter.credentials("k-1", "org") == {"x-key": "k-1"}
        assert (adapter.credentials("", ""), adapter.outputs_need_key) == ({}, False)

    @pytest.mark.parametrize("address", ["", "https://api.bfl.ai", "https://api.bfl.ai/v1/"])
    def test_at_the_host_of_all_regions_nothing_can_be_found_out_about_a_lost_answer(self, address: str) -> None:
        assert FluxAdapter("flux-dev", address).recovery is Recovery.NONE

    def test_at_one_region_a_callback_tells_of_it(self) -> None:
        assert FluxAdapter("flux-dev", REGIONAL).recovery is Recovery.CALLBACK

    def test_the_vendor_is_told_where_to_call_back_and_what_to_prove(self) -> None:
        body = sent("flux-dev", callback_url="https://engine.example.com/x", callback_secret=SECRET)
        told = {"webhook_url": "https://engine.example.com/x", "webhook_secret": SECRET}
        assert {name: body[name] for name in body.keys() - sent("flux-dev").keys()} == told


class TestTheAnswerToASubmission:
    def test_the_cost_is_told_in_credits_of_a_cent(self) -> None:
        assert accepted(flux.ACCEPTED).cost == Decimal("0.03")
        assert accepted({**flux.ACCEPTED, "cost": 1.4}).cost == Decimal("0.014")

    @pytest.mark.parametrize("cost", [None, "3", -1, 1e300, [], {}])
    def test_a_cost_that_is_none_does_not_lose_the_job(self, cost: Any) -> None:
        taken = accepted({**flux.ACCEPTED, "cost": cost})
        assert (taken.cost, taken.provider_job_id) == (None, flux.JOB_ID)

    def test_with_a_webhook_there_is_no_polling_address(self) -> None:
        taken = accepted(flux.ACCEPTED_FOR_WEBHOOK)
        assert (taken.poll_url, taken.cost) == ("", Decimal("0.03"))

    @pytest.mark.parametrize("job_id", ["", None, 7, "x" * 256, ["a"]])
    def test_an_id_that_cannot_be_kept_breaks_the_contract(self, job_id: Any) -> None:
        with pytest.raises(BrokenContract):
            accepted({**flux.ACCEPTED, "id": job_id})

    @pytest.mark.parametrize(
        ("status", "detail", "text"),
        [
            (402, "Insufficient credits.", "Insufficient credits."),
            (403, "Not authenticated", "Not authenticated"),
            (404, "Not Found", "Not Found"),
        ],
    )
    def test_an_account_or_a_model_that_is_refused_is_for_operators(self, status: int, detail: str, text: str) -> None:
        outcome = FluxAdapter("flux-dev").parse_submitted(answer({"detail": detail}, status))
        assert isinstance(outcome, Refused)
        assert isinstance(outcome.error, Misconfigured)
        assert (outcome.error.vendor_code, outcome.error.vendor_text) == (str(status), text)

    def test_a_misfit_names_the_vendors_fields_to_operators_only(self) -> None:
        misfits = [
            {"loc": ["body", "width"], "msg": "Input should be a multiple of 32", "input": "a secret prompt"},
            {"loc": ["body", "steps"], "msg": "Input should be less than 51", "type": "less_than_equal"},
        ]
        outcome = FluxAdapter("flux-dev").parse_submitted(answer({"detail": misfits}, 422))
        assert isinstance(outcome, Refused)
        text = outcome.error.vendor_text
        assert text == "body.width: Input should be a multiple of 32; body.steps: Input should be less than 51"
        assert "width" not in outcome.error.message

    @pytest.mark.parametrize(
        "body", [b"<html>", b'{"detail": [7]}', b'{"detail": [{"loc": 1}]}', b"[]", b'{"error": 1}']
    )
    def test_an_error_of_another_form_is_kept_as_it_is(self, body: bytes) -> None:
        assert FluxAdapter("flux-dev").vendor_error(answer(body, 422)) == ("", body.decode())


class TestWhereAJobIsAskedFor:
    @pytest.mark.parametrize(
        "address",
        [
            flux.POLLING_URL,
            "https://api.us1.bfl.ai/v1/get_result?id=1&shard=7#part",
            "https://api.bfl.ai:443/v1/get_result?id=1",
        ],
    )
    def test_the_vendors_address_is_followed_to_the_letter(self, address: str) -> None:
        taken = accepted({**flux.ACCEPTED, "polling_url": address}, REGIONAL)
        assert taken.poll_url == address
        assert FluxAdapter("flux-2-pro", REGIONAL).build_poll(taken.provider_job_id, taken.poll_url).url == address

    @pytest.mark.parametrize(
        "address",
        [
            "http://api.bfl.ai/v1/get_result?id=1",
            "https://bfl.ai.example.com/v1/get_result?id=1",
            "https://examplebfl.ai/v1/get_result?id=1",
            "https://api.bfl.ai@example.com/v1/get_result?id=1",
            "https://user:word@api.bfl.ai/v1/get_result?id=1",
            "https://example.com\\@api.bfl.ai/v1/get_result?id=1",
            "https://example.com#.bfl.ai/v1/get_result?id=1",
            "https://example.com?.bfl.ai/",
            "https://api.bfl.ai/v1/get result",
            "https://api.bfl.ai\n/v1/get_result?id=1",
            "https://169.254.169.254/v1/get_result?id=1",
            "ftp://api.bfl.ai/v1/get_result?id=1",
            "//api.bfl.ai/v1/get_result?id=1",
            "https://api.bfl.ai/" + "x" * 1000,
            "",
            None,
            7,
        ],
    )
    def test_any_other_address_never_sees_our_key(self, address: Any) -> None:
        assert accepted({**flux.ACCEPTED, "polling_url": address}, REGIONAL).poll_url == ""
        polled = FluxAdapter("flux-2-pro", REGIONAL).build_poll("a b/c", str(address))
        assert polled.url == f"{REGIONAL}/v1/get_result?id=a%20b%2Fc"

    def test_a_server_of_ones_own_may_name_another_port_of_its_host(self) -> None:
        address = "http://127.0.0.1:9002/v1/get_result?id=1"
        assert accepted({**flux.ACCEPTED, "polling_url": address}, "http://127.0.0.1:9001").poll_url == address
        assert accepted({**flux.ACCEPTED, "polling_url": address}, "https://127.0.0.1:9001").poll_url == ""


class TestTheAnswerToAPoll:
    @pytest.mark.parametrize(
        ("status", "kind"),
        [("Request Moderated", Moderated), ("Content Moderated", Moderated), ("Error", ProviderError)],
    )
    def test_the_vendors_last_words(self, status: str, kind: type[ProviderError]) -> None:
        progress = FluxAdapter("flux-dev").parse_progress(answer(flux.told(status, details={"Reason": ["x"]})))
        assert progress.state is RemoteState.FAILED
        assert type(progress.error) is kind
        assert (progress.error.vendor_code, progress.error.vendor_text) == (status, '{"Reason": ["x"]}')

    def test_a_job_that_is_not_there_is_lost(self) -> None:
        with pytest.raises(OutputLost):
            FluxAdapter("flux-dev").parse_progress(answer(flux.told("Task not found")))

    @pytest.mark.parametrize("word", ["Queued", "Reasoning", "Generating", "Failed", "ready", ""])
    def test_words_that_nobody_documented_are_running(self, word: str) -> None:
        assert FluxAdapter("flux-dev").parse_progress(answer(flux.told(word))).state is RemoteState.RUNNING

    @pytest.mark.parametrize(("told", "fraction"), [(0.4, 0.4), (1, 1.0), (None, None), (40, None), ("half", None)])
    def test_progress_is_passed_on_where_it_is_a_fraction(self, told: Any, fraction: float | None) -> None:
        progress = FluxAdapter("flux-dev").parse_progress(answer(flux.told("Pending", progress=told)))
        assert progress.fraction == fraction

    def test_the_picture_has_its_address_and_its_seed(self) -> None:
        [output] = FluxAdapter("flux-dev").parse_outputs(answer(flux.SUCCEEDED))
        assert (output.url, output.seed) == (flux.SUCCEEDED["result"]["sample"], 7)

    @pytest.mark.parametrize("seed", [None, 2**63, -1, "7"])
    def test_a_seed_that_cannot_be_kept_is_none(self, seed: Any) -> None:
        told = flux.told("Ready", result={"sample": "https://delivery-eu1.bfl.ai/1", "seed": seed})
        assert FluxAdapter("flux-dev").parse_outputs(answer(told))[0].seed is None

    @pytest.mark.parametrize(
        "result", [None, {}, {"sample": None}, {"sample": ""}, [], "https://delivery-eu1.bfl.ai/1"]
    )
    def test_ready_without_a_picture_breaks_the_contract(self, result: Any) -> None:
        with pytest.raises(BrokenContract):
            FluxAdapter("flux-dev").parse_outputs(answer(flux.told("Ready", result=result)))


class TestTheCallback:
    BODY = json.dumps(flux.SUCCEEDED).encode()

    @pytest.mark.parametrize("style", STYLES)
    def test_both_styles_name_the_job_and_nothing_more(self, style: str) -> None:
        callback = FluxAdapter("").verify_callback(webhook_headers(style, SECRET, self.BODY), self.BODY, SECRET)
        assert callback is not None
        assert (callback.reference, callback.provider_job_id) == ("", flux.JOB_ID)

    @pytest.mark.parametrize("style", STYLES)
    def test_another_secret_is_about_nobody(self, style: str) -> None:
        headers = webhook_headers(style, "another secret", self.BODY)
        assert FluxAdapter("").verify_callback(headers, self.BODY, SECRET) is None

    def test_a_signature_holds_for_one_body_only(self) -> None:
        headers = webhook_headers("signature", SECRET, self.BODY)
        assert FluxAdapter("").verify_callback(headers, self.BODY + b" ", SECRET) is None

    @pytest.mark.parametrize(
        "headers", [{}, {"X-Webhook-Secret": ""}, {"X-BFL-Signature": ""}, {"X-Webhook-Secret": "ü"}]
    )
    @pytest.mark.parametrize("secret", ["", SECRET])
    def test_without_a_secret_on_both_sides_it_is_about_nobody(self, headers: dict[str, str], secret: str) -> None:
        assert FluxAdapter("").verify_callback(headers, self.BODY, secret) is None

    def test_a_signature_without_its_prefix_is_none(self) -> None:
        headers = webhook_headers("signature", SECRET, self.BODY)
        bare = {name: value.removeprefix("sha256=") for name, value in headers.items()}
        assert FluxAdapter("").verify_callback(bare, self.BODY, SECRET) is None

    @pytest.mark.parametrize(
        "body", [b"", b"{}", b"[]", b"7", b'{"id": 7}', b'{"id": ""}', b'{"id": "\\ud800"}', b"[" * 60_000]
    )
    def test_a_signed_body_without_a_job_is_about_nobody(self, body: bytes) -> None:
        headers = webhook_headers("signature", SECRET, body)
        assert FluxAdapter("").verify_callback(headers, body, SECRET) is None
