"""Options within a model's rules: taken, brought nearer, said in the prompt instead, or left out."""

import difflib
from collections.abc import Mapping
from typing import Any

from providers.adaptations import Fitting, plain
from providers.wanted import OPTION_NAMES, Wanted


def fit_options(fitting: Fitting, wanted: Wanted) -> None:
    """Put the options that were named into the request as the model takes them."""
    rules = fitting.rules("options")
    options: dict[str, Any] = {}
    for attribute, name in OPTION_NAMES.items():
        value = getattr(wanted, attribute)
        if value is None or value == "":
            continue
        if name not in rules:
            fitting.change(name, value, None, "This model does not take it.")
        elif rules[name]["kind"] == "phrase":
            _add_phrase(fitting, name, value, rules[name]["phrases"])
        else:
            used, reason, allowed = _option_fitting(rules[name], value)
            if used is not None:
                options[name] = plain(used)
            if used != value:
                fitting.change(name, value, used, reason, allowed)
    if options:
        fitting.params["options"] = options


def _add_phrase(fitting: Fitting, name: str, value: str, phrases: Mapping[str, str]) -> None:
    """Say in the prompt what this model has no field for."""
    phrase = phrases.get(value)
    prompt, length = f"{fitting.params['prompt']}, {phrase}", fitting.limits.get("prompt_length")
    if phrase is None or (length is not None and len(prompt) > length):
        reason = "This model does not know this value." if phrase is None else "The prompt leaves no room for it."
        fitting.change(name, value, None, reason)
        return
    fitting.params["prompt"] = prompt
    reason = "This model does not take it; the prompt says it instead."
    fitting.report(name, value, phrase, reason)
    fitting.refuse(name, None, "This model does not take it.")


def _option_fitting(rule: Mapping[str, Any], value: Any) -> tuple[Any, str, list[Any] | None]:
    """The nearest value a rule allows (None: leave it out), why, and the allowed values where they can be listed."""
    if rule["kind"] == "choice":
        values: list[Any] = rule["values"]
        nearest = value if value in values else next(iter(difflib.get_close_matches(str(value), values, n=1)), None)
        return nearest, "This model does not know this value.", values
    reason = f"This model takes {rule['minimum']} to {rule['maximum']}."
    bounded = min(max(value, rule["minimum"]), rule["maximum"])
    return bounded, reason, None
