"""What can go wrong at ComfyUI, by name; a mark stands in any text of the workflow.

At the workflow: bad-key 401 (a proxy) · no-outputs 400 · missing-node 400 · bad-value 400 with `node_errors` · busy 429
  in doubt: server-error 500 · bad-gateway 502 · page · hang-up · broken-contract (taken, and no id told) ·
  dropped and cut (taken, and the line breaks)
At the polls: failed · out-of-memory · interrupted · stuck · forgotten (started anew) · strange-word ·
  poll-error 500 and poll-cut for the first two polls
In the outputs: cached (none) · lost-output 404 · truncated · not-an-image · sly (a file name that leads elsewhere)
"""

from typing import Any

from tests.vendors.comfyui.graphs import error
from tests.vendors.serving import Reply, json_reply


def refused(kind: str, message: str, node_errors: dict[str, Any] | None = None) -> Reply:
    """A 400 as ComfyUI writes it."""
    return json_reply({"error": error(kind, message), "node_errors": node_errors or {}}, 400)


_TOO_LARGE = error("value_bigger_than_max", "Value 99999 bigger than max of 16384", "width", input_name="width")
REFUSALS: dict[str, Reply] = {
    "bad-key": Reply(401, b"401 Authorization Required", {"Content-Type": "text/html"}),
    "busy": Reply(429, b"Too Many Requests", {"Retry-After": "1"}),
    "no-outputs": refused("prompt_no_outputs", "Prompt has no outputs"),
    "missing-node": refused("missing_node_type", "Node 'FancyNode' not found."),
    "bad-value": refused(
        "prompt_outputs_failed_validation",
        "Prompt outputs failed validation",
        {"5": {"errors": [_TOO_LARGE], "dependent_outputs": ["9"], "class_type": "EmptyLatentImage"}},
    ),
}
DOUBTS: dict[str, Reply] = {
    "server-error": Reply(500, b"500 Internal Server Error\n\nServer got itself in trouble"),
    "bad-gateway": Reply(502, b"<html>Bad gateway</html>", {"Content-Type": "text/html"}),
    "page": Reply(200, b"<html>ComfyUI</html>", {"Content-Type": "text/html"}),
    "hang-up": Reply(broken="hang-up"),
}
TAKEN = ("broken-contract", "dropped", "cut")
EXCEPTIONS = {
    "failed": ("RuntimeError", "mat1 and mat2 shapes cannot be multiplied (77x768 and 2048x640)"),
    "out-of-memory": ("torch.OutOfMemoryError", "Allocation on device 0 would exceed allowed memory. (out of memory)"),
}
POLLS = (*EXCEPTIONS, "interrupted", "stuck", "forgotten", "strange-word", "poll-error", "poll-cut")
OUTPUTS = ("cached", "lost-output", "truncated", "not-an-image", "sly")
TROUBLED_TIMES = 2


def poll_trouble(fault: str, polls: int) -> Reply | None:
    """The answer to one of the first polls that tells nothing."""
    if polls > TROUBLED_TIMES or fault not in ("poll-error", "poll-cut"):
        return None
    return DOUBTS["server-error"] if fault == "poll-error" else Reply(200, b'{"history": {}}', broken="cut")
