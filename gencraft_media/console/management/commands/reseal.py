"""`manage.py reseal`: every sealed value under the newest of SEALING_KEYS, so that older ones may go."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from gencraft_media.common.errors import GenCraftError
from gencraft_media.console.resealing import reseal_everything


class Command(BaseCommand):
    help = "Seal everything anew with the first of SEALING_KEYS."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            count = reseal_everything()
        except GenCraftError as error:
            raise CommandError(f"{error.message} Nothing was changed.") from error
        self.stdout.write(f"{count} values are sealed with the newest key.")
