"""`manage.py prepare`: what every release needs before its processes start; may be repeated."""

from typing import Any

from django.core.management.base import BaseCommand

from gencraft_media.console.preparing import collect_static_files, make_folders, prepare_database


class Command(BaseCommand):
    help = "Make folders, migrate, load the catalogue and the prices, collect static files."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        make_folders()
        prepare_database()
        collect_static_files()
        self.stdout.write("Ready to start.")
