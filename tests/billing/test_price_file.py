"""The price file and the command that loads it."""

import io
import json
from decimal import Decimal

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction

from billing.models import PriceLine
from billing.pricefile import PRICE_FILE, identity_of, lines_of
from billing.quotes import quote_price

pytestmark = pytest.mark.django_db


def load() -> str:
    """What the command says."""
    out = io.StringIO()
    call_command("load_prices", stdout=out, stderr=out)
    return out.getvalue()


def test_every_line_of_the_file_is_valid_named_once_and_has_a_source() -> None:
    lines = list(lines_of(json.loads(PRICE_FILE.read_text(encoding="utf-8"))))
    assert len({identity_of(line) for line in lines}) == len(lines)
    for line in lines:
        line.full_clean(validate_unique=False, validate_constraints=False)
        assert line.hd_multiplier == 1 or ":" not in line.key


def test_loading_twice_adds_nothing_the_second_time() -> None:
    load()
    count = PriceLine.objects.count()
    assert " 0 added" in load()
    assert PriceLine.objects.count() == count > 100


def test_a_line_that_is_there_is_never_changed_but_named() -> None:
    PriceLine.objects.create(
        provider="sim",
        model="sim/priced",
        operation="*",
        amount=Decimal("0.99"),
        source="operator",
        effective_from="2025-12-10T00:00:00Z",
    )
    assert "the file differs: sim/sim/priced" in load()
    assert quote_price(provider="sim", model="sim/priced", operation="text-to-image").total == Decimal("0.99")


def test_the_simulator_is_free_and_its_priced_model_costs_four_credits() -> None:
    load()
    wanted = {"provider": "sim", "operation": "text-to-image", "width": 1024, "height": 1024}
    assert quote_price(model="sim/standard", **wanted).credits == 0  # type: ignore[arg-type]
    assert quote_price(model="sim/priced", **wanted).credits == 4  # type: ignore[arg-type]
    assert quote_price(model="sim/stuck", **wanted).credits == 4  # type: ignore[arg-type]


def test_the_database_refuses_a_price_below_zero() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        PriceLine.objects.create(
            provider="acme",
            model="painter",
            operation="*",
            amount=-1,
            source="test",
            effective_from="2025-12-10T00:00:00Z",
        )
