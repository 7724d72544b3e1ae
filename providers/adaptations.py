"""The notes of a request on its way into a model's limits: what was changed, and what `strict` would refuse."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from gencraft_media.common.errors import FieldError
from providers.models import ProviderModel


@dataclass
class Fitting:
    """One request on its way into one model's limits."""

    limits: Mapping[str, Any]
    # The model that was named, where it was retired and this one took its place.
    retired: ProviderModel | None = None
    params: dict[str, Any] = field(default_factory=dict)
    adaptations: list[dict[str, Any]] = field(default_factory=list)
    errors: list[FieldError] = field(default_factory=list)
    # The enlargements that lead to the size that is delivered, one after the other: {"factor", "by"}.
    steps: list[dict[str, Any]] = field(default_factory=list)

    def change(self, name: str, requested: Any, used: Any, reason: str, allowed: list[Any] | None = None) -> None:
        """Note that `used` takes the place of `requested`; used None: the field is left out."""
        self.report(name, requested, used, reason)
        self.refuse(name, used, reason, allowed)

    def report(self, name: str, requested: Any, used: Any, reason: str) -> None:
        """What the client is told when the request is adapted."""
        self.adaptations.append({"field": name, "requested": plain(requested), "used": plain(used), "reason": reason})

    def refuse(self, name: str, nearest: Any, reason: str, allowed: list[Any] | None = None) -> None:
        """What the client is told under `strict`."""
        self.errors.append(FieldError(name, reason, "unsupported", allowed, plain(nearest)))

    def rules(self, name: str) -> dict[str, Any]:
        """The model's own rules, and over them those that hold for requests under the retired name."""
        return {**self.limits.get(name, {}), **self.inherited(name)}

    def inherited(self, name: str) -> dict[str, Any]:
        """The rules that hold only for requests under the retired name."""
        if self.retired is None:
            return {}
        rules: dict[str, Any] = self.retired.limits.get("successor", {}).get(name, {})
        return rules


def plain(value: Any) -> Any:
    """A value as JSON writes it."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value
