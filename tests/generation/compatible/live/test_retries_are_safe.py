"""The official client repeats requests by itself: whatever breaks, one call makes one job and gets its picture."""

import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import openai
import pytest
from openai import OpenAI
from openai.types import ImagesResponse

from gencraft_media.generation.models import CallState, CompatibleCall, GenerationJob
from tests.generation.compatible.live.conftest import ClientMaker
from tests.generation.compatible.live.cut_line import Cut, Line, line_to
from tests.generation.tenants import Tenant
from tests.proofs import assert_books_are_right, assert_ended_once
from tests.running_engine import RunningEngine
from tests.waiting import wait_until

SMALL = "128x128"


@pytest.fixture
def line(engine: RunningEngine) -> Iterator[Line]:
    with line_to(engine.url) as line:
        yield line


@pytest.fixture
def client(client_of: ClientMaker, alice: Tenant, line: Line) -> OpenAI:
    """The official client with Alice's key, on the line that breaks."""
    return client_of(alice.token, base_url=f"{line.url}/v1")


def ask(client: OpenAI, model: str = "sim/priced") -> ImagesResponse:
    """One picture by address."""
    return client.images.generate(model=model, prompt="A lighthouse at dawn", size=SMALL)


def the_one_job(engine: RunningEngine, alice: Tenant) -> GenerationJob:
    """Alice's only job, completed and paid once."""
    job = GenerationJob.objects.get(project=alice.project)
    assert_ended_once(engine, job.pk, paid=1)
    assert_books_are_right()
    return job


@pytest.mark.parametrize("cut", list(Cut))
def test_a_call_whose_line_breaks_makes_one_job(
    engine: RunningEngine, alice: Tenant, client: OpenAI, line: Line, cut: Cut
) -> None:
    line.plan, line.when = [cut], GenerationJob.objects.filter(project=alice.project).exists
    answer = ask(client)
    assert line.retry_counts == ["0", "1"]
    job = the_one_job(engine, alice)
    assert answer.data is not None and job.result is not None
    assert answer.data[0].url == job.result["cdnUrl"]


def test_a_call_whose_line_breaks_twice_makes_one_job(
    engine: RunningEngine, alice: Tenant, client: OpenAI, line: Line
) -> None:
    line.plan, line.when = [Cut.WAITING, Cut.HALVED], GenerationJob.objects.filter(project=alice.project).exists
    assert ask(client).data
    assert line.retry_counts == ["0", "1", "2"]
    the_one_job(engine, alice)


def test_a_client_less_patient_than_the_provider_makes_one_job(
    engine: RunningEngine, alice: Tenant, client: OpenAI, line: Line
) -> None:
    impatient = client.with_options(timeout=0.6, max_retries=20)
    assert ask(impatient, model="sim/slow").data
    assert len(line.received) > 1
    the_one_job(engine, alice)


def test_equal_calls_that_all_lose_their_line_make_one_job_each(
    engine: RunningEngine, alice: Tenant, client: OpenAI, line: Line
) -> None:
    jobs = GenerationJob.objects.filter(project=alice.project)
    line.plan, line.when = [Cut.WAITING] * 4, lambda: jobs.count() == 4
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda number: ask(client), range(4)))
    assert sorted(line.retry_counts) == ["0"] * 4 + ["1"] * 4
    assert jobs.count() == 4
    assert len({picture.url for answer in answers for picture in answer.data or []}) == 4


def test_a_new_call_of_the_same_words_is_a_new_job(alice: Tenant, client: OpenAI) -> None:
    first, second = ask(client), ask(client)
    assert first.data and second.data and first.data[0].url != second.data[0].url
    assert GenerationJob.objects.filter(project=alice.project).count() == 2


def test_a_call_sent_away_before_its_job_does_not_get_the_picture_of_an_equal_one(
    engine: RunningEngine, alice: Tenant, client: OpenAI, line: Line
) -> None:
    first = ask(client)
    call = CompatibleCall.objects.get(job__project=alice.project)
    CompatibleCall.objects.create(scope=call.scope, fingerprint=call.fingerprint, state=CallState.REFUSED)
    line.plan = [Cut.BEFORE]
    second = ask(client)
    assert first.data and second.data and first.data[0].url != second.data[0].url


def ask_meanwhile(
    engine: RunningEngine, client: OpenAI, model: str = "sim/priced", *, action: Callable[[], object] = lambda: None
) -> ImagesResponse:
    """Ask in another thread and do `action`, while what dies is started again from this one."""
    with ThreadPoolExecutor(1) as threads:
        asked = threads.submit(ask, client.with_options(max_retries=12), model)
        action()
        engine.wait_until(asked.done, timeout_s=60, what="an answer")
    engine.wait_for_web()
    return asked.result()


@pytest.mark.crash
@pytest.mark.parametrize("point", ["admission.before_commit", "admission.committed"])
def test_a_web_process_killed_in_the_middle_of_admission_leaves_one_job(
    engine: RunningEngine, alice: Tenant, client: OpenAI, point: str
) -> None:
    engine.arm(point)
    assert ask_meanwhile(engine, client).data
    assert not engine.is_armed(point)
    the_one_job(engine, alice)


def _kill(engine: RunningEngine) -> None:
    engine.kill("web")


def _stop(engine: RunningEngine) -> None:
    engine.processes["web"].send_signal(signal.SIGTERM)


@pytest.mark.crash
@pytest.mark.parametrize("end", [_kill, _stop], ids=["killed", "stopped"])
def test_a_web_process_that_ends_while_a_client_waits_leaves_one_job(
    engine: RunningEngine, alice: Tenant, client: OpenAI, line: Line, end: Callable[[RunningEngine], None]
) -> None:
    def end_web() -> None:
        wait_until(GenerationJob.objects.filter(project=alice.project).exists, timeout_s=20, what="the job")
        old = engine.processes["web"]
        end(engine)
        wait_until(lambda: old.poll() is not None, timeout_s=30, what="the end of the web process")

    assert ask_meanwhile(engine, client, "sim/slow", action=end_web).data
    assert len(line.received) > 1
    the_one_job(engine, alice)


def test_a_client_that_goes_away_is_noticed(alice: Tenant, client: OpenAI, line: Line) -> None:
    line.plan, line.when = [Cut.WAITING], GenerationJob.objects.filter(project=alice.project).exists
    with pytest.raises(openai.APIConnectionError):
        ask(client.with_options(max_retries=0), model="sim/slow")
    dropped = CompatibleCall.objects.filter(job__project=alice.project, state=CallState.DROPPED)
    wait_until(dropped.exists, timeout_s=10, what="the note that the client has gone")
