"""The dispatcher process: any number of them may run."""

import signal
import threading
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand

from gencraft_media.generation.dispatch_loop import DispatchLoop


class Command(BaseCommand):
    help = "Find due work in the database and hand it to the workers, until stopped."

    def handle(self, *args: Any, **options: Any) -> None:
        stop = threading.Event()

        def ask_to_stop(signum: int, frame: FrameType | None) -> None:
            stop.set()

        signal.signal(signal.SIGTERM, ask_to_stop)
        signal.signal(signal.SIGINT, ask_to_stop)
        DispatchLoop(stop).run()
