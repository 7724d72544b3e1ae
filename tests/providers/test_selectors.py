"""Which model a name means, which account is used, and what the answer is when there is none."""

from datetime import timedelta

import pytest
from django.utils import timezone

from providers.adapters.sim import SimAdapter
from providers.credentials import api_key_of
from providers.errors import ModelUnknown, OperationUnsupported, ProviderNotConfigured
from providers.limits import lock_account
from providers.models import Provider, ProviderAccount, ProviderModel
from providers.registry import ADAPTERS, adapter_for
from providers.selectors import (
    account_for,
    choose_provider,
    configured_providers,
    find_model,
    get_model,
    models_offered,
    names_replaced,
    resolve_model,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("catalogue")]


@pytest.fixture
def flux_adapter(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if a real provider's adapter were there."""
    monkeypatch.setitem(ADAPTERS, "flux", SimAdapter)


@pytest.mark.parametrize(
    ("provider", "name", "found"),
    [
        ("sim", None, "sim/standard"),
        ("sim", "", "sim/standard"),
        ("sim", "priced", "sim/priced"),
        (None, "sim/priced", "sim/priced"),
        ("auto", "flux-dev", "flux-dev"),
        ("stability", None, "sd-3.5-large"),
        ("stability", "sd3.5-large-turbo", "sd-3.5-turbo"),
        (None, "flux/flux-dev", "flux-dev"),
        (None, None, "sim/standard"),
    ],
)
def test_a_name_an_alias_or_nothing_means_one_model(provider: str | None, name: str | None, found: str) -> None:
    assert find_model(provider, name).name == found


def test_a_retired_name_means_its_successor() -> None:
    assert find_model("openai", "dall-e-3").name == "gpt-image-2.5-sunburst"
    assert find_model("stability", "sd-3.0").name == "sd-3.5-large"
    assert get_model("openai", "dall-e-3").name == "dall-e-3"


def test_a_successor_knows_whose_place_it_takes() -> None:
    found = resolve_model("openai", "dall-e-3", operation="text-to-image")
    assert (found.model.name, found.in_place_of) == ("gpt-image-2.5-sunburst", get_model("openai", "dall-e-3"))
    assert resolve_model("openai", "gpt-image-2.5-sunburst").in_place_of is None
    assert resolve_model("stability", "sd3-large").in_place_of is None


def test_a_retired_default_is_followed_without_having_been_named() -> None:
    Provider.objects.filter(key="openai").update(default_model="dall-e-3")
    found = resolve_model("openai", None)
    assert (found.model.name, found.in_place_of) == ("gpt-image-2.5-sunburst", None)


def test_retired_names_are_known_by_the_model_they_mean() -> None:
    ProviderModel.objects.filter(name="flux-pro-1.1").update(retires_at=timezone.now().date(), replaced_by="flux-2-pro")
    ProviderModel.objects.filter(name="flux-schnell").update(replaced_by="")
    replaced = names_replaced()
    assert set(replaced["flux", "flux-2-pro"]) == {"flux-pro", "flux-pro-1.1"}
    assert "dall-e-3" in replaced["openai", "gpt-image-2.5-sunburst"]
    assert not any("flux-schnell" in names for names in replaced.values())


def test_a_retired_model_without_a_successor_is_gone() -> None:
    yesterday = timezone.now().date() - timedelta(days=1)
    ProviderModel.objects.filter(name="flux-dev").update(retires_at=yesterday)
    with pytest.raises(ModelUnknown, match="retired"):
        find_model("flux", "flux-dev")


def test_a_ring_of_successors_does_not_hang() -> None:
    yesterday = timezone.now().date() - timedelta(days=1)
    ProviderModel.objects.filter(name="flux-dev").update(retires_at=yesterday, replaced_by="flux-dev")
    with pytest.raises(ModelUnknown):
        find_model("flux", "flux-dev")


def test_an_unknown_name_is_refused_with_the_nearest() -> None:
    with pytest.raises(ModelUnknown, match=r"sd-3\.5-large") as caught:
        find_model("stability", "sd-3.5-larg")
    assert caught.value.errors[0].nearest == "sd-3.5-large"
    with pytest.raises(ModelUnknown) as provider:
        find_model("stabilty", None)
    assert (provider.value.errors[0].field, provider.value.errors[0].nearest) == ("provider", "stability")
    with pytest.raises(ModelUnknown):
        get_model("sim", "sim/nothing")


def test_what_is_disabled_or_not_out_yet_cannot_be_named() -> None:
    ProviderModel.objects.filter(name="flux-dev").update(enabled=False)
    tomorrow = timezone.now().date() + timedelta(days=1)
    ProviderModel.objects.filter(name="flux-2-max").update(available_from=tomorrow)
    for name in ("flux-dev", "flux-2-max"):
        with pytest.raises(ModelUnknown):
            find_model("flux", name)
    assert not {"flux-dev", "flux-2-max", "dall-e-3"} & {row.name for row in models_offered()}
    assert "sim/standard" in {row.name for row in models_offered()}


def test_an_operation_the_model_lacks_is_refused_with_those_that_have_it() -> None:
    with pytest.raises(OperationUnsupported, match=r"flux-pro-1\.0-expand") as caught:
        find_model("flux", "flux-dev", operation="outpaint")
    assert caught.value.errors[0].field == "operation"
    with pytest.raises(OperationUnsupported):
        find_model("sim", None, operation="text-to-video")


def test_auto_is_sim_until_a_real_account_has_a_key(flux_adapter: None) -> None:
    assert choose_provider("text-to-image") == "sim"
    assert configured_providers() == {"resample", "sim"}
    row = ProviderAccount.objects.get(provider="flux")
    row.api_key = "a-real-key"
    row.save()
    assert choose_provider("text-to-image") == "flux"
    assert configured_providers() == {"flux", "resample", "sim"}
    with pytest.raises(OperationUnsupported):
        choose_provider("image-to-video")
    Provider.objects.filter(key="flux").update(enabled=False)
    assert choose_provider("text-to-image") == "sim"


def test_auto_never_means_resampling() -> None:
    Provider.objects.filter(key="sim").update(enabled=False)
    assert configured_providers() == {"resample"}
    for operation in ("upscale", None):
        with pytest.raises(ProviderNotConfigured):
            choose_provider(operation)
    assert find_model("auto", "lanczos", operation="upscale").name == "resample/lanczos"


def test_auto_without_any_provider_says_so() -> None:
    Provider.objects.update(enabled=False)
    with pytest.raises(ProviderNotConfigured):
        choose_provider("text-to-image")


def test_a_key_of_the_environment_configures_a_provider(flux_adapter: None, monkeypatch: pytest.MonkeyPatch) -> None:
    assert account_for("flux") is None
    monkeypatch.setenv("BFL_API_KEY", "from-the-environment")
    account = account_for("flux")
    assert api_key_of(account) == "from-the-environment"
    assert configured_providers() == {"flux", "resample", "sim"}


def test_the_account_of_highest_priority_is_used() -> None:
    first = ProviderAccount.objects.create(provider_id="sim", label="second", priority=5)
    assert account_for("sim") == first
    ProviderAccount.objects.filter(provider="sim").update(enabled=False)
    assert account_for("sim") is None


def test_a_provider_without_a_key_says_where_to_enter_one(flux_adapter: None) -> None:
    with pytest.raises(ProviderNotConfigured) as caught:
        adapter_for(find_model("flux", None))
    for word in ("/admin/providers/provideraccount/", "BFL_API_KEY", '"sim"', "Black Forest Labs"):
        assert word in caught.value.message
    assert caught.value.http_status == 422


def test_a_provider_without_an_adapter_says_that_sim_works() -> None:
    with pytest.raises(ProviderNotConfigured, match='"sim"'):
        adapter_for(find_model("openai", None))


def test_work_in_hand_goes_on_with_its_account_after_it_was_disabled() -> None:
    account = account_for("sim")
    assert account is not None
    ProviderAccount.objects.update(enabled=False)
    assert adapter_for(get_model("sim", "sim/slow"), account=account).model == "slow"
    with pytest.raises(ProviderNotConfigured):
        adapter_for(get_model("sim", "sim/slow"))


def test_an_accounts_own_address_is_the_adapters() -> None:
    ProviderAccount.objects.filter(provider="sim").update(base_url="https://sim.invalid/v1/")
    assert adapter_for(find_model("sim", None)).url == "https://sim.invalid/v1"


def test_locking_gives_the_account() -> None:
    account = account_for("sim")
    assert account is not None
    assert lock_account(account.pk) == account
