"""What becomes of a request to Stability AI for each of the vendor's faults, on either of its interfaces."""

from decimal import Decimal

from assets.errors import BAD_PICTURE
from gencraft_media.generation.errors import ProviderSilent
from providers.adapters.stability.refusals import (
    CreditExhausted,
    KeyRefused,
    LanguageRefused,
    ModelNotOffered,
    PersonRefused,
    RequestTooLarge,
)
from providers.errors import BrokenContract, Moderated, OutcomeUnknown, OutputLost, ProviderError, Rejected
from tests.generation.vendors.table import NOTHING, QUOTED, Fault, Vendor, awaited, delivered, refused, spoilt, unknown
from tests.vendors.stability.server import Server

PICTURE = Decimal("0.065")
ENGINE_PICTURE = Decimal("0.009")
UPSCALE = Decimal("0.60")
_TRUNCATED = ("output_truncated", BAD_PICTURE["output_truncated"])


def never_told(fault: Fault, prompt: str) -> Decimal:
    """The vendor tells no cost, so no row may lean on one."""
    raise LookupError(f"no cost is told for {fault.name} of {prompt}")


FAULTS = (
    delivered("", "Nothing goes wrong", credits=7, basis=QUOTED),
    delivered("slow", "The answer takes long", credits=7, basis=QUOTED),
    delivered("rate-limited-briefly*2", "429 with `Retry-After`, twice", credits=7, basis=QUOTED, calls=3),
    delivered("rate-limited*2", "429 and a lock-out of a minute, twice", credits=7, basis=QUOTED, calls=3),
    awaited("rate-limited-briefly", "429 with `Retry-After`, until the deadline"),
    awaited("rate-limited", "429 and a lock-out, until the deadline"),
    refused("moderated", "403 `content_moderation`", Moderated()),
    refused("language", "422 `invalid_language`", LanguageRefused()),
    refused("public-figure", "422 `public_figure`", PersonRefused()),
    refused("too-large", "413", RequestTooLarge()),
    refused("no-credit", "402 `payment_required`", CreditExhausted()),
    refused("bad-key", "401 `unauthorized`", KeyRefused()),
    refused("forbidden", "403 `permission_denied`", ModelNotOffered()),
    refused("unknown-model", "404 `not_found`", ModelNotOffered()),
    spoilt("moderated-output", "200 with `CONTENT_FILTERED`", Moderated(), basis=QUOTED),
    spoilt("failed", "200 with `ERROR`", ProviderError(), basis=QUOTED),
    spoilt("strange-word", "200 with a finish reason that is not known", BrokenContract(), basis=QUOTED),
    spoilt("truncated", "The picture ends early", _TRUNCATED, basis=QUOTED),
    unknown("empty", "200 without a byte of a picture", BrokenContract("The answer's picture is empty.")),
    unknown("page", "200 with a page instead of a picture", BrokenContract()),
    unknown("server-error", "500", OutcomeUnknown()),
    unknown("hang-up", "The line drops before the answer", OutcomeUnknown()),
    unknown("cut", "The line drops within the answer", OutcomeUnknown()),
)
ENGINE_FAULTS = (
    delivered("", "Nothing goes wrong", credits=1, basis=QUOTED),
    refused("moderated", "400 `invalid_prompts`", Moderated()),
    Fault(
        "moderated-output",
        "Two pictures asked for, one of them `CONTENT_FILTERED`",
        "completed",
        Moderated().code,
        Moderated().message,
        credits=1,
        certainty="confirmed",
        basis=QUOTED,
        batch=2,
    ),
    unknown("empty", "200 with an empty picture", BrokenContract("A picture of the answer is empty.")),
    unknown("server-error", "500", OutcomeUnknown()),
    unknown("cut", "The line drops within the answer", OutcomeUnknown()),
)
LATER_FAULTS = (
    delivered("", "Accepted, and ready when it is asked for the third time", credits=60, basis=QUOTED),
    delivered("result-strange-word", "A word about its state that nobody documented", credits=60, basis=QUOTED),
    delivered("result-error", "Two questions are answered 500", credits=60, basis=QUOTED),
    delivered("result-limited", "Two questions are answered 429", credits=60, basis=QUOTED),
    delivered("result-cut", "The line drops within two answers", credits=60, basis=QUOTED),
    refused("moderated", "The request is answered 403 `content_moderation`", Moderated()),
    unknown("cut", "The line drops within the acceptance", OutcomeUnknown()),
    unknown("no-id", "The acceptance has no id", BrokenContract()),
    spoilt("result-moderated", "A question is answered 403 `content_moderation`", Moderated(), basis=NOTHING),
    spoilt("result-failed", "A question is answered 400", Rejected(), basis=NOTHING),
    spoilt("result-expired", "A question is answered 404", OutputLost(), basis=QUOTED),
    spoilt("moderated-output", "Ready, with `CONTENT_FILTERED`", Moderated(), basis=QUOTED),
    spoilt("truncated", "The picture ends early", _TRUNCATED, basis=QUOTED),
    spoilt("empty", "Ready, without a byte of it", BrokenContract("The answer's picture is empty."), basis=QUOTED),
    unknown("page", "A question is answered with a page", BrokenContract()),
    unknown("result-stuck", "Never ready", ProviderSilent(), long_ago="accepted_at"),
)

STABILITY = Vendor(
    key="stability",
    title="Stability AI",
    provider="stability",
    model="sd-3.5-large",
    size=(1024, 1024),
    server=Server,
    quoted=lambda batch: PICTURE * batch,
    told=never_told,
    faults=FAULTS,
    about="No answer says what it cost, so the quote is booked, also for pictures that the vendor's filter withheld: "
    "whether it charges those is not written anywhere.",
)
STABILITY_ENGINE = Vendor(
    key="stability-engine",
    title="Stability AI, the older interface (SDXL 1.0)",
    provider="stability",
    model="sd-xl-1.0",
    size=(1024, 1024),
    server=Server,
    quoted=lambda batch: ENGINE_PICTURE * batch,
    told=never_told,
    faults=ENGINE_FAULTS,
    about="Only what differs from the table above: several pictures a call, and other words for some refusals.",
)
STABILITY_LATER = Vendor(
    key="stability-later",
    title="Stability AI, the creative upscaler",
    provider="stability",
    model="stable-image-upscale-creative",
    operation="upscale",
    size=(512, 512),
    server=Server,
    quoted=lambda batch: UPSCALE * batch,
    told=never_told,
    faults=LATER_FAULTS,
    about="Only what differs from the first table: the request is accepted under an id, and its result asked for every "
    "ten seconds. A job that the vendor says has failed costs nothing.",
)
