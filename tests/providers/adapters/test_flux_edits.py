"""Pictures that are sent to Black Forest Labs: what each model is told of them, and what comes back."""

import base64
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from PIL import Image, ImageChops
from requests.adapters import HTTPAdapter

from providers.adapters.flux import FluxAdapter
from providers.adapters.flux.paid_requests import LARGEST_PICTURE_BYTES
from providers.errors import OptionUnsupported
from providers.models import Provider, ProviderAccount
from providers.transport import ProviderTransport
from providers.types import Accepted, GenerationRequest, InputMedia, Margins
from tests.vendors.flux.edits import TILE
from tests.vendors.flux.server import Server

KEY = "bfl-canary-0123456789"
RED, GREEN, BLUE = (255, 0, 0), (0, 255, 0), (0, 0, 255)
EDITORS = ("flux-2-pro", "flux-2-max", "flux-2-flex", "flux-2-klein-4b", "flux-kontext-pro", "flux-kontext-max")


@pytest.fixture
def vendor() -> Iterator[Server]:
    with Server() as server:
        yield server


def plain(folder: Path, colour: Any = RED, size: tuple[int, int] = (320, 256), role: str = "image") -> InputMedia:
    """A picture of one colour on disk."""
    path = folder / f"{role}-{len(list(folder.iterdir()))}.png"
    Image.new("L" if role == "mask" else "RGB", size, colour).save(path)
    return InputMedia(role, path, "image/png", *size)


def halved_mask(folder: Path, size: tuple[int, int] = (320, 256)) -> InputMedia:
    """A mask whose left half is white."""
    mask = plain(folder, 0, size, "mask")
    with Image.open(mask.path) as image:
        image.paste(255, (0, 0, size[0] // 2, size[1]))
        image.save(mask.path)
    return mask


def wanted(operation: str, *inputs: InputMedia, **fields: Any) -> GenerationRequest:
    return GenerationRequest("a", operation, "", **{"prompt": "a lighthouse", "seed": 7, **fields}, inputs=inputs)


def sent(model: str, operation: str, *inputs: InputMedia, **fields: Any) -> Any:
    """The body of the paid request."""
    return FluxAdapter(model).build_submit(wanted(operation, *inputs, **fields)).json


def result_of(vendor: Server, model: str, request: GenerationRequest, sink: Path) -> Image.Image:
    """The picture that comes back over real sockets."""
    transport = ProviderTransport({"http://127.0.0.1": HTTPAdapter()})
    account = ProviderAccount(provider=Provider(key="flux"), api_key=KEY)
    adapter = FluxAdapter(model, vendor.url)
    outcome = adapter.parse_submitted(
        transport.send(adapter, adapter.build_submit(request), account=account, paid=True)
    )
    assert isinstance(outcome, Accepted)
    poll = adapter.build_poll(outcome.provider_job_id, outcome.poll_url)
    answer = [transport.send(adapter, poll, account=account) for _ in range(2)][-1]
    transport.fetch_output(adapter, adapter.parse_outputs(answer)[0], sink, account=account)
    assert vendor.violations == []
    with Image.open(io.BytesIO(sink.read_bytes())) as image:
        return image.convert("RGB")


def is_near(image: Image.Image, at: tuple[int, int], colour: tuple[int, int, int]) -> bool:
    pixel = image.getpixel(at)
    assert isinstance(pixel, tuple)
    return max(abs(one - other) for one, other in zip(pixel, colour, strict=True)) < 8


class TestWhatIsSent:
    @pytest.mark.parametrize("model", EDITORS)
    def test_pictures_travel_as_base64_the_first_one_first(self, model: str, tmp_path: Path) -> None:
        pictures = [plain(tmp_path, colour) for colour in (RED, GREEN, BLUE)]
        body = sent(model, "image-to-image", *pictures, width=1024, height=768)
        fields = ["input_image", "input_image_2", "input_image_3"]
        assert [base64.b64decode(body[name]) for name in fields] == [media.path.read_bytes() for media in pictures]
        assert not [name for name in body if name.startswith("input_image") and name not in fields]

    def test_flux_3_takes_them_as_a_list(self, tmp_path: Path) -> None:
        pictures = [plain(tmp_path) for _ in range(10)]
        body = sent("flux-3-image", "image-to-image", *pictures, width=1360, height=768, seed=None)
        assert len(body["images"]) == 10
        assert (body["aspect_ratio"], body["resolution"]) == ("16:9", "1k")

    @pytest.mark.parametrize(
        ("size", "ratio"),
        [
            ((1024, 1024), "1:1"),
            ((1360, 768), "16:9"),
            ((1104, 944), "7:6"),
            ((944, 1104), "6:7"),
            ((1552, 672), "30:13"),
        ],
    )
    def test_an_edit_by_kontext_keeps_the_shape_of_its_picture(
        self, size: tuple[int, int], ratio: str, tmp_path: Path
    ) -> None:
        body = sent("flux-kontext-pro", "image-to-image", plain(tmp_path), width=size[0], height=size[1])
        assert (body["aspect_ratio"], "width" in body) == (ratio, False)

    @pytest.mark.parametrize("model", ["flux-pro-1.1", "flux-dev", "flux-pro-1.1-ultra"])
    @pytest.mark.parametrize("operation", ["image-to-image", "variation"])
    def test_a_picture_may_stand_for_the_prompt(self, model: str, operation: str, tmp_path: Path) -> None:
        body = sent(model, operation, plain(tmp_path), prompt="")
        assert body.keys() == {"image_prompt", "output_format", "seed"}

    @pytest.mark.parametrize(("strength", "theirs"), [(0.0, 1), (0.3, 0.7), (1.0, 0)])
    def test_of_our_strength_more_is_less_like_the_picture(
        self, strength: float, theirs: float, tmp_path: Path
    ) -> None:
        body = sent("flux-pro-1.1-ultra", "variation", plain(tmp_path), strength=strength)
        assert body["image_prompt_strength"] == theirs
        assert "image_prompt_strength" not in sent("flux-pro-1.1", "variation", plain(tmp_path), strength=strength)

    def test_a_mask_goes_beside_the_picture(self, tmp_path: Path) -> None:
        image, mask = plain(tmp_path), halved_mask(tmp_path)
        options = {"steps": 30, "cfgScale": 45, "attempt_number": 1}
        body = sent("flux-pro-1.0-fill", "inpaint", image, mask, width=320, height=256, options=options)
        assert body == {
            "prompt": "a lighthouse",
            "output_format": "png",
            "steps": 30,
            "guidance": 45,
            "seed": 7,
            "image": base64.b64encode(image.path.read_bytes()).decode(),
            "mask": base64.b64encode(mask.path.read_bytes()).decode(),
        }

    def test_margins_have_the_vendors_names(self, tmp_path: Path) -> None:
        margins = Margins(left=1, right=2, up=3, down=4)
        body = sent("flux-pro-1.0-expand", "outpaint", plain(tmp_path), margins=margins, width=323, height=263)
        assert {name: body[name] for name in ("left", "right", "top", "bottom")} == {
            "left": 1,
            "right": 2,
            "top": 3,
            "bottom": 4,
        }
        assert not {"width", "height"} & body.keys()

    @pytest.mark.parametrize(
        ("model", "operation"),
        [
            ("flux-2-pro", "inpaint"),
            ("flux-2-pro", "variation"),
            ("flux-kontext-pro", "outpaint"),
            ("flux-pro-1.0-fill", "text-to-image"),
            ("flux-pro-1.0-expand", "inpaint"),
            ("flux-pro-1.1", "upscale"),
            ("flux-3-image", "remove-background"),
        ],
    )
    def test_what_a_model_cannot_do_is_refused_before_anything_is_sent(
        self, model: str, operation: str, tmp_path: Path
    ) -> None:
        with pytest.raises(OptionUnsupported):
            sent(model, operation, plain(tmp_path))

    @pytest.mark.parametrize(("model", "operation"), [("flux-dev", "variation"), ("flux-pro-1.0-fill", "inpaint")])
    def test_without_the_picture_nothing_is_sent(self, model: str, operation: str, tmp_path: Path) -> None:
        for inputs in ((), (halved_mask(tmp_path),)):
            with pytest.raises(OptionUnsupported):
                sent(model, operation, *inputs)

    def test_a_file_that_the_vendor_would_not_take_is_not_read(self, tmp_path: Path) -> None:
        image = plain(tmp_path)
        with image.path.open("r+b") as file:
            file.truncate(LARGEST_PICTURE_BYTES + 1)
        with pytest.raises(OptionUnsupported, match="20 MB"):
            sent("flux-2-pro", "image-to-image", image)


class TestWhatComesBack:
    def test_an_edit_shows_the_picture_it_was_made_of_and_the_others(self, vendor: Server, tmp_path: Path) -> None:
        pictures = [plain(tmp_path, RED), plain(tmp_path, GREEN), plain(tmp_path, BLUE)]
        request = wanted("image-to-image", *pictures, width=640, height=512)
        edited = result_of(vendor, "flux-2-pro", request, tmp_path / "result")
        drawn = result_of(vendor, "flux-2-pro", wanted("text-to-image", width=640, height=512), tmp_path / "result")
        assert edited.size == drawn.size == (640, 512)
        assert is_near(edited, (TILE // 2, TILE // 2), GREEN)
        assert is_near(edited, (TILE + TILE // 2, TILE // 2), BLUE)
        half = Image.blend(drawn, Image.new("RGB", drawn.size, RED), 0.5)
        assert is_near(ImageChops.difference(edited, half), (320, 256), (0, 0, 0))

    def test_a_fill_changes_what_is_white_and_nothing_else(self, vendor: Server, tmp_path: Path) -> None:
        request = wanted("inpaint", plain(tmp_path), halved_mask(tmp_path))
        filled = result_of(vendor, "flux-pro-1.0-fill", request, tmp_path / "result")
        assert filled.size == (320, 256)
        assert filled.crop((160, 0, 320, 256)).getcolors() == [(160 * 256, RED)]
        assert RED not in [colour for _, colour in filled.crop((0, 0, 160, 256)).getcolors(256 * 160) or []]

    def test_an_expansion_has_the_picture_where_it_belongs(self, vendor: Server, tmp_path: Path) -> None:
        request = wanted("outpaint", plain(tmp_path), margins=Margins(left=10, right=20, up=30, down=40))
        expanded = result_of(vendor, "flux-pro-1.0-expand", request, tmp_path / "result")
        assert expanded.size == (350, 326)
        assert expanded.crop((10, 30, 330, 286)).getcolors() == [(320 * 256, RED)]
        assert not is_near(expanded, (9, 29), RED)

    @pytest.mark.parametrize("strength", [0.0, 1.0])
    def test_ultra_blends_by_as_much_as_it_is_told(self, vendor: Server, tmp_path: Path, strength: float) -> None:
        request = wanted("variation", plain(tmp_path), width=2048, height=2048, strength=strength)
        varied = result_of(vendor, "flux-pro-1.1-ultra", request, tmp_path / "result")
        assert is_near(varied, (1024, 1024), RED) is (strength == 0)

    def test_pictures_that_are_given_cost_by_the_megapixel(self, vendor: Server, tmp_path: Path) -> None:
        pictures = [plain(tmp_path, size=(1025, 1024)), plain(tmp_path)]
        body = sent("flux-2-pro", "image-to-image", *pictures, width=1024, height=1024)
        answer = requests.post(f"{vendor.url}/v1/flux-2-pro", json=body, headers={"x-key": KEY}, timeout=5).json()
        assert (answer["cost"], answer["input_mp"], answer["output_mp"]) == (3.0 + 3 * 1.5, 1.08, 1.0)


class TestWhatTheVendorRefuses:
    @pytest.mark.parametrize(
        ("model", "changes", "field"),
        [
            ("flux-2-pro", {"input_image": "no base64"}, "body.input_image"),
            ("flux-2-pro", {"input_image_9": "aGk="}, "body.document"),
            ("flux-2-klein-4b", {"input_image_5": "aGk="}, "body.document"),
            ("flux-kontext-pro", {"input_image": base64.b64encode(b"no picture").decode()}, "body.input_image"),
            ("flux-kontext-pro", {"aspect_ratio": "3:1"}, "body.aspect_ratio"),
            ("flux-3-image", {"images": []}, "body.images"),
            ("flux-pro-1.0-fill", {}, "body.document"),
            ("flux-pro-1.0-expand", {"top": 2049}, "body.top"),
            ("flux-pro-1.1-ultra", {"image_prompt_strength": 0.5}, "body.document"),
        ],
    )
    def test_it_names_the_field(self, vendor: Server, model: str, changes: dict[str, Any], field: str) -> None:
        document = {"prompt": "a lighthouse", **changes}
        answer = requests.post(f"{vendor.url}/v1/{model}", json=document, headers={"x-key": KEY}, timeout=5)
        named = {".".join(map(str, misfit["loc"])) for misfit in answer.json()["detail"]}
        assert (answer.status_code, field in named, bool(vendor.violations)) == (422, True, True)

    def test_a_mask_must_be_as_large_as_its_picture_and_black_and_white(self, vendor: Server, tmp_path: Path) -> None:
        for mask in (halved_mask(tmp_path, (320, 257)), plain(tmp_path)):
            pictures = {"image": plain(tmp_path), "mask": mask}
            document = {name: base64.b64encode(media.path.read_bytes()).decode() for name, media in pictures.items()}
            answer = requests.post(
                f"{vendor.url}/v1/flux-pro-1.0-fill", json=document, headers={"x-key": KEY}, timeout=5
            )
            assert (answer.status_code, answer.json()["detail"][0]["loc"]) == (422, ["body", "mask"])
