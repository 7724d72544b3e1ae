"""What is remembered longer: read once, kept, and read anew by one thread while the others go on."""

import itertools
import threading
from collections.abc import Callable

import pytest
from pytest_django import Settings

from gencraft_media.common.remembered import forget_remembered, remembered_longer


def counting() -> Callable[[], int]:
    """Something remembered that says how many times it was read."""
    reads = itertools.count(1)
    return remembered_longer(30)(lambda: next(reads))


def test_it_is_read_once_and_again_when_it_was_forgotten(settings: Settings) -> None:
    settings.FRESH_FOR_S = 60.0
    known = counting()
    assert [known(), known()] == [1, 1]
    forget_remembered()
    assert known() == 2


def test_it_is_kept_as_many_times_longer_as_it_says(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.FRESH_FOR_S = 1.0
    now = [1000.0]
    monkeypatch.setattr("gencraft_media.common.remembered.time.monotonic", lambda: now[0])
    known = counting()
    assert known() == 1
    now[0] += 29.0
    assert known() == 1
    now[0] += 2.0
    assert known() == 2


def test_while_one_thread_reads_the_others_get_what_was_known(settings: Settings) -> None:
    settings.FRESH_FOR_S = 0.0
    begun, go_on = threading.Event(), threading.Event()
    values = iter(["old", "new", "newer"])

    @remembered_longer(30)
    def known() -> str:
        value = next(values)
        if value == "new":
            begun.set()
            assert go_on.wait(10)
        return value

    assert known() == "old"
    reader = threading.Thread(target=known)
    reader.start()
    assert begun.wait(10)
    assert known() == "old"
    go_on.set()
    reader.join(10)
    assert known() == "newer"


def test_a_reading_that_fails_does_not_keep_others_from_trying() -> None:
    failing = iter([True, False])

    @remembered_longer(30)
    def known() -> str:
        if next(failing):
            raise RuntimeError("gone")
        return "there"

    with pytest.raises(RuntimeError, match="gone"):
        known()
    assert known() == "there"
