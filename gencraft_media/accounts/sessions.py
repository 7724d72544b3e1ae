"""What a log-in leaves in the session: when it was, and when it ends."""

from datetime import timedelta
from typing import Any

from django.contrib.auth.signals import user_logged_in
from django.http import HttpRequest

from gencraft_media.accounts.reauthentication import note_confirmation
from gencraft_media.accounts.safety_models import SafetySettings
from gencraft_media.common.versioned import current_settings


def begin_session(sender: Any, request: HttpRequest, user: Any, **_: Any) -> None:
    """Receives `user_logged_in`: the session ends after the hours that the settings give it."""
    note_confirmation(request)
    # A moment, not a number: Django would count a number from the latest change of the session on.
    request.session.set_expiry(timedelta(hours=current_settings(SafetySettings).session_hours))


user_logged_in.connect(begin_session)
