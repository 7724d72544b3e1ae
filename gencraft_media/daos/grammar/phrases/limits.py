"""Phrases about how much: outputs a day or a month for each user or for a plan's, and credits that may be spent."""

from collections.abc import Iterable

from billing.models import UNLIMITED
from gencraft_media.common.scopes import PROJECT
from gencraft_media.daos.grammar.meaning import AskedAction
from gencraft_media.daos.grammar.phrasing import SET, Objection, Phrase, Said

_OUT = "(image|images|picture|pictures|photo|photos|output|outputs|generation|generations)"
_QUOTA = f"(quota|allowance|({_OUT}|user) (quota|limit|allowance))"
# Whoever takes away an allowance or a budget leaves nothing; a limit that is taken away leaves everything.
_QUOTA_LIMIT = f"(quota|({_OUT}|user) (quota|limit))"
# A number alone may be of anything: images, pixels, credits.
_MANY = f"({_OUT} [<period>]|<period>)"
_DROP = "(remove|lift|drop|abolish|disable|no|turn off|switch off)"
_SPEND = "(spend|spending|credit spending|spending of credits)"
_BUDGET = f"({_SPEND} (cap|limit|maximum)|spending|budget|credit (cap|limit|budget))"
_SPEND_LIMIT = f"({_SPEND} (cap|limit)|credit (cap|limit))"
_LIMIT = "(limit|cap|restrict)"
_HAVE = "(make|have|generate|create|receive|get)"
_MOST = 10_000_000


def _bounded(number: int, what: str) -> int:
    if number > _MOST:
        raise Objection(f"{what} at most {_MOST}, or unlimited.", str(number))
    return number


def _quota(said: Said) -> Iterable[AskedAction]:
    outputs = _bounded(said.values["limit"], "A quota is")
    period = said.values.get("period")
    _require_users(said)
    if said.audience is not None and said.audience.plans:
        _require_month(said, outputs)
        yield from (AskedAction("quota.plan", {"plan": key, "outputs": outputs}) for key in said.audience.plans)
    elif period is None:
        raise Objection("A quota counts a day or a month; say which.", "quota")
    else:
        yield AskedAction("quota.user", {"period": period, "outputs": outputs})


def _require_month(said: Said, outputs: int) -> None:
    """Raises `Objection` where a plan's quota is said of another time than a month."""
    period = said.values.get("period")
    if period == "day":
        raise Objection("A plan's quota counts a month; a quota a day is for all users alike.", "day")
    said.scopes()
    if period is None and said.holds_for_s is not None and outputs != UNLIMITED:
        raise Objection("It may be so many in that time, or so many a month while it lasts; say “a month”.")
    if period is None:
        said.notes.append("A plan's quota counts a month.")


def _require_users(said: Said) -> None:
    """Raises `Objection` where projects or plans are named as those whose outputs are counted."""
    counted = said.audience.counted if said.audience is not None else ""
    if counted:
        hint = "a project has a spend cap" if counted == "project" else "say the plans by their names"
        raise Objection(f"A quota counts the outputs of each user, not of {counted}s; {hint}.", counted)


def _spend(said: Said) -> Iterable[AskedAction]:
    credits, in_dollars = said.values["budget"]
    if "period" not in said.values:
        raise Objection("A spend cap counts a day or a month; say which.", "spend")
    _bounded(credits, "A spend cap in credits is")
    if in_dollars:
        said.notes.append("A credit is one US cent.")
    scopes = said.scopes()
    if credits != UNLIMITED and not all(scope.startswith(PROJECT) for scope in scopes):
        said.notes.append("A spend cap counts each project by itself.")
    for scope in scopes:
        yield AskedAction("spend.cap", {"period": said.values["period"], "credits": credits, "scope": scope})


PHRASES = (
    Phrase(
        _quota,
        (
            f"{_LIMIT} <whom> to <limit> {_MANY}",
            f"(allow|give|grant|let) <whom> [to] [{_HAVE}] [up to|at most|only] <limit> {_MANY}",
            f"<whom> (may|can) {_HAVE} [up to|at most|only] <limit> {_MANY}",
            f"<whom> (get|gets|have|has) [up to|at most|only] <limit> {_MANY}",
            f"{SET} [<period>] {_QUOTA} [per user] to <limit> [{_OUT}] [per user] [<period>]",
            f"{SET} [<period>] {_QUOTA} (of|for) <whom> to <limit> [{_OUT}] [<period>]",
            f"{SET} <whom> [<period>] {_QUOTA} to <limit> [{_OUT}] [<period>]",
            f"make [<period>] {_QUOTA} [per user] <limit> [{_OUT}] [<period>]",
            f"make [<period>] {_QUOTA} (of|for) <whom> <limit> [{_OUT}] [<period>]",
        ),
    ),
    Phrase(
        _quota,
        (
            f"{_DROP} <period> {_QUOTA_LIMIT} [per user]",
            f"{_DROP} {_QUOTA_LIMIT} [<period>]",
            f"unlimited {_OUT} [<period>]",
        ),
        implied=(("limit", -1),),
    ),
    Phrase(
        _spend,
        (
            f"{_LIMIT} [<period>] {_SPEND} [(of|for|in|by) <whom>] (at|to) <budget> [<period>]",
            f"{_LIMIT} <whom> (at|to) <budget> [<period>]",
            f"{SET} [<period>] {_BUDGET} [<period>] to <budget> [<period>]",
            f"{SET} [<period>] {_BUDGET} (of|for) <whom> to <budget> [<period>]",
            "(allow|let) <whom> [to] spend [up to|at most|only] <budget> [<period>]",
            "<whom> (may|can) spend [up to|at most|only] <budget> [<period>]",
            "spend (at most|no more than|up to) <budget> <period>",
        ),
    ),
    Phrase(
        _spend,
        (
            f"{_DROP} [<period>] {_SPEND_LIMIT} [<period>]",
            f"{_DROP} [<period>] {_SPEND_LIMIT} (of|for) <whom>",
        ),
        implied=(("budget", (-1, False)),),
    ),
)
