"""Canaries in every field that holds a secret: vendors shout them back in every way, and they turn up nowhere."""

import io
import json
import logging
from collections.abc import Callable
from typing import Any

import pytest
from celery.signals import before_task_publish
from django.contrib import admin
from django.db import connection
from django.db.models.functions import Now
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from gencraft_media.common.remembered import forget_remembered
from gencraft_media.generation.dispatcher import dispatch_due, standard_lanes
from gencraft_media.generation.models import GenerationJob
from gencraft_media.generation.routing_models import Circuit
from providers.kinds import KINDS
from providers.models import Provider, ProviderAccount
from providers.registry import ADAPTERS
from tests.common.raw_server import Answer, RawServer, response
from tests.factories import make_super_admin
from tests.generation.conftest import alice, engine
from tests.generation.driving import drive, make_due
from tests.generation.tenants import Tenant
from tests.providers.custom_rows import make_custom_model

__all__ = ["alice", "engine"]

ROW_KEY = "sk-canary-row-4f1d9b/27+c06a"
ENVIRONMENT_KEY = "sk-canary-environment-83be5521"
ORGANIZATION = "org-canary-6b0e77d1"
CANARIES = (ROW_KEY, ENVIRONMENT_KEY, ORGANIZATION)
Plant = Callable[[str, str, pytest.MonkeyPatch], str]


class Shouting:
    """A vendor's answers, each with all that it was told in body and headers."""

    def __init__(self, key: str) -> None:
        self.echo = f"Bearer {key} of {ORGANIZATION}"
        self.headers = {"X_Request_Id": self.echo, "Server": self.echo, "Set_Cookie": f"key={key}", "X_Key": key}

    def text(self, status: int = 200, **headers: str) -> bytes:
        return response(self.echo.encode(), status, **{**self.headers, **headers})

    def document(self, document: Any, status: int = 200, **headers: str) -> bytes:
        headers = {"Content_Type": "application/json", **self.headers, **headers}
        return response(json.dumps(document).encode(), status, **headers)

    def refusal(self, status: int, **headers: str) -> bytes:
        echo = self.echo
        error = {"code": echo, "type": echo, "message": echo, "param": echo}
        document = {"error": error, "id": echo, "name": echo, "errors": [echo], "detail": echo, "message": echo}
        return self.document(document, status, **headers)

    def failures(self) -> dict[str, bytes]:
        """Each way in which a paid request can fail after the vendor has read it."""
        echo = self.echo
        nonsense = {"outputs": echo, "data": echo, "id": echo, "polling_url": echo, "artifacts": echo}
        head = "HTTP/1.1 200 OK\r\n"
        return {
            **{f"status {status}": self.refusal(status) for status in (400, 401, 403, 422, 500)},
            "too many": self.refusal(429, Retry_After="0"),
            "no JSON": self.text(400),
            "not the contract": self.document(nonsense),
            "a list": self.document([echo]),
            "success without sense": self.text(Content_Type="application/json"),
            "a picture that is none": self.text(Content_Type="image/png"),
            "redirect": self.text(307, Location=f"/elsewhere?{echo}"),
            "hang up": b"",
            "cut": self.text()[:-20],
            "bad status line": f"HTTP/1.1 {echo}\r\n\r\n".encode(),
            "bad header": f"{head}{echo}\r\n: {echo}\r\n\r\n{echo}".encode(),
            "two lengths": f"{head}Content-Length: 1\r\nContent-Length: 2\r\nX: {echo}\r\n\r\n".encode(),
            "bad chunk": f"{head}Transfer-Encoding: chunked\r\n\r\n{echo}\r\n".encode(),
            "bad gzip": self.text(Content_Encoding="gzip"),
        }


@pytest.fixture
def log_lines(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """What the engine's log handler writes, tracebacks and all."""
    written = io.StringIO()
    for handler in logging.getLogger().handlers:
        if type(handler) is logging.StreamHandler:
            monkeypatch.setattr(handler, "stream", written)
    return written


@pytest.fixture
def messages() -> Any:
    """What is given to the broker: the body and headers of every task message."""
    published: list[str] = []

    def note(sender: str, body: Any, headers: Any, **_: Any) -> None:
        published.append(repr((sender, body, headers)))

    before_task_publish.connect(note)
    yield published
    before_task_publish.disconnect(note)


def plant_in_row(provider: str, url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Everything in the account's row, and another key in the environment that must not be used."""
    variable = _variable_of(provider)
    monkeypatch.setenv(variable, ENVIRONMENT_KEY)
    ProviderAccount.objects.filter(provider=provider).delete()
    ProviderAccount.objects.create(
        provider_id=provider, label="canary", api_key=ROW_KEY, organization=ORGANIZATION, base_url=url
    )
    return ROW_KEY


def plant_in_environment(provider: str, url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Everything in the environment, and a row that says nothing."""
    ProviderAccount.objects.filter(provider=provider).update(api_key="", organization="", base_url="")
    variable = _variable_of(provider)
    prefix = variable.removesuffix("_API_KEY")
    monkeypatch.setenv(variable, ENVIRONMENT_KEY)
    monkeypatch.setenv(f"{prefix}_ORGANIZATION", ORGANIZATION)
    monkeypatch.setenv(f"{prefix}_BASE_URL", url)
    return ENVIRONMENT_KEY


def _variable_of(provider: str) -> str:
    row = Provider.objects.get(pk=provider)
    if not row.key_variable:
        row.key_variable = f"{provider.upper()}_API_KEY"
        row.save()
    return row.key_variable


def everything_stored() -> dict[str, str]:
    """Every table as it is on disk, sealed columns sealed."""
    stored = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            names = [column[0] for column in cursor.description]
            rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
            if table == "provider_accounts":
                # The one place where an organization belongs.
                rows = [{name: value for name, value in row.items() if name != "organization"} for row in rows]
            stored[table] = repr(rows)
    return stored


def every_admin_page() -> dict[str, str]:
    """The lists of all models, the pages of the newest rows of each, and all there is about the account."""
    client = Client()
    client.force_login(make_super_admin())
    paths = ["/admin/"]
    for model in admin.site._registry:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        paths.append(reverse(f"{name}_changelist"))
        paths += [reverse(f"{name}_change", args=[row.pk]) for row in model._default_manager.order_by("-pk")[:2]]
    for account in ProviderAccount.objects.all():
        page = "admin:providers_provideraccount"
        paths += [reverse(f"{page}_change", args=[account.pk]), reverse(f"{page}_history", args=[account.pk])]
    pages = {}
    for path in paths:
        answer = client.get(path)
        assert answer.status_code < 500, path
        text = answer.content.decode() if not answer.streaming else ""
        if "/provideraccount/" in path and path.endswith("/change/"):
            text = text.replace(f'value="{ORGANIZATION}"', "")
        pages[path] = text
    return pages


def told_to_the_client(tenant: Tenant, jobs: list[GenerationJob]) -> dict[str, str]:
    paths = ["/api/media/jobs", "/api/media/models", "/api/media/providers", "/api/media/usage"]
    paths += [f"/api/media/jobs/{job.pk}" for job in jobs]
    return {path: tenant.client.get(path).content.decode() for path in paths}


def always(answer: bytes) -> Answer:
    return lambda request: [answer] if answer else []


def which_keys(request: bytes) -> set[str]:
    return {key for key in (ROW_KEY, ENVIRONMENT_KEY) if key.encode() in request}


def add_operators_servers() -> None:
    """One provider of each kind, under the kind's name and without an environment."""
    for kind in KINDS:
        make_custom_model(kind, "http://127.0.0.1:9", provider=kind, limits={"default_size": "1024x1024"})


def lose_patience(job: GenerationJob) -> None:
    """A provider that is always at its limit is waited for until the deadline."""
    if job.attempts.count() > 1:
        GenerationJob.objects.filter(pk=job.pk).update(deadline_at=Now())


def fail_in_every_way(
    tenant: Tenant, provider: str, plant: Plant, monkeypatch: pytest.MonkeyPatch
) -> list[GenerationJob]:
    """A job for each failure, all at their ends; each was really sent the key, and only the one that was meant."""
    jobs = []
    with RawServer() as vendor:
        key = plant(provider, f"http://127.0.0.1:{vendor.port}", monkeypatch)
        for failure, answer in Shouting(key).failures().items():
            vendor.answer = always(answer)
            # What failed before must not keep the next request from its vendor.
            Circuit.objects.all().delete()
            forget_remembered()
            begun = len(vendor.requests)
            job = tenant.start(None, provider=provider, width=1024, height=1024)
            make_due()
            dispatch_due(standard_lanes())
            jobs.append(drive(job, deadline_s=30, each_round=lose_patience))
            assert jobs[-1].status == "failed", (provider, failure)
            sent = vendor.requests[begun:]
            assert sent, (provider, failure)
            assert [which_keys(request) for request in sent] == [{key}] * len(sent), (provider, failure)
    return jobs


def test_no_canary_is_seen_again(
    alice: Tenant,
    messages: list[str],
    log_lines: io.StringIO,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    settings.EGRESS_ALLOW = ["127.0.0.1"]
    settings.UNKNOWN_GRACE_S = 0.0
    caplog.set_level(logging.DEBUG)
    jobs = []
    add_operators_servers()
    # Resampling is the engine's own: it has no key, and nothing to draw from a text.
    for provider in sorted(ADAPTERS.keys() - {"resample"}):
        jobs += fail_in_every_way(alice, provider, plant_in_row, monkeypatch)
    jobs += fail_in_every_way(alice, "openai", plant_in_environment, monkeypatch)
    assert len(messages) >= len(jobs)
    errors = json.dumps([job.error for job in jobs])
    seen = {"log": caplog.text, "output": log_lines.getvalue(), "messages": "".join(messages), "errors": errors}
    assert "attempt refused" in seen["log"]
    assert "attempt refused" in seen["output"]
    seen |= {**everything_stored(), **told_to_the_client(alice, jobs[::7]), **every_admin_page()}
    assert {where: canary for where, text in seen.items() for canary in CANARIES if canary in text} == {}
