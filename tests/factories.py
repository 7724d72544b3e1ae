"""Objects for tests, shared by all of them. Alice owns, Bob is her team-mate, Charlie a stranger."""

import itertools
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.test import Client
from rest_framework.test import APIClient

from gencraft_media.accounts.keys import issue_key
from gencraft_media.accounts.models import ApiKey, Membership, Project, Role, User
from gencraft_media.accounts.services import create_project, put_member

_counter = itertools.count(1)


def make_user(name: str = "alice", *, password: str | None = None, **fields: Any) -> User:
    """A user with an e-mail address of its own; `email=None` for a platform's customer."""
    email = fields.pop("email") if "email" in fields else f"{name}-{next(_counter)}@example.com"
    return User.objects.create_user(email, password, name=name, **fields)


def make_super_admin(name: str = "sam") -> User:
    """Sam, who may do everything in the admin."""
    return User.objects.create_superuser(f"{name}-{next(_counter)}@example.com", "password", name=name)


def make_project(owner: User | None = None, *, name: str = "Site", **fields: Any) -> Project:
    """A project of `owner`, a new Alice by default."""
    return create_project(owner=owner or make_user(), name=name, **fields)


def add_member(project: Project, user: User, role: str = Role.VIEWER) -> Membership:
    """Make `user` a member of `project`."""
    return put_member(project, user, role)


def make_key(
    project: Project | None = None,
    user: User | None = None,
    scopes: Iterable[str] = ("generate", "read"),
    *,
    name: str = "default",
    expires_at: datetime | None = None,
) -> tuple[ApiKey, str]:
    """A key of the project's owner, and its token."""
    project = project or make_project()
    return issue_key(project=project, user=user or project.owner, scopes=scopes, name=name, expires_at=expires_at)


def api_client(token: str) -> APIClient:
    """A client that speaks JSON and sends the key."""
    client = APIClient()
    client.default_format = "json"
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
    return client


def session_client(user: User) -> Client:
    """A browser of `user`, logged in, that checks CSRF as a real one would meet it."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(user)
    return client
