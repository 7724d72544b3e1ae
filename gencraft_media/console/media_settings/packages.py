"""Credit packages in a form: a row of three inputs for each, added and removed with plain buttons."""

import re
from collections import Counter
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.template.loader import render_to_string

from gencraft_media.common.exact_values import exact_text

_COLUMNS = ("credits", "price", "discount")
_MOST = 20
_NUMBER = re.compile(r"-?([0-9]+|[0-9]{1,3}(,[0-9]{3})+)(\.[0-9]+)?")
_CREDIT = Decimal("0.01")
ADD, REMOVE = "add_package", "remove_package"


class PackagesWidget(forms.Widget):
    """Three inputs of the same names in each row."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[dict[str, str]]:
        columns = [data.getlist(f"{name}-{column}") for column in _COLUMNS]
        return [dict(zip(_COLUMNS, (cell.strip() for cell in row), strict=True)) for row in zip(*columns, strict=False)]

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> Any:
        context = {
            "name": name,
            "rows": [(number, package, terms_of(package)) for number, package in enumerate(value or [], start=1)],
            "classes": self.attrs.get("class", ""),
            "disabled": bool((attrs or {}).get("disabled")),
        }
        return render_to_string("media_settings/packages.html", context)


class PackagesField(forms.Field):
    """A list of packages, money and percent as exact text; rows that are wholly empty do not count."""

    widget = PackagesWidget

    def clean(self, value: Any) -> list[dict[str, Any]]:
        rows = [(number, row) for number, row in enumerate(value or [], start=1) if any(row.values())]
        problems: list[str] = []
        packages = [_checked(number, row, problems) for number, row in rows]
        sizes = Counter(package["credits"] for package in packages)
        twice = [size for size, count in sizes.items() if size and count > 1]
        problems += [f"There are two packages of {size} credits." for size in twice]
        if len(packages) > _MOST:
            problems.append(f"At most {_MOST} packages.")
        if problems:
            raise forms.ValidationError(problems)
        return packages


def edited_rows(rows: list[dict[str, str]], data: Mapping[str, Any]) -> list[dict[str, str]]:
    """The rows after the button that was pressed: one more, or one less."""
    if ADD in data:
        return [*rows, dict.fromkeys(_COLUMNS, "")]
    number = str(data.get(REMOVE, ""))
    return [row for place, row in enumerate(rows, start=1) if str(place) != number]


def terms_of(package: Mapping[str, Any]) -> str:
    """What a package comes to for whoever buys it; "" while it says nothing that can be reckoned."""
    try:
        credits, price, discount = (Decimal(str(package[column] or 0)) for column in _COLUMNS)
        paid = price * (100 - discount) / 100
        if credits <= 0 or not paid.is_finite():
            return ""
        saved = 100 - paid / (credits * _CREDIT) * 100
    except (InvalidOperation, KeyError):
        return ""
    against = f"{saved:.1f} % below" if saved > 0 else f"{-saved:.1f} % above" if saved < 0 else "equal to"
    return f"Buyer pays ${paid:.2f}; {against} $0.01 a credit."


def _checked(number: int, row: Mapping[str, str], problems: list[str]) -> dict[str, Any]:
    credits = _number(row["credits"])
    if credits is None or credits != credits.to_integral_value() or not 1 <= credits <= 1_000_000_000:
        problems.append(f"Package {number}: credits are a whole number of at least 1.")
    price = _number(row["price"])
    if price is None or not 0 <= price <= 1_000_000:
        problems.append(f"Package {number}: the price is US dollars, 0 or more.")
    discount = _number(row["discount"] or "0")
    if discount is None or not 0 <= discount <= 100:
        problems.append(f"Package {number}: the discount is percent, 0 to 100.")
    return {
        "credits": int(credits) if credits is not None else 0,
        "price": exact_text(price) if price is not None else "",
        "discount": exact_text(discount) if discount is not None else "",
    }


def _number(text: str) -> Decimal | None:
    # "9,99" is not 999: commas stand between thousands, or it is no number here.
    return Decimal(text.replace(",", "")) if _NUMBER.fullmatch(text) else None
