"""What is quoted for a request is what the vendor takes for it, whatever pictures it brings."""

from decimal import Decimal

import pytest

from billing.pricefile import load_price_lines
from billing.quotes import quote_price
from providers.fitting import fit_request
from providers.operations import limits_for
from providers.sizes import drawn_size
from tests.vendors.flux.edits_asked import edit_request, wishes_of
from tests.vendors.flux.jobs import Job
from tests.vendors.flux.requests import models_in_service


@pytest.mark.django_db
def test_an_edit_is_quoted_as_the_vendor_counts_it() -> None:
    load_price_lines()
    for row in models_in_service():
        for operation, wanted in wishes_of(row):
            request = edit_request(row, operation, wanted)
            job = Job(row.name, request.json, "", 0.0)
            params = fit_request(row, wanted, strict=False, operation=operation).params
            width, height = drawn_size(params) or (0, 0)
            quote = quote_price(
                provider="flux",
                model=row.name,
                operation=operation,
                width=width,
                height=height,
                inputs=[picture.size for field, picture in job.pictures.items() if field != "mask"],
            )
            assert quote.provider_cost == Decimal(str(job.credits)) / 100, (row.name, operation, wanted)


@pytest.mark.django_db
def test_every_size_that_an_edit_is_listed_with_has_a_price() -> None:
    load_price_lines()
    for row in models_in_service():
        for operation in row.operations:
            for size in limits_for(row.limits, operation)["size"].get("values", []):
                width, height = map(int, size.split("x"))
                quote_price(provider="flux", model=row.name, operation=operation, width=width, height=height)
