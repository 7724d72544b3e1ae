"""The contact sheet of the documentation: every operation is on it, and it is what the simulator draws today."""

from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from django.conf import settings
from django.core.management import call_command
from PIL import Image

from providers.management.commands.contact_sheet import SHEET
from providers.operations import Operation
from providers.sim.contact_sheet import TILE
from providers.sim.examples import Example, examples
from tests.providers.sim.samples import pixels_of

CHECKED_IN = Path(settings.BASE_DIR) / SHEET


@pytest.fixture(scope="module")
def rows() -> list[Example]:
    return list(examples())


def test_every_operation_has_its_row(rows: list[Example]) -> None:
    assert [row.operation for row in rows] == list(Operation)
    assert all(row.results for row in rows)
    assert all(len(row.given) + sum(shown.columns for shown in row.results) <= 4 for row in rows)


def test_no_two_pictures_are_the_same_where_something_was_to_be_done(rows: list[Example]) -> None:
    for row in rows:
        small = [pixels_of(shown.image.convert("RGBA").resize(TILE)) for shown in (*row.given, *row.results)]
        distances = [float(np.abs(one - other).mean()) for one in small for other in small if one is not other]
        assert min(distances, default=100) > 0.5, row.operation


def test_the_one_that_is_checked_in_is_what_is_drawn_today(tmp_path: Path) -> None:
    path = tmp_path / "sheet.webp"
    call_command("contact_sheet", path, stdout=StringIO())
    drawn, kept = Image.open(path).convert("RGB"), Image.open(CHECKED_IN).convert("RGB")
    assert drawn.size == kept.size
    # Encoders and processors differ in a few bits; a picture that changed differs by a tile.
    difference = np.abs(pixels_of(drawn) - pixels_of(kept)).mean(axis=2)
    assert difference.mean() < 1
    blocks = Image.fromarray(difference.astype(np.float32)).resize((48, 56), Image.Resampling.BOX)
    assert np.asarray(blocks).max() < 10


def test_the_one_that_is_checked_in_is_light_enough_for_a_page() -> None:
    assert CHECKED_IN.stat().st_size < 600_000
