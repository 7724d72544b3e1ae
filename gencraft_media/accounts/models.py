"""Who asks: users, projects, members, the builders' own end users, and API keys."""

import uuid
from datetime import datetime
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models.functions import Now

from gencraft_media.accounts.safety_models import Authenticator, RecoveryCodes, SafetySettings
from gencraft_media.common.database import RandomUuid
from gencraft_media.common.models import UuidModel

# Django finds an app's tables in this module.
__all__ = [
    "ApiKey", "Authenticator", "ExternalUser", "Membership", "Project", "RateBucket", "RecoveryCodes", "Role",
    "SafetySettings", "Scope", "User", "UserAccounts",
]  # fmt: skip


class UserAccounts(BaseUserManager["User"]):
    """Makes users by e-mail address."""

    def create_user(self, email: str | None, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=self.normalize_email(email) if email else None, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class User(AbstractBaseUser, PermissionsMixin):
    """A person, or a builder's customer kept by `external_id` under the platform that made it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, db_default=RandomUuid(), editable=False)
    email = models.EmailField(unique=True, null=True, blank=True)
    name = models.CharField(max_length=255, blank=True)
    platform = models.ForeignKey("self", null=True, blank=True, on_delete=models.CASCADE, related_name="managed_users")
    external_id = models.CharField(max_length=255, null=True, blank=True)  # noqa: DJ001 (NULL: not managed)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects: ClassVar[UserAccounts] = UserAccounts()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        db_table = "users"
        constraints = [
            models.UniqueConstraint(fields=["platform", "external_id"], name="users_platform_external_id"),
        ]

    def __str__(self) -> str:
        return self.email or self.external_id or str(self.pk)


class Project(UuidModel):
    """One site or app; jobs, assets and keys belong to it, its owner's plan and credits pay for it."""

    name = models.CharField(max_length=255)
    owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="owned_projects")
    platform = models.ForeignKey(User, null=True, blank=True, on_delete=models.CASCADE, related_name="managed_projects")
    external_id = models.CharField(max_length=255, null=True, blank=True)  # noqa: DJ001 (NULL: not managed)
    members: "models.ManyToManyField[User, Membership]" = models.ManyToManyField(
        User, through="Membership", related_name="projects"
    )

    class Meta:
        db_table = "projects"
        constraints = [
            models.UniqueConstraint(fields=["platform", "external_id"], name="projects_platform_external_id"),
        ]

    def __str__(self) -> str:
        return self.name


class Role(models.TextChoices):
    """What a member may do in a project."""

    OWNER = "owner"  # everything
    EDITOR = "editor"  # generate and read
    VIEWER = "viewer"  # read


class Membership(models.Model):
    """A user's role in a project; the owner has a row too."""

    id = models.BigAutoField(primary_key=True)
    project = models.ForeignKey(Project, on_delete=models.CASCADE)
    user = models.ForeignKey(User, on_delete=models.CASCADE)
    role = models.CharField(max_length=10, choices=Role.choices)

    class Meta:
        db_table = "memberships"
        constraints = [models.UniqueConstraint(fields=["project", "user"], name="memberships_project_user")]

    def __str__(self) -> str:
        return f"{self.user} is {self.role} of {self.project}"


class ExternalUser(UuidModel):
    """An end user of a builder's own site, known to us by the builder's id alone; quotas count them one by one."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="external_users")
    external_id = models.CharField(max_length=255)

    class Meta:
        db_table = "external_users"
        constraints = [
            models.UniqueConstraint(fields=["project", "external_id"], name="external_users_project_external_id")
        ]

    def __str__(self) -> str:
        return self.external_id


class Scope(models.TextChoices):
    """What a key may be used for."""

    GENERATE = "generate"  # make, cancel, change
    READ = "read"  # look
    PLATFORM = "platform"  # manage users, projects and keys by externalId, and act for them
    ADMIN = "admin"  # operate the engine: a SuperAdmin's keys only


class ApiKey(UuidModel):
    """A key of a project: only its prefix and SHA-256 are kept, the key itself is shown once."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="api_keys")
    # On whose behalf the key acts; quotas count this user unless an externalUserId is given.
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_keys")
    name = models.CharField(max_length=100, default="default")
    prefix = models.CharField(max_length=8, unique=True)
    digest = models.CharField(max_length=64)
    scopes = models.JSONField(default=list)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    # Set by `keys.find_key`: the database's time, and what its user is in its project.
    now: datetime
    role: str | None

    class Meta:
        db_table = "api_keys"
        verbose_name = "API key"

    def __str__(self) -> str:
        return f"mge_live_{self.prefix}…"


class RateBucket(models.Model):
    """The token bucket of one key: a row, so that every web process counts the same requests."""

    key = models.CharField(max_length=64, primary_key=True)
    tokens = models.FloatField()
    updated_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "rate_buckets"

    def __str__(self) -> str:
        return self.key
