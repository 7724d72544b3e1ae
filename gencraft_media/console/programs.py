"""The processes of an engine on one machine, with the commands that run them in production too."""

import os
import sys

from django.conf import settings

from gencraft_media.console.children import Program

_CELERY = (sys.executable, "-m", "celery", "-A", "gencraft_media.celery", "--quiet")
# Chatter between workers that nothing here reads, and that the filesystem broker would keep as files.
_ALONE = ("--without-gossip", "--without-mingle", "--without-heartbeat")


def engine_programs(*, listen: str, port: int) -> list[Program]:
    """Web, dispatcher, two workers and beat."""
    return [
        Program("web", web_command(listen, port)),
        Program("dispatcher", (sys.executable, str(settings.BASE_DIR / "manage.py"), "dispatch")),
        Program("worker-io", worker_command("io", "io", settings.WORKER_IO_SLOTS + settings.WEBHOOK_SLOTS)),
        Program("worker-media", worker_command("media", "media,housekeeping", settings.WORKER_MEDIA_SLOTS)),
        Program("beat", (*_CELERY, "beat", "--loglevel", settings.LOG_LEVEL, "--pidfile=")),
    ]


def web_command(listen: str, port: int) -> tuple[str, ...]:
    """The web server: ASGI, because event streams and long waits need it."""
    return (
        *(sys.executable, "-m", "gunicorn", "gencraft_media.asgi:application"),
        *("--worker-class", "gencraft_media.console.web_worker.WebWorker"),
        *("--bind", f"{listen}:{port}", "--workers", os.environ.get("WEB_WORKERS", "1")),
        *("--graceful-timeout", "10", "--keep-alive", "5", "--no-control-socket"),
        *("--logger-class", "gencraft_media.console.web_logs.JsonLogger"),
    )


def worker_command(name: str, queues: str, slots: int) -> tuple[str, ...]:
    """A worker of threads: steps wait for providers or for image children, never for Python itself."""
    return (
        *_CELERY,
        *("worker", "--pool", "threads", "--queues", queues, "--concurrency", str(slots)),
        *("--hostname", f"{name}@%h", "--loglevel", settings.LOG_LEVEL, *_ALONE),
    )
