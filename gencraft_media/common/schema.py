"""What the OpenAPI document says about every operation alike: errors are problems."""

from typing import Any

from gencraft_media.common.problems import CONTENT_TYPE

_METHODS = {"get", "put", "post", "patch", "delete"}
_FIELD_ERROR = {
    "type": "object",
    "required": ["field", "message", "code"],
    "properties": {
        "field": {"type": "string", "description": "Path to the field, dots and numbers for nested ones."},
        "message": {"type": "string"},
        "code": {"type": "string"},
        "allowed": {"type": "array", "items": {}},
        "nearest": {},
    },
}
_PROBLEM = {
    "type": "object",
    "description": "RFC 9457. `type` is a page that tells cause and fix; some codes add fields of their own.",
    "required": ["type", "title", "status", "detail", "instance", "code", "retryable", "errors", "requestId"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string"},
        "code": {"type": "string"},
        "retryable": {"type": "boolean"},
        "errors": {"type": "array", "items": {"$ref": "#/components/schemas/FieldError"}},
        "requestId": {"type": "string"},
    },
    "additionalProperties": True,
}
_ANSWER = {
    "description": "A problem",
    "content": {CONTENT_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
}


def add_problems(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """drf-spectacular's postprocessing hook: the Problem component, and the default answer of each operation."""
    components = result.setdefault("components", {})
    components["schemas"] = {**components.get("schemas", {}), "FieldError": _FIELD_ERROR, "Problem": _PROBLEM}
    components["responses"] = {**components.get("responses", {}), "Problem": _ANSWER}
    for operations in result.get("paths", {}).values():
        for method, operation in operations.items():
            if method in _METHODS:
                operation["responses"].setdefault("default", {"$ref": "#/components/responses/Problem"})
    return result
