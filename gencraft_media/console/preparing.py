"""Everything that stands between an empty folder and an engine that can start; each step may be repeated."""

import hashlib
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command

FOLDERS = ("logs", "media", "private", "permits", "queue/messages", "queue/control", "queue/processed")


def make_folders() -> None:
    """The folders below DATA_DIR. Celery's filesystem broker fails without its three."""
    for name in FOLDERS:
        (settings.DATA_DIR / name).mkdir(parents=True, exist_ok=True)


def prepare_database() -> None:
    """Bring the tables up to date, and the rows that come from files: providers, models, prices."""
    for command in ("migrate", "load_catalogue", "load_prices"):
        call_command(command, verbosity=0, stdout=StringIO())


def collect_static_files() -> None:
    """Gather and compress the static files, unless that was done for exactly these files."""
    stamp = Path(settings.STATIC_ROOT) / ".collected"
    fingerprint = hashlib.sha256("\n".join(sorted(_static_files())).encode()).hexdigest()
    if stamp.exists() and stamp.read_text() == fingerprint:
        return
    call_command("collectstatic", interactive=False, verbosity=0)
    stamp.write_text(fingerprint)


def _static_files() -> Iterator[str]:
    for finder in get_finders():
        for name, storage in finder.list([]):
            yield f"{name} {storage.size(name)} {storage.get_modified_time(name).timestamp()}"
