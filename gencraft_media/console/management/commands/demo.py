"""`manage.py demo`: thirty days to look at, and `manage.py demo remove`: all of them gone again."""

import logging
import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from gencraft_media.console.demo.making import DemoRefused, make_demo
from gencraft_media.console.demo.removing import remove_demo
from gencraft_media.console.preparing import make_folders, prepare_database


class Command(BaseCommand):
    help = "Fill the dashboard with thirty days of a demo's jobs, or remove them."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("what", nargs="?", choices=["make", "remove"], default="make")
        parser.add_argument("--force", action="store_true", help="although providers' accounts were used here")

    def handle(self, *args: Any, **options: Any) -> None:
        began = time.monotonic()
        # The play has its failures, and nobody needs to look into them.
        logging.disable(logging.WARNING)
        make_folders()
        prepare_database()
        if options["what"] == "remove":
            self.stdout.write("The demo is removed." if remove_demo() else "There is no demo.")
            return
        try:
            made = make_demo(force=options["force"], say=self.stdout.write)
        except DemoRefused as error:
            raise CommandError(error.message) from error
        self.stdout.write(
            f"Made {made.jobs} jobs in {made.days} days ({made.refused} requests were refused) "
            f"in {time.monotonic() - began:.0f} s. `make demo-remove` takes all of it away again."
        )
