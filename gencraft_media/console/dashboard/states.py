"""Lists beside the figures: circuits, models that end, the auditor, webhooks."""

from dataclasses import dataclass, field

from django.http import HttpRequest
from django.utils import timezone

from gencraft_media.analytics.live import WebhookState, circuits_not_closed, latest_audits, retirements_ahead
from gencraft_media.console.dashboard.cards import BAD, GOOD, WARNING
from gencraft_media.console.dashboard.formats import count_text
from gencraft_media.console.dashboard.links import records_link
from gencraft_media.generation.models import AuditRun, Circuit, CircuitState
from providers.models import ProviderModel
from providers.selectors import full_name

_MOST = 6
_SOON_DAYS = 30


@dataclass(frozen=True)
class Line:
    """One line of a list: what, how it does, and more of it."""

    name: str
    label: str
    tone: str = ""
    detail: str = ""


@dataclass(frozen=True)
class State:
    """A list with its heading, the records behind it, and what stands there where it is empty."""

    title: str
    link: str
    nothing: str
    lines: list[Line] = field(default_factory=list)
    left_out: int = 0


def states(request: HttpRequest, webhooks: WebhookState) -> list[State]:
    """All lists, those without lines as well."""
    circuits = [_circuit_line(row) for row in circuits_not_closed()]
    endings = [_ending_line(row) for row in retirements_ahead()]
    return [
        _state("Circuits", records_link(request, "generation.Circuit"), "All closed: requests go out.", circuits),
        _state("Models that end", records_link(request, "providers.ProviderModel"), "None within 90 days.", endings),
        _state("Auditor", "", "It has not run yet.", [_audit_line(run) for run in latest_audits()]),
        _state("Webhooks", records_link(request, "webhooks.WebhookDelivery"), "", _webhook_lines(webhooks)),
    ]


def _state(title: str, link: str, nothing: str, lines: list[Line]) -> State:
    return State(title, link, nothing, lines[:_MOST], max(len(lines) - _MOST, 0))


def _circuit_line(circuit: Circuit) -> Line:
    name = f"{circuit.account.provider_id}/{circuit.model}" if circuit.model else str(circuit.account)
    half = circuit.state == CircuitState.HALF_OPEN
    until = f"until {circuit.retry_at:%Y-%m-%d %H:%M} UTC" if circuit.retry_at else "until somebody closes it"
    detail = f"{circuit.reason.replace('_', ' ')}, " + ("one request tries it" if half else until)
    return Line(name, "half open" if half else "open", WARNING if half else BAD, detail)


def _ending_line(row: ProviderModel) -> Line:
    left = (row.retires_at - timezone.now().date()).days if row.retires_at else 0
    then = f"then {row.replaced_by}" if row.replaced_by else "then refused"
    tone = WARNING if left <= _SOON_DAYS else ""
    return Line(full_name(row.provider_id, row.name), f"{left} days", tone, f"{row.retires_at}, {then}")


def _audit_line(run: AuditRun) -> Line:
    label = "all right" if not run.findings else f"{count_text(run.findings)} broken"
    first = f"; first: {run.sample[0]['invariant']} of {run.sample[0]['subject']}" if run.sample else ""
    return Line(
        "All of history" if run.everything else "The last day",
        label,
        BAD if run.findings else GOOD,
        f"{run.finished_at:%Y-%m-%d %H:%M} UTC{first}",
    )


def _webhook_lines(state: WebhookState) -> list[Line]:
    return [
        Line("Given up in this period", count_text(state.failed), BAD if state.failed else GOOD),
        Line("Waiting", count_text(state.pending)),
        Line("Endpoints that fail", count_text(state.failing_endpoints), WARNING if state.failing_endpoints else ""),
        Line("Endpoints switched off", count_text(state.disabled_endpoints), BAD if state.disabled_endpoints else ""),
    ]
