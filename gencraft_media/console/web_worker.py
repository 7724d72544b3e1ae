"""The web server's worker: gunicorn's own for ASGI, which ends what waits as soon as it is asked to stop."""

from gunicorn.workers.gasgi import ASGIWorker  # type: ignore[import-untyped]

from gencraft_media.common.stopping import announce_stop


class WebWorker(ASGIWorker):  # type: ignore[misc]
    """Without this, a stop would wait for every open event stream until gunicorn's patience ends."""

    def handle_exit_signal(self) -> None:
        """SIGTERM."""
        super().handle_exit_signal()
        announce_stop()

    def handle_quit_signal(self) -> None:
        """SIGINT and SIGQUIT."""
        super().handle_quit_signal()
        announce_stop()
