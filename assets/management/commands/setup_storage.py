"""`manage.py setup_storage [--check]`: makes the two buckets what the engine needs, or says what they lack."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from assets.bucket_refusals import SetupRefused
from assets.bucket_setup import look_at_storage
from assets.cdn_settings import cdn_settings


class Command(BaseCommand):
    help = "Creates and configures the buckets of S3_BUCKET, and prints what to set at the CDN."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="change nothing; fail if something differs")

    def handle(self, *args: Any, **options: Any) -> None:
        """Prints one line for each thing looked at, then the CDN's settings; fails if something differs still."""
        if not settings.S3_BUCKET:
            raise CommandError("S3_BUCKET is not set: pictures are kept in DATA_DIR, and there is nothing to set up.")
        differing = []
        try:
            for finding in look_at_storage(change=not options["check"]):
                line = f"{finding.subject}: {finding.aspect}: {finding.state}"
                self.stdout.write(f"{'DIFFERS' if finding.differs else 'ok':<8} {line}")
                differing += [line] if finding.differs else []
        except SetupRefused as error:
            raise CommandError(error.message) from error
        self.stdout.write("")
        self.stdout.write(
            cdn_settings(
                provider=settings.CDN_PROVIDER,
                bucket=settings.S3_BUCKET,
                region=settings.S3_REGION,
                cdn_url=settings.CDN_URL,
            )
        )
        if differing:
            raise CommandError("\n".join(["The storage is not as it should be:", *differing]))
