"""nginx on loopback ports with the project's own configuration, where the distribution has installed it.

`apt-get install --no-install-recommends nginx-light`, or any other build with TLS and the proxy's cache.
"""

import shutil
from collections.abc import Sequence
from pathlib import Path
from signal import SIGQUIT

from tests.services.programs import ROOT, free_port
from tests.services.servers import Server

PROGRAM = "nginx"
CONFIGURATION = ROOT / "proxy/nginx.conf"


def is_installed() -> bool:
    """Whether this machine has nginx."""
    return shutil.which(PROGRAM) is not None


class Nginx(Server):
    """proxy/nginx.conf in front of an engine on `engine_port`; replaced are ports and folders, nothing else."""

    name = "nginx"
    stop_signal = SIGQUIT

    def __init__(self, folder: Path, engine_port: int) -> None:
        super().__init__(folder)
        self.health_port = free_port()
        (folder / "tmp").mkdir(parents=True)
        (folder / "kept").mkdir()
        places = {
            "/tmp/": f"{folder}/tmp/",  # noqa: S108 (as it is written there)
            "/var/cache/nginx/": f"{folder}/kept/",
            "/etc/nginx/tls/": f"{folder}/tls/",
            "/dev/stdout": f"{folder}/access.log",
            "web:8000": f"127.0.0.1:{engine_port}",
            "listen 8080": f"listen 127.0.0.1:{self.port}",
            "listen 127.0.0.1:8081": f"listen 127.0.0.1:{self.health_port}",
        }
        text = CONFIGURATION.read_text()
        for there, here in places.items():
            text = text.replace(there, here)
        (folder / "nginx.conf").write_text(text)

    def command(self) -> Sequence[str]:
        return [PROGRAM, "-p", str(self.folder), "-c", str(self.folder / "nginx.conf"), "-g", "daemon off;"]
