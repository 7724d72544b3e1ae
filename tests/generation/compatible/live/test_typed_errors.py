"""What goes wrong reaches the official client as the error it has a class for, and is not tried again in vain."""

from collections.abc import Iterator

import openai
import pytest
from openai import OpenAI

from gencraft_media.generation.models import GenerationJob
from tests.factories import add_member, make_key, make_user
from tests.generation.compatible.live.conftest import ClientMaker
from tests.generation.compatible.live.cut_line import Line, line_to
from tests.generation.tenants import Tenant, make_tenant
from tests.running_engine import RunningEngine

SMALL = "128x128"


@pytest.fixture
def line(engine: RunningEngine) -> Iterator[Line]:
    with line_to(engine.url) as line:
        yield line


@pytest.fixture
def client(client_of: ClientMaker, alice: Tenant, line: Line) -> OpenAI:
    """The official client with Alice's key, whose requests are counted."""
    return client_of(alice.token, base_url=f"{line.url}/v1")


def test_an_unknown_key_is_an_authentication_error(client_of: ClientMaker) -> None:
    with pytest.raises(openai.AuthenticationError) as caught:
        client_of("sk-nobody").images.generate(prompt="A lighthouse")
    assert caught.value.code == "invalid_api_key"


def test_a_key_without_the_scope_is_refused_as_permission(client_of: ClientMaker, alice: Tenant) -> None:
    _, token = make_key(alice.project, scopes=["read"], name="reader")
    with pytest.raises(openai.PermissionDeniedError) as caught:
        client_of(token).images.generate(prompt="A lighthouse")
    assert caught.value.code == "insufficient_permissions"
    assert client_of(token).models.list().data


def test_a_member_who_may_only_look_is_refused_as_permission(client_of: ClientMaker, alice: Tenant) -> None:
    bob = make_user("bob")
    add_member(alice.project, bob)
    _, token = make_key(alice.project, user=bob, name="bob")
    with pytest.raises(openai.PermissionDeniedError):
        client_of(token).images.generate(prompt="A lighthouse")


def test_an_unknown_model_is_not_found(client_of: ClientMaker, alice: Tenant) -> None:
    client = client_of(alice.token)
    for ask in (
        lambda: client.images.generate(model="dall-e-9", prompt="A lighthouse"),
        lambda: client.models.retrieve("dall-e-9"),
    ):
        with pytest.raises(openai.NotFoundError) as caught:
            ask()
        assert (caught.value.code, caught.value.param) == ("model_not_found", "model")


def test_an_unknown_field_is_named(client: OpenAI, line: Line) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        client.images.generate(prompt="A lighthouse", extra_body={"sise": "1024x1024"})
    assert (caught.value.code, caught.value.param) == ("unknown_parameter", "sise")
    assert len(line.received) == 1


def test_no_credits_are_an_insufficient_quota_that_is_not_tried_again(client_of: ClientMaker, line: Line) -> None:
    poor = make_tenant("nora", credits=0, plan="enterprise")
    with pytest.raises(openai.RateLimitError) as caught:
        client_of(poor.token, base_url=f"{line.url}/v1").images.generate(
            model="sim/priced", prompt="A lighthouse", size="1024x1024", n=10
        )
    assert (caught.value.code, caught.value.type) == ("insufficient_quota", "insufficient_quota")
    assert len(line.received) == 1


def test_a_moderated_prompt_is_the_users_error_and_free(client: OpenAI, alice: Tenant, line: Line) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        client.images.generate(model="sim/moderated", prompt="A lighthouse", size=SMALL)
    assert (caught.value.code, caught.value.type) == ("moderation_blocked", "image_generation_user_error")
    assert len(line.received) == 1
    assert GenerationJob.objects.get(project=alice.project).credits_charged == 0


@pytest.mark.parametrize(
    ("model", "code"),
    [
        ("sim/blank", "output_blank"),
        ("sim/broken-contract", "provider_contract_broken"),
        ("sim/dropped-none", "outcome_unknown"),
        ("sim/bad-key", "provider_misconfigured"),
    ],
)
def test_a_failed_job_has_a_status_that_no_client_repeats(
    client: OpenAI, alice: Tenant, line: Line, model: str, code: str
) -> None:
    with pytest.raises(openai.APIStatusError) as caught:
        client.images.generate(model=model, prompt="A lighthouse", size=SMALL)
    assert (caught.value.status_code, caught.value.code) == (424, code)
    assert caught.value.response.headers["x-should-retry"] == "false"
    job = GenerationJob.objects.get(project=alice.project)
    assert caught.value.response.headers["x-gencraft-job-id"] == str(job.pk)
    assert len(line.received) == 1


def test_a_job_that_fails_ends_a_stream_with_an_error(client: OpenAI, line: Line) -> None:
    with pytest.raises(openai.APIError) as caught:
        list(client.images.generate(model="sim/moderated", prompt="A lighthouse", size=SMALL, stream=True))
    assert caught.value.code == "moderation_blocked"
    assert len(line.received) == 1


def test_of_a_batch_that_is_delivered_in_part_comes_what_arrived(client: OpenAI, alice: Tenant) -> None:
    answer = client.images.generate(model="sim/moderated-output", prompt="A lighthouse", size=SMALL, n=3)
    assert answer.data is not None and len(answer.data) == 2
    own = (answer.model_extra or {})["gencraft"]
    assert [(error["index"], error["code"]) for error in own["errors"]] == [(1, "moderation_blocked")]


def test_too_many_jobs_at_once_are_tried_again_until_there_is_room(
    engine: RunningEngine, client_of: ClientMaker, line: Line
) -> None:
    nora = make_tenant("nora", plan="free")
    allowed = nora.account.plan.concurrent_jobs
    for _ in range(allowed):
        nora.start("sim/slow", width=128, height=128)
    client = client_of(nora.token, base_url=f"{line.url}/v1", max_retries=10)
    assert client.images.generate(model="sim/standard", prompt="A lighthouse", size=SMALL).data
    assert line.retry_counts[0] == "0" and len(line.received) > 1
    assert GenerationJob.objects.filter(project=nora.project).count() == allowed + 1
