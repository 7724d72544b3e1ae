"""Text columns that are sealed in the database with keys of their own, never SECRET_KEY."""

from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import models

from gencraft_media.common.errors import GenCraftError


class SealBroken(GenCraftError):
    """A sealed value cannot be opened with any of the engine's keys."""

    code = "seal_broken"


def _keys() -> MultiFernet:
    return MultiFernet([Fernet(key) for key in settings.SEALING_KEYS])


def seal(text: str) -> str:
    """Encrypt with the newest key."""
    return _keys().encrypt(text.encode()).decode()


def unseal(token: str) -> str:
    """Decrypt with whichever key fits. Raises `SealBroken` when none does, and never returns the ciphertext."""
    try:
        return _keys().decrypt(token.encode()).decode()
    except InvalidToken as error:
        raise SealBroken from error


def reseal(token: str) -> str:
    """The same secret under the newest key."""
    try:
        return _keys().rotate(token.encode()).decode()
    except InvalidToken as error:
        raise SealBroken from error


class SealedTextField(models.TextField):  # type: ignore[type-arg]
    """Clear text in Python, a Fernet token in the database; an empty value stays empty."""

    description = "Sealed text"

    def get_prep_value(self, value: Any) -> Any:
        value = super().get_prep_value(value)
        return seal(value) if value else value

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        return unseal(value) if value else value

    def get_lookup(self, lookup_name: str) -> Any:
        # Every sealing of one text differs: a comparison could never match and would only seem to work.
        if lookup_name not in {"isnull"}:
            raise TypeError(f"sealed fields cannot be searched ({lookup_name})")
        return super().get_lookup(lookup_name)
