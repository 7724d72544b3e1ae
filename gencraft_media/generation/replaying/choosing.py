"""Which model a past job would get, as far as its receipt tells: no model is asked, and no hook."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from gencraft_media.generation.models import Strategy
from gencraft_media.generation.policy import RoutingPolicy
from gencraft_media.generation.replaying.configurations import Configuration
from gencraft_media.generation.replaying.jobs import PastJob
from gencraft_media.generation.routing.bounds import Bounds
from gencraft_media.generation.routing.scores import WEIGHTS
from gencraft_media.generation.routing.wishes import AUTO
from providers.selectors import does, full_name

Model = tuple[str, str]


@dataclass(frozen=True)
class Rules:
    """What holds for the choice of a project's models. `usual_before`: the strategy while the jobs ran."""

    policy: RoutingPolicy
    bounds: Bounds
    usual_before: str


def model_for(job: PastJob, configuration: Configuration, rules: Rules) -> Model | None:
    """The first of the models that the job could have that is on and allowed; None: it would be refused."""
    for provider, model in _wanted(job, configuration, rules):
        row = configuration.models.get((provider, model))
        custom = row is not None and bool(row.provider.kind)
        allowed = rules.bounds.allows(provider, full_name(provider, model), custom=custom)
        if allowed and not configuration.is_off(provider, model):
            return provider, model
    return None


def _wanted(job: PastJob, configuration: Configuration, rules: Rules) -> Iterator[Model]:
    """In the order of preference: one that was named alone, else the default, the job's own, those of its receipt."""
    requested = job.requested or {}
    provider = requested.get("provider", AUTO)
    own = (job.provider, job.model)
    if requested.get("model") or (isinstance(provider, str) and "/" in provider):
        yield own
        return
    is_silent = provider == AUTO and not {"strategy", "maxCost", "maxSeconds"} & requested.keys()
    if is_silent and rules.policy.default_model:
        yield from _default_for(job.operation, rules.policy.default_model, configuration)
    usual = rules.policy.strategy
    if "strategy" not in requested and usual != rules.usual_before:
        yield from _ranked(job, usual or Strategy.BALANCED)
    yield own
    yield from _ranked(job, str(requested.get("strategy") or usual or Strategy.BALANCED))


def _default_for(operation: str, name: str, configuration: Configuration) -> list[Model]:
    provider, _, rest = name.partition("/")
    found = [(provider, model) for model in (rest, name) if (provider, model) in configuration.models]
    return [one for one in found if does(configuration.models[one], operation)]


def _ranked(job: PastJob, strategy: str) -> list[Model]:
    """The candidates of a receipt by another strategy's weights; ties go by cost, then by name, as they did then."""
    weights = WEIGHTS[Strategy(strategy)]._asdict()

    def order(one: Mapping[str, Any]) -> tuple[Any, ...]:
        score = sum(weights[name] * one["parts"][name] for name in weights)
        return -round(score, 3), one["cost"], one["provider"], one["model"]

    return [(one["provider"], one["model"]) for one in sorted(job.candidates, key=order)]
