"""Previews of a picture on its way: kept as private objects and told as events, for whoever has the answer streamed."""

import hashlib
import tempfile
from pathlib import Path

from django.db import DatabaseError, connection, transaction

from assets.errors import AssetError
from assets.keys import preview_key
from assets.storage import store_file
from gencraft_media.common.crashpoints import crashpoint
from gencraft_media.common.database import release_connection
from gencraft_media.common.errors import StaleTransition
from gencraft_media.common.logs import logger
from gencraft_media.generation.calls import transport
from gencraft_media.generation.journal import lock_job, save_events, tell
from gencraft_media.generation.leases import fence_of
from gencraft_media.generation.models import GenerationAttempt
from providers.base import ProviderAdapter
from providers.types import HttpAnswer, HttpRequest, Partial, Submitted

log = logger(__name__)
PREVIEW = "item.preview"


def exchange(attempt: GenerationAttempt, adapter: ProviderAdapter, http_request: HttpRequest) -> Submitted:
    """Send the one paid request and read its answer; where that is streamed, keep the previews in it.

    Raises what the transport raises, and `BrokenContract` for an answer that cannot be read.
    """
    answer: HttpAnswer | Submitted
    if http_request.streamed:
        keep = PreviewKeeper(attempt)
        answer = transport().send_streaming(adapter, http_request, account=attempt.account, on_partial=keep)
    else:
        answer = transport().send(adapter, http_request, account=attempt.account, paid=True)
    crashpoint("call.answered")
    return adapter.parse_submitted(answer) if isinstance(answer, HttpAnswer) else answer


class PreviewKeeper:
    """Keeps the previews of one answer, up to the first that cannot be kept: the picture behind them is paid for.

    Trouble of this host's must not end the reading of the answer, or its outcome would be unknown.
    """

    def __init__(self, attempt: GenerationAttempt) -> None:
        self._attempt = attempt
        self._gave_up = False

    def __call__(self, preview: Partial) -> None:
        if self._gave_up:
            return
        try:
            keep_preview(self._attempt, preview)
        except (OSError, DatabaseError, AssetError):
            self._gave_up = True
            log.warning("previews not kept", exc_info=True)
            connection.close()


def keep_preview(attempt: GenerationAttempt, preview: Partial) -> None:
    """Store one preview and tell of it. Raises `StaleTransition` when the lease was lost."""
    sha256 = hashlib.sha256(preview.content).hexdigest()
    key = preview_key(job_id=attempt.job_id, attempt_id=attempt.pk, number=preview.index, sha256=sha256)
    with tempfile.TemporaryDirectory(prefix="landing-") as folder:
        path = Path(folder) / "preview"
        path.write_bytes(preview.content)
        store_file(path, key, private=True, sha256=sha256)
    with transaction.atomic():
        job = lock_job(attempt.job)
        if not GenerationAttempt.objects.filter(pk=attempt.pk, **fence_of(attempt)).exists():
            raise StaleTransition
        item = attempt.items.order_by("index")[0]
        tell(job, PREVIEW, itemId=str(item.pk), index=item.index, number=preview.index, key=key)
        save_events(job)
    # The provider's answer may take minutes more.
    release_connection()
