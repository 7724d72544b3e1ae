"""Benchmark a1: CPU of the image step in its bounded child over Pillow's bare work in this process.

Run as `DJANGO_SETTINGS_MODULE=tests.settings python -m tests.bench.image_step`.
"""

import argparse
import hashlib
import io
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from assets.imaging.picture import inspect_picture
from gencraft_media.common.bounded.owner import running_template, stop_template


@dataclass(frozen=True)
class ImageStepRatio:
    """Means over all pictures of all rounds."""

    ratio: float
    step_cpu_ms: float
    bare_cpu_ms: float
    step_wall_ms: float
    bare_wall_ms: float


def measure_image_step(*, rounds: int = 15, pictures: int = 8, side: int = 1024) -> ImageStepRatio:
    """Work on every picture in both ways, `rounds` times."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        originals = [_original(folder / f"{seed}.png", seed, side) for seed in range(pictures)]
        # The engine hashes a picture while it fetches it.
        hashes = {original: hashlib.sha256(original.read_bytes()).hexdigest() for original in originals}

        def step(original: Path) -> None:
            # A folder of its own each time, as in the engine: writing over a file just written costs ext4 a flush.
            destination = Path(tempfile.mkdtemp(dir=folder))
            digest = hashes[original]
            inspect_picture(
                original, folder=destination, expected=(side, side), original_sha256=digest, judge_blur=True
            )

        bare_work(originals[0])
        step(originals[0])
        bare, ours, template = _Spent(), _Spent(), _template_cpu_s()
        for number in range(rounds):
            for original in originals:
                # Turn by turn, and who goes first changes too: what else the machine does falls on both.
                for work, spent in [(bare_work, bare), (step, ours)][:: 1 if number % 2 else -1]:
                    spent.add(work, original)
        ours.cpu_s += _template_cpu_s() - template
    each = 1000 / (rounds * pictures)
    return ImageStepRatio(
        ratio=ours.cpu_s / bare.cpu_s,
        step_cpu_ms=ours.cpu_s * each,
        bare_cpu_ms=bare.cpu_s * each,
        step_wall_ms=ours.wall_s * each,
        bare_wall_ms=bare.wall_s * each,
    )


def bare_work(original: Path) -> tuple[bytes, bytes]:
    """Decode, one WebP, one thumbnail: what anyone would write, in this process and without a single check."""
    image = Image.open(io.BytesIO(original.read_bytes()))
    image.load()
    written, small = io.BytesIO(), io.BytesIO()
    image.save(written, "WEBP", quality=82, method=2)
    image.thumbnail((256, 256), reducing_gap=2.0)
    image.save(small, "WEBP", quality=82, method=2)
    return written.getvalue(), small.getvalue()


def _original(path: Path, seed: int, side: int) -> Path:
    """A stand-in for a photograph: equal contrast at every scale, little of it in colour, and a light grain.

    At 1024x1024 it weighs what photographs do: about 1.8 MB as PNG and 160 kB as WebP.
    """
    random = np.random.default_rng(seed)
    field = np.full((side, side, 3), 128, np.float32)
    for octave in range(1, side.bit_length() - 1):
        cells = random.normal(0, 9, (2**octave, 2**octave, 1)) + random.normal(0, 3, (2**octave, 2**octave, 3))
        for channel in range(3):
            layer = Image.fromarray(cells[..., channel].astype(np.float32))
            field[..., channel] += np.asarray(layer.resize((side, side), Image.Resampling.BICUBIC))
    field += random.normal(0, 1.5, (side, side, 1)).astype(np.float32)
    Image.fromarray(field.clip(0, 255).astype(np.uint8)).save(path, compress_level=6)
    return path


@dataclass
class _Spent:
    """What this process alone spent on one side."""

    cpu_s: float = 0.0
    wall_s: float = 0.0

    def add(self, work: Callable[[Path], object], original: Path) -> None:
        cpu, wall = time.process_time(), time.perf_counter()
        work(original)
        self.cpu_s += time.process_time() - cpu
        self.wall_s += time.perf_counter() - wall


def _template_cpu_s() -> float:
    """The template and every child it has reaped: the bare work never reaches it."""
    # Fields 14 to 17 of proc(5) stat, in hundredths of a second: a measurement must be long against that.
    fields = Path(f"/proc/{running_template().pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / 100


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--side", type=int, default=1024)
    chosen = parser.parse_args()
    result = measure_image_step(rounds=chosen.rounds, side=chosen.side)
    stop_template()
    print(f"a1 image step in its child / bare Pillow, CPU: {result.ratio:.3f} (target 1.15)")  # noqa: T201
    print(f"   CPU {result.step_cpu_ms:.1f} / {result.bare_cpu_ms:.1f} ms a picture")  # noqa: T201
    print(f"   wall {result.step_wall_ms:.1f} / {result.bare_wall_ms:.1f} ms a picture")  # noqa: T201
