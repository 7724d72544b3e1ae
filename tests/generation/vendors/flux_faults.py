"""What becomes of a request to Black Forest Labs for each fault: at the call, the polls, the picture."""

from decimal import Decimal

from assets.errors import BAD_PICTURE
from gencraft_media.generation.errors import ProviderSilent
from providers.errors import (
    BrokenContract,
    KeyRefused,
    Misconfigured,
    Moderated,
    OutcomeUnknown,
    OutOfMoney,
    OutputLost,
    ProviderError,
    Rejected,
)
from tests.generation.vendors.table import (
    NOTHING,
    QUOTED,
    TOLD,
    Fault,
    Vendor,
    awaited,
    delivered,
    refused,
    spoilt,
    unknown,
)
from tests.vendors.flux.server import Server

# Between two published sizes the quote is a straight line and the vendor takes a step: the two amounts differ.
QUOTE, TAKEN = Decimal("0.010667"), Decimal("0.014")


def _bad(code: str) -> tuple[str, str]:
    return code, BAD_PICTURE[code]


AT_THE_CALL = (
    awaited("rate-limited", "429 with `Retry-After`, until the deadline"),
    awaited("rate-limited-silently", "429 without, until the deadline"),
    refused("bad-key", "403", KeyRefused()),
    refused("no-credit", "402", OutOfMoney()),
    refused("model-removed", "404", Misconfigured()),
    refused("invalid", "422", Rejected()),
    refused("malformed", "400", Rejected()),
    unknown("server-error", "500", OutcomeUnknown()),
    unknown("overloaded", "503", OutcomeUnknown()),
    unknown("dropped", "The line drops before the answer", OutcomeUnknown()),
    unknown("cut", "The line drops within the answer", OutcomeUnknown()),
    unknown("broken-contract", "The answer has no id", BrokenContract()),
)
AT_THE_POLLS = (
    delivered(
        "foreign-address", "The address for polls is on another host: the account's is asked", credits=2, basis=TOLD
    ),
    delivered("slow", "The job takes long", credits=2, basis=TOLD),
    delivered("strange-words", "Stages that nobody documented, then ready", credits=2, basis=TOLD),
    delivered("poll-error", "Two polls are answered 500", credits=2, basis=TOLD),
    delivered("poll-overloaded", "Two polls are answered 503", credits=2, basis=TOLD),
    delivered("poll-limited", "Two polls are answered 429", credits=2, basis=TOLD),
    delivered("poll-cut", "The line drops within two polls", credits=2, basis=TOLD),
    spoilt("moderated", "A poll says `Request Moderated`", Moderated(), basis=NOTHING),
    spoilt("moderated-output", "A poll says `Content Moderated`", Moderated(), basis=NOTHING),
    spoilt("failed", "A poll says `Error`", ProviderError(), basis=NOTHING),
    spoilt("not-found", "A poll says `Task not found`", OutputLost(), basis=TOLD),
    spoilt("wrong-cluster", "The job is on a host that may not be asked", OutputLost(), basis=TOLD),
    unknown("stuck", "Never ready", ProviderSilent(), basis=TOLD, long_ago="accepted_at"),
)
AT_THE_PICTURE = (
    delivered("cut-output", "The line drops within the picture, twice", credits=2, basis=TOLD),
    spoilt("no-sample", "Ready, without an address", BrokenContract(), basis=TOLD),
    spoilt("lost-output", "The picture's address answers 404", OutputLost(), basis=TOLD),
    spoilt("refused-output", "The picture's address answers 403", OutputLost(), basis=TOLD),
    spoilt("expired", "The picture's address has run out", OutputLost(), basis=TOLD),
    spoilt("truncated", "The picture ends early", _bad("output_truncated"), basis=TOLD),
    spoilt("not-an-image", "A page instead of a picture", _bad("output_not_an_image"), basis=TOLD),
    spoilt("wrong-size", "The picture has another size", _bad("output_wrong_size"), basis=TOLD),
)
FAULTS: tuple[Fault, ...] = (
    delivered("", "Nothing goes wrong", credits=2, basis=TOLD),
    delivered("no-cost", "The acceptance does not say what it cost", credits=2, basis=QUOTED),
    delivered("late-answer", "The acceptance takes long", credits=2, basis=TOLD),
    delivered("rate-limited*2", "429, twice", credits=2, basis=TOLD, calls=3),
    *AT_THE_CALL,
    *AT_THE_POLLS,
    *AT_THE_PICTURE,
)

WITH_CALLBACKS: tuple[Fault, ...] = (
    delivered("", "Nothing goes wrong", credits=2, basis=TOLD),
    delivered("dropped", "The line drops before the answer: the callback names the job", credits=2, basis=QUOTED),
    delivered("cut", "The line drops within the answer: the same", credits=2, basis=QUOTED),
    unknown("server-error", "500, and no callback for two minutes", OutcomeUnknown(), long_ago="unknown_since"),
    delivered("webhook-never", "No callback comes: polls find the picture", credits=2, basis=TOLD),
    delivered("webhook-early", "The callback comes before the answer", credits=2, basis=TOLD),
    delivered("webhook-late", "The callback comes when all is over", credits=2, basis=TOLD),
    delivered("webhook-duplicated", "The callback comes three times", credits=2, basis=TOLD),
    delivered("webhook-out-of-order", "After it comes one that tells an older state", credits=2, basis=TOLD),
    delivered("webhook-forged", "The callback proves another secret: it finds no address", credits=2, basis=TOLD),
    spoilt("moderated", "The callback comes, and the poll says `Request Moderated`", Moderated(), basis=NOTHING),
)

FLUX = Vendor(
    key="flux",
    title="Black Forest Labs",
    provider="flux",
    model="flux-3-image-klein",
    size=(1536, 1024),
    server=Server,
    quoted=lambda batch: QUOTE * batch,
    told=lambda fault, prompt: TAKEN,
    faults=FAULTS,
    about="The vendor says what a job costs when it accepts it, here $0.014; that is booked when the job ends, "
    "however it ends, except where a poll says that the job failed: whether the vendor charges "
    "those is not written anywhere, and nothing is booked.",
)
FLUX_CALLBACKS = Vendor(
    key="flux-callbacks",
    title="Black Forest Labs, called back",
    provider="flux",
    model="flux-3-image-klein",
    size=(1536, 1024),
    server=Server,
    quoted=lambda batch: QUOTE * batch,
    told=lambda fault, prompt: TAKEN,
    faults=WITH_CALLBACKS,
    callbacks=True,
    about="Only what differs where the vendor calls back (`PROVIDER_CALLBACKS`, an account at a regional host): a lost "
    "answer is no lost job. What a job cost is told by the answer alone, so without one the quote is booked.",
)
