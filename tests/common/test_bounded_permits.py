"""Permits are counted over all processes of the host, by children and by pixels."""

import subprocess
import sys
import threading
from contextlib import ExitStack
from pathlib import Path

import pytest

from gencraft_media.common.bounded.permits import PIXELS_PER_SHARE, SHARES, permit
from tests.waiting import wait_until

HOLDER = """
import sys
from pathlib import Path
from gencraft_media.common.bounded.permits import permit
with permit(Path(sys.argv[1]), children=int(sys.argv[2]), pixels=int(sys.argv[3])):
    print("held", flush=True)
    sys.stdin.read()
"""


class Holder:
    """Another process that holds one permit until it is let go."""

    def __init__(self, folder: Path, *, children: int, pixels: int) -> None:
        command = [sys.executable, "-c", HOLDER, str(folder), str(children), str(pixels)]
        self.running = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def __enter__(self) -> "Holder":
        assert self.running.stdout is not None
        assert self.running.stdout.readline() == b"held\n"
        return self

    def __exit__(self, *details: object) -> None:
        self.running.kill()
        self.running.communicate()


class Asker:
    """A thread that asks for one permit and says when it has it."""

    def __init__(self, folder: Path, *, children: int, pixels: int) -> None:
        self.got, self.enough = threading.Event(), threading.Event()
        self.thread = threading.Thread(target=self._ask, args=(folder, children, pixels), daemon=True)
        self.thread.start()

    def _ask(self, folder: Path, children: int, pixels: int) -> None:
        with permit(folder, children=children, pixels=pixels):
            self.got.set()
            self.enough.wait(30)

    def let_go(self) -> None:
        self.enough.set()
        self.thread.join(30)


def test_a_permit_held_by_another_process_is_waited_for(tmp_path: Path) -> None:
    with Holder(tmp_path, children=1, pixels=1):
        asker = Asker(tmp_path, children=1, pixels=1)
        assert not asker.got.wait(0.2)
    assert asker.got.wait(10)
    asker.let_go()


def test_a_killed_process_gives_its_permit_back(tmp_path: Path) -> None:
    with Holder(tmp_path, children=1, pixels=1) as holder:
        holder.running.kill()
        holder.running.wait()
        with permit(tmp_path, children=1, pixels=1):
            pass


def test_as_many_children_as_permits_run_at_once(tmp_path: Path) -> None:
    with Holder(tmp_path, children=2, pixels=1), permit(tmp_path, children=2, pixels=1):
        third = Asker(tmp_path, children=2, pixels=1)
        assert not third.got.wait(0.2)
    assert third.got.wait(10)
    third.let_go()


def test_pixels_are_counted_too_and_more_than_all_of_them_takes_all(tmp_path: Path) -> None:
    everything = PIXELS_PER_SHARE * SHARES * 3
    with Holder(tmp_path, children=8, pixels=PIXELS_PER_SHARE):
        large = Asker(tmp_path, children=8, pixels=everything)
        assert not large.got.wait(0.2)
    assert large.got.wait(10)
    large.let_go()


def test_a_large_picture_is_not_overtaken_for_ever_by_small_ones(tmp_path: Path) -> None:
    with Holder(tmp_path, children=8, pixels=1):
        large = Asker(tmp_path, children=8, pixels=PIXELS_PER_SHARE * SHARES)
        wait_until(lambda: large.thread.is_alive())
        assert not large.got.wait(0.2)
        small = Asker(tmp_path, children=8, pixels=1)
        assert not small.got.wait(0.2)
    assert large.got.wait(10)
    large.let_go()
    assert small.got.wait(10)
    small.let_go()


def test_a_permit_ends_with_an_exception(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="inside"), permit(tmp_path, children=1, pixels=1):
        raise ValueError("inside")
    with ExitStack() as stack:
        stack.enter_context(permit(tmp_path, children=1, pixels=1))
