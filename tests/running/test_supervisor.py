"""The supervisor with small programs in place of the engine's."""

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from gencraft_media.console.children import LOG_LIMIT_BYTES, Child, Program
from tests.waiting import wait_until

ROOT = Path(__file__).resolve().parent.parent.parent
SUPERVISE = """
    import sys
    from pathlib import Path
    from gencraft_media.console.children import Program
    from gencraft_media.console.supervisor import Supervisor
    folder = Path(sys.argv[1])
    programs = [Program(name, (sys.executable, "-c", code, str(folder / name)))
                for name, code in zip(sys.argv[3::2], sys.argv[4::2], strict=True)]
    Supervisor(programs, log_folder=folder / "logs", say=print, drain_s=float(sys.argv[2])).run()
"""
# Each start adds a line with its process id to the file it is given.
NOTE = "import os, signal, sys, time; open(sys.argv[1], 'a').write(f'{os.getpid()}\\n');"
LIVES = NOTE + "time.sleep(600)"
DIES = NOTE + "sys.exit(3)"
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN);" + LIVES


def supervise(folder: Path, drain_s: float = 5, **programs: str) -> subprocess.Popen[str]:
    arguments = [part for pair in programs.items() for part in pair]
    command = [sys.executable, "-c", textwrap.dedent(SUPERVISE), str(folder), str(drain_s), *arguments]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True)


def starts_of(folder: Path, name: str) -> list[int]:
    path = folder / name
    return [int(line) for line in path.read_text().split()] if path.exists() else []


def is_alive(pid: int) -> bool:
    status = Path(f"/proc/{pid}/stat")
    return status.exists() and status.read_text().rpartition(")")[2].split()[0] != "Z"


def end(process: subprocess.Popen[str]) -> str:
    output, _ = process.communicate(timeout=20)
    return output


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_stops_every_program_when_told_to(tmp_path: Path, number: signal.Signals) -> None:
    supervisor = supervise(tmp_path, one=LIVES, two=LIVES)
    wait_until(lambda: starts_of(tmp_path, "one") and starts_of(tmp_path, "two"))
    supervisor.send_signal(number)
    end(supervisor)
    assert supervisor.returncode == 0
    assert not any(is_alive(pid) for name in ("one", "two") for pid in starts_of(tmp_path, name))


def test_starts_again_what_was_killed_and_says_so(tmp_path: Path) -> None:
    supervisor = supervise(tmp_path, one=LIVES)
    first = wait_until(lambda: starts_of(tmp_path, "one"))[0]
    os.kill(first, signal.SIGKILL)
    wait_until(lambda: len(starts_of(tmp_path, "one")) == 2)
    supervisor.terminate()
    assert "one ended (status -9); starting it again in 0.5 s" in end(supervisor)


def test_waits_longer_after_each_early_death(tmp_path: Path) -> None:
    supervisor = supervise(tmp_path, one=DIES)
    wait_until(lambda: len(starts_of(tmp_path, "one")) == 3, timeout_s=20)
    supervisor.terminate()
    output = end(supervisor)
    assert "again in 0.5 s" in output
    assert "again in 1 s" in output


def test_the_pause_has_an_upper_limit(tmp_path: Path) -> None:
    child = Child(Program("one", ("true",)), tmp_path)
    child.failures = 50
    assert child.pause_s == 10


def test_kills_a_program_that_does_not_stop_in_time(tmp_path: Path) -> None:
    supervisor = supervise(tmp_path, 0.3, one=STUBBORN)
    pid = wait_until(lambda: starts_of(tmp_path, "one"))[0]
    supervisor.terminate()
    end(supervisor)
    assert supervisor.returncode == 0
    assert not is_alive(pid)


def test_programs_stop_when_the_supervisor_itself_is_killed(tmp_path: Path) -> None:
    supervisor = supervise(tmp_path, one=LIVES)
    pid = wait_until(lambda: starts_of(tmp_path, "one"))[0]
    supervisor.kill()
    end(supervisor)
    wait_until(lambda: not is_alive(pid))


def test_the_log_of_a_program_that_runs_well_is_turned(tmp_path: Path) -> None:
    talks = "\nfor part in 'abc':\n    print(part * 6_000_000, flush=True)\n    open(sys.argv[1] + part, 'w').close()"
    waits = "\n    while part == 'b' and not os.path.exists(sys.argv[1] + ' go on'): time.sleep(0.01)"
    supervisor = supervise(tmp_path, one=NOTE + talks + waits + "\ntime.sleep(600)")
    older, newer = tmp_path / "logs" / "one.log.1", tmp_path / "logs" / "one.log"
    wait_until(lambda: older.exists() and newer.stat().st_size < LOG_LIMIT_BYTES)
    assert older.stat().st_size > LOG_LIMIT_BYTES
    (tmp_path / "one go on").touch()
    wait_until(lambda: (tmp_path / "onec").exists())
    supervisor.terminate()
    end(supervisor)
    assert newer.read_bytes().lstrip(b"b\n") == b"c" * 6_000_000 + b"\n"
    assert len(starts_of(tmp_path, "one")) == 1
    assert sorted(path.name for path in (tmp_path / "logs").iterdir()) == ["one.log", "one.log.1"]


def test_output_goes_to_a_log_of_its_own(tmp_path: Path) -> None:
    supervisor = supervise(tmp_path, one="print('heard', flush=True);" + LIVES)
    wait_until(lambda: starts_of(tmp_path, "one"))
    supervisor.terminate()
    assert "heard" not in end(supervisor)
    assert (tmp_path / "logs" / "one.log").read_text() == "heard\n"
