"""The demo's pictures: drawn by the simulator and judged by the engine's own image step, a few of each size."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from assets.imaging.picture import PictureFacts, inspect_picture
from providers.operations import Operation
from providers.sim.jobs import new_job
from providers.sim.pictures import picture_of

_SUBJECTS = (
    "A quiet fjord at first light",
    "Dunes under an evening sky",
    "A mountain lake in autumn",
    "Terraced hills after rain",
    "A winter forest at dusk",
    "A green valley in spring",
    "Cliffs above a silver sea",
    "A red desert at noon",
)
# Enough that the outputs of a batch differ.
_USUAL_VARIETY, _RARE_VARIETY = 8, 4
_USUAL_SIZE = (1024, 1024)


class Gallery:
    """Pictures by their size, each drawn when it is first wanted."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._drawn: dict[tuple[int, int], dict[int, PictureFacts]] = defaultdict(dict)

    def picture(self, size: tuple[int, int], number: int) -> PictureFacts:
        """One of the pictures of that size; consecutive numbers are different pictures."""
        place = number % _variety(size)
        known = self._drawn[size]
        if place not in known:
            known[place] = self._draw(size, place)
        return known[place]

    def fill(self, sizes: Iterable[tuple[int, int]]) -> None:
        """Draw every picture of these sizes now."""
        for size in sizes:
            for number in range(_variety(size)):
                self.picture(size, number)

    def _draw(self, size: tuple[int, int], place: int) -> PictureFacts:
        width, height = size
        folder = self._folder / f"{width}x{height}-{place}"
        folder.mkdir()
        asked = {
            "model": "standard",
            "operation": Operation.TEXT_TO_IMAGE,
            "reference": folder.name,
            "prompt": _SUBJECTS[place % len(_SUBJECTS)],
            "seed": 7 + place,
            "width": width,
            "height": height,
            "count": 1,
        }
        original = folder / "original.png"
        original.write_bytes(picture_of(new_job(asked), 0, folder / "sink").content)
        return inspect_picture(original, folder=folder, expected=size)


def _variety(size: tuple[int, int]) -> int:
    return _USUAL_VARIETY if size == _USUAL_SIZE else _RARE_VARIETY


@contextmanager
def opened_gallery() -> Iterator[Gallery]:
    """A gallery whose files are there until the block ends."""
    with TemporaryDirectory(prefix="demo-") as folder:
        yield Gallery(Path(folder))
