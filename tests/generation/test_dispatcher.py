"""Which work is hinted at, in which order, and what becomes of a hint that was lost."""

import threading
import uuid
from collections.abc import Callable

import pytest
from django.conf import settings

from gencraft_media.common.clock import from_now
from gencraft_media.generation import dispatch_loop
from gencraft_media.generation.dispatch_loop import DispatchLoop
from gencraft_media.generation.dispatcher import MEDIA_STATES, PROVIDER_STATES, Lane, dispatch_due
from gencraft_media.generation.leases import claim
from gencraft_media.generation.models import GenerationAttempt
from gencraft_media.generation.states import AttemptState
from tests.generation.driving import drive, drive_attempt
from tests.generation.tenants import Tenant, make_tenant
from tests.generation.trouble import expire_leases
from tests.waiting import wait_until


def lane(hinted: list[uuid.UUID], slots: int = 100) -> Lane:
    """The providers' lane, whose hints are only written down."""
    return Lane(PROVIDER_STATES, slots, hinted.append)


def project_of(attempt_id: uuid.UUID) -> uuid.UUID:
    """Whose attempt it is."""
    return GenerationAttempt.objects.values_list("project_id", flat=True).get(pk=attempt_id)


def forget_hints() -> None:
    """As if the hints of long ago had reached nobody."""
    past = from_now(-settings.HINT_PATIENCE_S - 1)
    GenerationAttempt.objects.filter(hinted_at__isnull=False).update(hinted_at=past, next_step_at=past)


def test_work_that_is_due_is_hinted_at_once(alice: Tenant) -> None:
    alice.start()
    hinted: list[uuid.UUID] = []
    assert (dispatch_due([lane(hinted)]), dispatch_due([lane(hinted)])) == (1, 0)
    assert hinted == [GenerationAttempt.objects.get().pk]


def test_a_lost_hint_is_due_again_after_a_while(alice: Tenant) -> None:
    job = alice.start()
    hinted: list[uuid.UUID] = []
    dispatch_due([lane(hinted)])
    assert dispatch_due([lane(hinted)]) == 0
    forget_hints()
    assert (dispatch_due([lane(hinted)]), len(hinted)) == (1, 2)
    forget_hints()
    assert drive(job).status == "completed"


def test_work_that_is_not_due_yet_is_left_alone(alice: Tenant) -> None:
    alice.start()
    GenerationAttempt.objects.update(next_step_at=from_now(30))
    assert dispatch_due([lane([])]) == 0


def test_work_somebody_has_in_hand_is_left_alone_until_the_lease_runs_out(alice: Tenant) -> None:
    job = alice.start()
    assert claim(GenerationAttempt.objects.get().pk, frozenset(AttemptState.values))
    GenerationAttempt.objects.update(next_step_at=from_now(-1))
    assert dispatch_due([lane([])]) == 0
    expire_leases(job)
    assert dispatch_due([lane([])]) == 1


def test_finished_work_is_never_hinted_at(alice: Tenant) -> None:
    drive(alice.start())
    GenerationAttempt.objects.update(next_step_at=from_now(-1))
    assert dispatch_due([lane([]), Lane(MEDIA_STATES, 9, lambda pk: None)]) == 0


def test_each_lane_serves_its_own_states(alice: Tenant) -> None:
    job = alice.start()
    drive_attempt(job, AttemptState.ACCEPTED)
    media: list[uuid.UUID] = []
    GenerationAttempt.objects.update(state=AttemptState.LANDED, next_step_at=from_now(-1))
    providers: list[uuid.UUID] = []
    assert dispatch_due([lane(providers), Lane(MEDIA_STATES, 9, media.append)]) == 1
    assert (len(providers), len(media)) == (0, 1)
    GenerationAttempt.objects.update(state=AttemptState.ACCEPTED)


def test_no_more_is_hinted_at_than_there_are_free_slots(alice: Tenant) -> None:
    alice.start(batchSize=7)
    hinted: list[uuid.UUID] = []
    three = lane(hinted, slots=3)
    assert [dispatch_due([three]) for _ in range(3)] == [3, 0, 0]
    # One of the hints is being worked on, which keeps its slot; the two others were lost.
    assert claim(hinted[0], frozenset(AttemptState.values))
    forget_hints()
    assert dispatch_due([three]) == 2


@pytest.mark.parametrize("mine", [12, 40])
def test_projects_take_turns_whoever_came_first(alice: Tenant, mine: int) -> None:
    bob = make_tenant("bob")
    alice.start(batchSize=mine)
    bob.start(batchSize=3)
    hinted: list[uuid.UUID] = []
    dispatch_due([lane(hinted, slots=6)])
    turns = [project_of(pk) for pk in hinted]
    assert turns.count(bob.project.pk) == 3
    assert turns.count(alice.project.pk) == 3
    assert all(turns[place] != turns[place + 1] for place in range(0, 6, 2))


def test_within_a_project_what_is_due_longest_comes_first(alice: Tenant) -> None:
    jobs = [alice.start() for _ in range(3)]
    for age, job in enumerate(jobs):
        GenerationAttempt.objects.filter(job=job).update(next_step_at=from_now(-60 * (age + 1)))
    hinted: list[uuid.UUID] = []
    dispatch_due([lane(hinted, slots=2)])
    wanted = [GenerationAttempt.objects.get(job=job).pk for job in (jobs[2], jobs[1])]
    assert hinted == wanted


def test_the_loop_goes_on_after_trouble_and_ends_when_asked(alice: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dispatch_loop, "_TROUBLE_WAIT_S", 0.01)
    alice.start()
    failures = [RuntimeError("the broker is away"), RuntimeError("still away")]
    hinted: list[uuid.UUID] = []

    def publish(attempt_id: uuid.UUID) -> None:
        if failures:
            raise failures.pop()
        hinted.append(attempt_id)

    with running_loop(publish):
        wait_until(lambda: len(failures) == 1, what="the first failed hint")
        forget_hints()
        wait_until(lambda: not failures, what="the second failed hint")
        forget_hints()
        wait_until(lambda: hinted, what="a hint")


class running_loop:
    """A dispatcher in a thread of its own, ended with the block."""

    def __init__(self, publish: Callable[[uuid.UUID], object]) -> None:
        self._stop = threading.Event()
        loop = DispatchLoop(self._stop, [Lane(PROVIDER_STATES, 10, publish)])
        self._thread = threading.Thread(target=loop.run)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *error: object) -> None:
        self._stop.set()
        self._thread.join(timeout=20)
        assert not self._thread.is_alive()
