"""Plans in words and tones, for the pages and for nobody else."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from gencraft_media.common.configuration import Risk
from gencraft_media.daos.models import OPEN_STATES, ConfigurationPlan, PlanSource, PlanState

NOT_SAID = "not set"
_TONES = {
    PlanState.PROPOSED: "info",
    PlanState.APPROVED: "info",
    PlanState.APPLIED: "success",
    PlanState.STALE: "warning",
    PlanState.EXPIRED: "warning",
}
_RISKS = {
    Risk.LOW: ("low risk", "success", "Nobody gets or pays anything else."),
    Risk.QUALITY: ("changes what users get", "info", "What users get changes, not whether they get it."),
    Risk.AVAILABILITY: ("changes who is served", "warning", "Some requests may be refused, or be taken again."),
    Risk.MONEY: ("changes money", "danger", "What requests cost or bring changes."),
}
_SOURCES = {
    PlanSource.SENTENCE: "read from the sentence",
    PlanSource.ACTIONS: "sent as actions",
    PlanSource.LANGUAGE_MODEL: "proposed by a language model",
}
_UNITS = (("day", 86_400), ("hour", 3600), ("minute", 60), ("second", 1))


@dataclass(frozen=True)
class Row:
    """One value before and after, in words."""

    label: str
    before: str
    after: str
    risk: str
    tone: str


@dataclass(frozen=True)
class ShownPlan:
    """A plan as its page has it."""

    plan: ConfigurationPlan
    rows: tuple[Row, ...]
    state: str
    tone: str
    risk: str
    risk_tone: str
    risk_text: str
    source: str
    lasts: str
    money: tuple[tuple[str, str, str], ...]
    # The name of each action, and its parameters in words.
    actions: tuple[tuple[str, str], ...]


def show_plan(plan: ConfigurationPlan, now: datetime) -> ShownPlan:
    """What is to be seen of a plan; a proposal whose time is over is expired, whether that was written down or not."""
    state = PlanState.EXPIRED if plan.state in OPEN_STATES and plan.confirm_until <= now else PlanState(plan.state)
    risk, risk_tone, risk_text = _RISKS[Risk(plan.risk)]
    return ShownPlan(
        plan=plan,
        rows=tuple(_row(change) for change in plan.changes),
        state=state.value,
        tone=_TONES.get(state, ""),
        risk=risk,
        risk_tone=risk_tone,
        risk_text=risk_text,
        source=_SOURCES[PlanSource(plan.source)],
        lasts=span_text(plan.holds_for_s) if plan.holds_for_s is not None else "",
        money=_money(plan.effect["replay"]),
        actions=tuple((action["action"], value_text(action["parameters"])) for action in plan.actions),
    )


def span_text(seconds: int) -> str:
    """A length of time in the units that people say: "2 days", "1 hour 30 minutes"."""
    words = []
    for unit, size in _UNITS:
        count, seconds = divmod(seconds, size)
        if count:
            words.append(f"{count} {unit}{'s' if count > 1 else ''}")
    # The seconds up to a certain hour interest nobody.
    return " ".join(words[:3])


def value_text(value: Any) -> str:
    """A value of a setting, as people say it."""
    if value is None or value == "":
        return NOT_SAID
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(str(each) for each in value) or "none"
    if isinstance(value, dict):
        return ", ".join(f"{key}: {value_text(each)}" for key, each in value.items())
    return "unlimited" if value == -1 else str(value)


def _row(change: Mapping[str, Any]) -> Row:
    risk, tone, _ = _RISKS[Risk(change["risk"])]
    return Row(change["label"], value_text(change["before"]), value_text(change["after"]), risk, tone)


def _money(replay: Mapping[str, Any]) -> tuple[tuple[str, str, str], ...]:
    """What, before and after, in US dollars."""
    lines = (("What providers took", replay["cost"]), ("What clients paid", replay["revenue"]))
    return tuple((label, _dollars(both["before"]), _dollars(both["after"])) for label, both in lines)


def _dollars(text: str) -> str:
    return f"${Decimal(text):,.2f}"
