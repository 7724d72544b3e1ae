"""`manage.py grant_credits EMAIL CREDITS`: give credits that do not expire to an owner, or take some back."""

import uuid
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from billing.accounts import account_of
from billing.ledger import grant_credits
from billing.models import EntryKind
from gencraft_media.accounts.models import User
from gencraft_media.common.errors import GenCraftError


class Command(BaseCommand):
    help = "Gives credits (1 credit = $0.01) that do not expire; a number below zero takes some back."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument("credits", type=int)
        parser.add_argument("--reason", default="", help="kept with the ledger entry")
        parser.add_argument(
            "--key", default=None, help="name the grant: running again with the same key changes nothing"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        owner = User.objects.filter(email=options["email"]).first()
        if owner is None:
            raise CommandError(f"There is no user {options['email']}.")
        try:
            grant_credits(
                owner_id=owner.pk,
                credits=options["credits"],
                kind=EntryKind.ADJUST,
                idempotency_key=options["key"] or uuid.uuid4().hex,
                reason=options["reason"],
            )
        except GenCraftError as error:
            raise CommandError(error.message) from error
        self.stdout.write(f"{owner}: {account_of(owner.pk).available} credits available")
