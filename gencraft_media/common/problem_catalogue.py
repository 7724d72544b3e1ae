"""Every problem the engine can name: what it is called, why it comes, what to do about it."""

import json
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Problem:
    """One problem type, the text of its page, and whether it costs its sufferer anything."""

    code: str
    title: str
    http_status: int
    cause: str
    fix: str
    retryable: bool = False
    charged: bool = False


def _load_problems() -> dict[str, Problem]:
    document = json.loads(Path(__file__).with_name("problems.json").read_text(encoding="utf-8"))
    return {
        code: Problem(code=code, http_status=entry.pop("status"), **entry) for code, entry in sorted(document.items())
    }


PROBLEMS: dict[str, Problem] = _load_problems()
