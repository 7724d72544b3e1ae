"""Operations on pictures over the engine's own transport: inputs are kept, drawn from, and may be gone."""

import io
import json
import os
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from pytest_django.fixtures import Settings

from providers.adapters.sim import SimAdapter
from providers.errors import Busy, Moderated, OutcomeUnknown, OutputLost, Rejected, Unreachable
from providers.sim import spool as spool_module
from providers.sim.jobs import find_job
from providers.transport import ProviderTransport
from providers.types import Accepted, Finished, GenerationRequest, InputRole, Refused, RemoteState
from tests.providers.sim.samples import ASKED, SIZE, edit, media_of, picture, pixels_of

TRANSPORT = ProviderTransport()
OPERATIONS = list(ASKED)

pytestmark = pytest.mark.usefixtures("spool", "patient")


def submit(request: GenerationRequest) -> Any:
    adapter = SimAdapter(request.model)
    return adapter.parse_submitted(TRANSPORT.send(adapter, adapter.build_submit(request), account=None, paid=True))


def fetched(request: GenerationRequest, job_id: str, folder: Path, index: int = 0) -> bytes:
    adapter = SimAdapter(request.model)
    answer = TRANSPORT.send(adapter, adapter.build_poll(job_id), account=None)
    assert adapter.parse_progress(answer).state is RemoteState.SUCCEEDED
    sink = folder / f"output-{index}"
    TRANSPORT.fetch_output(adapter, adapter.parse_outputs(answer)[index], sink, account=None)
    return sink.read_bytes()


def output_of(request: GenerationRequest, folder: Path, index: int = 0) -> bytes:
    accepted = submit(request)
    assert isinstance(accepted, Accepted)
    return fetched(request, accepted.provider_job_id, folder, index)


@pytest.mark.parametrize("operation", OPERATIONS)
class TestEveryOperation:
    def test_gives_a_picture_of_the_size_that_was_asked_for(self, operation: str, tmp_path: Path) -> None:
        request = edit(tmp_path, operation)
        image = Image.open(io.BytesIO(output_of(request, tmp_path)))
        assert (image.format, image.size) == ("PNG", (request.width, request.height))

    def test_gives_the_same_for_the_same_and_has_an_id_that_fits(self, operation: str, tmp_path: Path) -> None:
        request = edit(tmp_path, operation)
        first, again = submit(request), submit(replace(request, attempt_id="another"))
        assert len(first.provider_job_id) <= 255
        contents = [fetched(request, job.provider_job_id, tmp_path) for job in (first, again)]
        assert contents[0] == contents[1]

    def test_depends_on_the_picture_that_is_sent(self, operation: str, tmp_path: Path) -> None:
        request = edit(tmp_path, operation)
        other = media_of(tmp_path, InputRole.IMAGE, picture("desert dunes"), "other")
        assert output_of(request, tmp_path) != output_of(replace(request, inputs=(other,)), tmp_path)

    @pytest.mark.parametrize(
        ("model", "is_drawn"),
        [("slow", True), ("synchronous", True), ("wrong-size", False), ("blank", False), ("truncated", False)],
    )
    def test_is_done_or_broken_by_every_kind_of_model(
        self, operation: str, model: str, is_drawn: bool, tmp_path: Path
    ) -> None:
        usual = edit(tmp_path, operation)
        request = replace(usual, model=f"sim/{model}")
        outcome = submit(request)
        content = (outcome.outputs[0].content or b"") if isinstance(outcome, Finished) else output_of(request, tmp_path)
        assert (content == output_of(usual, tmp_path)) is is_drawn
        if model == "wrong-size":
            assert request.width is not None
            assert Image.open(io.BytesIO(content)).width == request.width // 2

    def test_is_refused_without_its_picture(self, operation: str, tmp_path: Path) -> None:
        outcome = submit(replace(edit(tmp_path, operation), inputs=()))
        assert isinstance(outcome, Refused)
        assert isinstance(outcome.error, Rejected)


class TestWhatIsSent:
    def test_is_a_form_with_the_document_and_each_picture_under_its_part(self, tmp_path: Path) -> None:
        request = edit(tmp_path, "image-to-image")
        further = media_of(tmp_path, InputRole.IMAGE, picture("ocean"), "further")
        style = media_of(tmp_path, InputRole.STYLE, picture("dusk"))
        built = SimAdapter("sim/standard").build_submit(replace(request, inputs=(*request.inputs, further, style)))
        assert built.files is not None
        assert [name for name, _ in built.files] == ["image", "image", "style"]
        assert built.form is not None
        document = json.loads(built.form["document"])
        assert [entry.partition(":")[0] for entry in document["inputs"]] == ["image", "image", "style"]
        assert (document["strength"], document["operation"]) == (0.7, "image-to-image")

    def test_of_several_pictures_each_matters(self, tmp_path: Path) -> None:
        request = edit(tmp_path, "image-to-image")
        further = media_of(tmp_path, InputRole.IMAGE, picture("aurora"), "further")
        style = media_of(tmp_path, InputRole.STYLE, picture("desert dunes"))
        variants = [(), (further,), (style,), (further, style)]
        results = {output_of(replace(request, inputs=(*request.inputs, *more)), tmp_path) for more in variants}
        assert len(results) == len(variants)

    def test_too_many_pictures_or_of_a_part_it_does_not_take_are_refused(self, tmp_path: Path) -> None:
        image, mask = edit(tmp_path, "inpaint").inputs
        cases = [("upscale", (image, image)), ("upscale", (image, mask)), ("image-to-image", (image,) * 5)]
        for operation, inputs in cases:
            outcome = submit(replace(edit(tmp_path, operation), inputs=inputs))
            assert isinstance(outcome, Refused)
            assert outcome.error.vendor_code == "unsupported"

    def test_a_text_prompt_takes_no_picture(self, tmp_path: Path) -> None:
        outcome = submit(replace(edit(tmp_path, "variation"), operation="text-to-image"))
        assert isinstance(outcome, Refused)

    def test_a_picture_that_changed_on_its_way_is_refused(self, tmp_path: Path) -> None:
        request = edit(tmp_path, "variation")
        adapter = SimAdapter("sim/standard")
        built = adapter.build_submit(request)
        media_of(tmp_path, InputRole.IMAGE, picture("ocean"))
        outcome = adapter.parse_submitted(TRANSPORT.send(adapter, built, account=None, paid=True))
        assert isinstance(outcome, Refused)
        assert outcome.error.vendor_code == "malformed"


class TestFaults:
    def test_of_a_prompt_and_of_an_output_are_those_of_the_model(self, tmp_path: Path) -> None:
        refused = submit(replace(edit(tmp_path, "variation"), model="sim/moderated"))
        assert isinstance(refused, Refused)
        assert isinstance(refused.error, Moderated)
        with pytest.raises(Unreachable):
            submit(replace(edit(tmp_path, "upscale"), model="sim/unreachable"))
        lost = replace(edit(tmp_path, "upscale"), model="sim/lost-output")
        with pytest.raises(OutputLost):
            output_of(lost, tmp_path)

    def test_of_a_refused_submission_keep_nothing(self, tmp_path: Path, spool: Path) -> None:
        submit(replace(edit(tmp_path, "variation"), model="sim/no-credit"))
        assert not spool.exists()

    @pytest.mark.parametrize("with_journal", [True, False])
    @pytest.mark.parametrize("operation", OPERATIONS)
    def test_a_lost_job_is_found_in_the_list_with_its_pictures(
        self, operation: str, with_journal: bool, tmp_path: Path, settings: Settings
    ) -> None:
        settings.SIM_JOURNAL = str(tmp_path / "journal") if with_journal else ""
        usual = edit(tmp_path, operation)
        request = replace(usual, model="sim/dropped-listable")
        adapter = SimAdapter(request.model)
        with pytest.raises(OutcomeUnknown):
            submit(request)
        find = adapter.build_find(request)
        assert find is not None
        found = adapter.parse_found(TRANSPORT.send(adapter, find, account=None), request)
        assert fetched(request, found, tmp_path) == output_of(usual, tmp_path)


class TestTheSpool:
    def test_keeps_a_picture_once_for_all_jobs_that_were_sent_it(self, tmp_path: Path, spool: Path) -> None:
        submit(edit(tmp_path, "variation"))
        before = set(spool.iterdir())
        submit(edit(tmp_path, "variation", seed=41))
        submit(edit(tmp_path, "remove-background"))
        assert set(spool.iterdir()) == before
        assert len(before) == 2

    @pytest.mark.parametrize("which", [0, 1])
    def test_on_another_host_lacks_the_pictures_and_the_output_is_gone(
        self, which: int, tmp_path: Path, spool: Path
    ) -> None:
        request = edit(tmp_path, "variation")
        job_id = submit(request).provider_job_id
        sorted(spool.iterdir(), key=lambda path: path.stat().st_size)[which].unlink()
        with pytest.raises(OutputLost) as caught:
            fetched(request, job_id, tmp_path)
        assert caught.value.vendor_code == "output_gone"
        assert find_job(job_id) is not None

    def test_lets_go_of_what_is_older_than_a_day(self, tmp_path: Path, spool: Path) -> None:
        submit(edit(tmp_path, "variation"))
        old = set(spool.iterdir())
        yesterday = time.time() - spool_module.KEPT_FOR_S - 60
        for path in old:
            os.utime(path, (yesterday, yesterday))
        other = media_of(tmp_path, InputRole.IMAGE, picture("ocean"), "other")
        submit(edit(tmp_path, "upscale", inputs=(other,)))
        assert not old & set(spool.iterdir())

    def test_makes_a_picture_that_comes_again_young_again(self, tmp_path: Path, spool: Path) -> None:
        submit(edit(tmp_path, "variation"))
        yesterday = time.time() - spool_module.KEPT_FOR_S - 60
        kept = set(spool.iterdir())
        for path in kept:
            os.utime(path, (yesterday, yesterday))
        submit(edit(tmp_path, "variation"))
        assert set(spool.iterdir()) == kept

    def test_has_room_for_so_much_and_drops_the_oldest(
        self, tmp_path: Path, spool: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(spool_module, "ROOM_BYTES", 4000)
        for age, name in enumerate(("young", "older", "oldest")):
            spool_module.keep(name, bytes(1500))
            os.utime(spool / name, (time.time() - age, time.time() - age))
        spool_module.prune()
        assert {path.name for path in spool.iterdir()} == {"young", "older"}

    def test_without_room_refuses_the_job_for_now(self, tmp_path: Path, spool: Path) -> None:
        # A file stands where the folder should be, as good as a full disk.
        spool.parent.mkdir()
        spool.write_text("")
        outcome = submit(edit(tmp_path, "variation"))
        assert isinstance(outcome, Refused)
        assert isinstance(outcome.error, Busy)
        assert spool.read_text() == ""


def test_jpegs_may_be_sent(tmp_path: Path) -> None:
    request = edit(tmp_path, "upscale")
    path = tmp_path / "sent.jpg"
    picture().save(path, quality=95)
    media = replace(request.inputs[0], path=path, mime_type="image/jpeg")
    image = Image.open(io.BytesIO(output_of(replace(request, inputs=(media,)), tmp_path)))
    assert abs(pixels_of(image.resize(SIZE)) - pixels_of(picture())).mean() < 4
