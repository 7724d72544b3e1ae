"""The house style, as far as a machine can see it."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from providers.credentials import variable_of

ROOT = Path(__file__).parent.parent
PACKAGES = ("gencraft_media", "providers", "assets", "billing")
SIZE_LIMIT = 300
FUNCTION_LIMIT = 50
ADAPTER_LIMIT = 200
TASK_LIMIT = 10

_AUTO_NAMED = re.compile(r"_auto_\d{8}|^\d{4}_(initial|alter_|remove_|rename_|delete_|\w+_and_more)")
_TEXT_FILES = {".py", ".md", ".html", ".js", ".css", ".json", ".toml", ".txt", ".yml", ".yaml", ".sql", ".sh", ""}
_OTHERS_FOLDERS = {"var", "build", "node_modules"}


def _modules(*tops: str) -> list[Path]:
    return sorted(path for top in tops for path in (ROOT / top).rglob("*.py"))


def _source_modules() -> list[Path]:
    return [path for path in _modules(*PACKAGES) if path.parent.name != "migrations"]


def _relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def _lines(path: Path) -> int:
    return len(path.read_text().splitlines())


def _functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def _length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (function.end_lineno or function.lineno) - function.lineno + 1


def test_no_module_is_longer_than_three_hundred_lines() -> None:
    paths = [*_source_modules(), *_modules("tests")]
    assert {_relative(path): _lines(path) for path in paths if _lines(path) > SIZE_LIMIT} == {}


def test_no_adapter_is_longer_than_two_hundred_lines() -> None:
    paths = _modules("providers/adapters")
    assert {_relative(path): _lines(path) for path in paths if _lines(path) > ADAPTER_LIMIT} == {}


def test_no_function_is_longer_than_fifty_lines() -> None:
    long = {
        f"{_relative(path)}:{function.name}": _length(function)
        for path in [*_source_modules(), *_modules("tests")]
        for function in _functions(path)
        if _length(function) > FUNCTION_LIMIT
    }
    assert long == {}


def test_every_module_says_what_it_is_for() -> None:
    silent = [
        _relative(path)
        for path in _modules(*PACKAGES, "tests")
        if path.read_text().strip() and not ast.get_docstring(ast.parse(path.read_text()))
    ]
    assert silent == []


def test_every_celery_task_is_a_few_lines_and_has_a_name() -> None:
    long, unnamed = {}, []
    for path in _source_modules():
        for function in _functions(path):
            decorators = [ast.unparse(decorator) for decorator in function.decorator_list]
            if not any(re.match(r"(celery\.)?(shared_task|app\.task)\b", text) for text in decorators):
                continue
            name = f"{_relative(path)}:{function.name}"
            if _length(function) > TASK_LIMIT:
                long[name] = _length(function)
            if not any("name=" in text for text in decorators):
                unnamed.append(name)
    assert (long, unnamed) == ({}, [])


def test_no_migration_has_a_name_made_by_a_machine() -> None:
    names = [path.stem for path in _modules(*PACKAGES) if path.parent.name == "migrations" and path.stem != "__init__"]
    assert names, "migrations were found"
    assert [name for name in names if _AUTO_NAMED.search(name)] == []


def test_no_module_has_a_name_that_says_nothing() -> None:
    empty_words = {"utils", "util", "helpers", "helper", "manager", "managers", "misc", "data", "process"}
    assert [_relative(path) for path in _modules(*PACKAGES, "tests") if path.stem in empty_words] == []


def test_every_variable_that_is_read_is_explained_in_the_example() -> None:
    example = (ROOT / ".env.example").read_text()
    explained = re.findall(r"^([A-Z][A-Z0-9_]*)=", example, re.M)
    assert len(explained) == len(set(explained))
    read = _variables_read() | _variables_of_providers()
    assert read - set(explained) == set(), "read, but not in .env.example"
    assert set(explained) - read == set(), "in .env.example, but not read"
    for block in re.split(r"\n\n", example):
        assert "\n#" in f"\n{block}", block


@pytest.mark.parametrize("text", ["../sha" + "red", "/work" + "/"])
def test_no_file_names_a_place_outside_the_project(text: str) -> None:
    # `.ci/run` checks against the vendors' own documents where the machine has them, and does without elsewhere.
    allowed = {".ci/run"} if text.startswith("..") else set()
    found = {_relative(path) for path in _text_files() if text in path.read_text(errors="ignore")}
    assert found - allowed == set()


def test_no_module_is_unfinished() -> None:
    marks = re.compile(r"\b(TODO|FIXME|XXX|NotImplementedError)\b")
    assert [_relative(path) for path in _source_modules() if marks.search(path.read_text())] == []


def test_no_test_sleeps_or_is_skipped() -> None:
    refused = {
        "time.sleep",
        "asyncio.sleep",
        "pytest.skip",
        "pytest.xfail",
        "pytest.mark.skip",
        "pytest.mark.skipif",
        "pytest.mark.xfail",
    }
    found = [
        f"{_relative(path)}:{node.lineno}"
        for path in _modules("tests")
        if "bench" not in path.parts
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and ast.unparse(node) in refused
    ]
    assert found == []


def _variables_read() -> set[str]:
    found: set[str] = set()
    for path in [*_source_modules(), ROOT / "manage.py"]:
        for node in ast.walk(ast.parse(path.read_text())):
            name = _variable_of(node)
            if name is not None and name != "DJANGO_SETTINGS_MODULE":
                found.add(name)
    return found


def _variable_of(node: ast.AST) -> str | None:
    """The literal name in `env.kind("NAME")`, `_whole_number("NAME")`, `os.environ[…]` and what is like these."""
    if isinstance(node, ast.Call) and node.args:
        called, argument = ast.unparse(node.func), node.args[0]
        if not re.fullmatch(r"_whole_number|env(\.\w+)?|os\.environ\.(get|pop)|(os\.)?getenv", called):
            return None
    elif isinstance(node, ast.Subscript) and ast.unparse(node.value) == "os.environ":
        argument = node.slice
    else:
        return None
    is_name = isinstance(argument, ast.Constant) and isinstance(argument.value, str)
    return argument.value if is_name and argument.value.isupper() else None  # type: ignore[attr-defined]


def _variables_of_providers() -> set[str]:
    """Names of the providers' keys and what is read beside them, made of what the catalogue says."""
    catalogue = (ROOT / "providers/catalogue.json").read_text()
    keys = set(re.findall(r'"key_variable":\s*"([A-Z0-9_]+)"', catalogue))
    # Only OpenAI bills organizations.
    return keys | {variable_of(key, "BASE_URL") for key in keys} | {variable_of("OPENAI_API_KEY", "ORGANIZATION")}


def _text_files() -> Iterator[Path]:
    for path in ROOT.rglob("*"):
        parts = path.relative_to(ROOT).parts
        hidden = any(part.startswith(".") and part != ".ci" for part in parts[:-1])
        if path.is_file() and not hidden and parts[0] not in _OTHERS_FOLDERS and path.suffix in _TEXT_FILES:
            yield path
