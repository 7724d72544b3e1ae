"""What can go wrong at a server with OpenAI's image interface, by name.

Refused: moderated · bad-key · unknown-model · bad-input · misfit (422 with FastAPI's `detail`) · rate-limited
In doubt: server-error 500 · loading 503 · page (200, no JSON) · hang-up · cut · slow
In the answer: fewer · none · not-base64 · wrong-size · without-picture · relative-url · lost-output
"""

from typing import Any

from tests.vendors.serving import Reply, json_reply


def error(status: int, code: str | int | None, message: str, **headers: str) -> Reply:
    """An error answer; some of these servers write the status as the code."""
    document = {"error": {"message": message, "type": "invalid_request_error", "param": None, "code": code}}
    return json_reply(document, status, {name.replace("_", "-"): value for name, value in headers.items()})


def misfit_reply(misfits: list[str]) -> Reply:
    """422 as servers made with FastAPI write it, from the words of our own schema."""
    detail: list[dict[str, Any]] = []
    for misfit in misfits:
        _, path, message = misfit.split(": ", 2)
        detail.append({"loc": ["body", *path.split(".")], "msg": message, "type": "value_error", "input": "x"})
    return json_reply({"detail": detail}, 422)


REFUSALS: dict[str, Reply] = {
    "moderated": error(400, "content_policy_violation", "The prompt was refused by the safety checker."),
    "bad-key": error(401, "invalid_api_key", "Unauthorized"),
    "unknown-model": error(404, "model_not_found", "The model `house-model` does not exist."),
    "bad-input": error(400, 400, "n must be at most 10"),
    "misfit": misfit_reply(["generation: size: Input should be WxH"]),
    "rate-limited": error(429, "rate_limit_exceeded", "Too many requests", retry_after="1"),
}
DOUBTS: dict[str, Reply] = {
    "server-error": error(500, 500, "could not load model: rpc error"),
    "loading": json_reply({"detail": "The model is being loaded."}, 503),
    "page": Reply(200, b"<html>Service</html>", {"Content-Type": "text/html"}),
    "hang-up": Reply(broken="hang-up"),
}
SPOILT = ("cut", "slow", "fewer", "none", "not-base64", "wrong-size", "without-picture", "relative-url", "lost-output")
