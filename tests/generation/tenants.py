"""Who asks in these tests: a project with a key and so many credits, and a short way to ask for pictures."""

import functools
import uuid
from dataclasses import dataclass
from typing import Any

from rest_framework.test import APIClient

from billing.ledger import account_of, change_plan, grant_credits
from billing.models import CreditAccount, CreditHold, EntryKind
from gencraft_media.accounts.models import Project
from gencraft_media.generation.models import GenerationJob
from tests.factories import api_client, make_key, make_project, make_user

SMALL = {"width": 128, "height": 128}
BODY = {"provider": "sim", "operation": "text-to-image", "prompt": "A lighthouse at dawn", **SMALL}


@dataclass(frozen=True)
class Tenant:
    """A project, and a client with its key."""

    project: Project
    token: str

    @functools.cached_property
    def client(self) -> APIClient:
        """A client that sends the key."""
        return api_client(self.token)

    def ask(self, model: str | None = "sim/priced", *, key: str = "", **fields: Any) -> Any:
        """POST /api/media/generate with `BODY`, whatever the answer."""
        body = {**BODY, **({"model": model} if model else {}), **fields}
        headers = {"Idempotency-Key": key} if key else {}
        return self.client.post("/api/media/generate", body, headers=headers)

    def start(self, model: str | None = "sim/priced", **fields: Any) -> GenerationJob:
        """The job of an accepted request."""
        answer = self.ask(model, **fields)
        assert answer.status_code == 202, answer.json()
        return GenerationJob.objects.get(pk=answer.json()["id"])

    def show(self, job: GenerationJob | uuid.UUID | str) -> dict[str, Any]:
        """What GET /api/media/jobs/{id} answers."""
        answer = self.client.get(f"/api/media/jobs/{job.pk if isinstance(job, GenerationJob) else job}")
        assert answer.status_code == 200, answer.json()
        document: dict[str, Any] = answer.json()
        return document

    def cancel(self, job: GenerationJob) -> Any:
        """POST /api/media/jobs/{id}/cancel, whatever the answer."""
        return self.client.post(f"/api/media/jobs/{job.pk}/cancel")

    @property
    def account(self) -> CreditAccount:
        """The credit account that pays, as it is now."""
        return account_of(self.project.owner_id)


def make_tenant(name: str = "alice", *, credits: int = 1000, plan: str = "enterprise") -> Tenant:
    """A new owner with a project, a key and `credits` bought credits; enterprise has no other limits."""
    project = make_project(make_user(name), name=f"{name}'s site")
    account_of(project.owner_id, plan=plan)
    if credits:
        grant_credits(owner_id=project.owner_id, credits=credits, kind=EntryKind.PURCHASE, idempotency_key="first")
    return Tenant(project, make_key(project)[1])


def put_on_plan(tenant: Tenant, plan: str) -> None:
    """Give the tenant's owner another plan."""
    change_plan(tenant.project.owner_id, plan)


def captured(job: GenerationJob) -> int | None:
    """Credits taken for the job in the ledger; None while its hold is open."""
    hold = CreditHold.objects.select_related("resolution").get(job_id=job.pk)
    return hold.resolution.captured if hasattr(hold, "resolution") else None
