"""Phrases about who makes pictures: providers and models on or off, what matters in choosing, who may be chosen."""

from collections.abc import Iterable

from gencraft_media.daos.grammar.meaning import AskedAction
from gencraft_media.daos.grammar.phrasing import SET, Objection, Phrase, Said, scoped, value_of
from gencraft_media.daos.grammar.vocabulary import PICTURES

_MAKERS = "(provider|providers|model|models)"
_DENY = "(deny|block|ban|exclude|avoid)"
_DENYING = "(denying|blocking|banning|excluding|avoiding)"
_USE = "(use|choose|pick|route to)"
_LIST = "(deny|block) list|denylist|blocklist"


def _switched(said: Said) -> Iterable[AskedAction]:
    makers: tuple[tuple[str, str], ...] = said.values["makers"]
    names = " and ".join(name for _, name in makers)
    if any(kind == "custom" for kind, _ in makers):
        raise Objection("Custom models are switched by their own names.", "custom models")
    hint = f"Say “deny {names} for …” or “allow only {names} for …”: that holds for a plan or a project"
    said.for_everybody(f"{hint}. Providers and models are switched on and off")
    for kind, name in makers:
        yield AskedAction(f"{kind}.enable", {kind: name, "enabled": said.values["switch"]})


def _names(said: Said) -> list[str]:
    """As routing settings have them: providers by key, models as `provider/model`."""
    return [name for _, name in said.values["makers"]]


def _only(said: Said) -> Iterable[AskedAction]:
    """Nobody else is chosen. Raises `Objection` where "only" may be said of the people."""
    if not said.is_for_everybody:
        names = " and ".join(_names(said))
        hint = f"say “use only {names} for …”, or whom to deny it"
        raise Objection(f"It may mean nothing but {names} for them, or {names} for nobody but them; {hint}.", "only")
    return _allowed(said)


_allowed = scoped("routing.allow", names=_names)
_denied = scoped("routing.deny", names=_names, denied=value_of("denied"))
_strategy = scoped("routing.strategy", strategy=value_of("strategy"))

PHRASES = (
    Phrase(
        _switched,
        (
            "<switch> <makers>",
            "(turn|switch|shut) <makers> <state:switch>",
            f"{SET} <makers> to <state:switch>",
        ),
    ),
    Phrase(_switched, ("bring <makers> back [online]", "put <makers> back in service"), implied=(("switch", True),)),
    Phrase(_switched, ("take <makers> (offline|out of service)",), implied=(("switch", False),)),
    Phrase(
        _strategy,
        (
            f"{SET} [default] [routing] strategy to <strategy>",
            f"(choose|pick|prefer|use|route to) [a] <strategy> {_MAKERS} [first] [by default]",
            "use [a] <strategy> (routing|strategy) [by default]",
            f"make <strategy> [{_MAKERS}] default strategy",
            f"route [everything|requests|jobs|{PICTURES}] to <strategy> {_MAKERS}",
        ),
    ),
    Phrase(
        _strategy,
        (
            f"(route|choose) [everything|requests|jobs|{PICTURES}|{_MAKERS}] by <goal:strategy>",
            "optimize [routing] for <goal:strategy>",
            "optimise [routing] for <goal:strategy>",
        ),
    ),
    Phrase(
        _allowed,
        (
            "(allow|use|permit|choose) only <makers>",
            "use nothing but <makers>",
            "(restrict|limit) (routing|choice) to <makers>",
            f"{SET} [routing] (allow list|allowlist) to <makers>",
            "<whom> (may|can) (only use|use only) <makers>",
        ),
    ),
    Phrase(_only, ("only (allow|use|permit|choose) <makers>",)),
    Phrase(
        _denied,
        (
            f"{_DENY} <makers> [from routing]",
            f"(never|do not) {_USE} <makers>",
            "stop (using|choosing) <makers>",
            f"(add|put) <makers> (to|on) [routing] ({_LIST})",
            "<whom> (may|can|must|should) (not|never) use <makers>",
        ),
        implied=(("denied", True),),
    ),
    Phrase(
        _denied,
        (
            f"stop {_DENYING} <makers>",
            f"no longer {_DENY} <makers>",
            f"(remove|take) <makers> (from|off) [routing] ({_LIST})",
            "(unblock|unban) <makers>",
            "<whom> (may|can) use <makers> again",
            "use <makers> again",
        ),
        implied=(("denied", False),),
    ),
)
