"""The storage set in the dashboard holds at once in a running engine, and what was stored before stays where it is."""

import io
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.test import Client
from pytest_django import Settings

from assets import bucket_clients, storage
from assets.direct_uploads import begin_direct_upload
from assets.models import MediaAsset, StorageKind, StorageSettings
from assets.object_store import ObjectStore
from assets.services import delete_asset
from assets.storage import StorageElsewhere, StorageUnavailable, current_store, private_path, store_of
from assets.sweeping import sweep_orphans
from gencraft_media.common.versioned import change_settings, forget_settings
from tests.assets.dashboard_storage import another_pair, columns_of, forget_environment, use_dashboard
from tests.assets.pictures import make_asset
from tests.assets.test_object_store import store
from tests.assets.test_object_upkeep import later, public_key
from tests.factories import make_project
from tests.services.s3 import SECRET_KEY, Buckets, use_buckets
from tests.waiting import wait_until

pytestmark = [pytest.mark.services, pytest.mark.django_db]


@pytest.fixture(autouse=True)
def no_environment(request: pytest.FixtureRequest, settings: Settings) -> None:
    """Nothing but the dashboard names a bucket."""
    if "s3" in request.fixturenames:
        request.getfixturevalue("s3")
    forget_environment(settings)


def bytes_of(client: Client, asset: MediaAsset) -> bytes:
    """The picture as the engine gives it."""
    answer = client.get(f"/{asset.s3_key}")
    assert answer.status_code == 200
    return answer.content


def test_new_pictures_go_where_the_newest_version_says_and_older_ones_stay_readable(
    s3: Buckets, tmp_path: Path, client: Client
) -> None:
    project = make_project()
    local = make_asset(project, tmp_path)
    use_dashboard(s3)
    away = make_asset(project, tmp_path)
    assert (local.storage_backend, away.storage_backend) == ("local", "s3")
    assert away.s3_key in s3.keys(private=False) and away.original_key in s3.keys(private=True)
    change_settings(StorageSettings, {"kind": StorageKind.LOCAL})
    assert current_store().backend == "local"
    for asset in (local, away):
        assert bytes_of(client, asset)
        with private_path(asset.original_key) as path:
            assert path.read_bytes() == b"original"
        delete_asset(asset)
    assert s3.keys(private=False) == s3.keys(private=True) == []
    assert not list(tmp_path.glob("media/**/*.webp"))


def test_from_bucket_to_bucket_nothing_breaks(s3: Buckets, tmp_path: Path, client: Client) -> None:
    project, second = make_project(), another_pair(s3)
    use_dashboard(s3)
    before = make_asset(project, tmp_path)
    use_dashboard(second)
    after = make_asset(project, tmp_path)
    assert (before.s3_bucket, after.s3_bucket) == (s3.pictures.bucket_name, second.pictures.bucket_name)
    assert bytes_of(client, before) != bytes_of(client, after)
    with private_path(before.original_key) as path:
        assert path.read_bytes() == b"original"
    delete_asset(before)
    assert s3.keys(private=False) == s3.keys(private=True) == []
    assert after.s3_key in second.keys(private=False)


def test_a_bucket_of_the_environment_stays_readable_after_the_dashboard_named_another(
    s3: Buckets, tmp_path: Path, settings: Settings, client: Client
) -> None:
    use_buckets(settings, s3.door.url, s3.pictures.bucket_name)
    asset = make_asset(make_project(), tmp_path)
    use_dashboard(another_pair(s3))
    assert bytes_of(client, asset)
    change_settings(StorageSettings, {"kind": StorageKind.ENVIRONMENT})
    assert current_store().bucket == s3.pictures.bucket_name


def test_of_a_bucket_named_twice_the_newest_version_has_the_keys(s3: Buckets) -> None:
    use_dashboard(s3, secret_key="an old key")
    use_dashboard(s3, secret_key="a new key")
    use_dashboard(another_pair(s3))
    for name in (s3.pictures.bucket_name, s3.originals.bucket_name):
        found = store_of("s3", name)
        assert isinstance(found, ObjectStore)
        assert [bucket.secret_key for bucket in found.buckets] == ["a new key"] * 2
    with pytest.raises(StorageElsewhere):
        store_of("s3", "never-named")


def test_an_original_is_removed_from_the_bucket_that_originals_had_before(s3: Buckets, tmp_path: Path) -> None:
    second = another_pair(s3)
    use_dashboard(s3)
    asset = make_asset(make_project(), tmp_path)
    use_dashboard(s3, private_bucket=second.originals.bucket_name)
    delete_asset(asset)
    assert s3.keys(private=True) == []


def test_a_strangers_wrong_address_asks_no_bucket_of_before(s3: Buckets, client: Client) -> None:
    use_dashboard(s3)
    change_settings(StorageSettings, {"kind": StorageKind.LOCAL})
    s3.door.requests.clear()
    assert client.get(f"/{public_key()}").status_code == 404
    assert client.get("/media/no/such/thing.webp").status_code == 404
    assert s3.door.requests == []


def test_another_process_follows_within_a_second(s3: Buckets, settings: Settings) -> None:
    settings.FRESH_FOR_S = 1.0
    forget_settings()
    assert current_store().backend == "local"
    # As another process writes it: this one is told nothing.
    StorageSettings.objects.create(version=1, **columns_of(s3))
    assert current_store().backend == "local"
    wait_until(lambda: current_store().backend == "s3", timeout_s=2, what="the new storage")


def test_the_address_of_new_pictures_is_the_newest_cdns_and_old_rows_keep_theirs(
    tmp_path: Path, settings: Settings
) -> None:
    settings.CDN_URL = "https://environment.example.com"
    project = make_project()
    first = make_asset(project, tmp_path)
    change_settings(StorageSettings, {"cdn_url": "https://cdn.example.com/", "cdn_provider": "custom"})
    second = make_asset(project, tmp_path)
    change_settings(StorageSettings, {"kind": StorageKind.LOCAL, "cdn_url": ""})
    third = make_asset(project, tmp_path)
    rows = [MediaAsset.objects.get(pk=asset.pk) for asset in (first, second, third)]
    assert [row.cdn_url.removesuffix(row.s3_key) for row in rows] == [
        "https://environment.example.com/",
        "https://cdn.example.com/",
        f"{settings.PUBLIC_URL}/",
    ]


def test_sweeps_readiness_and_forms_for_browsers_follow(
    s3: Buckets, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_dashboard(s3)
    storage.check_reachable()
    store(tmp_path, b"orphan", public_key())
    with later(hours=25):
        assert sweep_orphans() == 1
    project = make_project()
    _, form = begin_direct_upload(user_id=project.owner_id, project_id=project.pk, declared_type="image/png", size=1000)
    assert form.url.startswith(f"{s3.door.url}/{s3.originals.bucket_name}")
    s3.door.shut()
    with pytest.raises(StorageUnavailable):
        storage.check_reachable()
    assert SECRET_KEY not in str(form)


def test_r2_takes_no_forms_and_knows_one_region() -> None:
    change_settings(
        StorageSettings,
        {"kind": "s3", "bucket": "pictures", "endpoint": "https://abc.r2.cloudflarestorage.com"},
    )
    used = current_store()
    assert isinstance(used, ObjectStore)
    assert [(bucket.region_name, bucket.is_posted_to) for bucket in used.buckets] == [("auto", False)] * 2
    assert used.private_bucket == "pictures-originals"


def test_the_setup_command_looks_at_the_buckets_of_the_dashboard(s3_unmade: Buckets, settings: Settings) -> None:
    forget_environment(settings)
    use_dashboard(s3_unmade, cdn_provider="custom", cdn_url="https://cdn.example.com")
    out = io.StringIO()
    call_command("setup_storage", stdout=out)
    assert f"{s3_unmade.pictures.bucket_name}: bucket: created" in out.getvalue()
    assert f"{s3_unmade.originals.bucket_name}: cross-origin posts: set" in out.getvalue()
    assert "The CDN at https://cdn.example.com" in out.getvalue()
    assert SECRET_KEY not in out.getvalue()


def test_a_server_that_egress_does_not_let_out_to_is_never_asked(
    s3: Buckets, tmp_path: Path, settings: Settings
) -> None:
    use_dashboard(s3)
    settings.EGRESS_ALLOW = []
    # A connection that is open was judged when it was made.
    bucket_clients._made.cache_clear()
    s3.door.requests.clear()
    with pytest.raises(StorageUnavailable):
        store(tmp_path, b"picture")
    assert s3.door.requests == []
    # Who runs the machine named that server: it may be asked, with other buckets and keys as well.
    settings.S3_ENDPOINT = s3.door.url
    forget_settings()
    use_dashboard(s3, region="us-east-1")
    assert store(tmp_path, b"picture").backend == "s3"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"bucket": ""}, "bucket"),
        ({"bucket": "Pictures_1"}, "bucket"),
        ({"private_bucket": "pictures"}, "private_bucket"),
        ({"bucket": "p" * 60}, "private_bucket"),
        ({"endpoint": "ftp://storage.example.com"}, "endpoint"),
        ({"endpoint": "https://user:word@storage.example.com"}, "endpoint"),
        ({"endpoint": "http://10.0.0.8:9000"}, "endpoint"),
        ({"access_key": "a key"}, "secret_key"),
        ({"secret_key": "a secret"}, "access_key"),
        ({"cdn_url": "https://cdn.example.com/?x=1"}, "cdn_url"),
    ],
)
def test_what_cannot_work_is_not_saved(changes: dict[str, Any], field: str) -> None:
    entered = {"kind": StorageKind.S3, "bucket": "pictures", **changes}
    with pytest.raises(ValidationError) as caught:
        change_settings(StorageSettings, entered)
    assert list(caught.value.message_dict) == [field]
    assert not StorageSettings.objects.exists()


def test_a_server_in_the_operators_own_network_may_have_a_name_without_a_dot(settings: Settings) -> None:
    settings.EGRESS_ALLOW = ["storage-box:9000"]
    change_settings(StorageSettings, {"kind": "s3", "bucket": "pictures", "endpoint": "http://storage-box:9000"})
    assert current_store().bucket == "pictures"


def test_no_key_is_seen_where_settings_and_stores_are_shown(s3: Buckets) -> None:
    row = use_dashboard(s3, cloudflare_token="token-canary")
    used = current_store()
    assert isinstance(used, ObjectStore)
    shown = [repr(row), str(row), repr(used), *map(repr, used.buckets), str(StorageSettings.objects.all())]
    assert not any(secret in text for text in shown for secret in (SECRET_KEY, "token-canary"))
