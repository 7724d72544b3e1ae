"""Writes what in docs/ is made from the code: `python -m tests.documents.generated`."""

import json
import os
import subprocess
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import django

from tests.documents.world import CLIENT, DOCS, node, package_program

ERRORS = DOCS / "errors.md"
TYPES = CLIENT / "schema.d.ts"
START, END = "<!-- generated -->\n", "<!-- end -->\n"


def client_types() -> str:
    """The types of the TypeScript client, from the engine's OpenAPI document. Raises `ClientMissing`."""
    with tempfile.TemporaryDirectory() as folder:
        document, types = Path(folder) / "openapi.json", Path(folder) / "schema.d.ts"
        document.write_text(json.dumps(_openapi()))
        command: list[Path | str] = [node(), package_program("openapi-typescript"), document, "--output", types]
        # Fields with a default may be left out of a request.
        command += ["--default-non-nullable", "false"]
        subprocess.run(command, check=True, capture_output=True, env={"PATH": os.defpath})
        return types.read_text()


def errors_page() -> str:
    """docs/errors.md with its table as it should be."""
    before, rest = ERRORS.read_text().split(START)
    return before + START + "\n" + "\n".join(_table()) + "\n\n" + END + rest.split(END)[1]


def _openapi() -> dict[str, Any]:
    # Models are ready only once Django is set up, which this module's command does itself.
    from drf_spectacular.generators import SchemaGenerator

    document: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    return document


def _table() -> Iterable[str]:
    from gencraft_media.common.problem_catalogue import PROBLEMS
    from gencraft_media.generation.compatible.errors import shape_of_code

    yield "| status | code | again? | what to do | under `/v1` |"
    yield "| --- | --- | --- | --- | --- |"
    for problem in sorted(PROBLEMS.values(), key=lambda problem: (problem.http_status, problem.code)):
        again, shape = "yes" if problem.retryable else "", shape_of_code(problem.code)
        compatible = f"{shape.status} `{shape.code}`"
        yield f"| {problem.http_status} | `{problem.code}` | {again} | {problem.fix} | {compatible} |"


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    TYPES.write_text(client_types())
    ERRORS.write_text(errors_page())
