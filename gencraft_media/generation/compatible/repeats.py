"""Which call a repeated request belongs to, so that a call of a client without keys makes one job at most.

The official OpenAI clients repeat a POST by themselves and send no idempotency key, only how often they have tried
(`x-stainless-retry-count`). So each call is a row, committed before anything is decided. A first request makes it, a
repetition takes over the row of a call with the same body that lacks its answer. Which of several equal calls that is
makes no difference: each is taken over once, so there are as many jobs as calls. The row is a fence as well: only the
request that has it may make the job, and a repetition finds the job that an earlier one made.
"""

from dataclasses import dataclass, replace

from django.db import transaction
from django.db.models import Case, Q, QuerySet, Value, When
from django.db.models.functions import Now

from gencraft_media.accounts.callers import Caller
from gencraft_media.accounts.models import Project
from gencraft_media.common.clock import from_now
from gencraft_media.common.errors import StaleTransition
from gencraft_media.generation.admission import Admission, GenerationOrder, admit
from gencraft_media.generation.inputs import resolved_inputs
from gencraft_media.generation.media_rules import require_enabled
from gencraft_media.generation.models import CallState, CompatibleCall
from gencraft_media.generation.policy import media_policy

# How long a call in each state may still be repeated, the likeliest first. A client's own time-out is ten minutes; one
# that is sent away waits two at most; an answer that was sent may still be lost on its way, silently.
_REPEATED_WITHIN_S = {
    CallState.DROPPED: 3600.0,
    CallState.REFUSED: 150.0,
    CallState.OPEN: 3600.0,
    CallState.ANSWERED: 720.0,
}
_KEPT_S = max(_REPEATED_WITHIN_S.values())
_MOST_RETRIES = 1000
_MOST_CANDIDATES = 20


@dataclass(frozen=True)
class Turn:
    """One request's hold of its call; ends when a later request takes the call over."""

    call_id: int
    retry_count: int


def retry_count_in(header: str | None) -> int | None:
    """How often the client tried before; None for clients that do not count."""
    if header is None or not (header.isascii() and header.isdigit()):
        return None
    return min(int(header[:6]), _MOST_RETRIES)


def take_turn(*, scope: str, fingerprint: str, retry_count: int) -> Turn:
    """Take over the call this request repeats, or begin a new one. Committed when this returns."""
    with transaction.atomic():
        for call in _repeatable(scope, fingerprint, retry_count) if retry_count else ():
            held = CompatibleCall.objects.filter(pk=call.pk, retry_count=call.retry_count)
            if held.update(retry_count=retry_count, state=CallState.OPEN, seen_at=Now()):
                return Turn(call.pk, retry_count)
        CompatibleCall.objects.filter(scope=scope, seen_at__lt=from_now(-_KEPT_S)).delete()
        call = CompatibleCall.objects.create(scope=scope, fingerprint=fingerprint, retry_count=retry_count)
    return Turn(call.pk, retry_count)


def remember_refusal(*, scope: str, fingerprint: str) -> None:
    """A first request was sent away before it had a row: its repetition must not be taken for that of an equal call."""
    if CompatibleCall.objects.filter(_still_repeatable(), scope=scope, fingerprint=fingerprint).exists():
        CompatibleCall.objects.create(scope=scope, fingerprint=fingerprint, state=CallState.REFUSED)


def admit_in_turn(turn: Turn, *, caller: Caller, project: Project, order: GenerationOrder) -> Admission:
    """The call's job, made now unless an earlier request made it.

    Raises what `admit` raises, and `StaleTransition` when the client has meanwhile asked again.
    """
    earlier = CompatibleCall.objects.select_related("job").get(pk=turn.call_id).job
    if earlier is None:
        # Before anything is fetched for it.
        require_enabled(media_policy(project.pk, project.owner_id))
    given = order.inputs if earlier is None else ()
    # Before the transaction, since an address takes its time to answer.
    with (
        resolved_inputs(given, caller=caller, project=project, external_id=order.external_user_id) as inputs,
        transaction.atomic(),
    ):
        if not _held(turn).update(seen_at=Now()):
            raise StaleTransition("This request was repeated before it could be answered.")
        call = CompatibleCall.objects.select_related("job").get(pk=turn.call_id)
        if call.job is not None:
            return Admission(call.job, replayed=True)
        admission = admit(caller=caller, project=project, order=replace(order, inputs=tuple(inputs)))
        _held(turn).update(job=admission.job)
    return admission


def move_call(turn: Turn, to: CallState) -> None:
    """Say what became of the request; nothing where a later one has taken the call over."""
    _held(turn).update(state=to, seen_at=Now())


def forget_call(turn: Turn) -> None:
    """The call was refused for good: its client does not come again."""
    _held(turn).filter(job__isnull=True).delete()


def _held(turn: Turn) -> QuerySet[CompatibleCall]:
    return CompatibleCall.objects.filter(pk=turn.call_id, retry_count=turn.retry_count)


def _repeatable(scope: str, fingerprint: str, retry_count: int) -> QuerySet[CompatibleCall]:
    """Calls of this body that a request with this count may repeat."""
    order = Case(*(When(state=state, then=Value(place)) for place, state in enumerate(_REPEATED_WITHIN_S)))
    calls = CompatibleCall.objects.filter(_still_repeatable(), scope=scope, fingerprint=fingerprint)
    return calls.filter(retry_count__lt=retry_count).order_by(order, "-retry_count", "-seen_at")[:_MOST_CANDIDATES]


def _still_repeatable() -> Q:
    within = Q()
    for state, seconds in _REPEATED_WITHIN_S.items():
        within |= Q(state=state, seen_at__gt=from_now(-seconds))
    return within
