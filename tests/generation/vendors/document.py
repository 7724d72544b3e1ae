"""Writes docs/faults.md from the rows that the tests run: `python -m tests.generation.vendors.document`."""

from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path

from gencraft_media.common.problem_catalogue import PROBLEMS
from tests.generation.faults import FAULTS as SIM_FAULTS
from tests.generation.faults import Fault as SimFault
from tests.generation.vendors.table import Fault, Vendor
from tests.generation.vendors.vendors import VENDORS

PATH = Path(__file__).resolve().parent.parent.parent.parent / "docs/faults.md"
_OPENING = """# Faults

What becomes of a job when something goes wrong at a provider. `python -m tests.generation.vendors.document` writes
this page from the rows that the tests take through the engine, on SQLite and on PostgreSQL; edit those, not this.

Four rules explain every row:

* **Only what is delivered is charged.** A picture that did not come costs its client nothing, whatever the provider
  took.
* **A request is sent again only where the provider certainly did not take it**: after 429 until the job's deadline,
  or when nothing could be sent, three times at most. Each of these jobs names its model; where a client leaves the
  choice open, [another model steps in](fallback.md).
* **A lost answer is never answered by a second request**, which could be paid twice. Black Forest Labs can call back
  and so name the job that the first one made. None of these vendors offers a way to ask for it, so without a callback
  the job fails, the client's credits are free again, and a *suspected* cost is booked. A worker killed during the call
  has the same end (`tests/outages/test_killed_calls.py`).
* **What the provider took is booked**, apart from what the client pays: *as told* where the vendor says the amount,
  else *as quoted*; *nothing* where it took the job and says itself that it failed; no entry where it did not take the
  job. *Suspected* amounts wait for an operator's word.

*Calls* counts the paid requests that the vendor received. *Charged* is in credits, for one picture unless the row says
two. *Fault* is the name by which `python -m tests.vendors <provider>` plays it: `[fault:<name>]` in a prompt.
"""
_HEADS = ("What happens", "Job", "The client reads", "Charged", "Provider cost", "Calls", "Fault")
_SIM_HEADS = ("Model", "Job", "Error", "Charged", "Provider cost", "Requests taken")
_TO_DO = """## What to do

Clients find the second column at `/problems/<code>`. Operators give their word on a suspected cost in the admin, under
Attempts, with the two actions “Unknown outcome”.
"""
_OPERATORS = {
    "deadline_exceeded": "Lower the account's requests a minute, add an account, or have the vendor raise the limit.",
    "moderated": "Nothing. Where a client has many, tell them: vendors close accounts for it.",
    "outcome_unknown": "Look in the vendor's usage for a call at the attempt's time, then confirm or dismiss the cost.",
    "output_lost": "Nothing for one. For many, see whether workers reach the vendor's storage in time.",
    "provider_busy": "Lower the account's requests a minute, add an account, or have the vendor raise the limit.",
    "provider_contract_broken": "The vendor has changed something that the adapter must learn: the log has the answer "
    "(`attempt refused`, `vendor_text`). Confirm or dismiss the cost where it is suspected.",
    "provider_error": "Nothing for one. For many, read the vendor's status page and switch the model off meanwhile.",
    "provider_misconfigured": "At once: every job of the account or model fails. Mend it at the vendor, or enter "
    "another key; the log's `vendor_text` says whether key, credit, verification or model is refused.",
    "provider_rejected": "Nothing for one. For many, the catalogue's limits are off; `vendor_text` names the field.",
    "provider_silent": "Look for the job at the vendor by its id, then confirm or dismiss the cost.",
    "provider_unreachable": "Look at the network, at EGRESS_ALLOW and at the account's address.",
}
_BAD_PICTURES = "Nothing for one. For many, look at the originals in the private storage and ask the vendor."


def document() -> str:
    """The whole page."""
    tables = [_vendor_section(vendor) for vendor in VENDORS]
    return "\n".join([_OPENING, *tables, _sim_section(), _TO_DO, *_advice()])


def _vendor_section(vendor: Vendor) -> str:
    width, height = vendor.size
    prices = f"One picture by `{vendor.model}`, {width} x {height}, quoted at ${_plain(vendor.quoted(1))}."
    rows = [_row(_cells(fault)) for fault in vendor.faults]
    return "\n".join([f"## {vendor.title}", "", f"{prices} {vendor.about}", "", *_head(_HEADS), *rows, ""])


def _cells(fault: Fault) -> tuple[str, ...]:
    error = f"`{fault.code}`: {fault.message}" if fault.code else ""
    mark = f"`{fault.name}`" if fault.name else ""
    return fault.happened, fault.status, error, str(fault.credits), _booked(fault), str(fault.calls), mark


def _booked(fault: Fault) -> str:
    return f"{fault.certainty}, {fault.basis}" if fault.certainty else "no entry"


def _sim_section() -> str:
    about = "The simulated provider has a model for each fault, so that a client can be tried against it."
    return "\n".join(["## sim", "", about, "", *_head(_SIM_HEADS), *(_row(_sim_cells(row)) for row in SIM_FAULTS), ""])


def _sim_cells(row: SimFault) -> tuple[str, ...]:
    booked = f"{row.certainty}, ${_plain(row.costs * row.amount)}" if row.certainty else "no entry"
    model = f"`{row.model}`" + (f", {row.batch} pictures" if row.batch > 1 else "")
    return model, row.status, f"`{row.code}`" if row.code else "", str(row.credits), booked, str(row.submissions)


def _advice() -> Iterable[str]:
    codes = {fault.code for vendor in VENDORS for fault in vendor.faults} | {row.code for row in SIM_FAULTS}
    yield from _head(("Error", "Clients", "Operators"))
    for code in sorted(codes - {""}):
        operators = _BAD_PICTURES if code.startswith("output_") and code not in _OPERATORS else _OPERATORS[code]
        yield _row((f"`{code}`", PROBLEMS[code].fix, operators))
    yield ""


def _head(names: tuple[str, ...]) -> list[str]:
    return [_row(names), _row(("---",) * len(names))]


def _row(cells: tuple[str, ...]) -> str:
    return "| " + " | ".join(cells) + " |"


def _plain(amount: Decimal) -> str:
    return f"{amount.normalize():f}"


if __name__ == "__main__":
    PATH.write_text(document(), encoding="utf-8")
