"""What holds where several scopes have settings: field by field, the narrowest that says something."""

from dataclasses import dataclass

import pytest

from gencraft_media.common.scopes import newest_versions, plan_scope, project_scope, settled
from gencraft_media.common.versioned import change_settings
from gencraft_media.generation.models import RoutingSettings


@dataclass(frozen=True)
class Policy:
    """Some fields of routing, and one that its settings do not have."""

    strategy: str = "balanced"
    fallback: bool = True
    deny: tuple[str, ...] = ()
    unheard_of: int = 7


ROWS = {
    "global": RoutingSettings(strategy="cheapest", fallback=False, deny=["flux"]),
    "plan:pro": RoutingSettings(strategy="", fallback=True),
    "project:1": RoutingSettings(strategy="best", deny=[]),
}


@pytest.mark.parametrize(
    ("scopes", "policy"),
    [
        ((), Policy()),
        (("project:2", "plan:free"), Policy()),
        (("project:2", "plan:free", "global"), Policy("cheapest", fallback=False, deny=("flux",))),
        (("plan:pro", "global"), Policy("cheapest", fallback=True, deny=("flux",))),
        (("project:1", "plan:pro", "global"), Policy("best", fallback=True, deny=())),
    ],
)
def test_the_narrowest_scope_that_says_something_holds_for_each_field(scopes: tuple[str, ...], policy: Policy) -> None:
    assert settled(Policy(), ROWS, scopes) == policy


@pytest.mark.django_db
def test_the_newest_version_of_every_scope_is_found() -> None:
    for scope, strategies in {"global": ["best", "cheapest"], plan_scope("pro"): ["fastest"]}.items():
        for strategy in strategies:
            change_settings(RoutingSettings, {"strategy": strategy}, scope=scope)
    found = {scope: row.strategy for scope, row in newest_versions(RoutingSettings).items()}
    assert found == {"global": "cheapest", "plan:pro": "fastest"}
    assert project_scope(None) not in found
