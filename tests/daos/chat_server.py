"""A chat endpoint on this machine in the format of OpenAI's chat completions; it says what a test tells it."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class ChatServer:
    """`answer` is the next message's content, `body` what is sent in place of a completion."""

    answer: str = "{}"
    status: int = 200
    body: bytes | None = None
    silent: bool = False
    questions: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str | None] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    released: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.http = ThreadingHTTPServer(("127.0.0.1", 0), _handler_of(self))
        self.http.daemon_threads = True
        self.host = f"127.0.0.1:{self.http.server_address[1]}"
        self.url = f"http://{self.host}/v1"

    def propose(self, *actions: dict[str, Any], **more: Any) -> None:
        """Answer with these actions."""
        self.answer = json.dumps({"actions": list(actions), **more})

    def completion(self) -> bytes:
        """As https://platform.openai.com/docs/api-reference/chat/object has it (read 2026-11-20)."""
        message: dict[str, Any] = {"role": "assistant", "content": self.answer, "refusal": None, "annotations": []}
        usage = {"prompt_tokens": 900, "completion_tokens": 40, "total_tokens": 940}
        document = {
            "id": "chatcmpl-B9MBs8CjcvOU2jLn4n570S5qMJKcT",
            "object": "chat.completion",
            "created": 1_795_000_000,
            "model": "gpt-5.2-mini-2026-06-01",
            "choices": [{"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}],
            "usage": usage,
            "service_tier": "default",
        }
        return json.dumps(document).encode()


def _handler_of(server: ChatServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            server.questions.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            server.keys.append(self.headers["Authorization"])
            server.paths.append(self.path)
            if server.silent:
                server.released.wait(30)
                return
            said = server.body if server.body is not None else server.completion()
            self.send_response(server.status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *_: Any) -> None:
            """Stay silent."""

    return Handler


@contextmanager
def running_chat_server() -> Iterator[ChatServer]:
    """A server on a free port, for the length of a block."""
    server = ChatServer()
    thread = threading.Thread(target=server.http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.released.set()
        server.http.shutdown()
        server.http.server_close()
        thread.join(5)
