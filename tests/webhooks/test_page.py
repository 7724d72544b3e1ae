"""The programs of docs/webhooks.md take what the engine signs, and nothing else."""

import json
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gencraft_media.webhooks.models import standard_schedule
from gencraft_media.webhooks.public_events import PUBLIC_TYPES
from gencraft_media.webhooks.signatures import new_secret, signature_header
from tests.documents.world import ROOT, node, programs

PAGE = "docs/webhooks.md"
BODY = json.dumps({"type": "job.completed", "timestamp": "", "data": {"jobId": "é"}}, ensure_ascii=False).encode()
_CALLER = """
import { readFileSync } from "node:fs";
import { verified } from "./verify.mjs";
const { headers } = JSON.parse(readFileSync("request.json"));
process.stdout.write(JSON.stringify(verified(readFileSync("body"), headers)));
"""


def signed(*keys: str, at_s: int) -> dict[str, str]:
    """The headers of a request."""
    signature = signature_header(keys, message_id="msg_1", timestamp_s=at_s, body=BODY)
    return {"webhook-id": "msg_1", "webhook-timestamp": str(at_s), "webhook-signature": signature}


def in_python(secret: str, body: bytes, headers: dict[str, str], folder: Path) -> bool:
    (text,) = programs(PAGE, "python")
    scope: dict[str, Any] = {}
    exec(text.replace("whsec_…", secret), scope)  # noqa: S102 (a program of our own page)
    status: int = scope["receive"](body, headers)[0]
    return status == 200


def in_javascript(secret: str, body: bytes, headers: dict[str, str], folder: Path) -> bool:
    (text,) = programs(PAGE, "js")
    (folder / "verify.mjs").write_text(text.replace("whsec_…", secret))
    (folder / "caller.mjs").write_text(_CALLER)
    (folder / "request.json").write_text(json.dumps({"headers": headers}))
    (folder / "body").write_bytes(body)
    done = subprocess.run([node(), "caller.mjs"], cwd=folder, capture_output=True, text=True, timeout=30, check=True)
    return bool(json.loads(done.stdout) == json.loads(BODY))


@pytest.mark.parametrize("accepts", [in_python, in_javascript])
def test_the_pages_programs_take_what_was_signed_and_nothing_else(
    accepts: Callable[[str, bytes, dict[str, str], Path], bool], tmp_path: Path
) -> None:
    secret, now = new_secret(), int(time.time())
    assert accepts(secret, BODY, signed(secret, at_s=now), tmp_path)
    assert accepts(secret, BODY, signed(new_secret(), secret, at_s=now), tmp_path)
    assert not accepts(secret, BODY, signed(new_secret(), at_s=now), tmp_path)
    assert not accepts(secret, BODY, signed(secret, at_s=now - 400), tmp_path)
    assert not accepts(secret, BODY + b" ", signed(secret, at_s=now), tmp_path)


def test_the_page_names_every_event_and_the_schedule_that_holds() -> None:
    text = (ROOT / PAGE).read_text()
    assert [name for name in PUBLIC_TYPES if f"`{name}`" not in text] == []
    assert "| at once | 5 s | 5 min | 30 min | 2 h | 5 h | 10 h | 14 h | 20 h | 24 h |" in text
    hours = [0, 5 / 3600, 1 / 12, 0.5, 2, 5, 10, 14, 20, 24]
    assert standard_schedule() == [round(hour * 3600) for hour in hours]
