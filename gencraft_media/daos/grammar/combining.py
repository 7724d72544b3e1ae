"""The parts of a sentence together: whom and how long each is for, and whether they contradict one another."""

from collections.abc import Iterable, Sequence
from typing import Any

from gencraft_media.daos.grammar.conflicts import refuse_conflicts
from gencraft_media.daos.grammar.meaning import AskedAction, ReadSentence
from gencraft_media.daos.grammar.parsing import Group, Hold, Part
from gencraft_media.daos.grammar.phrasing import Objection, Said
from gencraft_media.daos.grammar.scopes import Audience
from gencraft_media.daos.grammar.times import LONGEST_S, SHORTEST_S

_SEPARATELY = "put a full stop between the parts and say it for each"


def combined(groups: Sequence[Group]) -> ReadSentence:
    """What a reading of a sentence asks for. Raises `Objection` where that is contradictory or in doubt."""
    actions: list[AskedAction] = []
    notes: list[str] = []
    for group in groups:
        _require_clear(group)
    _require_same_people(groups)
    hold = _hold(groups)
    for group in groups:
        for part in group.parts:
            said = Said(_values(part), _audience(part, group), hold.seconds if hold else None)
            actions += part.phrase.build(said)
            notes += said.notes
    if hold is not None and hold.note:
        notes.append(hold.note)
    joined = _merged(actions)
    refuse_conflicts(joined)
    return ReadSentence(tuple(joined), hold.seconds if hold else None, tuple(dict.fromkeys(notes)))


def _values(part: Part) -> dict[str, Any]:
    """The values of a part's slots. Raises `Objection` for one that is said twice in different ways."""
    values: dict[str, Any] = {}
    for name, value in part.values:
        if values.setdefault(name, value) != value:
            raise Objection(f"The {name} is said twice, in different ways.")
    return values


def _audience(part: Part, group: Group) -> Audience | None:
    """For whom a part is. Raises `Objection` where it is said twice."""
    said = [found for found in (dict(part.values).get("whom"), part.tail.audience, group.lead.audience) if found]
    if len(said) > 1:
        raise Objection("It is said twice for whom it is.")
    return said[0] if said else None


def _require_clear(group: Group) -> None:
    """Raises `Objection` where "for premium users" or "for two days" may be meant for one part or for all of them."""
    if len(group.parts) == 1:
        return
    narrow = [_is_narrow(part) for part in group.parts]
    if any(narrow) and any(_audience(part, group) is None for part in group.parts):
        raise Objection(
            "It is not clear whether all parts are for the same people: begin with them (“For premium users, …”), "
            f"or {_SEPARATELY}."
        )
    holds = {part.tail.hold for part in group.parts}
    if len(holds) > 1:
        raise Objection("It is not clear which parts the time is for: begin with it (“For two days, …”).")


def _require_same_people(groups: Sequence[Group]) -> None:
    """Raises `Objection` where "For premium users, …" begins one sentence and a later one names nobody."""
    begun = False
    for group in groups:
        lead = group.lead.audience
        begun = begun or (lead is not None and not lead.is_everybody)
        if begun and any(_audience(part, group) is None for part in group.parts):
            raise Objection("It is not clear whether all sentences are for the same people; say it in each.")


def _is_narrow(part: Part) -> bool:
    """Whether a part names somebody by itself."""
    own = dict(part.values).get("whom") or part.tail.audience
    return own is not None and not own.is_everybody


def _hold(groups: Iterable[Group]) -> Hold | None:
    """The one time that the whole sentence holds for. Raises `Objection` for several, and for one out of bounds."""
    holds: set[Hold | None] = set()
    for group in groups:
        own = {part.tail.hold for part in group.parts}
        if group.lead.hold is not None and own != {None}:
            raise Objection("It is said twice how long it holds.")
        holds |= {group.lead.hold} if group.lead.hold is not None else own
    if len(holds) > 1:
        raise Objection("One plan holds for one time; write a sentence for each.")
    hold = next(iter(holds))
    if hold is not None and hold.seconds <= 0:
        raise Objection("That time is over already.")
    if hold is not None and not SHORTEST_S <= hold.seconds <= LONGEST_S:
        raise Objection("A plan holds for a minute at least and for a year at most.")
    return hold


def _merged(actions: Iterable[AskedAction]) -> list[AskedAction]:
    """Each once; lists of names for one scope are one list."""
    merged: list[AskedAction] = []
    for action in actions:
        same = next((other for other in merged if _is_same_list(action, other)), None)
        if same is not None:
            names = dict.fromkeys([*same.parameters["names"], *action.parameters["names"]])
            merged[merged.index(same)] = AskedAction(same.name, {**same.parameters, "names": list(names)})
        elif action not in merged:
            merged.append(action)
    return merged


def _is_same_list(one: AskedAction, other: AskedAction) -> bool:
    keys = ("scope", "denied")
    alike = one.name == other.name and all(one.parameters.get(key) == other.parameters.get(key) for key in keys)
    return alike and one.name == "routing.deny"
