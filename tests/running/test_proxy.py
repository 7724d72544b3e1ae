"""The proxy's configuration fits the engine and docker-compose.yml."""

import re

import pytest
from django.conf import settings

from gencraft_media.generation.preferences import LONGEST_WAIT_S
from tests.running.composed import NEEDED, ROOT, compose_document

TEXT = (ROOT / "proxy/nginx.conf").read_text()
_UNITS = {"s": 1, "m": 1_048_576}


def value_of(name: str, *, where: str = "") -> str:
    """What a directive is set to, the first time after `where`."""
    found = re.search(rf"^\s*{name}\s+([^;]+);", TEXT[TEXT.index(where) :], re.M)
    assert found, name
    return found[1]


def amount_of(name: str, *, where: str = "") -> int:
    """A directive's seconds, or bytes."""
    value = value_of(name, where=where)
    return int(value[:-1]) * _UNITS[value[-1]]


def test_it_asks_the_web_service_and_listens_where_the_ports_lead() -> None:
    services = compose_document(NEEDED)["services"]
    command = services["web"]["command"]
    port = command[command.index("--bind") + 1].rpartition(":")[2]
    assert value_of("set") == f"$engine web:{port}"
    targets = [mapping.rpartition(":")[2] for mapping in services["proxy"]["ports"]]
    assert value_of("listen").split()[0] == targets[0]
    health = services["proxy"]["healthcheck"]["test"][-1]
    assert f"listen {health.split('/')[2]};" in TEXT


def test_it_is_more_patient_than_whoever_waits_and_than_a_quiet_stream() -> None:
    assert amount_of("proxy_read_timeout") > max(LONGEST_WAIT_S, settings.EVENT_HEARTBEAT_S)
    assert amount_of("proxy_read_timeout", where="location /v1/") > settings.JOB_DEADLINE_S


def test_the_engine_refuses_large_requests_before_the_proxy_does() -> None:
    assert amount_of("client_max_body_size") > settings.DATA_UPLOAD_MAX_MEMORY_SIZE


@pytest.mark.parametrize("location", ["location /v1/", "(uploads|generate$|assets/[^/]+/)"])
def test_pictures_are_let_through_and_kept_by_the_engine(location: str) -> None:
    assert amount_of("client_max_body_size", where=location) > settings.UPLOAD_BODY_BYTES
    assert value_of("proxy_request_buffering", where=location) == "off"


@pytest.mark.parametrize("location", ["location /v1/", "events$"])
def test_streams_are_passed_on_at_once(location: str) -> None:
    assert value_of("proxy_buffering", where=location) == "off"


def test_what_a_client_says_about_itself_is_not_passed_on() -> None:
    said = dict(found.split(maxsplit=1) for found in re.findall(r"proxy_set_header ([^;]+);", TEXT))
    assert said["X-Forwarded-For"] == "$remote_addr" and said["X-Forwarded-Proto"] == "$scheme"


def test_only_pictures_are_kept_and_only_good_answers() -> None:
    assert len(re.findall(r"^\s*proxy_cache ", TEXT, re.M)) == 1
    assert value_of("proxy_cache", where="location /media/") == "pictures"
    assert re.findall(r"proxy_cache_valid (\S+) ", TEXT) == ["200"]
    assert value_of("proxy_cache_valid", where="location /media/") == "200 1h"


def test_it_writes_only_where_its_container_may() -> None:
    proxy = compose_document(NEEDED)["services"]["proxy"]
    places = {volume.split(":")[1] for volume in proxy["volumes"] if not volume.endswith(":ro")}
    places |= {place.split(":")[0] for place in proxy["tmpfs"]} | {"/dev"}
    written = re.findall(r"^\s*(?:pid|error_log|access_log|\w+_temp_path|proxy_cache_path) (/[^\s;]+)", TEXT, re.M)
    assert len(written) == 9
    assert [path for path in written if not any(path.startswith(f"{place}/") for place in places)] == []
