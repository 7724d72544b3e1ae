"""Log lines are JSON and carry the request at hand; request ids are ours unless they are harmless."""

import json
import logging
from typing import Any

import pytest
import structlog
from django.test import Client

from gencraft_media.common.logs import configure, logger


def _lines(captured: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in captured.splitlines() if line.startswith("{")]


@pytest.fixture
def root() -> Any:
    """The root logger, put back after a test that configures logging."""
    root = logging.getLogger()
    kept = (root.handlers[:], root.level)
    yield root
    root.handlers[:], root.level = kept


def test_our_lines_and_the_libraries_are_one_json_object_each(root: Any, capsys: pytest.CaptureFixture[str]) -> None:
    configure({"level": "INFO"})
    with structlog.contextvars.bound_contextvars(job_id="job-1"):
        logger("tests.logs").info("stored", size=3)
        logging.getLogger("some.library").warning("a plain %s\nof two lines", "line")
    ours, theirs = _lines(capsys.readouterr().err)
    assert (ours["event"], ours["size"], ours["job_id"], ours["level"]) == ("stored", 3, "job-1", "info")
    assert (theirs["event"], theirs["job_id"], theirs["logger"]) == (
        "a plain line\nof two lines",
        "job-1",
        "some.library",
    )
    assert {"timestamp", "level", "logger"} <= ours.keys() & theirs.keys()


def test_an_exception_is_one_line_with_its_traceback(root: Any, capsys: pytest.CaptureFixture[str]) -> None:
    configure({"level": "INFO"})
    try:
        raise ValueError("broken")
    except ValueError as error:
        logger("tests.logs").error("failed", exc_info=error)
    (line,) = _lines(capsys.readouterr().err)
    assert "ValueError: broken" in line["exception"]


def test_the_level_is_the_one_asked_for(root: Any, capsys: pytest.CaptureFixture[str]) -> None:
    configure({"level": "WARNING"})
    logger("tests.logs").info("quiet")
    assert _lines(capsys.readouterr().err) == []


def test_a_request_id_is_taken_over_returned_and_logged(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    answer = client.get("/livez", headers={"X-Request-Id": "abc-12345"})
    assert answer["X-Request-Id"] == "abc-12345"
    assert "abc-12345" in caplog.text
    assert "/livez" in caplog.text


@pytest.mark.parametrize("offered", ["short", "x" * 65, "a b c d e f g", 'abcdefgh"}', ""])
def test_a_request_id_that_could_harm_a_log_is_replaced(client: Client, offered: str) -> None:
    answer = client.get("/livez", headers={"X-Request-Id": offered})
    assert answer["X-Request-Id"] != offered
    assert len(answer["X-Request-Id"]) == 32


def test_the_query_of_a_request_is_not_logged(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    client.get("/livez?token=canary")
    assert "canary" not in caplog.text
