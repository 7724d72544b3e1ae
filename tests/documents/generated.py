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
DAOS = DOCS / "daos.md"
ROLES = DOCS / "roles.md"
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
    return _filled_in(ERRORS, _table())


def daos_page() -> str:
    """docs/daos.md with its table of actions as it should be."""
    return _filled_in(DAOS, _actions())


def roles_page() -> str:
    """docs/roles.md with its table of rights as it should be."""
    return _filled_in(ROLES, _rights())


def _filled_in(page: Path, table: Iterable[str]) -> str:
    before, rest = page.read_text().split(START)
    return before + START + "\n" + "\n".join(table) + "\n\n" + END + rest.split(END)[1]


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


def _actions() -> Iterable[str]:
    from gencraft_media.daos.selectors import actions_told

    yield "| action | what it does | parameters | for example |"
    yield "| --- | --- | --- | --- |"
    for action in actions_told():
        told = [f"`{one['name']}`{'' if one['required'] else '?'}: {one['type']}" for one in action["parameters"]]
        parameters, examples = (
            "<br>".join(told).replace("|", "\\|").replace("<key>", "‹key›").replace("<uuid>", "‹uuid›"),
            "<br>".join(action["examples"]),
        )
        yield f"| `{action['name']}` | {action['label']} | {parameters} | {examples} |"


def _rights() -> Iterable[str]:
    from gencraft_media.console.safety.roles import ROLES as RULES

    yield "| role | rights | tables | besides |"
    yield "| --- | --- | --- | --- |"
    for role, grants in RULES.items():
        for grant in grants:
            tables, besides = (", ".join(f"`{name}`" for name in names) for names in (grant.tables, grant.besides))
            yield f"| {role} | {', '.join(grant.rights)} | {tables} | {besides} |"


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    TYPES.write_text(client_types())
    ERRORS.write_text(errors_page())
    DAOS.write_text(daos_page())
    ROLES.write_text(roles_page())
