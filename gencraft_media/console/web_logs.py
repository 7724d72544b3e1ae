"""The web server's own log lines, in the same JSON as everybody else's."""

from typing import Any

from gunicorn.glogging import Logger  # type: ignore[import-untyped]

from gencraft_media.common.logs import configure


class JsonLogger(Logger):  # type: ignore[misc]
    """Passes gunicorn's lines to the root logger; requests are logged by our middleware, once."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        self.error_log.handlers.clear()
        self.error_log.propagate = True
        configure({"level": str(cfg.loglevel).upper()})
