"""What operators see of circuits and do to them, in the admin: through registered actions, and audited."""

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from gencraft_media.common.actions import perform
from gencraft_media.common.errors import PermissionRefused
from gencraft_media.common.models import AuditEntry
from gencraft_media.generation.circuits import close_circuit, open_circuit, watch_slow
from gencraft_media.generation.circuits.operating import CircuitNotOpen
from gencraft_media.generation.models import Circuit, CircuitState
from providers.errors import OutOfMoney, Unreachable
from tests.factories import make_super_admin, make_user
from tests.generation.circuits.calls import MODEL, Calls, ask, fail, is_kept_back

CLOSED, OPEN, HALF_OPEN = CircuitState.CLOSED, CircuitState.OPEN, CircuitState.HALF_OPEN
LIST = "admin:generation_circuit_changelist"


@pytest.fixture
def sam() -> Client:
    """A browser in the admin."""
    client = Client()
    client.force_login(make_super_admin())
    return client


def choose(client: Client, action: str, *rows: Circuit) -> str:
    """Run an action on rows of the list; the messages it leaves."""
    chosen = {"action": action, "_selected_action": [str(row.pk) for row in rows]}
    answer = client.post(reverse(LIST), chosen, follow=True)
    assert answer.status_code == 200
    return " ".join(str(message) for message in answer.context["messages"])


def test_the_list_shows_state_reason_and_when_it_is_tried_again(calls: Calls, sam: Client) -> None:
    calls.fail(OutOfMoney())
    page = sam.get(reverse(LIST)).content.decode()
    for word in ("openai (default)", "the whole account", "open", "no_credit"):
        assert word in page
    assert calls.account.api_key not in page


def test_an_operator_closes_a_circuit(calls: Calls, sam: Client) -> None:
    calls.fail(OutOfMoney())
    assert "Done for 1" in choose(sam, "close", calls.whole_account())
    assert not is_kept_back(calls.planned())
    entry = AuditEntry.objects.get(action="circuit.close")
    assert ((entry.before or {})["state"], (entry.after or {})["state"]) == (OPEN, CLOSED)
    assert "closed" in choose(sam, "close", calls.whole_account())
    assert AuditEntry.objects.filter(action="circuit.close").count() == 1


def test_an_operator_lets_one_request_try(calls: Calls, sam: Client) -> None:
    calls.fail(OutOfMoney())
    choose(sam, "try_now", calls.whole_account())
    assert not is_kept_back(calls.planned())
    assert is_kept_back(calls.planned())
    assert calls.state("") == HALF_OPEN
    with pytest.raises(CircuitNotOpen):
        perform("circuit.try", actor=make_super_admin("sue"), account_id=calls.account.pk, model="never seen")


def test_what_an_operator_opened_stays_open_until_somebody_closes_it(calls: Calls, sam: Client) -> None:
    answer = sam.post(reverse("admin:generation_circuit_add"), {"account": str(calls.account.pk), "model": MODEL})
    assert answer.status_code == 302
    circuit = calls.circuit()
    assert circuit is not None
    assert (circuit.state, circuit.reason, circuit.retry_at) == (OPEN, "operator", None)
    calls.pass_time(100_000)
    watch_slow()
    for _ in range(5):
        calls.fail(Unreachable())
    assert is_kept_back(calls.planned())
    assert AuditEntry.objects.get(action="circuit.open").target_id == str(circuit.pk)
    choose(sam, "close", circuit)
    assert not is_kept_back(calls.planned())
    choose(sam, "open", circuit)
    assert is_kept_back(calls.planned())


def test_a_probe_that_an_operator_asked_for_and_that_fails_opens_it_for_its_errors(calls: Calls) -> None:
    sam = make_super_admin()
    open_circuit(actor=sam, account_id=calls.account.pk, model=MODEL)
    perform("circuit.try", actor=sam, account_id=calls.account.pk, model=MODEL)
    attempt = calls.planned()
    assert ask(attempt) is None
    fail(attempt, Unreachable())
    circuit = calls.circuit()
    assert circuit is not None
    assert (circuit.state, circuit.reason, circuit.cool_down_s) == (OPEN, "errors", 10.0)


def test_who_may_only_look_changes_nothing(calls: Calls) -> None:
    bob = make_user("bob", is_staff=True)
    bob.user_permissions.add(Permission.objects.get(codename="view_circuit"))
    calls.fail(OutOfMoney())
    client = Client()
    client.force_login(bob)
    assert client.get(reverse(LIST)).status_code == 200
    choose(client, "close", calls.whole_account())
    assert calls.state("") == OPEN
    assert client.get(reverse("admin:generation_circuit_add")).status_code == 403
    with pytest.raises(PermissionRefused):
        perform("circuit.close", actor=bob, account_id=calls.account.pk)


def test_closing_begins_the_cool_downs_anew(calls: Calls) -> None:
    for _ in range(3):
        calls.fail(Unreachable())
    close_circuit(actor=None, account_id=calls.account.pk, model=MODEL)
    for _ in range(3):
        calls.fail(Unreachable())
    circuit = calls.circuit()
    assert circuit is not None
    assert (circuit.openings, circuit.cool_down_s) == (1, 10.0)
