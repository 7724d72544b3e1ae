"""The base of the loopback vendors: what it keeps, how faults are chosen, and how answers break."""

import subprocess
import sys
from collections.abc import Iterator

import pytest
import requests

from tests.vendors.openai.server import Server as OpenAiServer
from tests.vendors.serving import Received, Reply, VendorServer, json_reply

PLAIN = {"prompt": "x"}


class Server(VendorServer):
    """Answers with the name of the fault; "hang-up" and "cut" break the answer, "stream" streams it."""

    base_path = "/v1"

    def respond(self, received: Received) -> Reply:
        fault = self.fault_for(received.json()["prompt"])
        if fault.startswith("stream"):
            return Reply(stream=[b"one ", b"two"], broken="cut" if fault == "stream-cut" else "")
        broken = fault if fault in ("hang-up", "cut") else ""
        return Reply(200, json_reply({"fault": fault}).body, broken=broken)


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        yield running


def post(server: VendorServer, prompt: str) -> requests.Response:
    return requests.post(f"{server.url}/x?page=2", json={"prompt": prompt}, timeout=5)


def test_what_was_received_is_kept(server: Server) -> None:
    post(server, "x")
    [received] = server.received
    assert (received.method, received.path, received.query) == ("POST", "/v1/x", "page=2")
    assert received.headers["content-type"] == "application/json"
    assert received.json() == PLAIN


def test_a_mark_in_the_prompt_chooses_a_fault_and_may_say_how_often(server: Server) -> None:
    prompts = ["a [fault:busy]"] * 2 + ["b [fault:busy*2]"] * 3 + ["no mark"]
    assert [post(server, prompt).json()["fault"] for prompt in prompts] == ["busy", "busy", "busy", "busy", "", ""]


def test_a_script_serves_the_requests_without_a_mark_in_order(server: Server) -> None:
    server.script("first", "", "third")
    prompts = ["x", "a [fault:marked]", "x", "x", "x"]
    assert [post(server, prompt).json()["fault"] for prompt in prompts] == ["first", "marked", "", "third", ""]


@pytest.mark.parametrize("fault", ["hang-up", "cut", "stream-cut"])
def test_a_broken_answer_is_broken_for_the_client(server: Server, fault: str) -> None:
    with pytest.raises(requests.RequestException):
        post(server, f"[fault:{fault}]")


def test_a_stream_comes_in_pieces_and_has_an_end(server: Server) -> None:
    assert post(server, "[fault:stream]").text == "one two"


def test_what_does_not_fit_a_schema_is_named_and_kept() -> None:
    with OpenAiServer() as server:
        misfits = server.misfits("generation", {"model": "m", "prompt": "p", "n": 11})
    assert misfits == ["generation: n: 11 is greater than the maximum of 10"] == server.violations


def test_a_vendor_runs_alone() -> None:
    command = [sys.executable, "-m", "tests.vendors", "openai"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            url = process.stdout.readline().split()[-1]
            assert requests.get(f"{url}/models", headers={"Authorization": "Bearer sk-x"}, timeout=5).status_code == 200
        finally:
            process.terminate()
