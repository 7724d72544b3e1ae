"""`manage.py load_prices`: add the price file's lines that are not in the database yet."""

from typing import Any

from django.core.management.base import BaseCommand

from billing.pricefile import load_price_lines


class Command(BaseCommand):
    help = "Adds the price lines of billing/prices.json that are missing; never changes one. Safe to run again."

    def handle(self, *args: Any, **options: Any) -> None:
        loaded = load_price_lines()
        self.stdout.write(f"price lines: {loaded.added} added, {loaded.present} were there")
        for line in loaded.differing:
            self.stderr.write(f"kept as it is, the file differs: {line}")
