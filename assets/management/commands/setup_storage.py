"""`manage.py setup_storage [--check]`: makes the two buckets what the engine needs, or says what they lack."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from assets.bucket_refusals import SetupRefused
from assets.bucket_setup import buckets_in_use, look_at_storage
from assets.cdn_settings import cdn_settings
from assets.storage_choice import cdn_set_by, settings_in_force

_NO_BUCKET = (
    "No bucket is set, S3_BUCKET is not set either: pictures are kept in DATA_DIR, and there is nothing to set up."
)


class Command(BaseCommand):
    help = (
        "Creates and configures the buckets that the dashboard or S3_BUCKET names, and prints what to set at the CDN."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="change nothing; fail if something differs")

    def handle(self, *args: Any, **options: Any) -> None:
        """Prints one line for each thing looked at, then the CDN's settings; fails if something differs still."""
        buckets = buckets_in_use()
        if buckets is None:
            raise CommandError(_NO_BUCKET)
        differing = []
        try:
            for finding in look_at_storage(change=not options["check"]):
                line = f"{finding.subject}: {finding.aspect}: {finding.state}"
                self.stdout.write(f"{'DIFFERS' if finding.differs else 'ok':<8} {line}")
                differing += [line] if finding.differs else []
        except SetupRefused as error:
            raise CommandError(error.message) from error
        self.stdout.write("")
        cdn, pictures = cdn_set_by(settings_in_force()), buckets[0]
        self.stdout.write(
            cdn_settings(
                provider=cdn.provider,
                bucket=pictures.bucket_name,
                region=pictures.region_name,
                cdn_url=cdn.url,
            )
        )
        if differing:
            raise CommandError("\n".join(["The storage is not as it should be:", *differing]))
