"""Stability AI over a real socket: what is asked for, and what is made of the answer."""

import dataclasses
import json
from collections.abc import Iterator

import pytest

from providers.adapters.stability.adapter import StabilityAdapter
from providers.adapters.stability.forms import aspect_ratio
from providers.errors import Moderated, OptionUnsupported, ProviderError
from providers.types import Finished, HttpAnswer, Recovery
from tests.providers.catalogue_rows import catalogue_rows
from tests.providers.payloads import stability as payloads
from tests.vendors.stability.calling import ENGINE, PLAIN, Calls, calls_to_stability, outputs_of, size_of
from tests.vendors.stability.forms import fields_of
from tests.vendors.stability.requests import models_in_the_catalogue, requests_of

WIRE_NAMES = {
    "stable-image-core": ("core", None),
    "stable-image-ultra": ("ultra", None),
    "sd-3.5-large": ("sd3", "sd3.5-large"),
    "sd-3.5-turbo": ("sd3", "sd3.5-large-turbo"),
    "sd-3.5-medium": ("sd3", "sd3.5-medium"),
    "sd-3.5-flash": ("sd3", "sd3.5-flash"),
    "sd-3.0": ("sd3", "sd3.5-large"),
}


@pytest.fixture
def calls() -> Iterator[Calls]:
    with calls_to_stability() as running:
        yield running


class TestWhatIsAskedFor:
    def test_every_model_of_the_catalogue_has_its_wire_name(self, calls: Calls) -> None:
        assert {row.name for row in models_in_the_catalogue()} == {*WIRE_NAMES, ENGINE}
        for model, (service, name) in WIRE_NAMES.items():
            calls.submit(model=model)
            received = calls.server.received[-1]
            assert received.path == f"/v2beta/stable-image/generate/{service}"
            assert fields_of(received).get("model") == name
        calls.submit(model=ENGINE)
        assert calls.server.received[-1].path == "/v1/generation/stable-diffusion-xl-1024-v1-0/text-to-image"

    @pytest.mark.parametrize("model", [*WIRE_NAMES, ENGINE])
    def test_whatever_a_client_may_say_becomes_a_request_the_vendor_takes(self, calls: Calls, model: str) -> None:
        calls.server.requests_per_window = 10_000
        for built in requests_of(catalogue_rows()["stability", model], calls.server.url):
            assert calls.send(built).status == 422
        assert (calls.server.violations, len(calls.server.received) > 50) == ([], True)

    def test_a_service_gets_a_form_without_files(self, calls: Calls) -> None:
        request = dataclasses.replace(payloads.REQUEST, prompt="ein Haus, „schön“ & groß")
        calls.submit(**vars(request))
        received = calls.server.received[0]
        assert received.headers["content-type"].startswith("multipart/form-data; boundary=")
        assert (received.headers["accept"], received.headers["authorization"]) == ("image/*", "Bearer sk-loopback")
        assert fields_of(received) == {
            "prompt": "ein Haus, „schön“ & groß",
            "negative_prompt": "people",
            "aspect_ratio": "16:9",
            "output_format": "png",
            "model": "sd3.5-large",
            "seed": "7",
            "cfg_scale": "4.5",
            "style_preset": "cinematic",
        }

    def test_the_engine_gets_json(self, calls: Calls) -> None:
        calls.submit(**vars(payloads.ENGINE_REQUEST))
        received = calls.server.received[0]
        assert received.headers["accept"] == "application/json"
        assert received.json() == {
            "text_prompts": [{"text": "a lighthouse at dawn", "weight": 1}, {"text": "people", "weight": -1}],
            "width": 1152,
            "height": 896,
            "samples": 3,
            "seed": 7,
            "steps": 30,
            "cfg_scale": 7,
            "sampler": "K_EULER",
            "style_preset": "anime",
        }

    @pytest.mark.parametrize(
        ("size", "shape"),
        [
            ((1024, 1024), "1:1"),
            ((512, 512), "1:1"),
            ((2048, 1024), "16:9"),
            ((1024, 2048), "9:16"),
            ((2048, 512), "21:9"),
            ((512, 2048), "9:21"),
            ((1536, 1024), "3:2"),
            ((1024, 1536), "2:3"),
            ((1280, 1024), "5:4"),
            ((896, 1120), "4:5"),
        ],
    )
    def test_a_size_becomes_the_nearest_shape(self, size: tuple[int, int], shape: str) -> None:
        assert aspect_ratio(*size) == shape

    def test_one_picture_a_call_on_v2beta(self) -> None:
        with pytest.raises(OptionUnsupported, match="one picture"):
            StabilityAdapter("sd-3.5-large").build_submit(dataclasses.replace(PLAIN, count=2))

    def test_an_organisation_is_named_to_v1_alone(self) -> None:
        assert StabilityAdapter(ENGINE).credentials("sk-1", "org-2") == {
            "Authorization": "Bearer sk-1",
            "Organization": "org-2",
        }
        assert StabilityAdapter("sd-3.5-large").credentials("sk-1", "org-2") == {"Authorization": "Bearer sk-1"}

    def test_a_model_an_operator_added_is_asked_for_by_its_own_name(self) -> None:
        built = StabilityAdapter("sd4-large").build_submit(PLAIN)
        assert built.url.endswith("/generate/sd3")
        assert built.form is not None and built.form["model"] == "sd4-large"

    def test_a_lost_answer_cannot_be_found_again(self) -> None:
        assert StabilityAdapter("sd-3.5-large").recovery is Recovery.NONE


class TestThePicture:
    @pytest.mark.parametrize(("model", "megapixels"), [("stable-image-core", 1.5), ("sd-3.5-large", 1.0)])
    def test_it_has_the_shape_of_the_catalogues_size_and_the_pixels_of_the_services_own_choice(
        self, calls: Calls, model: str, megapixels: float
    ) -> None:
        for size in ("1024x1024", "1120x896", "768x1360", "672x1568", "1248x832"):
            assert size in catalogue_rows()["stability", model].limits["size"]["values"]
            width, height = (int(side) for side in size.split("x"))
            (output,) = outputs_of(calls.submit(model=model, width=width, height=height))
            drawn_width, drawn_height = size_of(output)
            assert drawn_width * drawn_height / 1024 / 1024 == pytest.approx(megapixels, rel=0.1)
            assert drawn_width / drawn_height == pytest.approx(width / height, rel=0.03)
            assert output.mime_type == "image/png"

    def test_its_seed_is_the_one_asked_for_or_the_vendors_own(self, calls: Calls) -> None:
        (asked,) = outputs_of(calls.submit(seed=4_294_967_294))
        (chosen,) = outputs_of(calls.submit())
        assert asked.seed == 4_294_967_294
        assert chosen.seed is not None and 0 < chosen.seed < 4_294_967_295

    def test_bytes_and_base64_say_the_same(self, calls: Calls) -> None:
        adapter = StabilityAdapter(PLAIN.model, calls.server.url)
        built = adapter.build_submit(dataclasses.replace(PLAIN, seed=7))
        as_json = dataclasses.replace(built, headers={"Accept": "application/json"})
        answers = [calls.send(built), calls.send(as_json)]
        assert [answer.headers["content-type"] for answer in answers] == ["image/png", "application/json"]
        in_bytes, in_json = (outputs_of(adapter.parse_submitted(answer)) for answer in answers)
        assert in_bytes == in_json

    def test_v1s_png_says_the_same_as_its_json(self, calls: Calls) -> None:
        adapter = StabilityAdapter(ENGINE, calls.server.url)
        built = adapter.build_submit(dataclasses.replace(PLAIN, seed=7))
        as_png = dataclasses.replace(built, headers={"Accept": "image/png"})
        answers = [calls.send(built), calls.send(as_png)]
        assert [answer.headers["content-type"] for answer in answers] == ["application/json", "image/png"]
        in_json, in_bytes = (outputs_of(adapter.parse_submitted(answer)) for answer in answers)
        assert in_json == in_bytes

    def test_v1_makes_several_in_order_each_with_its_seed(self, calls: Calls) -> None:
        outputs = outputs_of(calls.submit(model=ENGINE, count=3, width=832, height=1216, seed=40))
        assert [(output.index, output.seed, size_of(output)) for output in outputs] == [
            (0, 40, (832, 1216)),
            (1, 41, (832, 1216)),
            (2, 42, (832, 1216)),
        ]

    def test_one_filtered_artifact_fails_alone(self) -> None:
        answer = HttpAnswer(200, {}, json.dumps(payloads.ARTIFACTS).encode())
        outputs = outputs_of(StabilityAdapter(ENGINE).parse_submitted(answer))
        assert [output.content for output in outputs] == [b"first", None, None, b"fourth"]
        assert [type(output.error) for output in outputs] == [type(None), Moderated, ProviderError, type(None)]

    def test_a_filtered_picture_is_never_handed_on(self, calls: Calls) -> None:
        (in_bytes,) = outputs_of(calls.submit("moderated-output"))
        in_json = StabilityAdapter(PLAIN.model).parse_submitted(
            HttpAnswer(200, {}, json.dumps(payloads.FILTERED).encode())
        )
        for output in (in_bytes, *outputs_of(in_json)):
            assert (type(output.error), output.content) == (Moderated, None)
        *whole, filtered = outputs_of(calls.submit("moderated-output", model=ENGINE, count=3))
        assert all(output.content and not output.error for output in whole)
        assert (type(filtered.error), filtered.content) == (Moderated, None)


def test_a_call_is_known_by_the_vendors_own_number_of_it(calls: Calls) -> None:
    outcomes = [calls.submit(seed=7), calls.submit(model=ENGINE)]
    assert all(isinstance(outcome, Finished) and len(outcome.provider_job_id) == 8 for outcome in outcomes)
