"""Changes to users, projects and members."""

from collections.abc import Iterable
from datetime import datetime

from django.db import IntegrityError, transaction

from gencraft_media.accounts.keys import issue_key
from gencraft_media.accounts.models import ApiKey, ExternalUser, Membership, Project, Role, User
from gencraft_media.common.errors import Conflict


def create_project(*, owner: User, name: str, platform: User | None = None, external_id: str | None = None) -> Project:
    """Make a project and its owner's membership."""
    with transaction.atomic():
        project = Project.objects.create(owner=owner, name=name, platform=platform, external_id=external_id)
        Membership.objects.create(project=project, user=owner, role=Role.OWNER)
    return project


def put_member(project: Project, user: User, role: str) -> Membership:
    """Give `user` a role in a project. Raises `Conflict` for the owner, whose role cannot change."""
    if user.pk == project.owner_id and role != Role.OWNER:
        raise Conflict("The owner of a project keeps the role of owner.")
    membership, _ = Membership.objects.update_or_create(project=project, user=user, defaults={"role": role})
    return membership


def external_user_for(project: Project, external_id: str) -> ExternalUser:
    """The end user a builder names by its own id; the row is made on first use."""
    user, _ = ExternalUser.objects.get_or_create(project=project, external_id=external_id)
    return user


def put_user(platform: User, external_id: str, *, name: str = "") -> tuple[User, bool]:
    """Make or rename the platform's user of that id, who cannot log in. Returns whether it is new."""
    known = User.objects.filter(platform=platform, external_id=external_id).first()
    if known is None:
        try:
            with transaction.atomic():
                made = User.objects.create_user(None, platform=platform, external_id=external_id, name=name)
        except IntegrityError:
            # Another request made it between the look and the insert.
            known = User.objects.get(platform=platform, external_id=external_id)
        else:
            return made, True
    known.name = name
    known.save(update_fields=["name"])
    return known, False


def put_project(platform: User, external_id: str, *, name: str, owner: User) -> tuple[Project, bool]:
    """Make or rename the platform's project of that id. Returns whether it is new.

    Raises `Conflict` when it belongs to another owner: whoever pays does not change by a rename.
    """
    known = Project.objects.filter(platform=platform, external_id=external_id).first()
    if known is None:
        try:
            return create_project(owner=owner, name=name, platform=platform, external_id=external_id), True
        except IntegrityError:
            known = Project.objects.get(platform=platform, external_id=external_id)
    if known.owner_id != owner.pk:
        raise Conflict("This project belongs to another owner, and its owner cannot be changed here.")
    known.name = name
    known.save(update_fields=["name"])
    return known, False


def issue_managed_key(
    *, project: Project, user: User, scopes: Iterable[str], name: str, expires_at: datetime | None, actor: User
) -> tuple[ApiKey, str]:
    """A key of a platform's project; a managed user who is no member yet becomes an editor. See `issue_key`."""
    with transaction.atomic():
        Membership.objects.get_or_create(project=project, user=user, defaults={"role": Role.EDITOR})
        return issue_key(project=project, user=user, scopes=scopes, name=name, expires_at=expires_at, actor=actor)
