"""Benchmark a1: CPU of the image step in its bounded child over Pillow's bare work in this process.

Run as `DJANGO_SETTINGS_MODULE=tests.settings python -m tests.bench.image_step`.
"""

import argparse
import io
import resource
import statistics
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
    """Medians over all rounds; the ratio is the median of each round's own ratio."""

    ratio: float
    step_cpu_ms: float
    bare_cpu_ms: float
    step_wall_ms: float
    bare_wall_ms: float


def measure_image_step(*, rounds: int = 15, pictures: int = 8, side: int = 1024) -> ImageStepRatio:
    """Take both sides in turns, so that whatever else the machine does falls on both."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        originals = [_original(folder / f"{seed}.png", seed, side) for seed in range(pictures)]

        def step(original: Path) -> None:
            # A folder of its own each time, as in the engine: writing over a file just written costs ext4 a flush.
            inspect_picture(original, folder=Path(tempfile.mkdtemp(dir=folder)), expected=(side, side))

        bare_work(originals[0])
        step(originals[0])
        bare: list[tuple[float, float]] = []
        ours: list[tuple[float, float]] = []
        for number in range(rounds):
            # Who goes first changes too, for caches and clocks favour one of them.
            for work, results in [(bare_work, bare), (step, ours)][:: 1 if number % 2 else -1]:
                results.append(_spent(work, originals))
    return ImageStepRatio(
        ratio=statistics.median(o[0] / b[0] for o, b in zip(ours, bare, strict=True)),
        step_cpu_ms=statistics.median(cpu for cpu, _ in ours),
        bare_cpu_ms=statistics.median(cpu for cpu, _ in bare),
        step_wall_ms=statistics.median(wall for _, wall in ours),
        bare_wall_ms=statistics.median(wall for _, wall in bare),
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


def _spent(work: Callable[[Path], object], originals: list[Path]) -> tuple[float, float]:
    cpu, wall = _cpu_s(), time.perf_counter()
    for original in originals:
        work(original)
    return (_cpu_s() - cpu) * 1000 / len(originals), (time.perf_counter() - wall) * 1000 / len(originals)


def _cpu_s() -> float:
    """This process, its template, and every child the template has reaped."""
    own = resource.getrusage(resource.RUSAGE_SELF)
    # Fields 14 to 17 of proc(5) stat, in hundredths of a second: a round must be long against that.
    fields = Path(f"/proc/{running_template().pid}/stat").read_text().rpartition(")")[2].split()
    return own.ru_utime + own.ru_stime + sum(map(int, fields[11:15])) / 100


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
