"""What sim's operations cost: nothing with sim/standard, four credits a picture with sim/priced, at every size."""

import pytest

from billing.pricefile import load_price_lines
from billing.quotes import quote_price
from providers.operations import Operation


@pytest.mark.django_db
@pytest.mark.parametrize("operation", list(Operation))
def test_every_operation_has_the_price_of_its_model(operation: str) -> None:
    load_price_lines()
    for model, credits in (("sim/standard", 0), ("sim/priced", 4)):
        for side in (64, 1024, 4096):
            quote = quote_price(provider="sim", model=model, operation=operation, width=side, height=side)
            assert quote.credits == credits
