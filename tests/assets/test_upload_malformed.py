"""Thousands of bad pictures: each is refused in words or taken clean, and whoever looks at them lives on."""

import os
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image
from pytest_django import Settings

from assets.errors import BAD_UPLOAD, BadUpload
from assets.imaging.upload import clean_upload
from assets.models import MediaUpload
from gencraft_media.common.bounded.owner import running_template
from tests.assets.malformed import Case, harmful, mutated, polyglots
from tests.factories import api_client, make_key

IN_PARTS = 1_700
THROUGH_THE_API = 300
IN_SOAK = 20_000


def outcome_of(folder: Path, case: Case) -> str:
    """`taken`, or the reason of the refusal; anything else is raised."""
    folder.mkdir(parents=True, exist_ok=True)
    original = folder / "original"
    original.write_bytes(case.content)
    try:
        clean = clean_upload(original, folder=folder, declared_type=case.declared_type)
    except BadUpload as error:
        assert error.reason in BAD_UPLOAD, case.name
        return error.reason
    with Image.open(clean.path) as image:
        image.load()
        assert (image.format, image.size) == (clean.mime_type[6:].upper(), (clean.width, clean.height)), case.name
        assert image.mode == ("RGBA" if clean.has_alpha else "RGB"), case.name
        assert not {"exif", "icc_profile", "comment", "xmp", "mp"} & image.info.keys(), case.name
    assert not case.reasons, f"{case.name} was taken"
    return "taken"


def outcomes_of(folder: Path, cases: Iterable[Case]) -> Counter[str]:
    """How often what came out, of all cases; the process that children are forked from is still the same."""
    outcome_of(folder / "first", next(polyglots()))
    template = running_template().pid
    with ThreadPoolExecutor(os.cpu_count() or 1) as workers:
        found = Counter(workers.map(lambda pair: outcome_of(folder / str(pair[0] % 97), pair[1]), enumerate(cases)))
    assert running_template().pid == template
    return found


def test_what_is_made_to_do_harm_is_refused_by_its_own_reason(tmp_path: Path) -> None:
    found = {case.name: (outcome_of(tmp_path, case), case.reasons) for case in harmful()}
    assert {name: pair for name, pair in found.items() if pair[0] not in pair[1]} == {}
    assert len(found) > 70


def test_of_a_picture_that_is_something_else_as_well_only_the_picture_is_kept(tmp_path: Path) -> None:
    for case in polyglots():
        assert outcome_of(tmp_path, case) == "taken", case.name
        kept = (tmp_path / "clean").read_bytes()
        assert not [word for word in (b"script", b"JavaScript", b"PK\3\4", b"%PDF") if word in kept], case.name


def test_damaged_files_are_refused_in_words_or_taken_clean(tmp_path: Path) -> None:
    found = outcomes_of(tmp_path, mutated(IN_PARTS))
    assert found.total() == IN_PARTS
    # Neither everything nor nothing passes, and each usual reason is met.
    assert found["taken"] > 100
    assert {"truncated", "unreadable", "not_an_image", "type_mismatch", "animated"} <= found.keys()


@pytest.mark.soak
def test_twenty_thousand_damaged_files_are_refused_in_words_or_taken_clean(tmp_path: Path) -> None:
    assert outcomes_of(tmp_path, mutated(IN_SOAK, seed=2)).total() == IN_SOAK


@pytest.mark.django_db
def test_through_the_api_nothing_is_left_of_what_was_refused(folders: Path, settings: Settings) -> None:
    settings.API_REQUESTS_PER_MINUTE = -1
    client = api_client(make_key()[1])
    found: Counter[int] = Counter()
    for case in mutated(THROUGH_THE_API, seed=3):
        file = SimpleUploadedFile(
            "picture", case.content, content_type=case.declared_type or "application/octet-stream"
        )
        answer = client.post("/api/media/uploads", {"file": file}, format="multipart")
        assert answer.status_code in {201, 422}, (case.name, answer.content)
        found[answer.status_code] += 1
        if answer.status_code == 422:
            problem = answer.json()
            assert problem["code"] == "upload_refused" and problem["reason"] in BAD_UPLOAD, case.name
    private = folders / "private"
    kept = {path.relative_to(private).as_posix() for path in private.rglob("*") if path.is_file()}
    assert kept == set(MediaUpload.objects.values_list("key", flat=True))
    assert len(kept) == found[201] > 20 and found[422] > 100
