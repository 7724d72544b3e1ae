"""Figure h: processor time that choosing among 200 models adds to an admission, over a request that names its model.

In process, with every model routable, configured and priced: the worst that a catalogue of this size can be. Run as a
module, because it makes a database of its own.
"""

import os
import statistics
import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
django.setup()

from django.conf import settings  # noqa: E402 (after the set-up)
from django.db import connection  # noqa: E402
from django.utils import timezone  # noqa: E402

from billing.models import PriceLine  # noqa: E402
from gencraft_media.generation.policy import RoutingPolicy  # noqa: E402
from gencraft_media.generation.routing.route import Route, route_request  # noqa: E402
from gencraft_media.generation.routing.wishes import RoutingWish, wish_for  # noqa: E402
from providers.catalogue import load_catalogue  # noqa: E402
from providers.models import Provider, ProviderAccount, ProviderModel  # noqa: E402
from providers.wanted import Wanted  # noqa: E402

MODELS, PROVIDERS = 200, 10
_ROUNDS, _SERIES = 100, 7
_AUTO, _NAMED = RoutingWish(), wish_for("bench-0", "model-0")


def make_models() -> None:
    """As many models as are measured, with the limits of real ones, a price and an account for each provider."""
    load_catalogue()
    patterns = list(ProviderModel.objects.filter(operations__icontains="text-to-image").exclude(provider="sim"))
    Provider.objects.update(enabled=False)
    for place in range(PROVIDERS):
        provider = Provider.objects.create(
            key=f"bench-{place}", label=f"Bench {place}", kind="flux", default_model=f"model-{place}", needs_key=True
        )
        ProviderAccount.objects.create(provider=provider, api_key="of-no-worth", base_url="https://bench.invalid")
    for place in range(MODELS):
        pattern = patterns[place % len(patterns)]
        provider_id, name = f"bench-{place % PROVIDERS}", f"model-{place}"
        ProviderModel.objects.create(
            provider_id=provider_id,
            name=name,
            label=name,
            operations=["text-to-image"],
            limits=pattern.limits,
            typical_seconds=2 + place % 40,
            quality_prior=Decimal(place % 90 + 5) / 100,
        )
        PriceLine.objects.create(
            provider=provider_id,
            model=name,
            operation="text-to-image",
            kind="megapixel" if place % 3 == 0 else "image",
            amount=Decimal("0.01") + Decimal(place) / 5000,
            effective_from=timezone.now(),
        )


def routed(wish: RoutingWish, wanted: Wanted) -> Route:
    """One choice, as admission makes it."""
    return route_request(wish=wish, policy=RoutingPolicy(), operation="text-to-image", wanted=wanted, strict=False)


def varying_prompts() -> Iterator[Wanted]:
    """Requests of one shape: each says something else."""
    number = 0
    while True:
        number += 1
        yield Wanted(f"A lighthouse at dawn, seen from boat {number}", width=1024, height=1024, seed=number)


def new_shapes() -> Iterator[Wanted]:
    """Requests of which no two have the same size."""
    width = 512
    while True:
        width += 1
        yield Wanted("A lighthouse at dawn", width=width, height=768)


def cpu_ms(wish: RoutingWish, requests: Iterator[Wanted], rounds: int = _ROUNDS) -> float:
    """Processor time of one choice, the median of several series."""
    series = []
    for _ in range(_SERIES):
        began = time.process_time()
        for _ in range(rounds):
            routed(wish, next(requests))
        series.append((time.process_time() - began) / rounds * 1000)
    return statistics.median(series)


def added_ms(requests: Callable[[], Iterator[Wanted]], rounds: int = _ROUNDS) -> tuple[float, float]:
    """What choosing takes over naming, and naming itself."""
    named = cpu_ms(_NAMED, requests(), rounds)
    return cpu_ms(_AUTO, requests(), rounds) - named, named


def read_anew_ms() -> float:
    """What every process does once a second: the catalogue and the accounts are read, and seen to be the same."""
    times = []
    requests = varying_prompts()
    for _ in range(_SERIES):
        time.sleep(settings.FRESH_FOR_S)
        began = time.process_time()
        routed(_AUTO, next(requests))
        times.append((time.process_time() - began) * 1000)
    return statistics.median(times)


def main() -> None:
    """Measure and print."""
    settings.FRESH_FOR_S = 1.0
    own_name = connection.settings_dict["NAME"]
    connection.creation.create_test_db(verbosity=0)
    try:
        make_models()
        for line in report():
            print(line, flush=True)  # noqa: T201 (a command's output)
    finally:
        connection.creation.destroy_test_db(own_name, verbosity=0)


def report() -> list[str]:
    """The figure and what it is made of."""
    candidates: dict[str, Any] = routed(_AUTO, next(varying_prompts())).receipt
    if len(candidates["candidates"]) != 10 or candidates["refused"]:
        raise RuntimeError("not every model is a candidate")
    warm, named = added_ms(varying_prompts)
    cold, _ = added_ms(new_shapes, rounds=20)
    return [
        f"h  routing: ms CPU added to admission with {MODELS} catalogue models: {warm:.2f} (target 2.0)",
        f"   over {named:.2f} for a model that is named; a request of a shape not seen before adds {cold:.2f};",
        f"   once a second, with everything read anew: {read_anew_ms():.1f}",
    ]


if __name__ == "__main__":
    main()
