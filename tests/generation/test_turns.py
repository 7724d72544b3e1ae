"""Deficit round robin: shares by weight, nobody starves, and who comes with one request is served at once."""

import itertools
import uuid
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gencraft_media.generation.turns import Line, Turns

A, B, C = (uuid.UUID(int=number) for number in (1, 2, 3))
WEIGHTS = (1, 2, 4, 8)


def line(*costs: int, weight: int = 1) -> Line[int]:
    """Attempts of these costs, all of them known."""
    return Line(costs, len(costs), weight=weight)


def names(turns: Turns, lines: dict[uuid.UUID, Line[int]], room: int) -> str:
    """Whose turns come, by letters."""
    chosen = turns.choose(lines, room, cost=lambda cost: cost)
    return "".join("ABC"[project_id.int - 1] for project_id, _ in chosen)


@st.composite
def backlogs(draw: st.DrawFn) -> list[tuple[int, int, list[int]]]:
    """Of several projects the weight, how much costs nothing, and the costs of what never ends."""
    costs = st.lists(st.integers(1, 12), min_size=1, max_size=6)
    project = st.tuples(st.sampled_from(WEIGHTS), costs)
    return [(weight, 0, costs) for weight, costs in draw(st.lists(project, min_size=2, max_size=6))]


@settings(max_examples=150, deadline=None)
@given(backlogs(), st.lists(st.integers(1, 9), min_size=5, max_size=60))
def test_what_is_served_divides_by_weight_within_a_quantum_and_an_attempt(
    backlog: list[tuple[int, int, list[int]]], rooms: list[int]
) -> None:
    turns, served = Turns(), Counter[uuid.UUID]()
    projects = {uuid.UUID(int=number): entry for number, entry in enumerate(backlog, 1)}
    upcoming = {project_id: itertools.cycle(costs) for project_id, (_, _, costs) in projects.items()}
    heads = {project_id: [next(upcoming[project_id]) for _ in range(9)] for project_id in projects}
    for room in rooms:
        lines = {key: Line(heads[key], 10**6, weight=weight) for key, (weight, _, _) in projects.items()}
        chosen = turns.choose(lines, room, cost=lambda cost: cost)
        assert len(chosen) == room
        for project_id, cost in chosen:
            served[project_id] += cost
            heads[project_id].pop(0)
            heads[project_id].append(next(upcoming[project_id]))
    for (one, (weight, _, costs)), (other, (its_weight, _, its_costs)) in itertools.combinations(projects.items(), 2):
        apart = served[one] / weight - served[other] / its_weight
        assert -(1 + max(its_costs) / its_weight) <= apart <= 1 + max(costs) / weight


@settings(max_examples=100, deadline=None)
@given(backlogs())
def test_nobody_starves(backlog: list[tuple[int, int, list[int]]]) -> None:
    turns, served = Turns(), set[uuid.UUID]()
    lines = {
        uuid.UUID(int=number): Line(costs * 100, 10**6, weight=weight)
        for number, (weight, _, costs) in enumerate(backlog, 1)
    }
    # By the end of the first turn of the heaviest, which no one else's prolongs.
    for _ in range(len(backlog)):
        served |= {project_id for project_id, _ in turns.choose(lines, 1, cost=lambda cost: cost)}
    assert served == set(lines)


@pytest.mark.parametrize("weight", WEIGHTS)
def test_who_comes_with_one_request_is_served_next_whatever_the_weight_of_the_flood(weight: int) -> None:
    turns = Turns()
    flood = line(*[1] * 100, weight=weight)
    assert names(turns, {A: flood}, 5) == "AAAAA"
    assert names(turns, {A: flood, B: line(1)}, 3).index("B") == 0


@pytest.mark.parametrize("weight", WEIGHTS)
def test_who_comes_with_one_request_again_and_again_waits_for_one_other_at_most(weight: int) -> None:
    turns, flood = Turns(), line(*[1] * 100, weight=weight)
    served = "".join(names(turns, {A: flood, B: line(1)}, 1) for _ in range(20))
    assert "AA" not in served and "BB" not in served


def test_who_comes_again_and_again_leaves_the_others_their_shares() -> None:
    turns = Turns()
    flood, backlog = line(*[1] * 300, weight=8), line(*[1] * 300)
    served = Counter("".join(names(turns, {A: flood, B: line(1), C: backlog}, 1) for _ in range(160)))
    assert served["A"] / served["C"] == pytest.approx(8, rel=0.1)
    assert served["B"] <= 160 / 2


def test_in_a_round_projects_take_turns_and_the_weight_says_how_many() -> None:
    lines = {A: line(*[1] * 50, weight=4), B: line(*[1] * 50), C: line(*[1] * 50, weight=2)}
    assert names(Turns(), lines, 21) == "ABCACAA" + "BCACAAA" + "BCACAAA"


def test_an_attempt_with_many_outputs_is_paid_for_before_the_next() -> None:
    lines = {A: line(4, 4, 4), B: line(*[1] * 50)}
    assert names(Turns(), lines, 10) == "ABBBBABBBB"


def test_what_costs_nothing_waits_for_no_round_and_takes_turns_with_others() -> None:
    turns = Turns()
    assert names(turns, {A: line(9, 9), B: line(1, 1)}, 2) == "AB"
    begun: Line[int] = Line([0, 0, 9], 3, costless=2)
    assert names(turns, {A: begun, B: line(1, 1)}, 4) == "ABAB"


def test_who_asked_for_too_much_and_went_away_pays_for_it_when_it_comes_back() -> None:
    turns = Turns()
    flood = line(*[1] * 50)
    assert names(turns, {A: line(6), B: flood}, 3) == "ABB"
    assert names(turns, {A: line(1), B: flood}, 6) == "BBBBAB"


def test_where_nobody_waited_nothing_is_held_against_anybody() -> None:
    turns = Turns()
    flood = line(*[1] * 50)
    names(turns, {A: line(6), B: flood}, 3)
    turns.rest()
    assert names(turns, {A: line(1), B: flood}, 2) == "AB"


def test_what_does_not_fit_is_passed_over_and_holds_up_nobody() -> None:
    lines = {A: line(1, 2, 1, 1), B: line(1, 1)}
    chosen = Turns().choose(lines, 9, cost=lambda cost: cost, fits=lambda cost: cost != 2)
    assert [project_id.int for project_id, _ in chosen] == [1, 2, 1, 2, 1]


def test_it_ends_where_the_next_turn_is_of_somebody_whose_attempts_were_not_read() -> None:
    lines = {A: Line([1], 30), B: line(1, 1, 1)}
    assert names(Turns(), lines, 9) == "AB"


def test_shares_say_how_many_to_read_and_change_nothing() -> None:
    turns = Turns()
    queues = {A: Line(range(50), 50, weight=4), B: Line(range(50), 50), C: Line(range(1), 1)}
    assert [turns.shares(queues, 11) for _ in range(2)] == [Counter({A: 8, B: 2, C: 1})] * 2


def test_a_charge_for_what_another_dispatcher_took_is_given_back() -> None:
    turns = Turns()
    flood = line(*[3] * 9)
    assert names(turns, {A: flood, B: flood}, 1) == "A"
    turns.give_back(A, 3)
    assert names(turns, {A: flood, B: flood}, 2) == "BA"


def test_who_was_served_long_ago_is_somebody_new() -> None:
    turns, projects = Turns(), [uuid.UUID(int=number) for number in range(1, 1101)]
    for project_id in projects:
        turns.choose({project_id: line(1)}, 1, cost=lambda cost: cost)
    lines = {projects[-1]: line(1), projects[1]: line(1), projects[0]: line(1)}
    order = [project_id for project_id, _ in turns.choose(lines, 3, cost=lambda cost: cost)]
    assert order == [projects[1], projects[0], projects[-1]]
