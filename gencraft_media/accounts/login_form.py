"""The log-in of the SuperAdmin site: password, and the code of whoever set up an authenticator app."""

from typing import Any

from django import forms
from django.http import HttpRequest
from unfold.forms import AuthenticationForm
from unfold.widgets import UnfoldAdminTextInputWidget

from gencraft_media.accounts.second_factor import WRONG_CODE, has_authenticator, note_wrong_code, verify_code

CODE_NEEDED = "Enter your authentication code as well: six digits of your authenticator app, or a recovery code."


class LogInForm(AuthenticationForm):  # type: ignore[misc]  # Unfold carries no types
    """One page for everybody: whether an address has an app is said only to who knows its password."""

    code = forms.CharField(
        label="Authentication code",
        required=False,
        max_length=40,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "one-time-code", "autocapitalize": "off"}),
        help_text="Only if you set up an authenticator app: its six digits, or a recovery code.",
    )

    def __init__(self, request: HttpRequest | None = None, *args: Any, **options: Any) -> None:
        super().__init__(request, *args, **options)
        self.fields["username"].widget.attrs["autocomplete"] = "username"

    def clean(self) -> Any:
        """The password first; its error says nothing about codes."""
        said = super().clean()
        user = self.get_user()
        if user is None or not has_authenticator(user):
            return said
        if not said.get("code"):
            raise forms.ValidationError(CODE_NEEDED, code="code_needed")
        # django-otp puts the device into the session when the user logs in.
        user.otp_device = verify_code(user, said["code"])
        if user.otp_device is None:
            note_wrong_code(self.request, user)
            raise forms.ValidationError(WRONG_CODE, code="wrong_code")
        return said
