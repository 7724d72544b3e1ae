"""Phrases about webhooks: paused, and sent again."""

from collections.abc import Iterable

from gencraft_media.daos.grammar.meaning import AskedAction
from gencraft_media.daos.grammar.phrasing import Objection, Phrase, Said
from gencraft_media.daos.grammar.vocabulary import OFF, ON

_WEBHOOKS = "[all] [outgoing] (webhooks|webhook (delivery|deliveries|messages))"


def _paused(said: Said) -> Iterable[AskedAction]:
    for scope in said.scopes():
        if scope.startswith("plan:"):
            raise Objection("Webhooks are paused for everybody or for a project, not for a plan.", "plan")
        yield AskedAction("webhooks.pause", {"paused": said.values["paused"], "scope": scope})


PHRASES = (
    Phrase(
        _paused,
        (
            f"({OFF}|hold|hold back) {_WEBHOOKS}",
            f"(turn|switch) {_WEBHOOKS} off",
            f"(do not|stop) (send|sending|deliver|delivering) [any] {_WEBHOOKS}",
        ),
        implied=(("paused", True),),
    ),
    Phrase(
        _paused,
        (
            f"({ON}|unpause|restart|continue|release) {_WEBHOOKS}",
            f"(turn|switch) {_WEBHOOKS} on",
            f"(send|deliver) {_WEBHOOKS} again",
        ),
        implied=(("paused", False),),
    ),
)
