"""API keys: their shape, their end, and what is kept of them."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection

from gencraft_media.accounts.keys import find_key, issue_key, revoke_key
from gencraft_media.accounts.models import ApiKey, Membership, Project
from gencraft_media.common.clock import database_now
from gencraft_media.common.errors import Conflict, InvalidRequest
from gencraft_media.common.models import AuditEntry
from tests.factories import make_key, make_project

pytestmark = pytest.mark.django_db


def test_a_token_has_prefix_secret_and_checksum_and_is_found() -> None:
    key, token = make_key()
    head, prefix, rest = token.removeprefix("mge_").split("_")
    assert (head, prefix, len(rest)) == ("live", key.prefix, 38)
    found = find_key(token)
    assert found is not None
    assert found.pk == key.pk


def test_nothing_of_the_token_but_its_prefix_is_stored() -> None:
    key, token = make_key()
    secret = token.rsplit("_", 1)[1]
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM api_keys")
        assert secret not in str(cursor.fetchall())
    assert not [entry for entry in AuditEntry.objects.all() if secret in str((entry.before, entry.after, entry.reason))]
    assert secret not in str(key)


def test_a_mistyped_token_is_told_by_its_checksum_without_a_query(django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
    _, token = make_key()
    wrong = token[:-1] + ("a" if token[-1] != "a" else "b")
    with django_assert_num_queries(0):
        assert find_key(wrong) is None
        assert find_key("") is None
        assert find_key(token + "\n") is None
        assert find_key("mge_live_short") is None


def test_a_token_of_a_known_prefix_with_another_secret_is_refused() -> None:
    key, token = make_key()
    ApiKey.objects.filter(pk=key.pk).update(digest="0" * 64)
    assert find_key(token) is None


def test_a_revoked_key_ends_at_once_and_revoking_twice_is_recorded_once() -> None:
    key, token = make_key()
    revoke_key(key)
    revoke_key(key)
    assert find_key(token) is None
    assert AuditEntry.objects.filter(action="accounts.revoke_key").count() == 1


def test_a_key_ends_at_its_expiry_by_the_databases_time() -> None:
    key, token = make_key(expires_at=database_now() + timedelta(hours=1))
    assert find_key(token) is not None
    ApiKey.objects.filter(pk=key.pk).update(expires_at=database_now() - timedelta(seconds=1))
    assert find_key(token) is None


def test_a_key_ends_when_its_user_is_switched_off() -> None:
    project = make_project()
    _, token = make_key(project)
    project.owner.is_active = False
    project.owner.save()
    assert find_key(token) is None


def test_a_key_ends_when_its_user_leaves_the_project() -> None:
    project = make_project()
    _, token = make_key(project)
    Membership.objects.filter(project=project).delete()
    assert find_key(token) is None


def test_use_is_noted_at_most_once_a_minute(django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
    key, token = make_key()
    find_key(token)
    key.refresh_from_db()
    first = key.last_used_at
    assert first is not None
    with django_assert_num_queries(1):
        find_key(token)
    ApiKey.objects.filter(pk=key.pk).update(last_used_at=first - timedelta(seconds=61))
    find_key(token)
    key.refresh_from_db()
    assert key.last_used_at is not None
    assert key.last_used_at >= first


def test_two_live_keys_of_a_name_are_the_most_and_a_revoked_one_makes_room() -> None:
    project = make_project()
    first, _ = make_key(project)
    make_key(project)
    with pytest.raises(Conflict):
        make_key(project)
    make_key(project, name="another")
    revoke_key(first)
    make_key(project)


def test_scopes_must_be_known_and_at_least_one() -> None:
    project = make_project()
    for scopes in ([], ["everything"], ["read", "admin"]):
        with pytest.raises(InvalidRequest) as caught:
            issue_key(project=project, user=project.owner, scopes=scopes)
        assert caught.value.errors[0].field == "scopes"


@pytest.mark.django_db(transaction=True)
def test_parallel_requests_cannot_make_a_third_live_key() -> None:
    project = make_project()

    def attempt(_: int) -> bool:
        try:
            make_key(Project.objects.get(pk=project.pk))
        except Conflict:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(attempt, range(8)))
    assert sum(made) == ApiKey.objects.count() == 2
