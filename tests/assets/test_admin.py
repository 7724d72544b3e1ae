"""Sam sees what was delivered, may say more about it, and removes it only with its bytes."""

from decimal import Decimal
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from assets.errors import StorageUnavailable
from assets.models import MediaAsset, MediaCollection
from assets.services import expire_assets
from assets.storage import find_public_file
from gencraft_media.accounts.models import Project
from gencraft_media.common.models import AuditEntry
from tests.assets.pictures import make_asset
from tests.assets.test_uploads import bring
from tests.factories import make_project, make_super_admin

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Project:
    return make_project()


@pytest.fixture
def sam() -> Client:
    client = Client()
    client.force_login(make_super_admin())
    return client


def test_the_list_shows_each_thumbnail(sam: Client, project: Project, folders: Path) -> None:
    asset = make_asset(project, folders, alt_text='A "fox" <b>')
    page = sam.get(reverse("admin:assets_mediaasset_changelist")).content.decode()
    assert f'src="{asset.thumbnail_url}"' in page
    assert 'alt="A &quot;fox&quot; &lt;b&gt;"' in page
    assert "1024 × 768" in page


def test_what_is_said_about_an_asset_changes_and_the_asset_does_not(
    sam: Client, project: Project, folders: Path
) -> None:
    asset = make_asset(project, folders)
    address = reverse("admin:assets_mediaasset_change", args=[asset.pk])
    assert f'src="{asset.cdn_url}"' in sam.get(address).content.decode()
    answer = sam.post(address, {"alt_text": "A fox", "cost": "0", "s3_key": "media/x/y.webp", "collection": ""})
    assert answer.status_code == 302
    asset.refresh_from_db()
    assert asset.alt_text == "A fox"
    assert asset.cost == Decimal("0.04") and asset.s3_key != "media/x/y.webp"
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.before, entry.after) == ("asset.change", {"alt_text": ""}, {"alt_text": "A fox"})


@pytest.mark.django_db(transaction=True)
def test_deleting_some_of_the_list_takes_their_objects_along(sam: Client, project: Project, folders: Path) -> None:
    gone, kept = make_asset(project, folders), make_asset(project, folders)
    sam.post(
        reverse("admin:assets_mediaasset_changelist"),
        {"action": "delete_selected", "_selected_action": [str(gone.pk)], "post": "yes"},
    )
    assert list(MediaAsset.objects.all()) == [kept]
    assert find_public_file(gone.s3_key) is None and find_public_file(kept.s3_key) is not None
    assert AuditEntry.objects.get().action == "asset.delete"


@pytest.mark.django_db(transaction=True)
def test_deleting_one_takes_its_objects_along(sam: Client, project: Project, folders: Path) -> None:
    asset = make_asset(project, folders)
    sam.post(reverse("admin:assets_mediaasset_delete", args=[asset.pk]), {"post": "yes"})
    assert not MediaAsset.objects.exists()
    assert find_public_file(asset.s3_key) is None
    assert not (folders / "private" / asset.original_key).exists()


@pytest.mark.django_db(transaction=True)
def test_an_asset_whose_storage_is_away_is_left_to_housekeeping(
    sam: Client, project: Project, folders: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(asset: MediaAsset) -> None:
        raise StorageUnavailable

    monkeypatch.setattr("assets.admin.delete_asset", refuse)
    asset = make_asset(project, folders)
    assert sam.post(reverse("admin:assets_mediaasset_delete", args=[asset.pk]), {"post": "yes"}).status_code == 302
    assert (MediaAsset.objects.count(), expire_assets()) == (1, 1)
    assert not MediaAsset.objects.exists()


def test_nobody_makes_an_asset_by_hand(sam: Client) -> None:
    assert sam.get(reverse("admin:assets_mediaasset_add")).status_code == 403


def test_collections_are_listed_with_how_many_they_hold(sam: Client, project: Project, folders: Path) -> None:
    collection = MediaCollection.objects.create(user=project.owner, project=project, name="Animals")
    for _ in range(3):
        make_asset(project, folders)
    MediaAsset.objects.update(collection=collection)
    page = sam.get(reverse("admin:assets_mediacollection_changelist")).content.decode()
    assert "Animals" in page and ">3<" in page.replace("\n", "").replace(" ", "")
    assert sam.get(reverse("admin:assets_mediacollection_change", args=[collection.pk])).status_code == 200


def test_uploads_are_looked_at_and_never_changed_or_shown(sam: Client, project: Project, folders: Path) -> None:
    upload = bring(project, folders, filename="my cat.png")
    page = sam.get(reverse("admin:assets_mediaupload_changelist")).content.decode()
    assert "my cat.png" in page and "96 × 64" in page
    detail = reverse("admin:assets_mediaupload_change", args=[upload.pk])
    shown = sam.get(detail).content.decode()
    assert upload.sha256 in shown and f"/{upload.key}" not in shown
    assert sam.post(detail, {"state": "refused"}).status_code == 403
    assert sam.post(reverse("admin:assets_mediaupload_delete", args=[upload.pk]), {"post": "yes"}).status_code == 403
    assert sam.get(reverse("admin:assets_mediaupload_add")).status_code == 403
    upload.refresh_from_db()
    assert upload.state == "ready"
