"""What becomes of a request to OpenAI for each of the vendor's faults."""

from decimal import Decimal

from assets.errors import BAD_PICTURE
from providers.errors import BrokenContract, Moderated, OutcomeUnknown, OutputLost, Rejected
from providers.openai.errors import CreditExhausted, KeyRefused, ModelNotOffered, OrganizationUnverified
from tests.generation.vendors.table import QUOTED, TOLD, Fault, Vendor, awaited, delivered, refused, spoilt, unknown
from tests.vendors.openai.server import Server

# A square picture in standard quality by gpt-image-2.5: 439 tokens at $30 for a million.
PICTURE = Decimal("0.01317")
# Of 1024 x 1024 pixels that is sent along: 32 x 32 patches at $8 for a million.
SENT = Decimal("0.008192")
_PROMPT_TOKEN = Decimal("0.000005")
_CHARACTERS_PER_TOKEN = 4
_FEWER = OutputLost("The provider delivered fewer outputs than it was asked for.")


def quoted(batch: int) -> Decimal:
    """The pictures alone."""
    return PICTURE * batch


def told(fault: Fault, prompt: str) -> Decimal:
    """The pictures, made or not, and the prompt."""
    return PICTURE * fault.batch + -(-len(prompt) // _CHARACTERS_PER_TOKEN) * _PROMPT_TOKEN


def told_of_edit(fault: Fault, prompt: str) -> Decimal:
    """The same, and for each of them the picture it was made from."""
    return told(fault, prompt) + SENT * fault.batch


FAULTS = (
    delivered("", "Nothing goes wrong", credits=2, basis=TOLD),
    delivered("slow", "The answer takes long", credits=2, basis=TOLD),
    delivered("no-usage", "The answer does not say what it cost", credits=2, basis=QUOTED),
    delivered("rate-limited*2", "429, twice", credits=2, basis=TOLD, calls=3),
    awaited("rate-limited", "429, until the deadline"),
    refused("moderated", "400 `moderation_blocked`", Moderated()),
    refused("no-quota", "429 `insufficient_quota`", CreditExhausted()),
    refused("hard-limit", "400 `billing_hard_limit_reached`", CreditExhausted()),
    refused("bad-key", "401 `invalid_api_key`", KeyRefused()),
    refused("unverified", "403: the organisation must be verified", OrganizationUnverified()),
    refused("unknown-model", "404 `model_not_found`", ModelNotOffered()),
    refused("bad-input", "400: a value that does not fit", Rejected()),
    # Two for $0.026 less 5 %: 3 credits. One of them came, and its share is 2.
    Fault(
        "fewer",
        "Two pictures asked for, one came",
        "completed",
        _FEWER.code,
        _FEWER.message,
        credits=2,
        certainty="confirmed",
        basis=TOLD,
        batch=2,
    ),
    spoilt("none", "The answer holds no picture", _FEWER, basis=TOLD),
    spoilt(
        "not-base64",
        "The picture cannot be read from the answer",
        BrokenContract("An output of the answer is not base64."),
        basis=TOLD,
    ),
    spoilt(
        "wrong-size",
        "The picture has another size",
        ("output_wrong_size", BAD_PICTURE["output_wrong_size"]),
        basis=TOLD,
    ),
    unknown("server-error", "500", OutcomeUnknown()),
    unknown("overloaded", "503", OutcomeUnknown()),
    unknown("bad-gateway", "502 with a page", OutcomeUnknown()),
    unknown("timed-out", "408", OutcomeUnknown()),
    unknown("conflict", "409", OutcomeUnknown()),
    unknown("hang-up", "The line drops before the answer", OutcomeUnknown()),
    unknown("cut", "The line drops within the answer", OutcomeUnknown()),
    unknown("page", "200 with a page instead of an answer", BrokenContract()),
)

OPENAI = Vendor(
    key="openai",
    title="OpenAI",
    provider="openai",
    model="gpt-image-2.5-sunburst",
    size=(1024, 1024),
    server=Server,
    quoted=quoted,
    told=told,
    faults=FAULTS,
    about="The answer counts its tokens, and so what it cost; it differs from the quote by the tokens of the prompt.",
)

# Only what differs where a picture is sent along.
EDIT_FAULTS = (
    delivered("", "Nothing goes wrong", credits=3, basis=TOLD),
    delivered("no-usage", "The answer does not say what it cost", credits=3, basis=QUOTED),
    refused("bad-picture", "400 `invalid_image_file`", Rejected()),
    refused("too-large", "413", Rejected()),
    # Two for $0.043 less 5 %: 5 credits. One of them came, and its share is 3.
    Fault(
        "fewer",
        "Two pictures asked for, one came",
        "completed",
        _FEWER.code,
        _FEWER.message,
        credits=3,
        certainty="confirmed",
        basis=TOLD,
        batch=2,
    ),
    unknown("server-error", "500", OutcomeUnknown()),
)

OPENAI_EDITS = Vendor(
    key="openai-edits",
    title="OpenAI, edits",
    provider="openai",
    model="gpt-image-2.5-sunburst",
    size=(1024, 1024),
    server=Server,
    quoted=lambda batch: (PICTURE + SENT) * batch,
    told=told_of_edit,
    faults=EDIT_FAULTS,
    operation="image-to-image",
    about="Only what differs where a picture of the same size is sent along. Every output pays for what was sent.",
)
