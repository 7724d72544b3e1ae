"""Ctrl-C before the programs run: it ends the preparation, and is not forgotten where a library swallows it."""

import os
import signal
from pathlib import Path

import pytest
from pytest_django import Settings

from gencraft_media.console import running
from gencraft_media.console.running import noted_interrupts, run_engine
from tests.services.programs import free_port


def test_an_interrupt_ends_what_is_under_way_and_is_noted() -> None:
    # A run in the background of a shell ignores interrupts.
    before = signal.getsignal(signal.SIGINT)
    with noted_interrupts() as noted, pytest.raises(KeyboardInterrupt):
        os.kill(os.getpid(), signal.SIGINT)
    assert noted == [signal.SIGINT]
    assert signal.getsignal(signal.SIGINT) is before


@pytest.mark.django_db(transaction=True)
def test_an_interrupt_that_a_library_swallowed_still_stops_the_engine(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def prepare() -> None:
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)

    settings.DATA_DIR = tmp_path
    monkeypatch.setattr(running, "prepare_engine", prepare)
    monkeypatch.setattr(running, "greet", lambda *told: None)
    run_engine(listen="127.0.0.1", port=free_port(), prepare=True)
    assert "Stopped." in capsys.readouterr().out
    assert not list((tmp_path / "logs").glob("*.log")), "no program was started"
