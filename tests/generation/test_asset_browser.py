"""The browser of what was delivered: a grid that filters, and a page for each picture."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from assets.models import MediaAsset
from assets.ratings import rate_asset
from tests.factories import make_super_admin
from tests.generation.driving import drive
from tests.generation.tenants import Tenant, make_tenant

LIST = reverse("admin:assets_mediaasset_changelist")


@pytest.fixture
def sam(db: None) -> Client:
    client = Client()
    client.force_login(make_super_admin())
    return client


def shown(client: Client, **filters: Any) -> set[MediaAsset]:
    """The assets that the grid shows."""
    answer = client.get(LIST, filters)
    assert answer.status_code == 200
    return set(answer.context["cl"].result_list)


def test_the_grid_filters_by_project_provider_model_and_rating(alice: Tenant, sam: Client) -> None:
    other = make_tenant()
    good = drive(alice.start("sim/priced")).items.get().asset
    poor = drive(alice.start("sim/standard")).items.get().asset
    silent = drive(other.start("sim/priced")).items.get().asset
    assert good is not None
    assert poor is not None
    rate_asset(good, "user:1", 5)
    rate_asset(good, "user:2", 4)
    rate_asset(poor, "user:1", 2)
    assert shown(sam) == {good, poor, silent}
    assert shown(sam, **{"in": str(alice.project.pk)}) == {good, poor}
    assert shown(sam, by="sim") == {good, poor, silent}
    assert shown(sam, by="sim", model_name="sim/standard") == {poor}
    assert shown(sam, rated="good") == {good}
    assert shown(sam, rated="poor") == {poor}
    assert shown(sam, rated="none") == {silent}
    assert shown(sam, **{"in": "no project"}) == {good, poor, silent}
    page = sam.get(LIST).content.decode()
    assert page.count("★") == 2
    assert "★ 4.5" in page


def test_a_picture_has_a_page_with_its_recipe_and_what_it_is_worth(alice: Tenant, sam: Client) -> None:
    job = drive(alice.start("sim/priced", seed=77, steps=20))
    asset = job.items.get().asset
    assert asset is not None
    rate_asset(asset, "user:1", 4)
    page = sam.get(reverse("admin:assets_mediaasset_change", args=[asset.pk])).content.decode()
    assert f'src="{asset.cdn_url}"' in page
    assert "A lighthouse at dawn" in page
    assert "options · steps" in page
    assert "77" in page
    for part in asset.quality:
        assert part in page
    assert "★ 4.0 of 1" in page
    assert reverse("admin:generation_generationjob_change", args=[job.pk]) in page


def test_a_page_of_the_grid_costs_few_queries(alice: Tenant, sam: Client, django_assert_max_num_queries: Any) -> None:
    drive(alice.start("sim/standard", batchSize=10))
    sam.get(LIST)
    with django_assert_max_num_queries(25):
        sam.get(LIST)
