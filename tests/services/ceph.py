"""Ceph's S3 gateway on one machine, objects in memory: an S3 server of another make, which checks every signature.

Its programs come from the distribution: `apt-get install --no-install-recommends radosgw ceph-mon ceph-osd`.
"""

import http.client
import shutil
import subprocess
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests.services.programs import free_port
from tests.services.s3 import ACCESS_KEY, SECRET_KEY
from tests.services.s3_door import Door
from tests.services.servers import Server, running_in_scratch_folder
from tests.waiting import wait_until

PROGRAMS = ("radosgw", "radosgw-admin", "ceph-mon", "ceph-osd", "ceph", "ceph-authtool", "monmaptool")
_GATEWAY_TIMEOUT_S = 120.0
_CONFIGURATION = """
[global]
fsid = {cluster_id}
mon_initial_members = a
mon_host = [v2:127.0.0.1:{monitor_port}]
ms_bind_msgr1 = false
public_addr = 127.0.0.1
cluster_addr = 127.0.0.1
# Without authentication the gateway does not come up.
auth_cluster_required = cephx
auth_service_required = cephx
auth_client_required = cephx
keyring = {folder}/keyring
run_dir = {folder}/run
admin_socket = {folder}/run/$name.asok
log_file = {folder}/$name.log
crash_dir = {folder}/crash
mon_data = {folder}/mon
osd_data = {folder}/osd
rgw_data = {folder}/rgw
osd_objectstore = memstore
memstore_device_bytes = 1073741824
osd_crush_chooseleaf_type = 0
osd_pool_default_size = 1
osd_pool_default_min_size = 1
osd_pool_default_pg_num = 4
osd_pool_default_pgp_num = 4
osd_pool_default_pg_autoscale_mode = off
mon_allow_pool_size_one = true
mon_max_pg_per_osd = 2000
rgw_frontends = beast endpoint=127.0.0.1:{gateway_port}
"""
_KEYS = {
    "mon.": ["mon", "allow *"],
    "client.admin": ["mon", "allow *", "osd", "allow *", "mgr", "allow *"],
    "osd.0": ["mon", "allow profile osd", "osd", "allow *"],
    "client.rgw": ["mon", "allow rw", "osd", "allow rwx"],
}


def is_installed() -> bool:
    """Whether this machine has Ceph's programs."""
    return all(shutil.which(name) for name in PROGRAMS)


class _Part(Server):
    """One of Ceph's programs, in the foreground."""

    def __init__(self, folder: Path, name: str, arguments: Sequence[str]) -> None:
        self.name = name
        super().__init__(folder)
        self.arguments = arguments

    def command(self) -> Sequence[str]:
        return [*self.arguments, "-c", str(self.folder / "ceph.conf"), "-f"]

    def answers(self) -> bool:
        # Each says in its own way when it is ready; whoever starts it asks.
        return True


class CephGateway:
    """A monitor, one store and the gateway, all on loopback ports."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.parts: list[_Part] = []
        for name in ("run", "crash", "osd", "rgw"):
            (folder / name).mkdir(parents=True)
        self.cluster_id, self.store_id = str(uuid.uuid4()), str(uuid.uuid4())
        self.monitor_port = free_port()
        written = _CONFIGURATION.format(
            cluster_id=self.cluster_id, folder=folder, monitor_port=self.monitor_port, gateway_port=self.port
        )
        (folder / "ceph.conf").write_text(written)

    def start(self) -> None:
        """Run the three programs and make one user; returns when the gateway answers."""
        self._make_keys()
        self._start_monitor()
        self._run("ceph", "osd", "new", self.store_id)
        self._run("ceph-osd", "-i", "0", "--mkfs", "--osd-uuid", self.store_id)
        self._start("ceph-osd", "-i", "0")
        wait_until(lambda: "1 up" in self._run("ceph", "osd", "stat"), timeout_s=60, what="Ceph's store")
        self._start("radosgw", "-n", "client.rgw")
        wait_until(self.answers, timeout_s=_GATEWAY_TIMEOUT_S, what="Ceph's gateway")
        self._run(
            "radosgw-admin", "user", "create", "--uid=tests", "--display-name=tests", f"--access-key={ACCESS_KEY}",
            f"--secret-key={SECRET_KEY}",
        )  # fmt: skip

    def stop(self) -> None:
        """End what was started, the last first."""
        for part in reversed(self.parts):
            part.stop()

    def answers(self) -> bool:
        """Whether the gateway takes requests."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/")
            return connection.getresponse().status < 500
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def _make_keys(self) -> None:
        keyring = str(self.folder / "keyring")
        for number, (name, rights) in enumerate(_KEYS.items()):
            pairs = zip(rights[::2], rights[1::2], strict=True)
            caps = [part for who, what in pairs for part in ("--cap", who, what)]
            create = ["--create-keyring"] if number == 0 else []
            self._run("ceph-authtool", *create, keyring, "--gen-key", "-n", name, *caps, configured=False)

    def _start_monitor(self) -> None:
        monmap = str(self.folder / "monmap")
        address = f"[v2:127.0.0.1:{self.monitor_port}]"
        self._run("monmaptool", "--create", "--fsid", self.cluster_id, "--addv", "a", address, monmap, configured=False)
        self._run("ceph-mon", "-i", "a", "--mkfs", "--monmap", monmap, "--keyring", str(self.folder / "keyring"))
        self._start("ceph-mon", "-i", "a")

    def _start(self, *arguments: str) -> None:
        part = _Part(self.folder, arguments[0], arguments)
        self.parts.append(part)
        part.start()

    def _run(self, *arguments: str, configured: bool = True) -> str:
        where = ["-c", str(self.folder / "ceph.conf")] if configured else []
        done = subprocess.run([*arguments, *where], check=False, capture_output=True, text=True, timeout=120, cwd="/")
        if done.returncode:
            raise RuntimeError(f"{arguments[0]} failed: {done.stderr[-2000:]}")
        return done.stdout


@pytest.fixture(scope="session")
def ceph_gateway() -> Iterator[CephGateway]:
    """The gateway of this run."""
    with running_in_scratch_folder(CephGateway, "ceph") as gateway:
        yield gateway


@pytest.fixture(scope="session")
def ceph_door(ceph_gateway: CephGateway) -> Iterator[Door]:
    """The way to the gateway; a module that calls it `s3_door` runs on Ceph."""
    with Door(ceph_gateway.port) as door:
        yield door
