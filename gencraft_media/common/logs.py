"""Logs: one JSON object a line, carrying the request, job and attempt at hand."""

import logging
import sys
from typing import Any

import structlog

_SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


def configure(options: dict[str, Any]) -> None:
    """Django's LOGGING_CONFIG hook: everything, the libraries' lines included, leaves as JSON on standard error."""
    structlog.configure(
        processors=[
            *_SHARED,
            structlog.processors.format_exc_info,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=_SHARED,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    logging.captureWarnings(True)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(options.get("level", "INFO"))
    # A line per task and per SQL hint would drown the lines that matter.
    for name in ("celery.app.trace", "celery.worker.strategy", "kombu", "PIL"):
        logging.getLogger(name).setLevel(logging.WARNING)
    # Its warnings quote headers that cannot be read, and vendors quote our keys in theirs.
    logging.getLogger("urllib3").setLevel(logging.ERROR)


def logger(name: str) -> Any:
    """The structured logger of a module."""
    return structlog.stdlib.get_logger(name)
