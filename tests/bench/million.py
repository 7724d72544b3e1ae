"""A million jobs and what came of them, written by PostgreSQL itself: INSERT … SELECT generate_series."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db import connection
from django.db.models import NOT_PROVIDED, Model

from assets.models import AssetRating, MediaAsset
from billing.models import CreditAccount, LedgerEntry, MediaUsage, ProviderCost, QuotaCounter
from gencraft_media.accounts.models import Membership, Project, User
from gencraft_media.analytics.models import MinuteProbe
from gencraft_media.generation.models import GenerationAttempt, GenerationJob
from gencraft_media.webhooks.models import WebhookDelivery, WebhookEndpoint

DAYS = timedelta(days=90)
PROJECTS = 500
_MODELS = (
    "openai/gpt-image-1", "openai/gpt-image-1-mini", "openai/dall-e-3", "stability/sd-3.5-large", "stability/core",
    "stability/ultra", "flux/flux-pro-1.1", "flux/flux-dev", "flux/kontext-pro", "house/sdxl", "house/portraits",
    "sim/standard",
)  # fmt: skip
# Of each row, from the number n: projects of very different size with three models each, days and nights alike.
_DRAWN = f"""
    SELECT n, md5('job' || n)::uuid AS job, md5('project' || p)::uuid AS project, md5('user' || p)::uuid AS owner,
        (ARRAY[{", ".join(f"'{name}'" for name in _MODELS)}])[1 + (p * 7 + n %% 3) %% {len(_MODELS)}] AS name,
        CASE WHEN n %% 25 = 0 THEN 'failed' WHEN n %% 60 = 0 THEN 'canceled' ELSE 'completed' END AS status,
        CASE WHEN n %% 5 = 0 THEN 4 ELSE 1 END AS batch,
        now() - interval '1 minute' - interval '89 days' * (n::float / %(jobs)s) AS ended,
        interval '1 second' * (3 + 25 * power(abs(hashint4(n) %% 1000) / 1000.0, 3)) AS took
    FROM (SELECT n, (power(abs(hashint4(n) %% 100000) / 100000.0, 2) * {PROJECTS})::int AS p
        FROM generate_series(1, %(jobs)s) AS n) AS numbers
"""
_DRAWN_PROJECTS = (
    "SELECT p, md5('project' || p)::uuid AS project, md5('user' || p)::uuid AS owner"
    f" FROM generate_series(0, {PROJECTS}) AS p"
)
_PROVIDER, _MODEL = "split_part(name, '/', 1)", "split_part(name, '/', 2)"
_OF_JOB = {"provider": _PROVIDER, "model": _MODEL, "operation": "'text-to-image'"}
_OWNED = {"user_id": "owner", "project_id": "project", **_OF_JOB}


def fill(jobs: int) -> None:
    """Projects with their owners, jobs of ninety days, and the rows that come of each of them."""
    _insert(User, {"id": "owner", "email": "'owner' || p || '@example.com'", "password": "''"}, _DRAWN_PROJECTS)
    _insert(Project, {"id": "project", "name": "'Project ' || p", "owner_id": "owner"}, _DRAWN_PROJECTS)
    membership = {"project_id": "project", "user_id": "owner", "role": "'owner'"}
    _insert(Membership, membership, _DRAWN_PROJECTS)
    _fill_billing()
    drawn = {"jobs": jobs}
    _insert(GenerationJob, _JOB, _DRAWN, drawn)
    _insert(GenerationAttempt, _ATTEMPT, _DRAWN, drawn)
    outputs = "CROSS JOIN LATERAL generate_series(1, d.batch) AS item"
    _insert(MediaUsage, _USAGE, f"SELECT d.*, item FROM ({_DRAWN}) AS d {outputs} WHERE d.status = 'completed'", drawn)
    _insert(ProviderCost, _COST, _delivered(), drawn)
    _insert(MediaAsset, _ASSET, _delivered(), drawn)
    _insert(AssetRating, _RATING, _delivered("n %% 20 = 1"), drawn)
    _insert(LedgerEntry, _ENTRY, _delivered(), drawn)
    _insert(
        WebhookEndpoint, {"project_id": "project", "url": "'https://example.com/'", "secret": "''"}, _DRAWN_PROJECTS
    )
    endpoints = "JOIN webhook_endpoints AS e ON e.project_id = project"
    _insert(WebhookDelivery, _DELIVERY, f"SELECT d.*, e.id AS endpoint FROM ({_DRAWN}) AS d {endpoints}", drawn)
    minutes = "SELECT date_trunc('minute', now()) - n * interval '1 minute' AS at FROM generate_series(1, 43200) AS n"
    _insert(MinuteProbe, {"minute": "at", "ok": "true"}, minutes)


def _fill_billing() -> None:
    account = {
        "id": "owner", "owner_id": "owner", "plan_id": "'pro'", "period_start": "now()", "period_end": "now()"
    }  # fmt: skip
    _insert(CreditAccount, account, _DRAWN_PROJECTS)
    counter = {"subject": "'user:' || owner", "period": "to_char(now(), '\"month:\"YYYY-MM')", "delivered": "p * 2"}
    _insert(QuotaCounter, counter, _DRAWN_PROJECTS)


def _delivered(which: str = "true") -> str:
    return f"SELECT d.* FROM ({_DRAWN}) AS d WHERE d.status = 'completed' AND {which}"


def _insert(
    kind: type[Model], columns: Mapping[str, str], source: str, values: Mapping[str, Any] | None = None
) -> None:
    """Rows of a table from a query: `columns` as SQL of its columns, the others as the model has them by itself."""
    written, given = dict(columns), dict(values or {})
    for field in kind._meta.concrete_fields:
        if field.column in written or field.null or field.db_default is not NOT_PROVIDED or field.primary_key:
            continue
        given[field.column] = field.get_db_prep_save(field.get_default(), connection)
        written[field.column] = f"%({field.column})s"
    names = ", ".join(f'"{name}"' for name in written)
    made = f"SELECT {', '.join(written.values())} FROM ({source}) AS drawn"
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = off")
        cursor.execute(f"INSERT INTO {kind._meta.db_table} ({names}) {made}", given)


_JOB = {
    "id": "job",
    **_OWNED,
    "params": """'{"width": 1024, "height": 1024, "quality": "standard", "prompt": "A lighthouse at dawn"}'""",
    "quote": """'{"totalCost": "0.16", "batchDiscount": "0.02"}'""",
    "status": "status",
    "batch_size": "batch",
    "delivered_count": "CASE WHEN status = 'completed' THEN batch ELSE 0 END",
    "delivered_total": "CASE WHEN status = 'completed' THEN batch * 0.05 ELSE 0 END",
    "quoted_total": "0.05 * batch",
    "quoted_provider_cost": "0.04 * batch",
    "payer_id": "owner",
    "created_at": "ended - took",
    "completed_at": "ended",
    "deadline_at": "ended + interval '15 minutes'",
}
_ATTEMPT = {
    "id": "md5('attempt' || n)::uuid",
    "job_id": "job",
    "project_id": "project",
    **_OF_JOB,
    "number": "1",
    "state": "CASE status WHEN 'completed' THEN 'settled' ELSE 'failed' END",
    "recovery": "'none'",
    "quoted_cost": "0.04",
    "created_at": "ended - took",
    "next_step_at": "ended",
}
_USAGE = {
    **_OWNED,
    "asset_id": "md5('asset' || n)::uuid",
    "item_id": "md5('item' || n || '-' || item)::uuid",
    "job_id": "job",
    "cost": "0.05",
    "credits_used": "5",
    "created_at": "ended",
}
_COST = {
    **_OF_JOB,
    "attempt_id": "md5('attempt' || n)::uuid",
    "job_id": "job",
    "certainty": "CASE WHEN n %% 5000 = 0 THEN 'suspected' ELSE 'confirmed' END",
    "quoted": "0.04 * batch",
    "amount": "0.04 * batch",
    "created_at": "ended",
}
_ASSET = {
    "id": "md5('asset' || n)::uuid",
    "user_id": "owner",
    "project_id": "project",
    "provider": _PROVIDER,
    "model": _MODEL,
    "filename": "'picture.webp'",
    "mime_type": "'image/webp'",
    "size": "60000 + n %% 90000",
    "original_size": "1500000",
    "width": "1024",
    "height": "1024",
    "cost": "0.05",
    "s3_key": "'media/' || n",
    "s3_bucket": "''",
    "cdn_url": "''",
    "sha256": "md5(n::text)",
    "job_id": "job",
    "item_id": "md5('item' || n || '-1')::uuid",
    "created_at": "ended",
}
_RATING = {
    "asset_id": "md5('asset' || n)::uuid",
    "project_id": "project",
    "provider": _PROVIDER,
    "model": _MODEL,
    "subject": "'user:' || n",
    "stars": "CASE WHEN n %% 1000 = 1 THEN 2 ELSE 5 END",
    "rated_at": "ended",
}
_ENTRY = {
    "account_id": "owner",
    "purse": "'purchased'",
    "kind": "CASE WHEN n %% 1000 = 0 THEN 'purchase' ELSE 'capture' END",
    "credits": "CASE WHEN n %% 1000 = 0 THEN 5000 ELSE -5 END",
    "idempotency_key": "'bench-' || n",
    "created_at": "ended",
}
_DELIVERY = {
    "project_id": "project",
    "endpoint_id": "endpoint",
    "event_id": "n",
    "type": "'job.completed'",
    "body": "'{}'",
    "lane": "endpoint",
    "state": "CASE WHEN n %% 500 = 0 THEN 'failed' ELSE 'delivered' END",
    "created_at": "ended",
}
