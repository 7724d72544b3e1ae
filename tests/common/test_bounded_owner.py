"""The template process: many threads, death and replacement, and the end of its owner."""

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from gencraft_media.common.bounded import BoundedFailure, BoundedUnavailable
from gencraft_media.common.bounded.owner import Template, discard, running_template
from tests.common.test_bounded import run
from tests.waiting import wait_until

OWNER = """
import os, sys
from pathlib import Path
from gencraft_media.common.bounded import run_bounded
from gencraft_media.common.bounded.owner import running_template
Path(sys.argv[1], "template").write_text(str(running_template().pid))
run_bounded("tests.common.bounded_targets:hang", {}, inputs=[], outputs=[Path(sys.argv[1], "child")],
            memory_bytes=1 << 26, cpu_s=5, wall_s=60.0, pixels=1)
"""


def test_eight_threads_at_once_each_get_their_own_answer(tmp_path: Path) -> None:
    def call(number: int) -> tuple[int, bytes]:
        source, copy = tmp_path / f"{number}", tmp_path / f"{number}-copy"
        source.write_bytes(f"picture {number}".encode())
        return run("echo", inputs=[source], outputs=[copy], number=number)["number"], copy.read_bytes()

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(call, range(40)))
    assert answers == [(number, f"picture {number}".encode()) for number in range(40)]


def test_one_template_serves_all_calls() -> None:
    assert run("surroundings")["template"] == run("surroundings")["template"] == running_template().pid


def test_a_dead_template_is_replaced() -> None:
    killed = running_template().pid
    os.kill(killed, signal.SIGKILL)
    assert run("surroundings")["template"] != killed


def test_a_template_that_dies_during_a_call_is_replaced_and_the_call_made_again(tmp_path: Path) -> None:
    first = running_template().pid
    (tmp_path / "first").write_text(str(first))
    assert run("kill_template_once", inputs=[tmp_path / "first"])["template"] != first


def test_a_template_discarded_by_another_thread_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    discarded: list[Template] = []

    def discarded_at_first() -> Template:
        template = running_template()
        if not discarded:
            discarded.append(template)
            discard(template)
        return template

    monkeypatch.setattr("gencraft_media.common.bounded.calls.running_template", discarded_at_first)
    assert run("surroundings")["template"] != discarded[0].pid


def test_a_child_killed_after_its_template_died_was_killed_only_once(tmp_path: Path) -> None:
    (tmp_path / "first").write_text(str(running_template().pid))
    with pytest.raises(BoundedUnavailable):
        run("kill_template_once", inputs=[tmp_path / "first"], then_die=True)


def test_a_stopped_template_is_given_up_at_the_wall_clock_limit() -> None:
    stopped = running_template().pid
    os.kill(stopped, signal.SIGSTOP)
    with pytest.raises(BoundedUnavailable) as caught:
        run("echo", wall_s=0.3)
    assert caught.value.retryable
    assert not Path(f"/proc/{stopped}").exists()
    assert run("surroundings")["template"] != stopped


def test_no_descriptor_is_left_behind_whatever_happens(tmp_path: Path) -> None:
    run("echo")
    before = len(list(Path("/proc/self/fd").iterdir()))
    for target in ("echo", "fail", "leave", "spin"):
        try:
            run(target, cpu_s=1, outputs=[] if target == "echo" else [tmp_path / "out"])
        except BoundedFailure:
            continue
    assert len(list(Path("/proc/self/fd").iterdir())) == before


@pytest.mark.parametrize("victim", ["owner", "template"])
def test_nothing_outlives_its_owner(tmp_path: Path, victim: str) -> None:
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings", "DATA_DIR": str(tmp_path)}
    owner = subprocess.Popen([sys.executable, "-c", OWNER, str(tmp_path)], env=environment, stderr=subprocess.DEVNULL)
    try:
        child = tmp_path / "child"
        wait_until(lambda: child.exists() and child.read_text() != "")
        template = int((tmp_path / "template").read_text())
        first_child = int(child.read_text())
        os.kill(owner.pid if victim == "owner" else template, signal.SIGKILL)
        wait_until(lambda: not Path(f"/proc/{first_child}").exists())
        wait_until(lambda: not Path(f"/proc/{template}").exists())
    finally:
        owner.kill()
        owner.wait()


def test_a_forked_process_has_a_template_of_its_own() -> None:
    ours = run("surroundings")["template"]
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.write(writing, str(run("surroundings")["template"]).encode())
        finally:
            os._exit(0)
    os.waitpid(pid, 0)
    theirs = os.read(reading, 20).decode()
    os.close(reading)
    os.close(writing)
    assert theirs.isdigit()
    assert int(theirs) != ours
    assert run("surroundings")["template"] == ours
