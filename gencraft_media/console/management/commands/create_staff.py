"""`manage.py create_staff sue@example.com --role Support`: somebody for daily work, who is no SuperAdmin."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from gencraft_media.common.errors import GenCraftError
from gencraft_media.console.administrators import create_staff
from gencraft_media.console.safety.roles import ROLES


class Command(BaseCommand):
    help = "Make a user who may enter the SuperAdmin site in a role, and print the password."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--role", choices=list(ROLES), required=True)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            user, password = create_staff(options["email"], options["role"])
        except GenCraftError as error:
            raise CommandError(error.message) from error
        self.stdout.write(f"{user.email} may enter in the role {options['role']}. Password: {password}")
