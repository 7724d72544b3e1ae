"""`manage.py reset_admin EMAIL`: a new password for a SuperAdmin who lost the old one."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from gencraft_media.common.errors import GenCraftError
from gencraft_media.console.administrators import reset_admin


class Command(BaseCommand):
    help = "Give a user a new password and make sure it is an active SuperAdmin."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--password", help="instead of one that is made up")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            user, password = reset_admin(options["email"], options["password"])
        except GenCraftError as error:
            raise CommandError(error.message) from error
        self.stdout.write(f"SuperAdmin {user.email}, password {password}")
