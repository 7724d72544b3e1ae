"""Users, projects, members and keys in the admin; the same services as the API."""

from copy import deepcopy
from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from unfold.admin import ModelAdmin, TabularInline

from gencraft_media.accounts.forms import (
    ApiKeyForm,
    MembershipForm,
    PasswordForm,
    ProjectForm,
    UserChangeForm,
    UserCreationForm,
)
from gencraft_media.accounts.keys import issue_key, revoke_key
from gencraft_media.accounts.models import ApiKey, Membership, Project, Role, Scope, User

admin.site.unregister(Group)


@admin.register(Group)
class GroupAdmin(DjangoGroupAdmin, ModelAdmin):
    """Sets of permissions."""


@admin.register(User)
class UserAdmin(DjangoUserAdmin, ModelAdmin):  # type: ignore[type-arg]
    """People, and the customers of platforms."""

    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = PasswordForm
    ordering = ("-created_at",)
    list_display = ("__str__", "name", "platform", "is_staff", "is_active", "created_at")
    list_filter = ("is_staff", "is_superuser", "is_active")
    search_fields = ("email", "name", "external_id")
    autocomplete_fields = ("platform",)
    readonly_fields = ("last_login", "created_at")
    fieldsets = (
        (None, {"fields": ("email", "password", "name")}),
        ("Platform", {"fields": ("platform", "external_id")}),
        ("Permissions", {"fields": ("is_active", "is_staff", "is_superuser", "groups", "user_permissions")}),
        ("Dates", {"fields": ("last_login", "created_at")}),
    )
    add_fieldsets = ((None, {"classes": ("wide",), "fields": ("email", "name", "password1", "password2")}),)


class MembershipInline(TabularInline):
    """The members on a project's page."""

    model = Membership
    form = MembershipForm
    extra = 0
    autocomplete_fields = ("user",)


@admin.register(Project)
class ProjectAdmin(ModelAdmin):
    """Projects with their members. Whoever pays is chosen once."""

    form = ProjectForm
    list_display = ("name", "owner", "platform", "external_id", "created_at")
    search_fields = ("name", "owner__email", "external_id")
    list_select_related = ("owner", "platform")
    autocomplete_fields = ("owner", "platform")
    readonly_fields = ("created_at",)
    inlines = (MembershipInline,)
    ordering = ("-created_at",)

    def get_readonly_fields(self, request: HttpRequest, obj: Project | None = None) -> tuple[str, ...]:
        return (*self.readonly_fields, "owner") if obj else self.readonly_fields

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        project = form.instance
        Membership.objects.update_or_create(project=project, user=project.owner, defaults={"role": Role.OWNER})


@admin.register(Membership)
class MembershipAdmin(ModelAdmin):
    """Who is a member of what."""

    form = MembershipForm
    list_display = ("user", "project", "role")
    list_filter = ("role",)
    list_select_related = ("user", "project")
    search_fields = ("user__email", "project__name")
    autocomplete_fields = ("user", "project")


@admin.register(ApiKey)
class ApiKeyAdmin(ModelAdmin):
    """Keys: made and revoked here, shown once, never changed."""

    form = ApiKeyForm
    list_display = ("__str__", "name", "project", "user", "scopes", "created_at", "last_used_at", "revoked_at")
    list_select_related = ("project", "user")
    search_fields = ("prefix", "name", "project__name", "user__email")
    autocomplete_fields = ("project", "user")
    actions = ("revoke_keys",)
    ordering = ("-created_at",)

    def has_change_permission(self, request: HttpRequest, obj: ApiKey | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: ApiKey | None = None) -> bool:
        return False

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("accounts.change_apikey"))

    def get_form(self, request: HttpRequest, obj: ApiKey | None = None, change: bool = False, **options: Any) -> Any:
        """A key that operates the engine is made by those who may do it themselves."""
        form = super().get_form(request, obj, change, **options)
        if not request.user.is_superuser and "scopes" in form.base_fields:
            # The fields that are declared are shared by all forms of this process.
            scopes = form.base_fields["scopes"] = deepcopy(form.base_fields["scopes"])
            scopes.choices = [choice for choice in Scope.choices if choice[0] != Scope.ADMIN]
        return form

    def save_model(self, request: HttpRequest, obj: ApiKey, form: Any, change: bool) -> None:
        issued, token = issue_key(
            project=obj.project,
            user=obj.user,
            scopes=obj.scopes,
            name=obj.name,
            expires_at=obj.expires_at,
            actor=_person(request),
        )
        obj.__dict__.update(issued.__dict__)
        # On the request alone: a message would put the token into a cookie.
        request.META["gencraft.new_token"] = token

    def response_add(self, request: HttpRequest, obj: ApiKey, post_url_continue: str | None = None) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": "API key made",
            "key": obj,
            "token": request.META.pop("gencraft.new_token"),
        }
        return TemplateResponse(request, "accounts/key_shown.html", context, headers={"Cache-Control": "no-store"})

    @admin.action(description="Revoke the chosen keys", permissions=["revoke"])
    def revoke_keys(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> None:
        for key in queryset:
            revoke_key(key, actor=_person(request))
        messages.success(request, "Revoked. Requests with these keys are refused from now on.")


def _person(request: HttpRequest) -> User | None:
    return request.user if isinstance(request.user, User) else None
