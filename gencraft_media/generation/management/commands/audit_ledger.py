"""The auditor on the command line."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from gencraft_media.generation.auditor import audit_engine, audit_turn


class Command(BaseCommand):
    help = "Check that jobs, credits, usage and assets agree, over all of history. Ends with status 1 when they do not."

    def handle(self, *args: Any, **options: Any) -> None:
        with audit_turn(wait=True):
            findings = audit_engine()
        for finding in findings:
            self.stdout.write(f"{finding.invariant}: {finding.subject}: {finding.detail}")
        if findings:
            raise CommandError(f"{len(findings)} findings")
        self.stdout.write("green: jobs, credits, usage and assets agree")
