"""Forms of the admin for accounts."""

from typing import Any

from django import forms
from django.utils.safestring import mark_safe
from unfold.forms import AdminPasswordChangeForm
from unfold.forms import UserChangeForm as UnfoldUserChangeForm
from unfold.forms import UserCreationForm as UnfoldUserCreationForm
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from gencraft_media.accounts.keys import LIVE_KEYS_PER_NAME, live_keys
from gencraft_media.accounts.models import ApiKey, Membership, Project, Role, Scope, User
from gencraft_media.accounts.selectors import role_of

PasswordForm = AdminPasswordChangeForm


class UserCreationForm(UnfoldUserCreationForm):  # type: ignore[misc]
    """A person, known by e-mail address."""

    class Meta:
        model = User
        fields = ("email", "name")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].required = True


class UserChangeForm(UnfoldUserChangeForm):  # type: ignore[misc]
    """A person or a platform's customer; an empty address or id is NULL, or the second one would not be unique."""

    class Meta:
        model = User
        fields = (
            "email", "password", "name", "platform", "external_id", "is_active", "is_staff", "is_superuser", "groups",
            "user_permissions",
        )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # In Unfold's words a colour alone tells the link from them.
        self.fields["password"].help_text = mark_safe('<a href="../password/">Set another password</a>')

    def clean_email(self) -> str | None:
        return self.cleaned_data["email"] or None

    def clean_external_id(self) -> str | None:
        return self.cleaned_data["external_id"] or None


class ProjectForm(forms.ModelForm):  # type: ignore[type-arg]
    """A project; an empty external id is NULL."""

    class Meta:
        model = Project
        fields = ("name", "owner", "platform", "external_id")

    def clean_external_id(self) -> str | None:
        return self.cleaned_data["external_id"] or None


class MembershipForm(forms.ModelForm):  # type: ignore[type-arg]
    """A member's role; the owner keeps the role of owner and nobody else gets it."""

    class Meta:
        model = Membership
        fields = ("project", "user", "role")

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        project, user, role = values.get("project"), values.get("user"), values.get("role")
        if project and project.owner_id and user and (role == Role.OWNER) != (user.pk == project.owner_id):
            raise forms.ValidationError("The owner of the project, and only the owner, has the role of owner.")
        return values


class ApiKeyForm(forms.ModelForm):  # type: ignore[type-arg]
    """A new key of a project for one of its members."""

    scopes = forms.MultipleChoiceField(
        choices=Scope.choices, initial=[Scope.GENERATE, Scope.READ], widget=UnfoldAdminCheckboxSelectMultipleWidget
    )

    class Meta:
        model = ApiKey
        fields = ("project", "user", "name", "scopes", "expires_at")

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        project, user = values.get("project"), values.get("user")
        if not (project and user):
            return values
        if Scope.ADMIN in values.get("scopes", ()) and not user.is_superuser:
            self.add_error("scopes", "Only a SuperAdmin's key has the scope admin.")
        if role_of(user, project) is None:
            raise forms.ValidationError("The key's user must be a member of the project.")
        if live_keys().filter(project=project, name=values.get("name", "")).count() >= LIVE_KEYS_PER_NAME:
            raise forms.ValidationError("Two live keys of this name exist in the project; revoke one of them first.")
        return values
