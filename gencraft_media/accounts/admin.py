"""Users, projects, members and keys in the admin; the same services as the API."""

from copy import deepcopy
from http import HTTPStatus
from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.decorators import method_decorator
from unfold.admin import ModelAdmin, TabularInline
from unfold.decorators import display

from gencraft_media.accounts.forms import (
    ApiKeyForm,
    MembershipForm,
    PasswordForm,
    ProjectForm,
    UserChangeForm,
    UserCreationForm,
)
from gencraft_media.accounts.keys import issue_key, live_keys, revoke_key
from gencraft_media.accounts.models import ApiKey, Membership, Project, Role, Scope, User
from gencraft_media.accounts.reauthentication import ConfirmedAdmin, requires_recent_login
from gencraft_media.common.admin import AuditedAdmin
from gencraft_media.common.audit import record_audit


class SuperAdminsAdmin(ConfirmedAdmin, AuditedAdmin):
    """Who may do what is changed by SuperAdmins alone, whatever rights a group gives."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_superuser and super().has_add_permission(request))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.is_superuser and super().has_change_permission(request, obj))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.is_superuser and super().has_delete_permission(request, obj))


@admin.register(User)
class UserAdmin(SuperAdminsAdmin, DjangoUserAdmin, ModelAdmin):  # type: ignore[type-arg]
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

    @method_decorator(requires_recent_login)
    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:
        """A new password for somebody, which the audit names without it."""
        with transaction.atomic():
            answer: HttpResponse = super().user_change_password(request, id, form_url)
            if request.method == "POST" and answer.status_code == HTTPStatus.FOUND:
                record_audit(actor=request.user, action="accounts.set_password", target=self.get_object(request, id))
        return answer


class MembershipInline(TabularInline):
    """The members on a project's page."""

    model = Membership
    form = MembershipForm
    extra = 0
    autocomplete_fields = ("user",)


@admin.register(Project)
class ProjectAdmin(AuditedAdmin):
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
class MembershipAdmin(AuditedAdmin):
    """Who is a member of what."""

    form = MembershipForm
    list_display = ("user", "project", "role")
    list_filter = ("role",)
    list_select_related = ("user", "project")
    search_fields = ("user__email", "project__name")
    autocomplete_fields = ("user", "project")


class KeyStateFilter(admin.SimpleListFilter):
    """Whether requests with the key are let in."""

    title, parameter_name = "state", "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("live", "live"), ("ended", "expired or revoked")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> QuerySet[ApiKey]:
        match self.value():
            case "live":
                return queryset.filter(pk__in=live_keys())
            case "ended":
                return queryset.exclude(pk__in=live_keys())
        return queryset


@admin.register(ApiKey)
class ApiKeyAdmin(ModelAdmin):
    """Keys: made and revoked here, shown once, never changed."""

    form = ApiKeyForm
    list_display = ("__str__", "state", "name", "project", "user", "shown_scopes", "created_at", "last_used_at")
    list_filter = (KeyStateFilter, "created_at")
    list_select_related = ("project", "user")
    search_fields = ("prefix", "name", "project__name", "user__email")
    autocomplete_fields = ("project", "user")
    actions = ("revoke_keys",)
    ordering = ("-created_at",)

    @display(description="state", label={"live": "success", "expired": "warning", "revoked": "danger"})
    def state(self, key: ApiKey) -> str:
        if key.revoked_at is not None:
            return "revoked"
        return "expired" if key.expires_at is not None and key.expires_at <= timezone.now() else "live"

    @display(description="scopes")
    def shown_scopes(self, key: ApiKey) -> str:
        return ", ".join(key.scopes)

    @method_decorator(requires_recent_login)
    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None) -> Any:
        """A new key, for who proved lately who they are."""
        return super().add_view(request, form_url, extra_context)

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
