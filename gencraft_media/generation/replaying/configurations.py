"""A whole configuration as plain values: the present one, and the one that changes would make of it."""

import copy
import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import TypeVar

from billing.models import CreditAccount, Plan, PriceLine, PricingSettings, QuotaSettings, SpendSettings
from billing.price_corrections import PriceName, find_line_at
from billing.pricelist import PriceBook, read_price_book
from billing.scopes import FIRST_PLAN
from billing.stores import price_moment
from gencraft_media.common.configuration import Change
from gencraft_media.common.exact_values import column_of
from gencraft_media.common.models import VersionedSettings
from gencraft_media.common.scopes import EVERYWHERE, newest_versions, plan_scope, project_scope, settled
from gencraft_media.generation.models import MediaSettings, RoutingSettings
from providers.models import Provider, ProviderModel

Kind = TypeVar("Kind", bound=VersionedSettings)
Policy = TypeVar("Policy")
# Later than any line that is written: of one moment the newest holds.
_NEWEST_LINE = 2**62


@dataclass(frozen=True)
class Configuration:
    """Everything that decides whether a job runs, with which model, and what it costs."""

    media: Mapping[str, MediaSettings]
    routing: Mapping[str, RoutingSettings]
    spending: Mapping[str, SpendSettings]
    pricing: PricingSettings
    quotas: QuotaSettings
    # Outputs a month by plan, and plans by owner.
    outputs: Mapping[str, int]
    owners: Mapping[uuid.UUID, str]
    providers: Mapping[str, bool]
    models: Mapping[tuple[str, str], ProviderModel]
    book: PriceBook

    def plan_of(self, owner_id: uuid.UUID) -> str:
        """The owner's plan by its key."""
        return self.owners.get(owner_id, FIRST_PLAN)

    def settled(
        self, default: Policy, rows: Mapping[str, VersionedSettings], project_id: uuid.UUID | None, owner_id: uuid.UUID
    ) -> Policy:
        """What holds for a project, as `generation.policy` has it."""
        return settled(default, rows, (project_scope(project_id), plan_scope(self.plan_of(owner_id)), EVERYWHERE))

    def is_off(self, provider: str, model: str) -> bool:
        """Whether a model of the catalogue is switched off, or its provider. What left the catalogue is not."""
        row = self.models.get((provider, model))
        return not self.providers.get(provider, True) or (row is not None and not row.enabled)


def present_configuration(owner_ids: Iterable[uuid.UUID]) -> Configuration:
    """The configuration as the database has it now, with the plans of these owners."""
    accounts = CreditAccount.objects.filter(owner_id__in=set(owner_ids))
    rows = ProviderModel.objects.select_related("provider")
    return Configuration(
        media=newest_versions(MediaSettings),
        routing=newest_versions(RoutingSettings),
        spending=newest_versions(SpendSettings),
        pricing=newest_versions(PricingSettings).get(EVERYWHERE) or PricingSettings(version=0),
        quotas=newest_versions(QuotaSettings).get(EVERYWHERE) or QuotaSettings(version=0),
        outputs=dict(Plan.objects.values_list("key", "monthly_outputs")),
        owners=dict(accounts.values_list("owner_id", "plan_id")),
        providers=dict(Provider.objects.values_list("key", "enabled")),
        models={(row.provider_id, row.name): row for row in rows},
        book=read_price_book(),
    )


def proposed_configuration(present: Configuration, changes: Iterable[Change]) -> Configuration:
    """What `changes` would make of it. Those that decide nothing about jobs are passed over."""
    by_store: defaultdict[str, list[Change]] = defaultdict(list)
    for change in changes:
        by_store[change.slot.store].append(change)
    after = {change.slot.row: change.after for change in by_store["providers.provider"]}
    outputs = {change.slot.row: change.after for change in by_store["billing.plans"]}
    return replace(
        present,
        media=_with_values(MediaSettings, present.media, by_store["generation.media"]),
        routing=_with_values(RoutingSettings, present.routing, by_store["generation.routing"]),
        spending=_with_values(SpendSettings, present.spending, by_store["billing.spending"]),
        pricing=_with_values(PricingSettings, {EVERYWHERE: present.pricing}, by_store["billing.pricing"])[EVERYWHERE],
        quotas=_with_values(QuotaSettings, {EVERYWHERE: present.quotas}, by_store["billing.quotas"])[EVERYWHERE],
        providers={**present.providers, **after},
        outputs={**present.outputs, **outputs},
        models=_with_models(present.models, by_store["providers.model"]),
        book=_with_prices(present.book, by_store["billing.prices"]),
    )


def moment_of(changes: Iterable[Change], now: datetime) -> datetime:
    """When prices are looked up: now, or when the latest of the price corrections holds."""
    dates = [price_moment(change.slot.field) for change in changes if change.slot.store == "billing.prices"]
    return max([now, *dates])


def _with_values(kind: type[Kind], rows: Mapping[str, Kind], changes: Iterable[Change]) -> dict[str, Kind]:
    made = dict(rows)
    for change in changes:
        row = copy.copy(made.get(change.slot.row) or kind(scope=change.slot.row, version=0))
        column = column_of(kind, change.slot.field)
        nothing = None if column.null else ""
        setattr(row, change.slot.field, nothing if change.after is None else column.to_python(change.after))
        made[change.slot.row] = row
    return made


def _with_models(
    models: Mapping[tuple[str, str], ProviderModel], changes: Iterable[Change]
) -> Mapping[tuple[str, str], ProviderModel]:
    after = {change.slot.row: change.after for change in changes}
    made = dict(models)
    for key, row in models.items():
        if str(row.pk) in after:
            made[key] = copy.copy(row)
            made[key].enabled = after[str(row.pk)]
    return made


def _with_prices(book: PriceBook, changes: Iterable[Change]) -> PriceBook:
    made = dict(book)
    for change in changes:
        name, since = PriceName.from_text(change.slot.row), price_moment(change.slot.field)
        line = find_line_at(name, since)
        if line is None:
            continue
        values = {one.name: getattr(line, one.name) for one in PriceLine._meta.concrete_fields}
        begins = max(since, line.effective_from)
        corrected = PriceLine(
            **{**values, "id": _NEWEST_LINE, "amount": Decimal(change.after), "effective_from": begins}
        )
        key = (name.provider, name.model, name.operation)
        made[key] = [*made.get(key, []), corrected]
    return made
