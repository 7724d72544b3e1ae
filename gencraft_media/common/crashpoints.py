"""Named places at which a test can kill the process, to prove that recovery works. Inert without their switch."""

import os
import signal
from pathlib import Path

from django.conf import settings


def crashpoint(name: str) -> None:
    """Die here, as by `kill -9`, if the folder CRASHPOINTS has a file of this name.

    The file goes first, so that one process dies for one file.
    """
    if not settings.CRASHPOINTS:
        return
    try:
        (Path(settings.CRASHPOINTS) / name).unlink()
    except FileNotFoundError:
        return
    os.kill(os.getpid(), signal.SIGKILL)
