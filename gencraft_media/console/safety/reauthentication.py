"""Asking again who somebody is, before keys and credits; where it lives, every layer may use it."""

from gencraft_media.accounts.reauthentication import RECENT_S, is_recently_confirmed, requires_recent_login

__all__ = ["RECENT_S", "is_recently_confirmed", "requires_recent_login"]
