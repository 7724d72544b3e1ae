"""The bytes the simulator's models give out: drawn in the image child, or broken the way their names say."""

import io
import struct
from pathlib import Path

import pytest
from PIL import Image

from providers.adapters.sim import SimAdapter
from providers.sim.answers import state_document
from providers.sim.jobs import SimJob, find_job, new_job
from providers.transport import ProviderTransport

TRANSPORT = ProviderTransport()


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every job is finished at once."""
    monkeypatch.setattr(SimJob, "remaining_s", 0.0)


def bytes_of(model: str, tmp_path: Path, *, index: int = 0, **changes: object) -> bytes:
    document = {
        "reference": "r-1",
        "prompt": "a lighthouse",
        "model": model,
        "operation": "text-to-image",
        "width": 192,
        "height": 128,
        "count": 2,
        "seed": 5,
        **changes,
    }
    adapter = SimAdapter(f"sim/{model}")
    job = new_job(document)
    request = adapter.build_poll(job.id)
    outputs = adapter.parse_outputs(TRANSPORT.send(adapter, request, account=None))
    sink = tmp_path / "sink"
    TRANSPORT.fetch_output(adapter, outputs[index], sink, account=None)
    return sink.read_bytes()


def header_size(content: bytes) -> tuple[int, int]:
    assert content.startswith(b"\x89PNG")
    width, height = struct.unpack(">II", content[16:24])
    return width, height


def test_the_same_job_is_always_the_same_picture_and_its_outputs_differ(tmp_path: Path) -> None:
    first = bytes_of("standard", tmp_path)
    assert first == bytes_of("standard", tmp_path)
    assert first != bytes_of("standard", tmp_path, index=1)
    assert first == bytes_of("standard", tmp_path, seed=4, index=1)
    assert first != bytes_of("standard", tmp_path, prompt="a lighthouse" + " by the sea" * 20)
    assert Image.open(io.BytesIO(first)).size == (192, 128)


def test_a_wrong_size_is_half_the_wanted_one(tmp_path: Path) -> None:
    assert Image.open(io.BytesIO(bytes_of("wrong-size", tmp_path))).size == (96, 64)


def test_a_blank_has_one_colour_and_a_placeholder_few(tmp_path: Path) -> None:
    blank = Image.open(io.BytesIO(bytes_of("blank", tmp_path))).convert("RGB")
    placeholder = Image.open(io.BytesIO(bytes_of("placeholder", tmp_path))).convert("RGB")
    assert len(blank.getcolors(maxcolors=1000) or []) == 1
    assert placeholder.getcolors(maxcolors=1000) is not None


def test_a_truncated_file_ends_half_way(tmp_path: Path) -> None:
    whole, half = bytes_of("standard", tmp_path), bytes_of("truncated", tmp_path)
    assert half == whole[: len(whole) // 2]


def test_a_bomb_is_small_to_carry_and_huge_to_open(tmp_path: Path) -> None:
    bomb = bytes_of("bomb", tmp_path)
    width, height = header_size(bomb)
    assert len(bomb) < 200_000
    assert width * height == 400_000_000


def test_a_wide_picture_is_valid_but_too_wide(tmp_path: Path) -> None:
    wide = bytes_of("wide", tmp_path)
    assert header_size(wide) == (65_536, 16)
    Image.open(io.BytesIO(wide)).verify()


def test_a_page_is_not_an_image(tmp_path: Path) -> None:
    assert bytes_of("not-an-image", tmp_path).startswith(b"<!doctype html>")


def test_a_job_found_again_by_its_id_says_the_same(tmp_path: Path) -> None:
    job = new_job(
        {
            "reference": "r",
            "prompt": "p",
            "model": "standard",
            "operation": "text-to-image",
            "width": 64,
            "height": 64,
            "count": 1,
        }
    )
    again = find_job(job.id)
    assert again is not None
    assert state_document(again) == state_document(job)
