"""Who is asked beside the engine itself: a function of the operator's own, or a server of theirs."""

import base64
import binascii
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

from gencraft_media.common.egress import EgressRefused, configured_policy
from gencraft_media.common.errors import FieldError, InvalidRequest
from gencraft_media.common.versioned import current_settings
from gencraft_media.generation.models import HookSettings
from gencraft_media.webhooks.signatures import PREFIX

Function = Callable[[dict[str, Any]], Any]
# A target that says nobody, whatever the environment names.
OFF = "off"
_SECRET_BYTES = range(24, 65)


class HookName(StrEnum):
    """What may be asked."""

    ROUTER = "router"  # the order of the models that could serve a request
    COST = "cost"  # the price of a request
    QUALITY = "quality"  # what an output is worth


@dataclass(frozen=True)
class Hook:
    """Whom a question goes to: a dotted path, or an address with the secret that signs."""

    name: str
    target: str
    secret: str = field(default="", repr=False)

    @property
    def is_address(self) -> bool:
        return "://" in self.target


def hook_for(name: str) -> Hook | None:
    """The hook in force, None where nobody is asked. Where the settings are silent, the environment's."""
    row = current_settings(HookSettings, name)
    if row.target:
        return None if row.target == OFF else Hook(name, row.target, row.secret)
    target = settings.HOOKS[name]
    return Hook(name, target, settings.HOOK_SECRET) if target else None


def function_at(path: str) -> Function:
    """The function at a dotted path. Raises ImportError where there is none that can be called."""
    found = import_string(path)
    if not callable(found):
        raise ImportError(f"{path} is not a function")
    return found  # type: ignore[no-any-return]


def check_target(target: str, secret: str) -> None:
    """Raises `InvalidRequest` naming the field of a target that could never be asked."""
    if target in ("", OFF):
        return
    if "://" in target:
        _check_address(target)
        if not is_secret(secret):
            message = f"Requests to an address are signed: {PREFIX} and 24 to 64 random bytes in base64."
            raise InvalidRequest(errors=[FieldError("secret", message)])
        return
    try:
        function_at(target)
    except Exception as error:
        # Whatever a module does when it is imported: the operator who names it is told.
        message = f"Nothing at this path can be called ({type(error).__name__}: {error})."
        raise InvalidRequest(errors=[FieldError("target", message)]) from error


def is_secret(text: str) -> bool:
    """Whether a text can sign, in the spelling of Standard Webhooks."""
    try:
        key = base64.b64decode(text.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        return False
    return text.startswith(PREFIX) and len(key) in _SECRET_BYTES


def _check_address(url: str) -> None:
    try:
        configured_policy().target_of(url)
    except EgressRefused as error:
        message = f"This address is not let out to: {error.reason}. A host of your own is opened by EGRESS_ALLOW."
        raise InvalidRequest(errors=[FieldError("target", message)]) from error
