"""What can go wrong at OpenAI, by name: refusals as the vendor words them, and answers that are not as promised."""

from typing import Any

from tests.vendors.serving import Reply, json_reply


def error(status: int, kind: str, code: str | None, message: str, param: str | None = None, **headers: str) -> Reply:
    """An error answer; header names with underscores for hyphens."""
    document = {"error": {"message": message, "type": kind, "param": param, "code": code}}
    return json_reply(document, status, {name.replace("_", "-"): value for name, value in headers.items()})


def wrong_input(message: str, param: str | None) -> Reply:
    """The answer to a request that does not fit."""
    return error(400, "invalid_request_error", "invalid_value", message, param)


def unknown_model(model: str) -> Reply:
    """The answer for a model that never was or is no more."""
    message = f"The model '{model}' does not exist or you do not have access to it."
    return error(404, "invalid_request_error", "model_not_found", message, "model")


MODERATED = {
    "message": "Your request was rejected by the safety system. safety_violations=[violence].",
    "type": "image_generation_user_error",
    "param": None,
    "code": "moderation_blocked",
}
SERVER_ERROR = {
    "message": "The server had an error while processing your request.",
    "type": "server_error",
    "param": None,
    "code": None,
}

# Answers instead of a picture; nothing was made.
REFUSALS: dict[str, Reply] = {
    "moderated": json_reply({"error": MODERATED}, 400),
    "no-quota": error(
        429, "insufficient_quota", "insufficient_quota", "You exceeded your current quota, please check your plan."
    ),
    "hard-limit": error(
        400, "billing_limit_user_error", "billing_hard_limit_reached", "Billing hard limit has been reached."
    ),
    "rate-limited": error(
        429,
        "images",
        "rate_limit_exceeded",
        "Rate limit reached for images per min.",
        retry_after="1",
        retry_after_ms="500",
        x_ratelimit_limit_requests="5",
        x_ratelimit_remaining_requests="0",
    ),
    "bad-key": error(401, "invalid_request_error", "invalid_api_key", "Incorrect API key provided: sk-…"),
    "unverified": error(
        403,
        "invalid_request_error",
        None,
        "Your organization must be verified to use the model. Please click on Verify Organization.",
    ),
    "unknown-model": unknown_model("this one"),
    "bad-input": wrong_input("Invalid value.", "prompt"),
}
# The same, for edits only.
EDIT_REFUSALS: dict[str, Reply] = {
    "bad-picture": error(
        400,
        "image_generation_user_error",
        "invalid_image_file",
        "Invalid image file or mode for image 1, please check your image file.",
        "image",
    ),
    "too-large": error(413, "invalid_request_error", None, "The request is larger than the server takes."),
}
# Answers that do not tell whether a picture was made and charged.
DOUBTS: dict[str, Reply] = {
    "server-error": json_reply({"error": SERVER_ERROR}, 500),
    "overloaded": json_reply({"error": {**SERVER_ERROR, "message": "The engine is currently overloaded."}}, 503),
    "bad-gateway": Reply(502, b"<html>Bad gateway</html>", {"Content-Type": "text/html"}),
    "timed-out": error(408, "server_error", None, "The request timed out."),
    "conflict": error(409, "server_error", None, "The request conflicted with another one."),
    "hang-up": Reply(broken="hang-up"),
    "page": Reply(200, b"<html>Service</html>", {"Content-Type": "text/html"}),
}
# A picture is made, but the answer is not as promised: "slow" and "cut" of the way, the others of the contents.
SPOILT = ("slow", "cut", "wrong-size", "fewer", "none", "not-base64", "no-usage")
# Of streams only; "cut" ends a stream after its first partial image.
STREAM_ERRORS: dict[str, dict[str, Any]] = {"stream-moderated": MODERATED, "stream-error": SERVER_ERROR}
STREAM_FAULTS = (*STREAM_ERRORS, "stream-unfinished", "stream-keepalive")
