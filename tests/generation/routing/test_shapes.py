"""What is kept of requests of one shape is what each of them would be told."""

import random
from dataclasses import replace
from decimal import Decimal

import pytest
import structlog

from billing.models import PricingSettings
from gencraft_media.common.errors import InvalidRequest
from gencraft_media.common.remembered import forget_remembered
from gencraft_media.common.versioned import change_settings
from gencraft_media.generation.routing.index import current_index
from gencraft_media.generation.routing.names import check_names
from gencraft_media.generation.routing.shapes import Terms, kept_terms
from gencraft_media.generation.routing.terms import Asked
from gencraft_media.generation.routing.wishes import RoutingWish
from providers.models import ProviderModel
from providers.wanted import InputFacts, Wanted
from tests.generation.routing.asking import chosen, refused, route
from tests.providers.custom_rows import make_custom_model

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("vendors")]
_LENGTHS = [0, 1, 10, 2000, 3999, 4000, 4001, 10_000, 10_001, 31_999, 32_000]
_SEEDS = [None, 0, 1, 2**31 - 1, 2**31, 2**32 - 2, 2**32 - 1]


def wanted_by(chance: random.Random) -> Wanted:
    """A request as anybody might make it."""
    return Wanted(
        prompt="x" * chance.choice(_LENGTHS),
        negative_prompt="y" * chance.choice([0, 5, 9999, 10_000]),
        width=chance.choice([None, 512, 1000, 1024, 2048]),
        height=chance.choice([None, 512, 700, 1024]),
        quality=chance.choice(["", "standard", "hd"]),
        seed=chance.choice(_SEEDS),
        style_preset=chance.choice(["", "", "anime", "unheard-of"]),
        background=chance.choice(["", "transparent"]),
        count=chance.choice([1, 3]),
    )


def test_what_is_kept_of_a_shape_holds_for_every_request_of_it() -> None:
    chance, index = random.Random(11), current_index()
    entries = index.line("text-to-image").able
    for _ in range(60):
        asked = Asked("text-to-image", wanted_by(chance), strict=chance.random() < 0.3)
        kept = kept_terms(index, asked)
        fresh = Terms(index, asked, None)
        entry = chance.choice(entries)
        assert (kept.of(entry)[0] is None, kept.of(entry)[1:]) == (fresh.of(entry)[0] is None, fresh.of(entry)[1:])


def test_requests_that_differ_in_words_alone_have_one_shape() -> None:
    index, asked = current_index(), Asked("text-to-image", Wanted("A lighthouse", seed=5))
    other = Asked("text-to-image", Wanted("A quay in the fog", seed=77))
    assert kept_terms(index, asked) is kept_terms(index, other)
    for changed in ({"count": 2}, {"width": 640}, {"prompt": ""}, {"seed": None}, {"quality": "hd"}):
        wanted = replace(asked.wanted, **changed)
        assert kept_terms(index, Asked("text-to-image", wanted)) is not kept_terms(index, asked)


def test_pictures_count_by_their_size_and_not_by_their_name() -> None:
    index = current_index()
    one, same, larger = (
        Asked("image-to-image", Wanted("x", inputs=(InputFacts("image", side, 512, {"assetId": name}),)))
        for side, name in ((512, "a"), (512, "b"), (640, "a"))
    )
    assert kept_terms(index, one) is kept_terms(index, same)
    assert kept_terms(index, one) is not kept_terms(index, larger)


def test_the_catalogue_is_made_anew_only_when_a_row_changes() -> None:
    before = current_index()
    assert current_index() is before
    ProviderModel.objects.filter(name="flux-dev").update(quality_prior=Decimal("0.123"))
    assert current_index() is not before


def test_another_markup_is_another_price() -> None:
    index, asked = current_index(), Asked("text-to-image", Wanted("A lighthouse"))
    entry = next(entry for entry in index.line("text-to-image").able if entry.name == "flux/flux-dev")
    before = kept_terms(index, asked).of(entry).cost
    change_settings(PricingSettings, {"markup_percent": Decimal(100)})
    assert kept_terms(index, asked).of(entry).cost == 2 * before


def test_a_row_whose_limits_make_no_sense_takes_no_other_from_anybody() -> None:
    before = chosen(route())
    broken = make_custom_model("automatic1111", "https://one.example.com")
    broken.limits["size"] = {"kind": "list", "values": ["1024x0"]}
    broken.save()
    with structlog.testing.capture_logs() as lines:
        found = route()
    assert chosen(found) == before
    assert f"{broken.provider_id}/{broken.name}" in refused(found.receipt, "capability")
    assert any(line["event"] == "model fits nothing" and line["model"] == broken.name for line in lines)


def test_the_nearest_name_is_looked_for_a_few_times_a_request() -> None:
    wish = RoutingWish(deny=tuple(f"flux/flux-2-pra{number}" for number in range(200)))
    with pytest.raises(InvalidRequest) as refusal:
        check_names(wish, {"flux/flux-2-pro": frozenset()})
    nearest = [error.nearest for error in refusal.value.errors]
    assert nearest == ["flux/flux-2-pro"] * 5 + [None] * 195


def test_what_was_worked_out_is_kept_while_the_catalogue_is_read_and_is_the_same() -> None:
    forget_remembered()
    before = current_index()
    forget_remembered()
    assert current_index() is before
    ProviderModel.objects.filter(name="flux-dev").update(typical_seconds=77)
    forget_remembered()
    after = current_index()
    assert after is not before
    assert [entry.usual_seconds for entry in after.entries if entry.name == "flux/flux-dev"] == [77.0]
