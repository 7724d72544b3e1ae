"""Removes the demo: everything of its owners, accounts and workshop, and nothing else."""

import uuid

from django.db import transaction
from django.db.models import Min, Q

from assets.models import AssetRating, MediaAsset
from assets.storage import delete_object, store_of
from billing.models import (
    CreditAccount,
    CreditHold,
    HoldResolution,
    LedgerEntry,
    MediaUsage,
    PriceLine,
    ProviderCost,
    QuotaCounter,
    QuotaReservation,
    SpendCounter,
)
from gencraft_media.accounts.models import ExternalUser, User
from gencraft_media.analytics.models import UsageRollup
from gencraft_media.analytics.rollups import remake
from gencraft_media.common.audit import record_audit
from gencraft_media.common.models import DomainEvent, VersionedSettings
from gencraft_media.console.demo.cast import WORKSHOP, demo_owners, demo_projects, has_demo
from gencraft_media.console.demo.guards import lifted_guards
from gencraft_media.console.demo.probes import remove_probes
from gencraft_media.console.demo.props import demo_accounts, forget_everything
from gencraft_media.generation.models import GenerationJob, RetirementNotice
from gencraft_media.webhooks.models import WebhookEndpoint
from providers.models import Provider, ProviderAccount

_JOBS_AT_ONCE = 400
_PLACE = ("s3_key", "thumbnail_key", "storage_backend", "s3_bucket")


def remove_demo() -> bool:
    """Remove the demo with its pictures. False: there was none. What the audit says of it stays, as of all else."""
    remove_probes()
    if not has_demo():
        return False
    projects = demo_projects()
    began = User.objects.filter(pk__in=demo_owners()).aggregate(first=Min("created_at"))["first"]
    with transaction.atomic():
        keys = list(MediaAsset.objects.filter(project__in=projects).values_list(*_PLACE))
        owner = User.objects.filter(pk__in=demo_owners()).first()
        record_audit(actor=None, action="demo.remove", target=owner, before={"projects": len(projects)})
        with lifted_guards():
            _remove_rows(projects)
    for s3_key, thumbnail_key, backend, bucket in keys:
        # Of the demo's time: new objects may go elsewhere by now.
        for key in filter(None, (s3_key, thumbnail_key)):
            delete_object(key, private=False, store=store_of(backend, bucket))
    forget_everything()
    remake(began)
    return True


def _remove_rows(projects: list[uuid.UUID]) -> None:
    owners, accounts = demo_owners(), demo_accounts()
    jobs = list(GenerationJob.objects.filter(project__in=projects).values_list("pk", flat=True))
    credits = list(CreditAccount.objects.filter(owner_id__in=owners).values_list("pk", flat=True))
    customers = list(ExternalUser.objects.filter(project__in=projects).values_list("pk", flat=True))
    endpoints = list(WebhookEndpoint.objects.filter(project__in=projects).values_list("pk", flat=True))
    subjects = [*projects, *credits, *endpoints, *(account.pk for account in accounts)]
    DomainEvent.objects.filter(Q(project_id__in=projects) | Q(subject_id__in=subjects)).delete()
    ProviderCost.objects.filter(account_id__in=[account.pk for account in accounts]).delete()
    _in_parts(ProviderCost, jobs)
    _in_parts(QuotaReservation, jobs)
    MediaUsage.objects.filter(project_id__in=projects).delete()
    LedgerEntry.objects.filter(account__in=credits).delete()
    HoldResolution.objects.filter(hold__account__in=credits).delete()
    CreditHold.objects.filter(account__in=credits).delete()
    CreditAccount.objects.filter(pk__in=credits).delete()
    counted = [f"user:{one}" for one in owners] + [f"external:{one}" for one in customers]
    QuotaCounter.objects.filter(subject__in=counted).delete()
    SpendCounter.objects.filter(project_id__in=projects).delete()
    AssetRating.objects.filter(project_id__in=projects).delete()
    UsageRollup.objects.filter(project_id__in=projects).delete()
    # Whoever looked round may have set something of a demo project.
    scopes = [f"project:{project}" for project in projects]
    for kind in VersionedSettings.__subclasses__():
        kind._default_manager.filter(scope__in=scopes).delete()
    # The engine may have told the projects of the end of a model meanwhile.
    RetirementNotice.objects.filter(project_id__in=projects).delete()
    User.objects.filter(pk__in=owners).delete()
    ProviderAccount.objects.filter(pk__in=[account.pk for account in accounts]).delete()
    Provider.objects.filter(key=WORKSHOP).delete()
    PriceLine.objects.filter(provider=WORKSHOP).delete()


def _in_parts(kind: type[ProviderCost] | type[QuotaReservation], jobs: list[uuid.UUID]) -> None:
    """Of so many jobs at once as a statement may name."""
    for start in range(0, len(jobs), _JOBS_AT_ONCE):
        kind._default_manager.filter(job_id__in=jobs[start : start + _JOBS_AT_ONCE]).delete()
