"""The page of one job: its whole story, for each person as much as they may see, and what can be done from it."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from billing.models import CostCertainty, ProviderCost
from gencraft_media.common.models import AuditEntry
from gencraft_media.generation.models import GenerationJob
from tests.factories import make_super_admin, make_user
from tests.generation.driving import drive
from tests.generation.fallback.situations import start_with
from tests.generation.tenants import Tenant
from tests.staff import staff_with

BUTTONS = (">Run again<", ">Cancel<", "The provider took the cost")


def browser(user: Any = None) -> Client:
    """A browser in the admin; Sam's by default."""
    client = Client()
    client.force_login(user or make_super_admin())
    return client


def page_of(client: Client, job: GenerationJob) -> str:
    """The job's page."""
    answer = client.get(reverse("admin:generation_generationjob_change", args=[job.pk]))
    assert answer.status_code == 200
    return answer.content.decode()


def test_it_tells_the_whole_story_of_a_job(alice: Tenant) -> None:
    job = drive(start_with(alice, "sim/unreachable", "sim/priced", batchSize=2, prompt="A lake & a <b>"))
    page = page_of(browser(), job)
    assert "A lake &amp; a &lt;b&gt;" in page
    assert "Taken in, credits set aside" in page
    assert page.count("Output delivered") == 2
    assert "Another model steps in" in page
    assert "Attempt 1: rejected" in page
    assert "Attempt 2: sent to sim/priced" in page
    assert "account default" in page
    assert "sim/unreachable → sim/priced" in page
    for asset in (item.asset for item in job.items.select_related("asset")):
        assert asset is not None
        assert f'src="{asset.thumbnail_url}"' in page


def test_it_shows_why_the_model_was_chosen_and_others_were_not(alice: Tenant) -> None:
    job = drive(start_with(alice, "sim/priced", "sim/slow", width=3000, height=3000))
    page = page_of(browser(), job)
    for candidate in job.receipt["candidates"]:
        assert str(candidate["score"]) in page
    assert job.receipt["reason"] in page
    for change in job.adaptations:
        assert change["reason"] in page
    assert job.adaptations


def test_the_ledger_is_for_those_who_may_see_money(alice: Tenant) -> None:
    job = drive(alice.start())
    looker = browser(staff_with("generation.view_generationjob"))
    finance = browser(
        staff_with("generation.view_generationjob", "billing.view_ledgerentry", "billing.view_providercost")
    )
    assert 'id="money"' in page_of(finance, job)
    assert "confirmed" in page_of(finance, job)
    page = page_of(looker, job)
    assert 'id="money"' not in page
    assert "confirmed" not in page
    assert "USD" not in page


def test_who_may_only_look_sees_no_button(alice: Tenant) -> None:
    failed, lost = drive(alice.start("sim/moderated")), drive(alice.start("sim/dropped-none"))
    looker = browser(staff_with("generation.view_generationjob"))
    for job in (failed, lost, alice.start()):
        assert not [button for button in BUTTONS if button in page_of(looker, job)]
    names = [("generation_job_retry", failed.pk), ("generation_job_cancel", failed.pk)]
    for name, key in names:
        assert looker.post(reverse(f"admin:{name}", args=[key]), {"reason": "x"}).status_code == 403
    resolve = reverse("admin:generation_attempt_resolve", args=[lost.attempts.get().pk, "taken"])
    assert looker.post(resolve, {"reason": "x"}).status_code == 403
    assert (
        browser(make_user("none", is_staff=True))
        .get(reverse("admin:generation_generationjob_change", args=[failed.pk]))
        .status_code
        == 403
    )


def test_a_failed_job_is_run_again_after_a_question_and_with_a_reason(alice: Tenant) -> None:
    sam, job = browser(), drive(alice.start("sim/moderated"))
    address = reverse("admin:generation_job_retry", args=[job.pk])
    assert ">Run again<" in page_of(sam, job)
    assert sam.get(address).status_code == 200
    assert sam.post(address, {"reason": " "}).status_code == 200
    assert GenerationJob.objects.count() == 1
    answer = sam.post(address, {"reason": "The rule was changed."}, follow=True)
    assert "It runs again as the job" in str([str(one) for one in answer.context["messages"]])
    assert GenerationJob.objects.count() == 2
    assert AuditEntry.objects.get(action="job.retry").reason == "The rule was changed."


def test_a_running_job_is_canceled_and_an_ended_one_is_not(alice: Tenant) -> None:
    sam, job = browser(), alice.start()
    address = reverse("admin:generation_job_cancel", args=[job.pk])
    assert ">Cancel<" in page_of(sam, job)
    done = sam.post(address, {"reason": "Asked by phone."}, follow=True)
    assert [str(one) for one in done.context["messages"]] == ["The job was asked to stop; it is canceled."]
    job.refresh_from_db()
    assert job.status == "canceled"
    assert AuditEntry.objects.get(action="job.cancel").reason == "Asked by phone."
    answer = sam.post(address, {"reason": "Again."}, follow=True)
    assert [str(one) for one in answer.context["messages"]] == ["The job is already canceled."]
    assert ">Cancel<" not in page_of(sam, job)


@pytest.mark.parametrize(("word", "certainty"), [("taken", "confirmed"), ("nothing", "dismissed")])
def test_an_unknown_outcome_is_resolved_once(alice: Tenant, word: str, certainty: str) -> None:
    sam, job = browser(), drive(alice.start("sim/dropped-none"))
    assert "The provider took the cost" in page_of(sam, job)
    address = reverse("admin:generation_attempt_resolve", args=[job.attempts.get().pk, word])
    sam.post(address, {"reason": "Their invoice."})
    cost = ProviderCost.objects.get()
    assert (cost.certainty, cost.settled_note) == (CostCertainty(certainty), "Their invoice.")
    assert "The provider took the cost" not in page_of(sam, job)
    sam.post(address, {"reason": "Twice."})
    assert AuditEntry.objects.filter(action="attempt.resolve_unknown").count() == 1


def test_the_original_is_given_to_operators_alone_and_each_look_is_written_down(alice: Tenant) -> None:
    job = drive(alice.start())
    row = job.attempts.get().served.get()
    address = reverse("admin:generation_job_original", args=[row.pk])
    sam = browser()
    assert address in page_of(sam, job)
    answer = sam.get(address)
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/png")
    assert b"".join(answer.streaming_content)[:4] == b"\x89PNG"  # type: ignore[attr-defined]
    assert "no-store" in answer["Cache-Control"]
    assert AuditEntry.objects.filter(action="job.look_at_original").count() == 1
    looker = browser(staff_with("generation.view_generationjob"))
    assert looker.get(address).status_code == 403
    assert address not in page_of(looker, job)


def test_the_page_asks_the_database_few_questions_however_large_the_batch(
    alice: Tenant, django_assert_max_num_queries: Any
) -> None:
    sam, job = browser(), drive(alice.start("sim/standard", batchSize=12))
    address = reverse("admin:generation_generationjob_change", args=[job.pk])
    sam.get(address)
    with django_assert_max_num_queries(45):
        sam.get(address)
