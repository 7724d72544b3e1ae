"""`manage.py serve`: the whole engine in one terminal, as `make run` starts it."""

import os
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from gencraft_media.console.running import AlreadyRunning, run_engine


class Command(BaseCommand):
    help = "Start web, dispatcher, workers and beat, and keep them running until Ctrl-C."
    # The tables may not exist yet.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--prepare", action="store_true", help="migrate, load data, make the first log-in before")
        parser.add_argument("--listen", default=os.environ.get("LISTEN", "127.0.0.1"), help="address to listen on")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            run_engine(listen=options["listen"], port=settings.PORT, prepare=options["prepare"])
        except AlreadyRunning as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt:
            # Before the supervisor took over: everything done so far may be done again.
            self.stdout.write("  Stopped.")
