"""docker-compose.yml, as far as it can be judged without running it."""

import re
from typing import Any

import pytest

from gencraft_media.console.programs import engine_programs
from providers.registry import ADAPTERS
from tests.running.composed import (
    NEEDED,
    ROOT,
    SECRETS,
    VariableMissing,
    command_of_image,
    compose_document,
    our_services,
    seconds,
    variables_of_compose,
)

ONCE = {"migrate", "setup-storage"}
# What may differ from `make run`: where it listens, how many at once, and how patient it is.
_OF_THE_PLACE = {"--bind", "--workers", "--concurrency", "--graceful-timeout", "--keep-alive", "--loglevel"}


@pytest.fixture
def document() -> dict[str, Any]:
    """The file, filled in with no more than it needs."""
    return compose_document(NEEDED)


@pytest.mark.parametrize("name", sorted(NEEDED))
@pytest.mark.parametrize("value", [None, ""])
def test_nothing_starts_without_a_value_that_only_the_operator_can_know(name: str, value: str | None) -> None:
    given = {**NEEDED, name: value} if value is not None else {one: "given" for one in NEEDED if one != name}
    with pytest.raises(VariableMissing, match=name):
        compose_document({key: one for key, one in given.items() if one is not None})


def test_no_secret_has_a_value_in_the_file() -> None:
    text = (ROOT / "docker-compose.yml").read_text()
    for name in SECRETS:
        assert not re.search(rf"\$\{{{name}:?-", text), f"{name} has a default"
    assert re.findall(r"^ +\w*(?:PASSWORD|SECRET|KEYS?)\w*: (?!\$\{)(.*)$", text, re.M) == []


def test_every_variable_is_one_that_the_engine_reads_or_the_page_explains(document: dict[str, Any]) -> None:
    read = (ROOT / "gencraft_media/settings.py").read_text() + (ROOT / ".env.example").read_text()
    page = (ROOT / "docs/production.md").read_text()
    for name in variables_of_compose():
        assert f'"{name}"' in read or re.search(rf"^{name}=", read, re.M) or f"`{name}`" in page, name
    for one in our_services(document).values():
        assert [name for name in one["environment"] if f'"{name}"' not in read] == []


def test_every_process_of_the_engine_is_there_with_the_command_of_make_run(document: dict[str, Any]) -> None:
    services = our_services(document)
    programs = {one.name: list(one.command) for one in engine_programs(listen="0.0.0.0", port=8000)}  # noqa: S104
    assert services.keys() == programs.keys() | ONCE
    for name, command in programs.items():
        assert _essence(services[name]["command"]) == _essence(command), name
    assert _essence(command_of_image()) == _essence(services["web"]["command"])


def _essence(command: list[str]) -> list[str]:
    kept, skip = [], False
    for part in command[1:]:
        if skip or part in _OF_THE_PLACE:
            skip = not skip
            continue
        kept.append("manage.py" if part.endswith("/manage.py") else part)
    return kept


def test_each_service_says_how_it_is_or_why_nobody_asks(document: dict[str, Any]) -> None:
    for name, one in document["services"].items():
        assert ("healthcheck" in one) != bool(one.get("x-no-healthcheck")), name


def test_each_service_is_bounded_and_the_engines_can_change_nothing_but_scratch_folders(
    document: dict[str, Any],
) -> None:
    for name, one in document["services"].items():
        limits = one["deploy"]["resources"]["limits"]
        assert limits["cpus"] and limits["memory"], name
        assert one["logging"]["options"]["max-size"], name
        assert one["restart"] == ("no" if name in ONCE else "unless-stopped"), name
    for name, one in our_services(document).items():
        assert one["read_only"] and one["init"] and one["cap_drop"] == ["ALL"], name
        assert one["tmpfs"] and "volumes" not in one, name


def test_the_engine_starts_after_what_it_stands_on(document: dict[str, Any]) -> None:
    services = document["services"]
    for name, one in our_services(document).items():
        for other, terms in one["depends_on"].items():
            wanted = "service_completed_successfully" if other in ONCE else "service_healthy"
            assert terms["condition"] == wanted and (other in ONCE or "healthcheck" in services[other]), (name, other)
        if name not in ONCE:
            assert one["depends_on"].keys() >= ONCE, name
    assert services["proxy"]["depends_on"]["web"] == {"condition": "service_healthy"}


def test_a_worker_may_end_the_longest_call_to_a_provider_before_it_is_killed(document: dict[str, Any]) -> None:
    longest_s = max(adapter.submit_timeout_s for adapter in ADAPTERS.values())
    assert seconds(document["services"]["worker-io"]["stop_grace_period"]) > longest_s
    web = document["services"]["web"]
    graceful_s = float(web["command"][web["command"].index("--graceful-timeout") + 1])
    assert seconds(web["stop_grace_period"]) > graceful_s


def test_only_the_proxy_can_be_reached_from_outside_and_data_only_from_inside(document: dict[str, Any]) -> None:
    services = document["services"]
    assert [name for name, one in services.items() if "ports" in one] == ["proxy"]
    assert {name for name, one in services.items() if one["networks"] == ["inside"]} == {"postgres", "valkey", "s3"}
    assert document["networks"]["inside"] == {"internal": True}


def test_every_image_of_others_names_a_version_and_every_volume_is_used(document: dict[str, Any]) -> None:
    others = [one["image"] for one in document["services"].values() if "build" not in one]
    assert [image for image in others if not re.search(r":v?\d+\.\d+", image)] == []
    mounted = {part.split(":")[0] for one in document["services"].values() for part in one.get("volumes", [])}
    assert {name for name in mounted if not name.startswith("./")} == document["volumes"].keys()
    assert (ROOT / "proxy/nginx.conf").is_file() and "./proxy/nginx.conf" in mounted


def test_the_broker_keeps_nothing_on_disk(document: dict[str, Any]) -> None:
    command = document["services"]["valkey"]["command"]
    assert command[command.index("--save") + 1] == "" and command[command.index("--appendonly") + 1] == "no"


def test_the_page_shows_how_to_make_each_value_that_is_needed() -> None:
    page = (ROOT / "docs/production.md").read_text()
    block = page[page.index("cat > .env") : page.index("\nEND\n")]
    assert set(re.findall(r"^([A-Z0-9_]+)=", block, re.M)) >= NEEDED.keys()
    for name in SECRETS:
        assert re.search(rf"^{name}=\$\(openssl rand ", block, re.M), name
