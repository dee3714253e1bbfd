"""Smallest sets that meet conflicts, against all sets there are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import combinations
from time import monotonic

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yusuan.hitting import (
    Conflict,
    Interval,
    OutOfTimeError,
    components,
    least_hitting,
    least_size,
    sets_of_size,
)

WIDTH = 8
NEVER = float("inf")

CONFLICTS = st.lists(st.frozensets(st.integers(0, WIDTH - 1), min_size=1, max_size=4), min_size=1, max_size=7)


def every_set() -> list[Conflict]:
    return [frozenset(c) for size in range(WIDTH + 1) for c in combinations(range(WIDTH), size)]


def meets(chosen: Conflict, conflicts: Iterable[Conflict]) -> bool:
    return all(chosen & conflict for conflict in conflicts)


def smallest(conflicts: Sequence[Conflict]) -> set[Conflict]:
    found = [chosen for chosen in every_set() if meets(chosen, conflicts)]
    return {chosen for chosen in found if len(chosen) == len(found[0])}


@given(CONFLICTS, st.lists(st.integers(1, 9), min_size=WIDTH, max_size=WIDTH))
def test_no_set_that_meets_all_conflicts_weighs_less(conflicts: list[Conflict], weights: list[int]) -> None:
    found = least_hitting(conflicts, dict(enumerate(weights)))
    assert meets(found.chosen, conflicts)
    assert found.proved
    least = min(sum(weights[e] for e in chosen) for chosen in every_set() if meets(chosen, conflicts))
    assert found.cost == sum(weights[e] for e in found.chosen) == least


@given(CONFLICTS)
def test_the_quick_bound_never_asks_for_too_many(conflicts: list[Conflict]) -> None:
    assert 1 <= least_size(conflicts) <= min(map(len, smallest(conflicts)))


@given(CONFLICTS, st.integers(1, 7))
def test_all_smallest_sets_though_most_conflicts_come_late(conflicts: list[Conflict], told: int) -> None:
    """Only some conflicts are known at first; a test answers with one that a set leaves untouched."""
    truth = smallest(conflicts)
    known = conflicts[:told]

    def test(chosen: Conflict) -> Conflict | None:
        return next((conflict for conflict in conflicts if not chosen & conflict), None)

    size = min(map(len, truth))
    assert list(sets_of_size(list(known), size - 1, test, NEVER)) == []
    found = list(sets_of_size(known, size, test, NEVER))
    assert len(found) == len(set(found))
    assert set(found) == truth
    assert set(known) <= set(conflicts)


def test_a_set_in_vain_is_given_up() -> None:
    """A conflict of what is chosen already leaves nothing to choose."""
    assert list(sets_of_size([frozenset({1, 2})], 3, lambda chosen: frozenset(), NEVER)) == []


def test_the_clock_ends_the_search() -> None:
    with pytest.raises(OutOfTimeError):
        list(sets_of_size([frozenset({1, 2})], 1, lambda chosen: None, monotonic() - 1))


def test_what_nothing_meets_is_refused() -> None:
    with pytest.raises(ValueError):
        least_hitting([frozenset({1}), frozenset()], {1: 1})
    nothing = least_hitting([], {})
    assert (nothing.chosen, nothing.cost, nothing.proved) == (frozenset(), 0, True)


@given(CONFLICTS)
def test_conflicts_hang_together_when_a_chain_of_shared_elements_leads_from_one_to_the_other(
    conflicts: list[Conflict],
) -> None:
    groups = components(conflicts)
    assert sorted(i for group in groups for i in group) == list(range(len(conflicts)))
    joined = [frozenset().union(*(conflicts[i] for i in group)) for group in groups]
    assert all(a.isdisjoint(b) for a, b in combinations(joined, 2))
    for group in groups:
        reached, rest = conflicts[group[0]], set(group[1:])
        while near := {i for i in rest if conflicts[i] & reached}:
            reached = reached.union(*(conflicts[i] for i in near))
            rest -= near
        assert not rest


def test_one_value_is_a_value() -> None:
    assert Interval(3, 3).value == 3
    assert Interval(3, 4).value is None
    assert Interval(None, None).value is None
