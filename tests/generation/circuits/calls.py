"""Attempts at a provider as rows, without an engine: planned, sent, and ended so many seconds ago."""

import itertools
import uuid
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction

from gencraft_media.common.clock import from_now
from gencraft_media.common.errors import GenCraftError
from gencraft_media.generation.circuits import note_answer, note_failure
from gencraft_media.generation.circuits.reading import WHOLE_ACCOUNT
from gencraft_media.generation.errors import error_json
from gencraft_media.generation.limits import CIRCUIT, Wait, wait_for_slot
from gencraft_media.generation.models import Circuit, CircuitState, GenerationAttempt, GenerationJob
from gencraft_media.generation.states import AttemptState
from providers.models import ProviderAccount
from tests.factories import make_project

MODEL, OTHER_MODEL = "gpt-image-2.6-sunburst", "gpt-image-2.5-flare"


def make_account(provider: str = "openai", label: str = "default", **fields: Any) -> ProviderAccount:
    """An account that can be used."""
    values = {"api_key": "sk-canary-7d1e", **fields}
    account, _ = ProviderAccount.objects.update_or_create(provider_id=provider, label=label, defaults=values)
    return ProviderAccount.objects.select_related("provider").get(pk=account.pk)


@dataclass
class Calls:
    """Attempts of one job with one account."""

    account: ProviderAccount
    job: GenerationJob = field(default_factory=lambda: make_job())
    _numbers: Any = field(default_factory=lambda: itertools.count(1))

    def planned(self, model: str = MODEL, **fields: Any) -> GenerationAttempt:
        """Not sent yet."""
        return GenerationAttempt.objects.create(
            job=self.job,
            project_id=self.job.project_id or uuid.uuid4(),
            account=self.account,
            number=next(self._numbers),
            provider=self.account.provider_id,
            model=model,
            operation="text-to-image",
            recovery="none",
            quoted_cost=Decimal("0.04"),
            **fields,
        )

    def sent(self, model: str = MODEL, *, ago_s: float = 0.0) -> GenerationAttempt:
        """On its way."""
        return move(self.planned(model), AttemptState.SUBMITTING, submitted_at=from_now(-ago_s), submissions=1)

    def fail(
        self, error: GenCraftError, model: str = MODEL, *, state: str = AttemptState.REJECTED, ago_s: float = 0.0
    ) -> GenerationAttempt:
        """Ended with an error, as its row and the circuits were told."""
        return fail(self.sent(model, ago_s=ago_s), error, state=state, ago_s=ago_s)

    def answer(self, model: str = MODEL, *, ago_s: float = 0.0) -> GenerationAttempt:
        """Brought its picture."""
        return answer(self.sent(model, ago_s=ago_s), ago_s=ago_s)

    def circuit(self, model: str = MODEL) -> Circuit | None:
        """As it is now."""
        return Circuit.objects.filter(account=self.account, model=model).first()

    def state(self, model: str = MODEL) -> str:
        """Closed where there is no row."""
        circuit = self.circuit(model)
        return circuit.state if circuit is not None else CircuitState.CLOSED

    def whole_account(self) -> Circuit:
        """The circuit of the whole account, which is not closed for ever."""
        circuit = self.circuit(WHOLE_ACCOUNT)
        assert circuit is not None
        return circuit

    def pass_time(self, seconds: float, model: str = MODEL) -> None:
        """As if the circuit had last changed so long ago."""
        circuit = self.circuit(model)
        assert circuit is not None
        span = timedelta(seconds=seconds)
        for name in ("opened_at", "retry_at", "counted_from", "updated_at"):
            moment = getattr(circuit, name)
            if moment is not None:
                setattr(circuit, name, moment - span)
        circuit.save()


def make_job() -> GenerationJob:
    """A job to hang attempts on."""
    project = make_project()
    return GenerationJob.objects.create(
        project=project,
        user=project.owner,
        provider="openai",
        model=MODEL,
        operation="text-to-image",
        params={"prompt": "A lighthouse"},
        quoted_total=Decimal("0.04"),
        quoted_provider_cost=Decimal("0.04"),
        payer_id=uuid.uuid4(),
        deadline_at=from_now(900),
    )


def move(attempt: GenerationAttempt, state: str, **changes: Any) -> GenerationAttempt:
    """The attempt in another state."""
    GenerationAttempt.objects.filter(pk=attempt.pk).update(state=state, **changes)
    return GenerationAttempt.objects.select_related("job", "account__provider").get(pk=attempt.pk)


def fail(
    attempt: GenerationAttempt, error: GenCraftError, *, state: str = AttemptState.REJECTED, ago_s: float = 0.0
) -> GenerationAttempt:
    """End an attempt with an error."""
    moved = _in_hand(move(attempt, state, finished_at=from_now(-ago_s), error=error_json(error)))
    note_failure(moved, error)
    return moved


def answer(attempt: GenerationAttempt, *, ago_s: float = 0.0) -> GenerationAttempt:
    """Land an attempt."""
    moved = _in_hand(move(attempt, AttemptState.LANDED, landed_at=from_now(-ago_s)))
    note_answer(moved)
    return moved


def _in_hand(attempt: GenerationAttempt) -> GenerationAttempt:
    """As a step has it: what the database set to its own time is in the row alone."""
    attempt.submitted_at = attempt.finished_at = attempt.landed_at = None
    return attempt


def ask(attempt: GenerationAttempt) -> Wait | None:
    """Whether the attempt may go out; it does where it may."""
    with transaction.atomic():
        wait = wait_for_slot(attempt)
        if wait is None:
            move(attempt, AttemptState.SUBMITTING, submitted_at=from_now(0), submissions=1)
    return wait


def is_kept_back(attempt: GenerationAttempt) -> bool:
    """Whether a circuit keeps the attempt from going out."""
    wait = ask(attempt)
    return wait is not None and wait.reason == CIRCUIT
