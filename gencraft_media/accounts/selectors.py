"""Which projects a caller reaches. Everything a caller may see hangs on a project, so access is checked here."""

from uuid import UUID

from django.db.models import Q, QuerySet

from gencraft_media.accounts.callers import Caller
from gencraft_media.accounts.models import Membership, Project, Role, Scope, User
from gencraft_media.common.errors import ObjectNotFound, PermissionRefused


def project_for(caller: Caller, project_id: UUID | None, *, write: bool) -> Project:
    """The project asked for, or the caller's own when none is named.

    Raises `ObjectNotFound` for strangers, `PermissionRefused` for members who may only look.
    """
    project = _named_project(caller, project_id) if project_id is not None else _own_project(caller)
    if project is None:
        raise ObjectNotFound("There is no such project here.")
    if write and not _may_write(caller, project):
        raise PermissionRefused("You may look at this project, but not generate in it.")
    return project


def visible_project_ids(caller: Caller) -> "QuerySet[Project, UUID]":
    """Ids of every project the caller may read, as a subquery for look-ups."""
    return _visible_projects(caller).values_list("id", flat=True)


def role_of(user: User, project: Project) -> str | None:
    """The user's role in a project, None for strangers."""
    return Membership.objects.filter(user=user, project=project).values_list("role", flat=True).first()


def _visible_projects(caller: Caller) -> QuerySet[Project]:
    if caller.key is None:
        return Project.objects.filter(membership__user=caller.user)
    reached = Q(pk=caller.key.project_id)
    if Scope.PLATFORM in caller.scopes:
        reached |= Q(platform=caller.user)
    return Project.objects.filter(reached)


def _named_project(caller: Caller, project_id: UUID) -> Project | None:
    if caller.project is not None and caller.project.pk == project_id:
        return caller.project
    return _visible_projects(caller).filter(pk=project_id).first()


def _own_project(caller: Caller) -> Project | None:
    return caller.project or _visible_projects(caller).order_by("created_at", "id").first()


def _may_write(caller: Caller, project: Project) -> bool:
    managed = Scope.PLATFORM in caller.scopes and project.platform_id == caller.user.pk
    # The role counts for keys too: a member made viewer must not go on generating with an old key.
    known = caller.project is not None and caller.project.pk == project.pk and caller.role is not None
    return managed or (caller.role if known else role_of(caller.user, project)) in {Role.OWNER, Role.EDITOR}
