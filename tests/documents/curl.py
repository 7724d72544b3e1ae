"""As much of curl as the pages use; an option that is not here is refused."""

import argparse
import mimetypes
import sys
from pathlib import Path

import requests


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="curl", allow_abbrev=False)
    parser.add_argument("address")
    for quiet in ("-s", "-S", "-N"):
        parser.add_argument(quiet, action="store_true")
    parser.add_argument("-X", dest="method")
    parser.add_argument("-H", dest="headers", action="append", default=[])
    parser.add_argument("-d", dest="body")
    parser.add_argument("-F", dest="parts", action="append", default=[])
    parser.add_argument("-o", dest="output", type=Path)
    given = parser.parse_args()
    method = given.method or ("GET" if given.body is None and not given.parts else "POST")
    headers = dict(header.split(": ", 1) for header in given.headers)
    body = None if given.body is None else given.body.encode()
    parts = [_part(*part.split("=", 1)) for part in given.parts]
    answer = requests.request(method, given.address, headers=headers, data=body, files=parts or None, timeout=60)
    if given.output:
        given.output.write_bytes(answer.content)
    else:
        sys.stdout.buffer.write(answer.content)


def _part(name: str, value: str) -> tuple[str, tuple[str | None, bytes, str]]:
    """A field of a form, or with `@` the file of this name."""
    if not value.startswith("@"):
        return name, (None, value.encode(), "text/plain")
    path = Path(value.removeprefix("@"))
    return name, (path.name, path.read_bytes(), mimetypes.guess_type(path)[0] or "application/octet-stream")


if __name__ == "__main__":
    main()
