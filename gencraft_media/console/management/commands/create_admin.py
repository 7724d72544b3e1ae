"""`manage.py create_admin EMAIL`: a new SuperAdmin, whose password is printed once."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from gencraft_media.common.errors import GenCraftError
from gencraft_media.console.administrators import create_admin


class Command(BaseCommand):
    help = "Make a SuperAdmin and print the password once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--password", help="instead of one that is made up")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            user, password = create_admin(options["email"], options["password"])
        except GenCraftError as error:
            raise CommandError(error.message) from error
        self.stdout.write(f"SuperAdmin {user.email}, password {password}")
