"""`manage.py forget_authenticator EMAIL`: for who lost the authenticator app and the recovery codes."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from gencraft_media.common.errors import GenCraftError
from gencraft_media.console.administrators import forget_authenticator


class Command(BaseCommand):
    help = "Switch off the second factor of a user, who can then set it up anew."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            user = forget_authenticator(options["email"])
        except GenCraftError as error:
            raise CommandError(error.message) from error
        self.stdout.write(f"{user.email} logs in with the password alone until an authenticator app is set up again.")
