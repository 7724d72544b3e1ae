"""What can go wrong at AUTOMATIC1111, by name.

Refused: bad-key 401 · not-installed 404 (a sampler) · no-api 404 (started without) · invalid 422 · busy 429 (a proxy)
Broken off: out-of-memory · cuda-memory · exception, all 500 with the program's own document
In doubt: bad-gateway 502 · server-error 500 without a document · hang-up · cut · slow · page · no-info
In the answer: fewer · none · not-base64 · grid (a sheet of all pictures first) · black (its filter) · wrong-size
"""

from typing import Any

from tests.vendors.serving import Reply, json_reply


def error(status: int, name: str, detail: Any, text: str = "") -> Reply:
    """An error as the program's own handler writes it."""
    return json_reply({"error": name, "detail": detail, "body": "", "errors": text}, status)


def misfit_reply(misfits: list[str]) -> Reply:
    """422 as FastAPI writes it, from the words of our own schema."""
    detail: list[dict[str, Any]] = []
    for misfit in misfits:
        _, path, message = misfit.split(": ", 2)
        detail.append({"loc": ["body", *path.split(".")], "msg": message, "type": "value_error"})
    return json_reply({"detail": detail}, 422)


_FULL = "CUDA out of memory. Tried to allocate 4.50 GiB (GPU 0; 8.00 GiB total capacity)"
REFUSALS: dict[str, Reply] = {
    "bad-key": error(401, "HTTPException", "Incorrect username or password"),
    "not-installed": error(404, "HTTPException", "Sampler not found"),
    "no-api": json_reply({"detail": "Not Found"}, 404),
    "invalid": misfit_reply(["txt2img: width: ensure this value is a multiple of 8"]),
    "busy": Reply(429, b"Too Many Requests", {"Retry-After": "1", "Content-Type": "text/plain"}),
    "out-of-memory": error(500, "OutOfMemoryError", "", _FULL),
    "cuda-memory": error(500, "RuntimeError", "", "CUDA error: out of memory"),
    "exception": error(500, "NansException", "", "A tensor with all NaNs was produced in Unet."),
}
DOUBTS: dict[str, Reply] = {
    "bad-gateway": Reply(502, b"<html>Bad gateway</html>", {"Content-Type": "text/html"}),
    "server-error": Reply(500, b"Internal Server Error", {"Content-Type": "text/plain"}),
    "page": Reply(200, b"<html>Stable Diffusion</html>", {"Content-Type": "text/html"}),
    "hang-up": Reply(broken="hang-up"),
}
SPOILT = ("cut", "slow", "no-info", "fewer", "none", "not-base64", "grid", "black", "wrong-size")
