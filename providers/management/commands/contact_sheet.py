"""manage.py contact_sheet: every operation on one sheet, as the simulator does it, for the documentation."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from providers.sim.contact_sheet import contact_sheet

SHEET = "docs/images/operations.webp"


class Command(BaseCommand):
    help = "Draw every operation once, as the simulator does it, into one picture."
    # Nothing is asked of the database.
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("path", nargs="?", type=Path, default=Path(settings.BASE_DIR) / SHEET)

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["path"]
        contact_sheet().save(path, "WEBP", quality=88, method=6)
        self.stdout.write(f"{path}: {path.stat().st_size // 1024} kB")
