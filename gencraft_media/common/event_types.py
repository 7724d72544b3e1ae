"""Choosing events by their types: `job.completed` is one, `job.*` a group, `*` everything."""

import re
from collections.abc import Collection

from gencraft_media.common.errors import FieldError, InvalidRequest

EVERYTHING = "*"
_PATTERN = re.compile(r"\*|[a-z_]+(\.[a-z_]+)*(\.\*)?")
_MOST = 50


def is_chosen(type: str, patterns: Collection[str]) -> bool:
    """Whether one of the patterns means this type of event."""
    return any(
        pattern in (EVERYTHING, type) or (pattern.endswith(".*") and type.startswith(pattern[:-1]))
        for pattern in patterns
    )


def checked_patterns(patterns: Collection[str], field: str) -> tuple[str, ...]:
    """The patterns, each once. Raises `InvalidRequest` naming `field` for what no type of event can match."""
    if len(patterns) > _MOST:
        raise InvalidRequest(errors=[FieldError(field, f"At most {_MOST} types.", "max_length")])
    wrong = [pattern for pattern in patterns if not _PATTERN.fullmatch(pattern)]
    if wrong:
        message = "Write the type of an event like 'job.completed', a group like 'job.*', or '*'."
        raise InvalidRequest(errors=[FieldError(field, message)])
    return tuple(dict.fromkeys(patterns))
