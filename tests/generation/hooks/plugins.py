"""Plug-ins as an operator would write them: a function each, and some of every kind that misbehaves."""

import threading
from decimal import Decimal
from typing import Any

asked: list[dict[str, Any]] = []
released = threading.Event()
not_a_function = "I am text"


def prefers_the_last(question: dict[str, Any]) -> dict[str, Any]:
    """A router: the last candidate first."""
    asked.append(question)
    return {"ranking": [question["candidates"][-1]["name"]], "reason": "the last shall be first"}


def halves_the_price(question: dict[str, Any]) -> dict[str, Any]:
    """A calculator: half of what the engine would take."""
    asked.append(question)
    return {"totalCost": str(Decimal(question["quote"]["totalCost"]) / 2)}


def scores_by_size(question: dict[str, Any]) -> dict[str, Any]:
    """A judge: large pictures are good ones."""
    asked.append(question)
    return {"score": 0.91, "accepted": question["facts"]["width"] >= 512}


def raises(question: dict[str, Any]) -> dict[str, Any]:
    """Broken in itself."""
    asked.append(question)
    raise LookupError("no such table")


def says_nothing(question: dict[str, Any]) -> Any:
    """Forgets its answer."""
    asked.append(question)


def says_what_json_cannot(question: dict[str, Any]) -> Any:
    """Answers with an object of Python's."""
    return {"ranking": {object()}}


def says_too_much(question: dict[str, Any]) -> dict[str, Any]:
    """Answers with more than is read."""
    return {"ranking": ["x" * 70_000]}


def never_answers(question: dict[str, Any]) -> Any:
    """Hangs until the test ends."""
    asked.append(question)
    released.wait(30)


def says_it_too_deeply(question: dict[str, Any]) -> Any:
    """Answers with lists in lists in lists."""
    answer: list[Any] = []
    for _ in range(100_000):
        answer = [answer]
    return {"ranking": answer}
