"""What the first run of an engine makes: a SuperAdmin, an enterprise project with credits, an API key."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from django.conf import settings
from django.db import transaction

from billing.accounts import account_of
from billing.ledger import grant_credits
from billing.models import EntryKind
from gencraft_media.accounts.keys import issue_key
from gencraft_media.accounts.models import Scope, User
from gencraft_media.accounts.services import create_project
from gencraft_media.console.administrators import create_admin
from gencraft_media.console.secrets_file import write_private

FILE_NAME = "first-run.json"
ADMIN_EMAIL = "admin@gencraft.local"
FIRST_CREDITS = 1_000


@dataclass(frozen=True)
class FirstRun:
    """The contents of first-run.json: where the engine is, and how to get in."""

    url: str
    adminEmail: str
    adminPassword: str
    apiKey: str
    projectId: str


def first_run_path() -> Path:
    """Where the log-in of the first run is kept, readable by its owner alone."""
    return Path(settings.DATA_DIR / FILE_NAME)


def find_first_run() -> FirstRun | None:
    """What the first run wrote, if the database still has the administrator it speaks of."""
    path = first_run_path()
    if not path.exists():
        return None
    known = FirstRun(**json.loads(path.read_text()))
    return known if User.objects.filter(email=known.adminEmail).exists() else None


def ensure_first_run() -> FirstRun | None:
    """Make the first administrator, project and key once. Returns what first-run.json says.

    None when there is an administrator but no file: somebody set this engine up in another way.
    """
    known = find_first_run()
    if known is not None or User.objects.filter(is_superuser=True).exists():
        return known
    with transaction.atomic():
        made = _make_first_run()
        # Inside the transaction: after a crash there is either no administrator, or one whose password is known.
        write_private(first_run_path(), json.dumps(asdict(made), indent=2) + "\n")
    return made


def _make_first_run() -> FirstRun:
    admin, password = create_admin(ADMIN_EMAIL)
    project = create_project(owner=admin, name="First project")
    account = account_of(admin.pk, plan="enterprise")
    grant_credits(
        owner_id=admin.pk,
        # Together with what the plan grants.
        credits=FIRST_CREDITS - account.available,
        kind=EntryKind.ADJUST,
        idempotency_key=f"first-run:{admin.pk}",
        reason="first run",
        actor=admin,
    )
    _, token = issue_key(
        project=project, user=admin, scopes=[Scope.GENERATE, Scope.READ, Scope.PLATFORM], name="first run"
    )
    return FirstRun(settings.PUBLIC_URL, ADMIN_EMAIL, password, token, str(project.pk))
