"""Keeps what the auditor said, the last runs of each kind."""

from collections.abc import Sequence
from dataclasses import asdict

from billing.auditor import Finding
from gencraft_media.common.logs import logger
from gencraft_media.generation.models import AuditRun

log = logger(__name__)
_RUNS_KEPT = 50
_SHOWN = 20


def keep_verdict(findings: Sequence[Finding], *, everything: bool) -> AuditRun:
    """Log every finding and write down the run; older runs of its kind go."""
    for finding in findings:
        log.error("audit finding", invariant=finding.invariant, subject=finding.subject, detail=finding.detail)
    sample = [asdict(finding) for finding in findings[:_SHOWN]]
    run = AuditRun.objects.create(everything=everything, findings=len(findings), sample=sample)
    same = AuditRun.objects.filter(everything=everything).order_by("-pk")
    oldest = same.values_list("pk", flat=True)[_RUNS_KEPT - 1 : _RUNS_KEPT].first()
    if oldest is not None:
        AuditRun.objects.filter(everything=everything, pk__lt=oldest).delete()
    return run
