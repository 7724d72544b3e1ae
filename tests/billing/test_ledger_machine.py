"""Five thousand random steps of the ledger, its invariants checked after each."""

import pytest
from django.db import connection
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.billing.ledger_machine import LedgerMachine, plans_are_as_the_model_has_them

# Some of the random runs end early: so many of them are more than the wanted steps.
EXAMPLES = 110
STEPS_PER_EXAMPLE = 50
STEPS_WANTED = 5_000
# A statement to a server costs several times one in this process: there, a tenth shows that the rules are the same.
SERVER_SHARE = 10


@pytest.mark.django_db
def test_invariants_hold_after_each_of_five_thousand_random_steps() -> None:
    assert plans_are_as_the_model_has_them()
    share = 1 if connection.vendor == "sqlite" else SERVER_SHARE
    LedgerMachine.steps = 0
    run_state_machine_as_test(
        LedgerMachine,
        settings=settings(
            max_examples=EXAMPLES // share + 6,
            stateful_step_count=STEPS_PER_EXAMPLE,
            deadline=None,
            database=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert LedgerMachine.steps >= STEPS_WANTED // share
