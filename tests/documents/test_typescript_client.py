"""The TypeScript client tries again where that is safe, under the same key, and nowhere else."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.documents.world import Reader, copy_client, node

PROGRAM = """
import { GenCraft, RequestRefused } from "./client.ts";
const engine = new GenCraft({ url: process.env["URL"]!, key: process.env["API_KEY"]! });
try {
  const job = await engine.generate({ operation: "text-to-image", prompt: "A lighthouse at dawn" });
  console.log(job.status);
} catch (error) {
  if (!(error instanceof RequestRefused)) throw error;
  console.log(error.status, error.problem?.code);
}
"""
BUSY = (503, {"code": "service_unavailable", "detail": "Away.", "retryable": True})
HANG_UP = (0, "")
RUNNING, DONE = (202, {"id": "1", "status": "processing"}), (200, {"id": "1", "status": "completed"})
REFUSED = (422, {"code": "invalid_request", "detail": "No.", "retryable": False})
LIMITED = (429, {"code": "quota_exceeded", "detail": "No.", "retryable": False})
ABOUT_A_PROXY = (502, "<html>")


@dataclass
class Engine:
    """Answers as scripted, the last answer for ever; remembers who asked for what under which key."""

    script: list[tuple[int, Any]]
    asked: list[tuple[str, str]] = field(default_factory=list)

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        """One answer; status 0 breaks the line instead."""
        handler.rfile.read(int(handler.headers.get("Content-Length", 0)))
        self.asked.append((handler.command, handler.headers.get("Idempotency-Key", "")))
        status, document = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        if not status:
            handler.close_connection = True
            return
        body = document.encode() if isinstance(document, str) else json.dumps(document).encode()
        handler.send_response(status)
        handler.send_header("Content-Type", "text/html" if isinstance(document, str) else "application/json")
        handler.send_header("Retry-After", "0.05")
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)


@contextmanager
def scripted(*script: tuple[int, Any]) -> Iterator[tuple[Engine, str]]:
    """The engine and its address."""
    engine = Engine(list(script))

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            engine.answer(self)

        def do_GET(self) -> None:
            engine.answer(self)

        def log_message(self, format: str, *args: Any) -> None:
            """Tests are quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield engine, f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def outcome(url: str, folder: Path) -> str:
    copy_client(folder)
    (folder / "program.ts").write_text(PROGRAM)
    return Reader(url, "mge_live_x").run(node(), "program.ts", folder=folder).strip()


def test_a_busy_engine_and_a_broken_line_are_asked_again_under_the_same_key(tmp_path: Path) -> None:
    with scripted(BUSY, HANG_UP, ABOUT_A_PROXY, RUNNING, RUNNING, DONE) as (engine, url):
        assert outcome(url, tmp_path) == "completed"
    assert [method for method, _ in engine.asked] == ["POST"] * 4 + ["GET"] * 2
    keys = {key for method, key in engine.asked if method == "POST"}
    assert len(keys) == 1 and all(keys)


@pytest.mark.parametrize("answer", [REFUSED, LIMITED], ids=["422", "429"])
def test_a_refusal_is_told_and_not_asked_again(answer: tuple[int, Any], tmp_path: Path) -> None:
    with scripted(answer) as (engine, url):
        assert outcome(url, tmp_path) == f"{answer[0]} {answer[1]['code']}"
    assert len(engine.asked) == 1


def test_four_tries_are_enough(tmp_path: Path) -> None:
    with scripted(BUSY) as (engine, url):
        assert outcome(url, tmp_path) == "503 service_unavailable"
    assert len(engine.asked) == 4
