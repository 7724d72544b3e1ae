"""What a bounded child may do, may not do, and how its end is told."""

import errno
import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from gencraft_media.common.bounded import BoundedFailure, BoundedUnavailable, run_bounded
from tests.waiting import wait_until

MIB = 1_048_576


def run(target: str, *, inputs: list[Path] | None = None, outputs: list[Path] | None = None, **more: Any) -> Any:
    limits = {name: more.pop(name) for name in ("memory_bytes", "cpu_s", "wall_s") if name in more}
    return run_bounded(
        f"tests.common.bounded_targets:{target}",
        more,
        inputs=inputs or [],
        outputs=outputs or [],
        **{"memory_bytes": 64 * MIB, "cpu_s": 5, "wall_s": 20.0, "pixels": 1, **limits},
    )


def failure_of(target: str, **more: Any) -> BoundedFailure:
    with pytest.raises(BoundedFailure) as caught:
        run(target, **more)
    return caught.value


def test_gives_arguments_and_files_and_returns_the_result(tmp_path: Path) -> None:
    sources = [tmp_path / "one", tmp_path / "empty"]
    sources[0].write_bytes(b"first")
    sources[1].write_bytes(b"")
    copies = [tmp_path / "copy-one", tmp_path / "copy-empty"]
    copies[1].write_bytes(b"left over from an earlier run")
    result = run("echo", inputs=sources, outputs=copies, word="grüße")
    assert result["word"] == "grüße"
    assert [copy.read_bytes() for copy in copies] == [b"first", b""]


def test_every_call_has_a_child_of_its_own() -> None:
    assert run("echo")["pid"] != run("echo")["pid"]


def test_the_child_knows_neither_django_nor_our_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    seen = run("surroundings")
    assert "django" not in seen["modules"]
    assert not {"OPENAI_API_KEY", "SECRET_KEY", "SEALING_KEYS"} & set(seen["environment"])
    assert seen["threads"] == 1
    assert len(list(Path(f"/proc/{seen['template']}/task").iterdir())) == 1


@pytest.mark.parametrize("what", ["socket", "file", "pipe"])
def test_the_child_can_open_nothing(what: str) -> None:
    assert run("open_something", what=what)["errno"] == errno.EMFILE


def test_the_child_has_no_descriptor_of_its_template() -> None:
    assert run("open_something", what="inherited")["errno"] == errno.EBADF


def test_memory_beyond_the_limit_is_refused_and_the_parent_lives() -> None:
    assert run("take_memory", size_bytes=32 * MIB)["size"] == 32 * MIB
    assert failure_of("take_memory", size_bytes=512 * MIB).reason == "memory"
    assert run("take_memory", size_bytes=MIB)["size"] == MIB


def test_endless_work_is_ended_by_the_cpu_limit() -> None:
    assert failure_of("spin", cpu_s=1, wall_s=60.0).reason == "cpu"


def test_a_child_that_waits_for_ever_is_killed_at_the_wall_clock_limit(tmp_path: Path) -> None:
    began = time.monotonic()
    failure = failure_of("hang", wall_s=0.5, outputs=[tmp_path / "pid"])
    assert failure.reason == "wall"
    assert time.monotonic() - began < 5
    assert not Path(f"/proc/{(tmp_path / 'pid').read_text()}").exists()


@pytest.mark.parametrize(
    ("number", "reason"), [(signal.SIGSEGV, "crash"), (signal.SIGABRT, "crash"), (signal.SIGKILL, "memory")]
)
def test_a_child_that_dies_says_how(number: signal.Signals, reason: str) -> None:
    failure = failure_of("die", signal=int(number))
    assert failure.reason == reason
    assert number.name in failure.detail


def test_a_child_killed_once_from_outside_is_not_believed_and_runs_again(tmp_path: Path) -> None:
    word, pid = tmp_path / "word", tmp_path / "pid"
    word.write_bytes(b"wait")
    with ThreadPoolExecutor(1) as threads:
        call = threads.submit(run, "hang_unless_told", inputs=[word], outputs=[pid])
        first_child = int(wait_until(lambda: pid.exists() and pid.read_text()))
        word.write_bytes(b"go")
        os.kill(first_child, signal.SIGKILL)
        assert call.result(timeout=20) == {"told": True}


def test_a_child_that_leaves_without_an_answer_crashed() -> None:
    failure = failure_of("leave")
    assert (failure.reason, failure.detail.partition(",")[0]) == ("crash", "exit status 3")


def test_an_exception_in_the_child_is_told_by_name() -> None:
    failure = failure_of("fail")
    assert (failure.reason, failure.detail) == ("error", "ValueError: not today")


def test_a_target_that_does_not_exist_is_an_error_and_not_a_hang() -> None:
    assert failure_of("nothing_of_this_name").reason == "error"
    with pytest.raises(BoundedFailure, match="no_such_module"):
        run_bounded(
            "tests.no_such_module:f", {}, inputs=[], outputs=[], memory_bytes=MIB, cpu_s=1, wall_s=5.0, pixels=1
        )


def test_a_result_that_is_too_long_is_an_error() -> None:
    assert failure_of("answer_at_length").reason == "error"


@pytest.mark.parametrize("name", ["ENOSPC", "EDQUOT", "EIO"])
def test_a_disk_that_takes_no_output_is_not_the_works_fault(name: str) -> None:
    failure = failure_of("fail_to_write", errno=name)
    assert isinstance(failure, BoundedUnavailable)
    assert failure.retryable
    assert "as scripted" in failure.detail


def test_other_errors_of_the_system_are_the_works_own() -> None:
    assert type(failure_of("fail_to_write", errno="EINVAL")) is BoundedFailure


def test_a_full_disk_is_seen_even_when_the_output_is_only_flushed(tmp_path: Path) -> None:
    source = tmp_path / "small"
    source.write_bytes(b"a few bytes")
    assert isinstance(failure_of("echo", inputs=[source], outputs=[Path("/dev/full")]), BoundedUnavailable)


def test_an_output_file_cannot_grow_without_bound(tmp_path: Path) -> None:
    failure = failure_of("fill", megabytes=300, outputs=[tmp_path / "large"])
    assert failure.reason == "error"
    assert (tmp_path / "large").stat().st_size <= 256 * MIB
