"""What an operator should look at, worst first: each one a sentence, and the records that it is about."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from billing.margins import find_margin_warning
from billing.models import CostCertainty, CreditAccount, PricingSettings, ProviderCost
from billing.money import usd
from gencraft_media.analytics.live import (
    circuits_not_closed,
    jobs_now,
    latest_audits,
    retirements_ahead,
    webhook_state,
)
from gencraft_media.analytics.models import MinuteProbe
from gencraft_media.analytics.periods import period_of
from gencraft_media.analytics.selectors import counted_until
from gencraft_media.common.clock import database_now
from gencraft_media.common.versioned import current_settings
from providers.models import ProviderModel
from providers.selectors import configured_providers, full_name

DANGER, WARNING = "danger", "warning"
# Reasons for which an account waits for a person.
_SET_ASIDE = frozenset({"no_credit", "bad_key", "misconfigured"})
_SOON = timedelta(days=30)
_LATE = timedelta(minutes=10)
_RECENT_PROBES = timedelta(minutes=5)


@dataclass(frozen=True)
class Alert:
    """One thing to look at. `about`: the label of the records ("billing.ProviderCost"), or "".."""

    level: str
    text: str
    about: str = ""
    # Whether it tells what is earned.
    is_of_money: bool = False


def operator_alerts() -> list[Alert]:
    """Everything that waits for somebody, dangers first."""
    found = [alert for check in _CHECKS for alert in check()]
    return sorted(found, key=lambda alert: alert.level != DANGER)


def _of_parts() -> Iterator[Alert]:
    probes = MinuteProbe.objects.filter(ok=False, minute__gte=database_now() - _RECENT_PROBES).order_by("-minute")
    if (probe := probes.first()) is not None:
        yield Alert(DANGER, f"Not ready at {probe.minute:%H:%M} UTC: {probe.failing}.")


def _of_books() -> Iterator[Alert]:
    for run in latest_audits():
        if run.findings:
            of = "all of history" if run.everything else "the last day"
            yield Alert(DANGER, f"The auditor found {_many(run.findings, 'broken invariant')} in {of}.")
    frozen = CreditAccount.objects.exclude(frozen_reason="").count()
    if frozen:
        yield Alert(DANGER, f"{_many(frozen, 'credit account')} frozen by the auditor.", "billing.CreditAccount")


def _of_jobs() -> Iterator[Alert]:
    stuck = jobs_now().stuck
    if stuck:
        yield Alert(DANGER, f"{_many(stuck, 'job')} stuck: due for two minutes, and nobody works on it.", _JOBS)


def _of_accounts() -> Iterator[Alert]:
    for circuit in circuits_not_closed():
        if circuit.reason in _SET_ASIDE:
            what = f"{circuit.account}" + (f", {circuit.model}" if circuit.model else "")
            yield Alert(DANGER, f"{what} is set aside: {circuit.reason.replace('_', ' ')}.", "generation.Circuit")


def _of_costs() -> Iterator[Alert]:
    count = ProviderCost.objects.filter(certainty=CostCertainty.SUSPECTED).count()
    if count:
        text = f"{_many(count, 'suspected provider cost')} to be confirmed or dismissed."
        yield Alert(WARNING, text, "billing.ProviderCost")


def _of_prices() -> Iterator[Alert]:
    pricing = current_settings(PricingSettings)
    if warning := find_margin_warning(usd(pricing.markup_percent), usd(pricing.batch_discount_cap)):
        yield Alert(WARNING, warning, "billing.PricingSettings", is_of_money=True)


def _of_webhooks() -> Iterator[Alert]:
    state = webhook_state(period_of("24h"))
    if state.disabled_endpoints:
        text = f"{_many(state.disabled_endpoints, 'webhook endpoint')} switched off after days of failures."
        yield Alert(WARNING, text, "webhooks.WebhookEndpoint")


def _of_models() -> Iterator[Alert]:
    usable, today = configured_providers(), database_now().date()
    for row in retirements_ahead(today):
        if row.retires_at is not None and row.retires_at <= today + _SOON and row.provider_id in usable:
            yield Alert(WARNING, _ending(row, today), "providers.ProviderModel")


def _of_sums() -> Iterator[Alert]:
    until, now = counted_until(), database_now()
    if until is not None and until < now - _LATE:
        yield Alert(WARNING, f"The figures are those of {until:%Y-%m-%d %H:%M} UTC: beat or its worker is away.")


def _ending(row: ProviderModel, today: date) -> str:
    left = (row.retires_at - today).days if row.retires_at is not None else 0
    then = f"{row.replaced_by} takes its place" if row.replaced_by else "requests for it are refused then"
    return f"{full_name(row.provider_id, row.name)} ends in {_many(left, 'day')}; {then}."


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


_JOBS = "generation.GenerationJob"
_CHECKS: tuple[Callable[[], Iterator[Alert]], ...] = (
    _of_parts,
    _of_books,
    _of_jobs,
    _of_accounts,
    _of_costs,
    _of_prices,
    _of_webhooks,
    _of_models,
    _of_sums,
)
