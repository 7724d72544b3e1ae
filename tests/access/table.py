"""What each caller is answered on each route. A new API route needs a row here: a line of `TABLE`.

A row says what Alice's own key gets, on an `operator` route a SuperAdmin's, to whom all others are strangers there. The
other callers follow from `scope`, `kind` and the method:
anonymous, revoked and expired keys 401; a key without the scope 403; a session that changes something without a
CSRF token 403; a viewer 403 where something would change; a stranger 404 on Alice's `object`s, and on a `list` what
Alice gets but nothing of hers. `answers` overrides single callers.
"""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from tests.access.world import World

UNSAFE = {"POST", "PUT", "PATCH", "DELETE"}
Body = Mapping[str, Any]


@dataclass(frozen=True)
class Row:
    """One route with one method."""

    kind: Literal["object", "list", "platform", "public", "operator"]
    scope: str
    owner: int
    arguments: Callable[[World], dict[str, Any]] = lambda world: {}
    # A valid body; None: the route reads none, and no unknown field can be sent.
    body: Body | None = None
    answers: Mapping[str, int] = field(default_factory=dict)

    @property
    def asked_by(self) -> str:
        """Who gets the status `owner`."""
        return "operator" if self.kind == "operator" else "owner"

    def expected(self, method: str, caller: str) -> int:
        """The status `caller` gets."""
        if caller in self.answers:
            return self.answers[caller]
        if self.kind == "public" or caller == self.asked_by:
            return self.owner
        if self.kind == "operator" and caller in _STRANGERS:
            return 403 if caller == "no csrf token" and method in UNSAFE else 404
        return _BY_CALLER[caller](self, method)


def _viewer(row: Row, method: str) -> int:
    return 403 if method in UNSAFE else row.owner


def _stranger(row: Row, method: str) -> int:
    return 404 if row.kind == "object" else row.owner


def _without_csrf(row: Row, method: str) -> int:
    return 403 if method in UNSAFE else row.owner


# To a route for operators.
_STRANGERS = {"owner", "viewer", "stranger", "no csrf token"}

_BY_CALLER: dict[str, Callable[[Row, str], int]] = {
    "anonymous": lambda row, method: 401,
    "viewer": _viewer,
    "stranger": _stranger,
    "revoked key": lambda row, method: 401,
    "expired key": lambda row, method: 401,
    "other scope": lambda row, method: 403,
    "no csrf token": _without_csrf,
}


def _job(world: World) -> dict[str, Any]:
    return {"job_id": world.job.pk}


def _asset(world: World) -> dict[str, Any]:
    return {"asset_id": world.asset.pk}


def _upload(world: World) -> dict[str, Any]:
    return {"upload_id": world.upload.pk}


def _endpoint(world: World) -> dict[str, Any]:
    return {"endpoint_id": world.endpoint.pk}


def _delivery(world: World) -> dict[str, Any]:
    return {"delivery_id": world.delivery.pk}


def _custom_model(world: World) -> dict[str, Any]:
    return {"provider": world.custom_model.provider_id, "name": world.custom_model.name}


def _plan(world: World) -> dict[str, Any]:
    return {"plan_id": world.plan.pk}


# Secrets are read by those who may change things.
_EDITORS: dict[str, int] = {"viewer": 403}


_PICTURE = {"image_url": "https://pictures.example/one.png"}

# (method, route name): reverse(name) makes the address.
TABLE: dict[tuple[str, str], Row] = {
    ("PUT", "platform-user"): Row(
        "platform", "platform", 201, lambda world: {"external_id": "new-user"}, body={"name": "Nora"}
    ),
    ("PUT", "platform-project"): Row(
        "platform", "platform", 201, lambda world: {"external_id": "new-project"},
        body={"name": "Shop", "ownerExternalId": "dora"},
    ),
    ("POST", "platform-keys"): Row("platform", "platform", 201, body={"projectExternalId": "shop", "name": "new"}),
    ("POST", "generate"): Row(
        "list", "generate", 202,
        body={"provider": "sim", "operation": "text-to-image", "prompt": "a lake", "width": 512, "height": 512},
    ),
    ("GET", "jobs"): Row("list", "read", 200),
    ("GET", "job"): Row("object", "read", 200, _job),
    ("GET", "job-events"): Row("object", "read", 200, _job),
    ("GET", "project-events"): Row("list", "read", 200),
    ("POST", "job-cancel"): Row("object", "generate", 202, _job, body={}),
    ("POST", "estimate"): Row(
        "list", "read", 200,
        body={"provider": "sim", "operation": "text-to-image", "params": {"width": 512, "height": 512}},
        answers={"viewer": 200},
    ),
    ("POST", "route"): Row(
        "list", "read", 200,
        body={"operation": "text-to-image", "prompt": "A lighthouse at dawn"},
        answers={"viewer": 200},
    ),
    ("GET", "models"): Row("list", "read", 200),
    ("GET", "model"): Row("list", "read", 200, lambda world: {"model": "sim/standard"}),
    ("GET", "usage"): Row("list", "read", 200),
    ("GET", "credits"): Row("list", "read", 200),
    ("POST", "provider-callback"): Row("public", "", 404, lambda world: {"provider": "nobody"}),
    ("POST", "attempt-callback"): Row(
        "public", "", 404, lambda world: {"provider": "nobody", "attempt_id": uuid.UUID(int=0)}
    ),
    ("GET", "custom-models"): Row("operator", "admin", 200),
    ("POST", "custom-models"): Row(
        "operator", "admin", 201,
        body={
            "provider": "new-box", "kind": "automatic1111", "baseUrl": "https://gpu.example.com", "name": "house",
            "wiring": {}, "prices": [{"amount": "0.01"}],
        },
    ),
    ("GET", "custom-model"): Row("operator", "admin", 200, _custom_model),
    ("PATCH", "custom-model"): Row("operator", "admin", 200, _custom_model, body={"label": "Ours"}),
    ("DELETE", "custom-model"): Row("operator", "admin", 204, _custom_model),
    ("GET", "daos-plans"): Row("operator", "admin", 200),
    ("POST", "daos-plans"): Row(
        "operator", "admin", 201, body={"actions": [{"action": "pricing.markup", "parameters": {"percent": "5"}}]}
    ),
    ("GET", "daos-plan"): Row("operator", "admin", 200, _plan),
    # Of another plan.
    ("POST", "daos-plan-apply"): Row("operator", "admin", 409, _plan, body={"digest": "0" * 64}),
    ("POST", "daos-plan-approve"): Row("operator", "admin", 200, _plan, body={}),
    # Not applied.
    ("POST", "daos-plan-undo"): Row("operator", "admin", 409, _plan, body={}),
    ("GET", "daos-actions"): Row("operator", "admin", 200),
    ("GET", "daos-prompts"): Row("operator", "admin", 200),
    ("GET", "asset-list"): Row("list", "read", 200),
    ("GET", "asset"): Row("object", "read", 200, _asset),
    ("DELETE", "asset"): Row("object", "generate", 204, _asset),
    ("POST", "asset-rating"): Row("object", "generate", 200, _asset, body={"rating": 4}),
    ("GET", "asset-rating"): Row("object", "read", 200, _asset),
    ("DELETE", "asset-rating"): Row("object", "generate", 204, _asset),
    ("POST", "asset-variations"): Row("object", "generate", 202, _asset, body={"provider": "sim"}),
    ("POST", "asset-upscale"): Row("object", "generate", 202, _asset, body={"provider": "sim", "factor": 2}),
    ("POST", "asset-edits"): Row("object", "generate", 202, _asset, body={"provider": "sim", "prompt": "a lake"}),
    ("GET", "upload-list"): Row("list", "read", 200),
    ("POST", "upload-list"): Row("list", "generate", 201, body={"mimeType": "image/png", "size": 1000}),
    ("GET", "upload"): Row("object", "read", 200, _upload),
    ("POST", "upload-complete"): Row("object", "generate", 200, _upload, body={}),
    ("DELETE", "upload"): Row("object", "generate", 204, _upload),
    ("POST", "upload-file"): Row("public", "", 404, _upload),
    ("GET", "webhook-endpoints"): Row("list", "read", 200),
    ("POST", "webhook-endpoints"): Row(
        "list", "generate", 201, body={"url": "https://hooks.example.com/media", "events": ["job.*"]}
    ),
    ("GET", "webhook-endpoint"): Row("object", "read", 200, _endpoint),
    ("PATCH", "webhook-endpoint"): Row("object", "generate", 200, _endpoint, body={"description": "mine"}),
    ("DELETE", "webhook-endpoint"): Row("object", "generate", 204, _endpoint),
    ("GET", "webhook-endpoint-secret"): Row("object", "generate", 200, _endpoint, answers=_EDITORS),
    ("POST", "webhook-endpoint-secret-rotate"): Row("object", "generate", 200, _endpoint, body={}),
    ("POST", "webhook-endpoint-test"): Row("object", "generate", 202, _endpoint, body={}),
    ("POST", "webhook-endpoint-replay"): Row(
        "object", "generate", 202, _endpoint, body={"since": "2026-01-01T00:00:00Z"}
    ),
    ("GET", "webhook-secret"): Row("list", "generate", 200, answers=_EDITORS),
    ("POST", "webhook-secret-rotate"): Row("list", "generate", 200, body={}),
    ("GET", "webhook-deliveries"): Row("list", "read", 200),
    ("GET", "webhook-delivery"): Row("object", "read", 200, _delivery),
    ("POST", "webhook-delivery-replay"): Row("object", "generate", 202, _delivery, body={}),
    ("GET", "webhook-event-types"): Row("list", "read", 200),
    # Refused before it has a job: the model is not there for anybody. A job would be waited for.
    ("POST", "v1-images"): Row("list", "generate", 404, body={"model": "nobody/nothing", "prompt": "a lake"}),
    ("POST", "v1-image-edits"): Row(
        "list", "generate", 404, body={"model": "nobody/nothing", "prompt": "a lake", "images": [_PICTURE]}
    ),
    ("POST", "v1-image-variations"): Row(
        "list", "generate", 404, body={"model": "nobody/nothing", "images": [_PICTURE]}
    ),
    ("GET", "v1-models"): Row("list", "read", 200),
    ("GET", "v1-model"): Row("list", "read", 200, lambda world: {"model": "sim/standard"}),
    ("GET", "schema"): Row("public", "", 200),
    ("GET", "docs"): Row("public", "", 200),
}  # fmt: skip
