"""What the auditor said: one row a run, so that pages can tell without auditing."""

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models.functions import Now


class AuditRun(models.Model):
    """One run of the auditor and what it found."""

    id = models.BigAutoField(primary_key=True)
    # Of all of history, or of the last day.
    everything = models.BooleanField()
    finished_at = models.DateTimeField(db_default=Now())
    findings = models.PositiveIntegerField(default=0)
    # The first of them: [{"invariant", "subject", "detail"}].
    sample = models.JSONField(default=list, encoder=DjangoJSONEncoder)

    class Meta:
        db_table = "audit_runs"

    def __str__(self) -> str:
        return f"{'everything' if self.everything else 'last day'}: {self.findings} findings"
