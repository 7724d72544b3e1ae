"""Where the sidebar says that one is."""

import pytest
from django.test import Client

from gencraft_media.console.navigation import SECTIONS
from tests.factories import make_super_admin


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("address", "title"),
    [
        ("/admin/promises/", "Promises"),
        ("/admin/analytics/", "Analytics"),
        ("/admin/analytics/reportsettings/", "Reports"),
        ("/admin/media-settings/pricing/", "Media generation"),
    ],
)
def test_the_sidebar_says_where_one_is_and_nothing_else(address: str, title: str) -> None:
    client = Client()
    client.force_login(make_super_admin())
    groups = client.get(address, follow=True).context["sidebar_navigation"]
    active = [item["title"] for group in groups for item in group["items"] if item["active"]]
    assert active == [title]


def test_what_the_hub_has_is_in_the_sidebar_once() -> None:
    assert not {"Pricing", "Quotas"} & {title for title, _, _ in SECTIONS["Settings"]}
