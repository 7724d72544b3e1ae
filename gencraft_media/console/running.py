"""From an empty folder to a running engine with a picture in it, told in the terminal as it happens."""

import fcntl
import json
import os
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import requests
from django.conf import settings
from django.db import connections

from gencraft_media.console.first_run import FirstRun, ensure_first_run
from gencraft_media.console.preparing import collect_static_files, make_folders, prepare_database
from gencraft_media.console.programs import engine_programs
from gencraft_media.console.sample import Client, SampleMissed, make_sample
from gencraft_media.console.secrets_file import write_private
from gencraft_media.console.supervisor import Supervisor
from gencraft_media.console.terminal import bold, dim, say, say_how_to_go_on, say_picture, yellow


class AlreadyRunning(RuntimeError):
    """Another engine uses this folder or this port."""


def run_engine(*, listen: str, port: int, prepare: bool) -> None:
    """Run every program until told to stop. Raises `AlreadyRunning` if the folder or the port is in use."""
    make_folders()
    with _only_engine_of_this_folder(), noted_interrupts() as interrupts:
        _check_port(listen, port)
        first_run = prepare_engine() if prepare else None
        # Children and threads open their own connections; one kept here would pin the database's log.
        connections.close_all()
        programs = engine_programs(listen=listen, port=port)
        supervisor = Supervisor(programs, log_folder=settings.DATA_DIR / "logs", say=say)
        supervisor.stop_requests = len(interrupts)
        threading.Thread(target=greet, args=(f"http://127.0.0.1:{port}", first_run), daemon=True).start()
        supervisor.run()
    say(dim("  Stopped."))


def prepare_engine() -> FirstRun | None:
    """Make whatever is missing; on the first run that includes the first log-in."""
    say(bold("GenCraft Media Engine"))
    say(dim("  database, catalogue and prices"))
    prepare_database()
    say(dim("  static files"))
    collect_static_files()
    return ensure_first_run()


def greet(address: str, first_run: FirstRun | None) -> None:
    """Tell when the engine is ready; while there is no first picture, make it, and tell how to log in."""
    sample_path = settings.DATA_DIR / "first-sample.json"
    newcomer = None if sample_path.exists() else first_run
    try:
        if newcomer is None:
            Client(address, "").wait_until_ready()
        else:
            say(dim("  starting, then asking for a first picture"))
            job = make_sample(address, newcomer, say)
            write_private(sample_path, json.dumps({"jobId": job["id"]}) + "\n")
            say_picture(job)
    except (SampleMissed, requests.RequestException) as error:
        say(yellow(f"  {error} The logs are in {settings.DATA_DIR / 'logs'}."))
    if newcomer is not None:
        say_how_to_go_on(newcomer)
    say(f"  Ready at {bold(settings.PUBLIC_URL + '/')}   {dim('Ctrl-C stops everything')}")


@contextmanager
def noted_interrupts() -> Iterator[list[int]]:
    """Ctrl-C interrupts as usual, and is remembered: where it meets a callback of a library, that may swallow it."""
    noted: list[int] = []

    def interrupt(number: int, frame: FrameType | None) -> None:
        noted.append(number)
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, interrupt)
    try:
        yield noted
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def _only_engine_of_this_folder() -> Iterator[None]:
    descriptor = os.open(settings.DATA_DIR / "engine.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as error:
        raise AlreadyRunning(f"An engine is running on {settings.DATA_DIR} already.") from error
    finally:
        os.close(descriptor)


def _check_port(listen: str, port: int) -> None:
    with socket.socket(socket.AF_INET6 if ":" in listen else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((listen, port))
        except OSError as error:
            raise AlreadyRunning(f"Port {port} is taken. Choose another one: make run PORT={port + 1}") from error
