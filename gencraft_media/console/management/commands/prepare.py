"""`manage.py prepare`: what every release needs before its processes start; may be repeated."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from gencraft_media.console.preparing import collect_static_files, make_folders, prepare_database


class Command(BaseCommand):
    help = "Make folders, migrate, load the catalogue and the prices, collect static files."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--database-only", action="store_true", help="write nothing but the database")

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["database_only"]:
            make_folders()
            collect_static_files()
        prepare_database()
        self.stdout.write("Ready to start.")
