"""manage.py load_catalogue: providers and models from the versioned file."""

from typing import Any

from django.core.management.base import BaseCommand

from providers.catalogue import load_catalogue


class Command(BaseCommand):
    help = "Bring providers and models to what providers/catalogue.json says; what an operator edited is kept."

    def handle(self, *args: Any, **options: Any) -> None:
        changes = load_catalogue()
        self.stdout.write(
            f"Catalogue {changes.version}: {changes.created} created, {changes.updated} updated, "
            f"{changes.kept} edited values kept."
        )
