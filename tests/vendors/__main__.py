"""Run one loopback vendor by itself: `python -m tests.vendors openai --port 8801`."""

import argparse
import importlib
import sys
from pathlib import Path

from tests.vendors.serving import VendorServer


def server_class(vendor: str) -> type[VendorServer]:
    """The class `Server` of `tests/vendors/<vendor>/server.py`."""
    found: type[VendorServer] = importlib.import_module(f"tests.vendors.{vendor}.server").Server
    return found


def vendors() -> list[str]:
    """The vendors there are: the folders beside this file with a server in them."""
    return sorted(path.parent.name for path in Path(__file__).parent.glob("*/server.py"))


def main(arguments: list[str]) -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(prog="python -m tests.vendors", description=__doc__)
    parser.add_argument("vendor", choices=vendors())
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--slow-s", type=float, default=45.0, help="how long the fault 'slow' takes")
    given = parser.parse_args(arguments)
    with server_class(given.vendor)(given.port, slow_s=given.slow_s) as server:
        sys.stdout.write(f"{given.vendor} answers at {server.url}\n")
        sys.stdout.flush()
        try:
            server.closing.wait()
        except KeyboardInterrupt:
            sys.stdout.write("stopped\n")


if __name__ == "__main__":
    main(sys.argv[1:])
