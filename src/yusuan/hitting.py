"""Smallest sets that meet every one of given sets: which figures, at least, a pile of contradictions forces to change.

A *conflict* is a set of elements that cannot all stay as they are. Conflicts need not be known beforehand: a test of a
candidate may answer with one more that the candidate leaves untouched.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from time import monotonic
from typing import NamedTuple, Protocol, TypeVar

from yusuan.solver import ANY, LIMIT, Model, UndecidedError

WIDEST = 40
"""Beyond so many wrong cells in one group none is named: then a form was misread, or is another document's."""

DEEPEST = 4
"""Beyond so many cells a group is bounded by an integer programme before its sets are listed."""

Conflict = frozenset[int]

Element = TypeVar("Element")

Test = Callable[[Conflict], Conflict | None]
"""``None`` when changing this set suffices, else a conflict that it does not meet."""


class Interval(NamedTuple):
    """The least and most 分 that a cell can print; ``None`` where nothing limits it."""

    low: int | None
    high: int | None

    @property
    def value(self) -> int | None:
        """The amount, when only one is possible."""
        return self.low if self.low == self.high else None


class Changing(Protocol):
    """A test of sets of cells."""

    def start(self) -> list[Conflict]:
        """Conflicts that are plain to see: rows that do not hold, cells with a sign they cannot have."""
        ...

    def __call__(self, chosen: Conflict) -> Conflict | None:
        """``None`` when changing the chosen cells suffices, else a conflict without them."""
        ...

    def values(self, chosen: Conflict) -> Mapping[int, Interval]:
        """What the cells of a sufficient set can be."""
        ...


class OutOfTimeError(Exception):
    """A search ended before it was complete."""


@dataclass(frozen=True, slots=True)
class Hitting:
    """The cheapest set found that meets all conflicts, and whether none is cheaper."""

    chosen: frozenset[int]
    cost: int
    proved: bool


def least_hitting(conflicts: Iterable[Conflict], weights: Mapping[int, int], seconds: float = LIMIT) -> Hitting:
    """The set of least weight that meets every conflict; weights are positive.

    Raises ``UndecidedError`` when none was found in time and ``ValueError`` for an empty conflict, which nothing meets.
    """
    kept = _smallest(conflicts)
    if not kept:
        return Hitting(frozenset(), 0, True)
    if not kept[0]:
        raise ValueError("a conflict without elements")
    elements = sorted(frozenset().union(*kept))
    at = {element: j for j, element in enumerate(elements)}
    rows = [[(at[element], 1.0) for element in conflict] for conflict in kept]
    model = Model.of([(0.0, 1.0)] * len(elements), [(1.0, ANY)] * len(rows), rows)
    found = model.solve([float(weights[e]) for e in elements], whole=range(len(elements)), seconds=seconds)
    if found is None:
        raise UndecidedError
    chosen = frozenset(element for element, value in zip(elements, found.values) if value > 0.5)
    return Hitting(chosen, sum(weights[e] for e in chosen), not found.gap)


def _smallest(conflicts: Iterable[Conflict]) -> list[Conflict]:
    """The conflicts that contain no other one, small ones first."""
    kept: list[Conflict] = []
    for conflict in sorted(set(conflicts), key=lambda c: (len(c), sorted(c))):
        if not any(other <= conflict for other in kept):
            kept.append(conflict)
    return kept


def least_size(conflicts: Iterable[Collection[Element]]) -> int:
    """A number of elements below which no set meets all conflicts: so many are disjoint."""
    used: set[Element] = set()
    count = 0
    for conflict in sorted(conflicts, key=len):
        if used.isdisjoint(conflict):
            used.update(conflict)
            count += 1
    return count


def sets_of_size(conflicts: list[Conflict], size: int, test: Test, until: float) -> Iterator[Conflict]:
    """Every set of at most ``size`` elements that meets all conflicts and passes the test, each once.

    Conflicts that the test answers with are appended to ``conflicts``; they bind from then on. Raises
    ``OutOfTimeError`` when the clock (``time.monotonic``) passes ``until``.
    """

    def below(chosen: Conflict, excluded: Conflict) -> Iterator[Conflict]:
        if monotonic() > until:
            raise OutOfTimeError
        while True:
            unmet = [conflict - excluded for conflict in conflicts if chosen.isdisjoint(conflict)]
            if unmet:
                break
            more = test(chosen)
            if more is None:
                yield chosen
                return
            conflicts.append(more)
        if len(chosen) + least_size(unmet) > size or not all(unmet):
            return
        shut = excluded
        for element in _ranked(min(unmet, key=len), unmet):
            yield from below(chosen | {element}, shut)
            shut |= {element}

    yield from below(frozenset(), frozenset())


def _ranked(conflict: Conflict, unmet: Sequence[Conflict]) -> list[int]:
    """Elements in the order of how many unmet conflicts each meets."""
    return sorted(conflict, key=lambda e: (-sum(e in other for other in unmet), e))


def smallest_sets(conflicts: list[Conflict], test: Test, most: int, until: float) -> tuple[list[Conflict], int, bool]:
    """The smallest sets that meet the conflicts and pass the test (at most ``most``; none when none was found), a
    number of cells that no set is smaller than, and whether there is no other of that size. Conflicts that turn up are
    appended."""
    bound = size = least_size(conflicts)
    if bound > WIDEST:
        return [], bound, False
    known: Conflict | None = None
    while True:
        if size > DEEPEST and known is None:
            known, bound = _by_programme(conflicts, test, until)
            if known is None or bound < len(known):
                return [known] if known is not None else [], bound, False
            size = len(known)
        found: list[Conflict] = []
        try:
            found.extend(islice(sets_of_size(conflicts, size, test, until), most + 1))
        except OutOfTimeError:
            best = found[:1] or ([known] if known is not None else [])
            return best, bound, False
        if found:
            return found[:most], size, len(found) <= most
        size += 1
        bound = size


def _by_programme(conflicts: list[Conflict], test: Test, until: float) -> tuple[Conflict | None, int]:
    """A sufficient set, if one was found in time, and a number of cells that none is smaller than, by integer
    programmes over the conflicts."""
    bound = least_size(conflicts)
    best: Conflict | None = None
    while monotonic() < until and bound <= WIDEST:
        cells = frozenset().union(*conflicts)
        try:
            hit = least_hitting(conflicts, dict.fromkeys(cells, 1), max(0.05, until - monotonic()))
        except UndecidedError:
            break
        bound = max(bound, hit.cost if hit.proved else 0)
        chosen = hit.chosen
        while (more := test(chosen)) is not None:
            conflicts.append(more)
            chosen |= {max(more, key=lambda c: (sum(c in other for other in conflicts), -c))}
            if monotonic() > until or len(chosen) > 2 * WIDEST:
                return _thinned(best, conflicts, test) if best is not None else None, bound
        if best is None or len(chosen) < len(best):
            best = chosen
        if len(best) <= bound:
            return best, bound
    return _thinned(best, conflicts, test) if best is not None else None, bound


def _thinned(chosen: Conflict, conflicts: Sequence[Conflict], test: Test) -> Conflict:
    """The set without elements that it does not need."""
    for element in sorted(chosen):
        rest = chosen - {element}
        if not any(rest.isdisjoint(conflict) for conflict in conflicts) and test(rest) is None:
            chosen = rest
    return chosen


def components(conflicts: Sequence[Collection[Element]]) -> list[list[int]]:
    """Positions of conflicts that share elements, directly or through others."""
    owner: dict[Element, int] = {}
    above = list(range(len(conflicts)))

    def top(i: int) -> int:
        while above[i] != i:
            above[i] = above[above[i]]
            i = above[i]
        return i

    for i, conflict in enumerate(conflicts):
        for element in conflict:
            j = owner.setdefault(element, i)
            above[top(i)] = top(j)
    groups: dict[int, list[int]] = {}
    for i in range(len(conflicts)):
        groups.setdefault(top(i), []).append(i)
    return list(groups.values())
