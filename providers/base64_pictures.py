"""Pictures as base64 in JSON: read from an answer within bounds, written into a request."""

import base64
import binascii
from typing import Any

from providers.types import InputMedia

# 64 MiB of picture, the most the engine takes of any output.
_LONGEST = 64 * 1024 * 1024 * 4 // 3


def decoded_picture(encoded: Any) -> bytes | None:
    """The bytes in a base64 text, None where it holds none or too many."""
    if not isinstance(encoded, str) or not 0 < len(encoded) <= _LONGEST:
        return None
    try:
        return base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        return None


def encoded_picture(picture: InputMedia) -> str:
    """A picture's file as base64. Raises OSError where the file is gone."""
    return base64.b64encode(picture.path.read_bytes()).decode("ascii")
