"""Tables without nouns: domain events, audit entries, and the bases other apps' tables stand on."""

import uuid
from typing import Any

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models.functions import Now

from gencraft_media.common.database import RandomUuid


class UuidModel(models.Model):
    """A row named by a random UUID, with the database's time of its creation."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, db_default=RandomUuid(), editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        abstract = True


class DomainEvent(models.Model):
    """Something that happened to a subject; webhooks and event streams read these rows, nobody is called."""

    id = models.BigAutoField(primary_key=True)
    subject_kind = models.CharField(max_length=32)
    subject_id = models.UUIDField()
    # Numbered per subject under the subject's own row lock, without gaps.
    number = models.PositiveIntegerField()
    project_id = models.UUIDField(null=True)
    # Stamped after commit by the dispatcher, so that a project's stream has one order without a hot lock.
    project_number = models.PositiveBigIntegerField(null=True)
    type = models.CharField(max_length=64)
    payload = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "domain_events"
        constraints = [
            models.UniqueConstraint(fields=["subject_id", "number"], name="domain_events_subject_number"),
            models.UniqueConstraint(fields=["project_id", "project_number"], name="domain_events_project_number"),
        ]
        indexes = [
            models.Index(
                fields=["id"], name="domain_events_unstamped_idx", condition=models.Q(project_number__isnull=True)
            )
        ]

    def __str__(self) -> str:
        return f"{self.type} #{self.number}"


class AuditEntry(models.Model):
    """Who did what to which object, before and after, with secrets masked. Append-only."""

    id = models.BigAutoField(primary_key=True)
    # Opaque: an entry outlives the people and objects it names.
    actor_id = models.UUIDField(null=True)
    actor_label = models.CharField(max_length=255)
    action = models.CharField(max_length=100)
    target_kind = models.CharField(max_length=64)
    target_id = models.CharField(max_length=64)
    reason = models.TextField(blank=True)
    before = models.JSONField(null=True, encoder=DjangoJSONEncoder)
    after = models.JSONField(null=True, encoder=DjangoJSONEncoder)
    request_id = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "audit_entries"
        ordering = ["-id"]
        verbose_name_plural = "audit entries"
        indexes = [models.Index(fields=["target_kind", "target_id"], name="audit_entries_target_idx")]

    def __str__(self) -> str:
        return f"{self.action} {self.target_kind} {self.target_id}"


class VersionedSettings(models.Model):
    """One version of a group of settings; the newest version of a scope is in force, older ones stay for reverting.

    Concrete settings add their own columns with defaults that hold while no row exists.
    """

    id = models.BigAutoField(primary_key=True)
    scope = models.CharField(max_length=100, default="global")
    version = models.PositiveIntegerField()
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    reason = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        abstract = True
        constraints = [models.UniqueConstraint(fields=["scope", "version"], name="%(class)s_scope_version")]
        ordering = ["-version"]

    def __str__(self) -> str:
        return f"{self.scope} v{self.version}"

    def values(self) -> dict[str, Any]:
        """The settings themselves, without the columns of the base."""
        own = {field.name for field in VersionedSettings._meta.get_fields()} | {
            "id",
            "scope",
            "version",
            "changed_by",
            "reason",
            "created_at",
        }
        return {f.name: getattr(self, f.name) for f in self._meta.concrete_fields if f.name not in own}
