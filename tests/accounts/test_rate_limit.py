"""The token bucket: counted in the database, told in headers, refused with a time to wait."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.urls import reverse

from gencraft_media.accounts.models import RateBucket
from gencraft_media.accounts.rate_limit import RequestsExhausted, take_request
from gencraft_media.common.clock import database_now, from_now
from tests.factories import api_client, make_key

pytestmark = pytest.mark.django_db


def test_requests_count_down_and_the_headers_say_so(settings: Any) -> None:
    settings.API_REQUESTS_PER_MINUTE = 60
    client = api_client(make_key()[1])
    first, second = (client.get(reverse("asset-list")) for _ in range(2))
    assert first["RateLimit-Policy"] == '"requests";q=60;w=60'
    assert first["RateLimit"] == '"requests";r=59;t=1'
    assert (first["X-RateLimit-Limit"], first["X-RateLimit-Remaining"]) == ("60", "59")
    assert second["X-RateLimit-Remaining"] == "58"
    assert 1 <= int(second["X-RateLimit-Reset"]) <= 2
    assert "Retry-After" not in second


def test_an_empty_bucket_refuses_with_a_time_to_wait_and_refills(settings: Any) -> None:
    settings.API_REQUESTS_PER_MINUTE = 3
    client = api_client(make_key()[1])
    statuses = [client.get(reverse("asset-list")).status_code for _ in range(4)]
    assert statuses == [200, 200, 200, 429]
    refused = client.get(reverse("asset-list"))
    assert refused.json()["code"] == "rate_limited"
    assert refused.json()["retryable"] is True
    assert refused["Retry-After"] == "20"
    assert refused["X-RateLimit-Remaining"] == "0"
    RateBucket.objects.update(updated_at=from_now(-20))
    assert client.get(reverse("asset-list")).status_code == 200
    assert client.get(reverse("asset-list")).status_code == 429


def test_a_bucket_never_holds_more_than_its_limit(settings: Any) -> None:
    settings.API_REQUESTS_PER_MINUTE = 3
    take_request("key:x")
    RateBucket.objects.update(updated_at=from_now(-timedelta(days=9).total_seconds()))
    allowance = take_request("key:x")
    assert allowance is not None
    assert allowance.remaining == 2


def test_a_clock_set_back_takes_no_request_away(settings: Any) -> None:
    settings.API_REQUESTS_PER_MINUTE = 3
    take_request("key:x")
    RateBucket.objects.update(updated_at=from_now(3600))
    allowance = take_request("key:x")
    assert allowance is not None
    assert allowance.remaining == 1


def test_an_empty_bucket_refills_from_the_moment_the_clock_was_set_back(settings: Any) -> None:
    settings.API_REQUESTS_PER_MINUTE = 3
    for _ in range(3):
        take_request("key:x")
    RateBucket.objects.update(updated_at=from_now(3600))
    with pytest.raises(RequestsExhausted):
        take_request("key:x")
    assert RateBucket.objects.get().updated_at <= database_now()


def test_each_key_has_a_bucket_of_its_own(settings: Any) -> None:
    settings.API_REQUESTS_PER_MINUTE = 1
    first, second = api_client(make_key()[1]), api_client(make_key()[1])
    assert first.get(reverse("asset-list")).status_code == 200
    assert first.get(reverse("asset-list")).status_code == 429
    assert second.get(reverse("asset-list")).status_code == 200


def test_refused_requests_for_lack_of_a_scope_count_too(settings: Any) -> None:
    settings.API_REQUESTS_PER_MINUTE = 1
    client = api_client(make_key(scopes=["generate"])[1])
    assert client.get(reverse("asset-list")).status_code == 403
    assert client.get(reverse("asset-list")).status_code == 429


def test_the_limit_can_be_switched_off(settings: Any) -> None:
    settings.API_REQUESTS_PER_MINUTE = -1
    answer = api_client(make_key()[1]).get(reverse("asset-list"))
    assert answer.status_code == 200
    assert "RateLimit" not in answer
    assert not RateBucket.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_parallel_requests_never_get_more_than_the_bucket_holds(settings: Any) -> None:
    settings.API_REQUESTS_PER_MINUTE = 5

    def attempt(_: int) -> bool:
        try:
            take_request("key:shared")
        except RequestsExhausted:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(8) as pool:
        granted = sum(pool.map(attempt, range(24)))
    assert granted == 5
