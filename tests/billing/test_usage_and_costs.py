"""Usage is written once an output; provider cost stands beside it, once an attempt."""

import uuid
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from billing.costs import book_provider_cost, settle_suspected_cost
from billing.models import MediaUsage, ProviderCost
from billing.usage import record_usage, usage_summary
from gencraft_media.common.errors import Conflict
from gencraft_media.common.models import AuditEntry
from tests.factories import make_super_admin

pytestmark = pytest.mark.django_db
PROJECT = uuid.uuid4()


def use(**values: Any) -> None:
    """Record one output of four credits."""
    ids = {name: uuid.uuid4() for name in ("item_id", "job_id", "asset_id", "user_id")}
    fixed = {
        "project_id": PROJECT,
        "provider": "sim",
        "model": "sim/priced",
        "operation": "text-to-image",
        "cost": Decimal("0.04"),
        "credits_used": 4,
    }
    record_usage(**{**ids, **fixed, **values})


def book(certainty: str, **values: Any) -> ProviderCost:
    """Book one attempt of four cents."""
    fixed = {
        "attempt_id": uuid.uuid4(),
        "job_id": uuid.uuid4(),
        "account_id": None,
        "provider": "sim",
        "model": "sim/priced",
        "operation": "text-to-image",
        "quoted": Decimal("0.04"),
        "amount": Decimal("0.04"),
    }
    return book_provider_cost(**{**fixed, **values}, certainty=certainty)


def test_an_item_is_used_once() -> None:
    item = uuid.uuid4()
    use(item_id=item)
    use(item_id=item)
    assert MediaUsage.objects.count() == 1


def test_a_summary_adds_up_by_model_and_day_within_its_projects_and_time() -> None:
    use()
    use(cost=Decimal("0.08"), credits_used=8, model="sim/wide")
    use(project_id=uuid.uuid4())
    now = datetime.now(UTC)
    summary = usage_summary([PROJECT], now - timedelta(hours=1), now + timedelta(hours=1))
    assert (summary.total.outputs, summary.total.credits, summary.total.cost) == (2, 12, Decimal("0.12"))
    assert [group.as_json()["model"] for group in summary.by_model] == ["sim/priced", "sim/wide"]
    assert sum(group.credits for group in summary.by_day) == 12
    assert usage_summary([PROJECT], now - timedelta(days=2), now - timedelta(days=1)).total.outputs == 0


def test_usage_refuses_floats() -> None:
    with pytest.raises(TypeError):
        use(cost=0.04)


def test_an_attempt_costs_once_and_a_suspicion_may_become_certain_but_not_the_other_way() -> None:
    attempt = uuid.uuid4()
    book("suspected", attempt_id=attempt)
    assert book("confirmed", attempt_id=attempt, amount=Decimal("0.05")).amount == Decimal("0.05")
    assert book("suspected", attempt_id=attempt).certainty == "confirmed"
    assert book("confirmed", attempt_id=attempt, amount=Decimal("0.09")).amount == Decimal("0.05")
    assert ProviderCost.objects.count() == 1


@pytest.mark.parametrize(("confirmed", "certainty", "amount"), [(True, "confirmed", "0.04"), (False, "dismissed", "0")])
def test_a_person_settles_a_suspicion_once(confirmed: bool, certainty: str, amount: str) -> None:
    sam, cost = make_super_admin(), book("suspected")
    settled = settle_suspected_cost(cost, confirmed=confirmed, actor=sam, note="asked the provider")
    assert (settled.certainty, settled.amount, settled.settled_by) == (certainty, Decimal(amount), sam.pk)
    assert AuditEntry.objects.filter(action="billing.settle_suspected_cost", actor_id=sam.pk).exists()
    with pytest.raises(Conflict):
        settle_suspected_cost(cost, confirmed=True, actor=sam, note="again")
    assert book("confirmed", attempt_id=cost.attempt_id).certainty == certainty
