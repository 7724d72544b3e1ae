"""The servers under the tests can be emptied and restarted in the middle of one."""

import os

import psycopg
import pytest
import redis

from tests.services import flush_valkey, restart_postgres, restart_valkey

pytestmark = pytest.mark.services


@pytest.fixture
def valkey() -> redis.Redis:
    client = redis.Redis.from_url(os.environ["BROKER_URL"])
    client.set("gencraft-probe", "here")
    return client


def test_flushed_valkey_is_empty(valkey: redis.Redis) -> None:
    flush_valkey()
    assert valkey.get("gencraft-probe") is None


def test_restarted_valkey_has_forgotten_everything(valkey: redis.Redis) -> None:
    restart_valkey()
    assert valkey.get("gencraft-probe") is None


def test_restarted_valkey_remembers_on_request(valkey: redis.Redis) -> None:
    restart_valkey(keep=True)
    assert valkey.get("gencraft-probe") == b"here"


def test_restarting_postgres_cuts_connections_and_keeps_data() -> None:
    address = os.environ["DATABASE_URL"]
    with psycopg.connect(address, autocommit=True) as before:
        before.execute("CREATE TABLE IF NOT EXISTS gencraft_probe (n int)")
        restart_postgres()
        with pytest.raises(psycopg.OperationalError):
            before.execute("SELECT 1")
    with psycopg.connect(address, autocommit=True) as after:
        assert after.execute("SELECT count(*) FROM gencraft_probe").fetchone() == (0,)
        after.execute("DROP TABLE gencraft_probe")
