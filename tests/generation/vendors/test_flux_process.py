"""Black Forest Labs calls a whole engine back over the network: web server, dispatcher and workers are programs."""

from pathlib import Path

from pytest_django import Settings
from pytest_django.plugin import DjangoDbBlocker

from gencraft_media.generation.models import GenerationAttempt, GenerationJob, ProviderCallback
from gencraft_media.generation.states import TERMINAL, JobStatus
from providers.callbacks import callback_secret
from providers.models import ProviderAccount
from tests.generation.tenants import make_tenant
from tests.generation.vendors.flux_faults import FLUX
from tests.proofs import assert_books_are_right
from tests.running_engine import ENGINE, running_engine
from tests.vendors.flux.server import Server

KEY = "bfl-canary-0123456789"
FAULTS = ("", "dropped", "cut", "webhook-early", "webhook-duplicated", "webhook-forged", "webhook-never")


def test_jobs_end_well_however_they_are_called_back_about(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, settings: Settings, tmp_path: Path
) -> None:
    with django_db_blocker.unblock(), Server() as vendor:
        vendor.webhooks.style = "signature"
        variables = {"EGRESS_ALLOW": "127.0.0.1", "PROVIDER_CALLBACKS": "true"}
        # Jobs are admitted by this process.
        settings.PROVIDER_CALLBACKS = True
        with running_engine(tmp_path, *ENGINE, **variables) as engine:
            ProviderAccount.objects.filter(provider="flux").update(api_key=KEY, base_url=vendor.url)
            alice = make_tenant()
            prompts = [f"A lighthouse [fault:{fault}]" if fault else "A lighthouse" for fault in FAULTS]
            jobs = [alice.start(FLUX.model, provider="flux", prompt=prompt) for prompt in prompts]
            ended = GenerationJob.objects.filter(status__in=TERMINAL[JobStatus])
            engine.wait_until(lambda: ended.count() == len(jobs), timeout_s=90, what="the end of all jobs")
            assert [GenerationJob.objects.get(pk=job.pk).status for job in jobs] == ["completed"] * len(FAULTS)
            vendor.webhooks.finish()
            told = dict(ProviderCallback.objects.values_list("attempt__job_id", "times_received"))
            assert [told.get(job.pk, 0) for job in jobs] == [1, 1, 1, 1, 3, 0, 0]
            assert sorted(vendor.webhooks.statuses) == [204] * 7 + [404]
            assert len([one for one in vendor.received if one.method == "POST"]) == len(FAULTS)
            assert vendor.violations + vendor.cluster.violations == []
            secrets = [
                callback_secret("flux", str(pk)) for pk in GenerationAttempt.objects.values_list("pk", flat=True)
            ]
            assert [secret for secret in (KEY, *secrets) if secret in engine.logs()] == []
            assert_books_are_right()
