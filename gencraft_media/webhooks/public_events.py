"""The events that receivers can ask for, and how a filter chooses among them."""

from collections.abc import Collection
from dataclasses import dataclass

from gencraft_media.common.event_types import EVERYTHING, is_chosen


@dataclass(frozen=True)
class EventType:
    """A public event. `by_default` ones are meant by groups and "*"; others have to be named."""

    name: str
    description: str
    by_default: bool = True

    @property
    def group(self) -> str:
        """The part before the dot."""
        return self.name.partition(".")[0]


TEST = "webhook.test"
PUBLIC_TYPES = {
    one.name: one
    for one in (
        EventType("job.queued", "A request was taken in; its credits are set aside."),
        EventType("job.processing", "A provider began to work on the job."),
        EventType("job.rerouted", "Another model makes what is missing, because the first could not."),
        EventType("job.progress", "How far the job is, at most once a second.", by_default=False),
        EventType("job.completed", "The job ended and delivered at least one output."),
        EventType("job.failed", "The job ended without any output; nothing was charged."),
        EventType("job.canceled", "The job was canceled; what had been delivered is charged."),
        EventType("asset.created", "An output was stored, can be had at its address, and was charged."),
        EventType("asset.deleted", "An asset and its files were deleted on request."),
        EventType("asset.expired", "An asset and its files were deleted because its time was over."),
        EventType("credits.low", "The available credits have fallen below the plan's threshold."),
        EventType("quota.warning", "Four fifths of a quota are used or reserved."),
        EventType("quota.reached", "All outputs of a quota are used or reserved; more are refused until it resets."),
        EventType("model.retiring", "A model that the project uses ends within 60, 30 or 7 days."),
        EventType("model.retired", "A model that the project used has ended; its successor takes its requests."),
        EventType("webhook.disabled", "Another endpoint of the project is no longer sent to."),
        EventType(TEST, "Sent on request, to see whether an endpoint works.", by_default=False),
    )
}
# What the engine calls otherwise: an item is an inner matter, the asset it became is not.
_TOLD_AS = {"item.completed": "asset.created"}
# Events of other apps that are added to these groups are public without a line above.
_OPEN_GROUPS = ("asset", "credits", "quota")
JOB_FILTER = ("job.*",)


def public_name(domain_type: str) -> str | None:
    """What receivers know a domain event as; None for those that are nobody's business."""
    name = _TOLD_AS.get(domain_type, domain_type)
    return name if name in PUBLIC_TYPES or name.partition(".")[0] in _OPEN_GROUPS else None


def known_filters() -> list[str]:
    """All that a filter may consist of."""
    groups = sorted({one.group for one in PUBLIC_TYPES.values()})
    return [EVERYTHING, *(f"{group}.*" for group in groups), *(name for name in PUBLIC_TYPES if name != TEST)]


def wants(events: Collection[str], name: str) -> bool:
    """Whether a filter chooses the public event `name`."""
    known = PUBLIC_TYPES.get(name)
    named_only = known is not None and not known.by_default
    return name in events if named_only else is_chosen(name, events)
