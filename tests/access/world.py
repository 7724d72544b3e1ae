"""The cast of the access matrix, and one object of each kind that belongs to Alice."""

import uuid
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from assets.models import MediaAsset, MediaUpload, UploadSource, UploadState
from gencraft_media.accounts.keys import revoke_key
from gencraft_media.accounts.models import ApiKey, Project, Role, User
from gencraft_media.common.clock import database_now
from gencraft_media.daos.models import ConfigurationPlan
from gencraft_media.daos.services import propose_plan
from gencraft_media.generation.models import GenerationItem, GenerationJob
from gencraft_media.generation.states import ItemStatus, JobStatus
from gencraft_media.webhooks.endpoints import create_endpoint
from gencraft_media.webhooks.models import WebhookDelivery, WebhookEndpoint
from gencraft_media.webhooks.replaying import send_test
from providers.models import ProviderModel
from tests.factories import add_member, api_client, make_key, make_project, make_super_admin, make_user
from tests.generation.rows import load_rows
from tests.providers.custom_rows import make_custom_model

ALL_SCOPES = ("generate", "platform", "read")
OPERATOR_SCOPES = (*ALL_SCOPES, "admin")
CSRF_TOKEN = "a" * 32
CALLERS = (
    "anonymous", "owner", "viewer", "stranger", "revoked key", "expired key", "other scope", "no csrf token",
)  # fmt: skip


@dataclass(frozen=True)
class World:
    """Alice's project and what is in it; Bob looks on, Charlie has a project of his own."""

    project: Project
    job: GenerationJob
    asset: MediaAsset
    upload: MediaUpload
    endpoint: WebhookEndpoint
    delivery: WebhookDelivery
    custom_model: ProviderModel
    plan: ConfigurationPlan
    operator: Project
    clients: dict[str, Any] = field(default_factory=dict)

    def secrets(self) -> list[str]:
        """What a stranger must never read."""
        rows = (self.project, self.job, self.asset, self.upload, self.endpoint, self.delivery, self.project.owner)
        return [*(str(row.pk) for row in rows), self.endpoint.secret]

    def without_scope(self, scope: str) -> APIClient:
        """A live key of Alice's, or of the SuperAdmin's for what only they may do, that may do everything else."""
        project, scopes = (self.operator, OPERATOR_SCOPES) if scope == "admin" else (self.project, ALL_SCOPES)
        _, token = make_key(project, scopes=[other for other in scopes if other != scope], name="other")
        return api_client(token)


def make_world() -> World:
    """Build the cast once per test."""
    load_rows()
    alice, bob, charlie = make_user("alice"), make_user("bob"), make_user("charlie")
    project = make_project(alice, platform=alice, external_id="shop")
    make_user("dora", email=None, platform=alice, external_id="dora")
    add_member(project, bob, Role.VIEWER)
    elsewhere = make_project(charlie, name="Elsewhere", platform=charlie, external_id="shop")
    make_user("emil", email=None, platform=charlie, external_id="dora")
    operator = make_project(make_super_admin(), name="Operations")
    clients = {
        "operator": api_client(make_key(operator, scopes=OPERATOR_SCOPES, name="matrix")[1]),
        "anonymous": APIClient(),
        "owner": _key_client(project),
        "viewer": _browser(bob, csrf=True),
        "stranger": _key_client(elsewhere),
        "revoked key": _key_client(project, name="revoked", revoked=True),
        "expired key": _key_client(project, name="expired", expired=True),
        "no csrf token": _browser(alice, csrf=False),
    }
    endpoint = create_endpoint(project=project, url="https://hooks.example.com/", events=["*"], actor=alice)
    return World(
        project=project,
        job=_make_job(project),
        asset=_make_asset(project),
        upload=_make_upload(project),
        endpoint=endpoint,
        delivery=send_test(endpoint),
        custom_model=make_custom_model("automatic1111", "https://gpu.example.com"),
        plan=propose_plan(
            actor=make_super_admin("planner"), actions=[{"action": "pricing.markup", "parameters": {"percent": "15"}}]
        ),
        operator=operator,
        clients=clients,
    )


def _key_client(project: Project, *, name: str = "matrix", revoked: bool = False, expired: bool = False) -> APIClient:
    key, token = make_key(project, scopes=ALL_SCOPES, name=name)
    if revoked:
        revoke_key(key)
    if expired:
        ApiKey.objects.filter(pk=key.pk).update(expires_at=database_now() - timedelta(seconds=1))
    return api_client(token)


def _browser(user: User, *, csrf: bool) -> Client:
    headers = {"X-CSRFToken": CSRF_TOKEN} if csrf else {}
    client = Client(enforce_csrf_checks=True, headers=headers)
    client.force_login(user)
    client.cookies["csrftoken"] = CSRF_TOKEN
    return client


def _make_job(project: Project) -> GenerationJob:
    job = GenerationJob.objects.create(
        user=project.owner, project=project, provider="sim", operation="text-to-image", params={"prompt": "a lake"},
        status=JobStatus.PROCESSING, model="standard", quoted_total=Decimal(0),
        quoted_provider_cost=Decimal(0), payer_id=project.owner_id,
        deadline_at=timezone.now() + timedelta(hours=1),
    )  # fmt: skip
    GenerationItem.objects.create(job=job, index=0, status=ItemStatus.PROCESSING)
    return job


def _make_asset(project: Project) -> MediaAsset:
    key = f"media/{project.owner_id}/{project.pk}/{uuid.uuid4()}.webp"
    return MediaAsset.objects.create(
        user=project.owner, project=project, filename="a-lake.webp", mime_type="image/webp", size=10, width=8, height=8,
        provider="sim", model="standard", cost=Decimal(0), s3_key=key, s3_bucket="local", sha256="0" * 64,
        cdn_url=f"http://testserver/{key}", generation_params={}, original_key="originals/lake.png",
    )  # fmt: skip


def _make_upload(project: Project) -> MediaUpload:
    return MediaUpload.objects.create(
        user=project.owner, project=project, state=UploadState.READY, source=UploadSource.MULTIPART, width=16,
        height=16, mime_type="image/png", size=10, sha256="0" * 64, key=f"uploads/{uuid.uuid4()}/0.png",
        storage_backend="local", s3_bucket="local", expires_at=timezone.now() + timedelta(hours=1),
    )  # fmt: skip
