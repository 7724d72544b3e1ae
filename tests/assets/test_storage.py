"""Objects are written once: whole, under one name, by one of many writers, and private ones stay private."""

import hashlib
import os
import stat
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pytest_django import Settings

from assets.storage import (
    StorageConflict,
    StorageKeyRefused,
    StoredObjectDamaged,
    StoredObjectMissing,
    delete_object,
    find_public_file,
    private_path,
    public_url,
    store_file,
    sweep_unfinished,
)

pytestmark = pytest.mark.django_db

KEY = "media/user/project/picture.webp"


def _file(folder: Path, content: bytes) -> tuple[Path, str]:
    path = folder / uuid.uuid4().hex
    path.write_bytes(content)
    return path, hashlib.sha256(content).hexdigest()


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_what_was_stored_is_read_back_and_nothing_else_lies_about(folders: Path) -> None:
    path, sha256 = _file(folders, b"picture" * 400_000)
    stored = store_file(path, KEY, private=False, sha256=sha256)
    assert (stored.key, stored.size_bytes, stored.sha256) == (KEY, 2_800_000, sha256)
    found = find_public_file(KEY)
    assert found is not None and found.read_bytes() == path.read_bytes()
    assert _files(folders / "media") == [found]


def test_the_same_bytes_again_are_a_success(folders: Path) -> None:
    path, sha256 = _file(folders, b"one")
    first = store_file(path, KEY, private=True, sha256=sha256)
    assert store_file(path, KEY, private=True, sha256=sha256) == first


def test_other_bytes_under_a_taken_key_are_refused_and_the_first_stay(folders: Path) -> None:
    path, sha256 = _file(folders, b"one")
    store_file(path, KEY, private=True, sha256=sha256)
    other, other_sha256 = _file(folders, b"two")
    with pytest.raises(StorageConflict, match=KEY):
        store_file(other, KEY, private=True, sha256=other_sha256)
    with private_path(KEY) as kept:
        assert kept.read_bytes() == b"one"
    assert len(_files(folders / "private")) == 1


@pytest.mark.parametrize("equal", [True, False])
def test_of_sixteen_writers_of_one_key_one_wins(folders: Path, equal: bool) -> None:
    sources = [_file(folders, b"same" if equal else f"picture {number}".encode()) for number in range(16)]
    together = threading.Barrier(16)

    def write(source: tuple[Path, str]) -> str:
        together.wait()
        try:
            return store_file(source[0], KEY, private=False, sha256=source[1]).sha256
        except StorageConflict:
            return "conflict"

    with ThreadPoolExecutor(16) as writers:
        outcomes = list(writers.map(write, sources))
    found = find_public_file(KEY)
    assert found is not None
    winner = hashlib.sha256(found.read_bytes()).hexdigest()
    if equal:
        assert outcomes == [winner] * 16
    else:
        assert sorted(outcomes) == sorted([winner] + ["conflict"] * 15)
    assert _files(folders / "media") == [found]


def test_the_race_is_decided_by_the_link_and_not_by_the_look_before(
    folders: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, sha256 = _file(folders, b"late")
    early, early_sha256 = _file(folders, b"early")
    link = os.link

    def link_after_somebody_else(source: Path, target: Path) -> None:
        monkeypatch.setattr(os, "link", link)
        store_file(early, KEY, private=False, sha256=early_sha256)
        link(source, target)

    monkeypatch.setattr(os, "link", link_after_somebody_else)
    with pytest.raises(StorageConflict):
        store_file(path, KEY, private=False, sha256=sha256)


def test_a_folder_removed_under_a_writer_is_made_again(folders: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, sha256 = _file(folders, b"picture")
    link = os.link

    def link_after_removal(source: Path, target: Path) -> None:
        monkeypatch.setattr(os, "link", link)
        target.parent.rmdir()
        link(source, target)

    monkeypatch.setattr(os, "link", link_after_removal)
    store_file(path, KEY, private=False, sha256=sha256)
    assert find_public_file(KEY) is not None


def test_bytes_that_differ_from_the_announced_hash_are_never_stored(folders: Path) -> None:
    path, _ = _file(folders, b"damaged")
    with pytest.raises(StoredObjectDamaged):
        store_file(path, KEY, private=False, sha256="0" * 64)
    assert _files(folders / "media") == []


def test_the_bytes_are_on_disk_before_the_name_and_the_name_before_the_answer(
    folders: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, sha256 = _file(folders, b"picture")
    (folders / "media/media/user/project").mkdir(parents=True)
    (folders / "media/.incoming").mkdir(parents=True)
    steps: list[str] = []
    fsync, link = os.fsync, os.link

    def noted_fsync(descriptor: int) -> None:
        steps.append("folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file")
        fsync(descriptor)

    def noted_link(source: Path, target: Path) -> None:
        steps.append("link")
        link(source, target)

    monkeypatch.setattr(os, "fsync", noted_fsync)
    monkeypatch.setattr(os, "link", noted_link)
    store_file(path, KEY, private=False, sha256=sha256)
    assert steps == ["file", "link", "folder"]


def test_unfinished_objects_of_crashed_writers_are_swept_once_they_are_old(folders: Path) -> None:
    path, sha256 = _file(folders, b"picture")
    for private in (True, False):
        store_file(path, KEY, private=private, sha256=sha256)
    old, fresh = folders / "media/.incoming/old.part", folders / "private/.incoming/fresh.part"
    for unfinished in (old, fresh):
        unfinished.write_bytes(b"half")
    os.utime(old, (time.time() - 7200, time.time() - 7200))
    assert sweep_unfinished(older_than_s=3600) == 1
    assert not old.exists() and fresh.exists()
    assert find_public_file(KEY) is not None


def test_deleting_twice_is_a_success_and_leaves_no_empty_folders(folders: Path) -> None:
    path, sha256 = _file(folders, b"picture")
    store_file(path, KEY, private=False, sha256=sha256)
    store_file(path, "media/user/other/picture.webp", private=False, sha256=sha256)
    delete_object(KEY, private=False)
    delete_object(KEY, private=False)
    assert find_public_file(KEY) is None
    assert not (folders / "media/media/user/project").exists()
    assert find_public_file("media/user/other/picture.webp") is not None


@pytest.mark.parametrize(
    "key",
    ["../secrets.env", "media/../../secrets.env", "/etc/passwd", "media", "media//x.webp", ".incoming/x.part",
     "media/.incoming/x", "media/x\0.webp", "media/x y.webp", "media/" + "x" * 500, ""],
)  # fmt: skip
def test_what_is_no_key_is_never_a_path(folders: Path, key: str) -> None:
    path, sha256 = _file(folders, b"picture")
    with pytest.raises(StorageKeyRefused):
        store_file(path, key, private=False, sha256=sha256)
    with pytest.raises(StorageKeyRefused):
        delete_object(key, private=True)
    assert find_public_file(key) is None


def test_a_private_object_is_readable_by_its_owner_alone_and_has_no_public_file(folders: Path) -> None:
    path, sha256 = _file(folders, b"original")
    store_file(path, "originals/job/attempt/0.png", private=True, sha256=sha256)
    with private_path("originals/job/attempt/0.png") as original:
        assert original.read_bytes() == b"original"
        assert stat.S_IMODE(original.stat().st_mode) == 0o600
        assert stat.S_IMODE(original.parent.stat().st_mode) == 0o700
    assert find_public_file("originals/job/attempt/0.png") is None


def test_a_missing_private_object_is_named() -> None:
    missing = pytest.raises(StoredObjectMissing, match=r"originals/job/attempt/0\.png")
    with missing, private_path("originals/job/attempt/0.png"):
        pass


def test_the_address_is_the_key_behind_the_cdn(settings: Settings) -> None:
    settings.CDN_URL = "https://cdn.example.com"
    assert public_url(KEY) == f"https://cdn.example.com/{KEY}"
