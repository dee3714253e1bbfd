"""The joint proof: is there one ledger, no amount below zero, whose slices print every figure of a disclosure?

A relation that no rounding explains refutes it at once. Else the amounts of the atoms are solved for: with figures
taken at their word, then with each known to half a last digit. Atoms are cut agency by agency, so that a department
costs what its agencies cost, and solved for together.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from time import monotonic
from typing import Literal, TypeVar

from yusuan.amount import LARGEST, round_half
from yusuan.atoms import (
    LOOSE,
    Cutter,
    Figure,
    Figures,
    Key,
    World,
    figures_of,
    members_of,
    path_of,
    placed_space,
    world_of,
)  # fmt: skip
from yusuan.axes import Point, Space
from yusuan.blocks import Block, solve_blocks
from yusuan.figures import Figures as Printed
from yusuan.forms import Standard
from yusuan.hitting import Conflict, Interval
from yusuan.relations import Relation, derive_relations
from yusuan.sheet import Disclosure, Place
from yusuan.solver import ANY, NIL, Entries, Model, UndecidedError
from yusuan.tested import Outcome, Tested, regimes_of, test_relations

SECONDS = 20.0
"""Longest proof, unless asked for otherwise."""

Verdict = Literal["consistent", "rounding", "inconsistent", "cannot_tell"]


@dataclass(frozen=True, slots=True)
class Proof:
    """The outcome. ``leaning``: cells that print something else than the exact sum of a ledger and need rounding.
    ``conflict``: cells that cannot all be true, none of which can be left out; ``relation`` is the one they break, when
    it is a single one. ``reason`` says why the proof could not be led (a message key)."""

    verdict: Verdict
    leaning: tuple[Place, ...] = ()
    conflict: tuple[Place, ...] = ()
    relation: Relation | None = None
    reason: str = ""
    adjusted: bool = False
    """Of an inconsistent disclosure: some ledger prints it when each figure may be off by less than a last digit, as
    when last digits are moved so that sums hold."""
    atoms: int = 0
    seconds: float = 0.0
    solver_seconds: float = 0.0


T = TypeVar("T")


class LateError(Exception):
    """The time is up."""


def prove(disclosure: Disclosure, standard: Standard, *, seconds: float = SECONDS) -> Proof:
    """Whether some ledger prints all figures of the disclosure."""
    figures = Printed(disclosure)
    relations = derive_relations(disclosure, standard, regimes_of(figures, standard))
    return prove_tested(figures, test_relations(figures, relations, standard), standard, seconds=seconds)


def prove_tested(figures: Printed, tested: Tested, standard: Standard, *, seconds: float = SECONDS) -> Proof:
    """The same for relations already tested."""
    started = monotonic()
    refuted = refutation(figures, tested)
    if refuted is not None:
        return replace(refuted, seconds=monotonic() - started)
    if not figures.amounts:
        return Proof("cannot_tell", reason="prove_no_figures")
    ledger = Ledgers(figures.disclosure, standard, started + seconds)
    try:
        proof = ledger.proof()
    except (LateError, UndecidedError):
        proof = Proof("cannot_tell", reason="prove_out_of_time")
    return replace(proof, seconds=monotonic() - started, solver_seconds=ledger.spent)


def refutation(figures: Printed, tested: Tested) -> Proof | None:
    """The shortest relation that cannot hold, reduced to the cells that show it; a negative amount stands alone."""
    negative = [place for place, amount in figures.amounts.items() if amount < 0 and place not in tested.signed]
    if negative:
        return Proof("inconsistent", conflict=(min(negative),), reason="prove_negative")
    failed = [o for o in tested.outcomes if o.verdict == "fails" and o.relation.sure]
    if not failed:
        return None
    shown = [(_needed(o, figures), o.relation) for o in failed]
    cells, relation = min(shown, key=lambda pair: (len(pair[0]), pair[0]))
    return Proof("inconsistent", conflict=cells, relation=relation)


def _needed(outcome: Outcome, figures: Printed) -> tuple[Place, ...]:
    """The cells of a failed relation without those that only add to what is too much already."""
    relation = outcome.relation
    more, less = relation.left, relation.right
    if outcome.left < outcome.right:
        more, less = less, more
    if any(place in less for place in more):
        return (*relation.left, *relation.right)
    gap = abs(outcome.left - outcome.right) - outcome.slack
    kept = list(more)
    for place in sorted(more, key=lambda p: figures.amounts.get(p, 0)):
        amount = figures.amounts.get(place, 0)
        if 0 <= amount < gap:
            kept.remove(place)
            gap -= amount
    return (*kept, *less) if more is relation.left else (*less, *kept)


@dataclass(frozen=True, slots=True)
class Sums:
    """A ledger to be found: ``width`` atoms, and per distinct sum of atoms what it can be (分)."""

    width: int
    rows: Mapping[tuple[int, ...], tuple[Figure, ...]]
    lost: tuple[Figure, ...]
    """Figures with money that no atom is in."""
    starts: tuple[int, ...]
    """The first atom of every agency."""
    implied: tuple[tuple[tuple[int, ...], Figure], ...] = ()
    """Figures of the whole that hold whenever those of the agencies do, with their atoms."""

    def bounds(self) -> list[tuple[int, int]]:
        """(least, most) of every row."""
        return [(max(f.low for f in same), min(f.high for f in same)) for same in self.rows.values()]

    @property
    def unit(self) -> int:
        """分 of the solver's 1: the largest figure is some millions."""
        return max((f.low for same in self.rows.values() for f in same), default=1) // 10**7 + 1


@dataclass
class Ledgers:
    """The search for a ledger behind one disclosure."""

    disclosure: Disclosure
    standard: Standard
    until: float
    spent: float = 0.0
    """Seconds of the solver."""

    def proof(self) -> Proof:
        """Try what is surest and quickest first; only when nothing is left is the disclosure refuted."""
        space = placed_space(self.disclosure, self.standard)
        plain = figures_of(self.disclosure, self.standard, space)
        world = world_of(self.disclosure, self.standard, space, plain)
        if not world.agencies:
            return Proof("cannot_tell", reason="prove_no_agency")
        sums = None
        for verdict in ("consistent", "rounding"):
            rounded = verdict == "rounding"
            figures = figures_of(self.disclosure, self.standard, space, rounded=True) if rounded else plain
            for loose in LOOSE:
                sums = self._programme(figures, space, world, loose)
                if sums.lost or any(low > high for low, high in sums.bounds()):
                    continue
                if verdict == "consistent" and self.solvable(sums):
                    return Proof("consistent", atoms=sums.width)
                if verdict == "rounding" and (leaning := self._leaning(sums, plain.quantum)) is not None:
                    return Proof("rounding", leaning, atoms=sums.width)
        assert sums is not None
        return self._refuted(sums)

    def _programme(self, figures: Figures, space: Space, world: World, loose: int) -> Sums:
        """The atoms of every agency, and every figure as a sum of them. A figure of the whole that each agency prints
        for itself is the sum of those; one that only the whole prints cuts the atoms of every agency."""
        own, shared = _by_agency(figures.money, lambda f: f.point, world.agencies)
        empty, empty_shared = _by_agency(figures.empty, lambda p: p, world.agencies)
        told = {f.point.without(AGENCY) for mine in own.values() for f in mine}
        cutting = [f for f in shared if f.point.without(AGENCY) not in told]
        told_sums: dict[Point, list[int]] = {}
        rows: dict[tuple[int, ...], list[Figure]] = {}
        wide: list[list[int]] = [[] for _ in cutting]
        width, starts = 0, []
        for agency in world.agencies:
            self._hurry()
            starts.append(width)
            mine = own[agency]
            listings = _listings(figures, {None, *path_of(space[AGENCY], agency)})
            part = Figures((*mine, *cutting), (*empty[agency], *empty_shared), listings, figures.quantum)
            atoms = Cutter(part, space, replace(world, agencies=(agency,)), loose).atoms()
            members = members_of(atoms, part)
            for figure, row in zip(mine, members):
                moved = tuple(width + j for j in row)
                rows.setdefault(moved, []).append(figure)
                told_sums.setdefault(figure.point.without(AGENCY), []).extend(moved)
            for inside, more in zip(wide, members[len(mine) :]):
                inside.extend(width + j for j in more)
            width += len(atoms)
        for figure, inside in zip(cutting, wide):
            rows.setdefault(tuple(inside), []).append(figure)
        least = Counter[Point]()
        most = Counter[Point]()
        for mine in own.values():
            for figure in mine:
                key = figure.point.without(AGENCY)
                least[key] += figure.low
                most[key] += figure.high
        implied = []
        for figure in shared:
            key = figure.point.without(AGENCY)
            if key in told and figure.low <= least[key] <= most[key] <= figure.high:
                implied.append((tuple(told_sums[key]), figure))
            elif key in told:
                rows.setdefault(tuple(told_sums[key]), []).append(figure)
        lost = tuple(f for f in rows.pop((), []) if f.low > 0)
        return Sums(width, {row: tuple(same) for row, same in rows.items()}, lost, tuple(starts), tuple(implied))

    def widest(self, free: frozenset[Place] = frozenset()) -> Sums:
        """The sums to be met at the very least: rounded, everything admitted, the free cells anything."""
        space = placed_space(self.disclosure, self.standard)
        ranges = figures_of(self.disclosure, self.standard, space, rounded=True, hidden=free)
        return self._programme(ranges, space, world_of(self.disclosure, self.standard, space, ranges), LOOSE[-1])

    def extremes(self, sums: Sums, row: Sequence[int], quantum: int) -> Interval:
        """Least and most 分 that a sum of atoms can print in steps of a last digit."""
        model = _model(sums, sums.bounds())
        ends: list[int | None] = []
        for sign in (1.0, -1.0):
            cost = [0.0] * sums.width
            for j in row:
                cost[j] = sign
            try:
                found = model.solve(cost, seconds=self._hurry())
            except UndecidedError:
                found = None
            amount = None if found is None else round(sum(found.values[j] for j in row) * sums.unit)
            ends.append(None if amount is None else round_half(amount, quantum) * quantum)
        return Interval(ends[0], ends[1])

    def _hurry(self) -> float:
        """Seconds left; raises when there are none."""
        left = self.until - monotonic()
        if left <= 0:
            raise LateError
        return left

    def solvable(self, sums: Sums) -> bool:
        """Whether amounts of the atoms meet all sums."""
        if any(low > high for low, high in sums.bounds()):
            return False
        unit = sums.unit
        bounds = [_limits(bound, unit) for bound in sums.bounds()]
        return self._values(sums, [[(j, 1.0) for j in row] for row in sums.rows], bounds, []) is not None

    def _values(
        self,
        sums: Sums,
        rows: Sequence[Entries],
        bounds: Sequence[tuple[float, float]],
        departures: Sequence[tuple[float, float]],
    ) -> list[float] | None:
        """Amounts of the atoms, and of departures from print that cost 1 each (two a row), with which the rows hold."""
        started = monotonic()
        blocks, ties, columns = _blocks(sums, rows, bounds, departures)
        self._hurry()
        try:
            found = solve_blocks(blocks, ties, self.until)
        finally:
            self.spent += monotonic() - started
        if found is None:
            return None
        values = [0.0] * (sums.width + len(departures))
        for numbers, mine in zip(columns, found):
            for j, value in zip(numbers, mine):
                values[j] = value
        return values

    def _leaning(self, sums: Sums, finest: int) -> tuple[Place, ...] | None:
        """Cells that print something else than the exact sums of a ledger that departs little from print; ``None`` when
        there is no such ledger."""
        known = {row: same for row, same in sums.rows.items() if min(f.high for f in same) < LARGEST}
        sums = replace(sums, rows=known)
        n, unit = sums.width, sums.unit
        departures: list[tuple[float, float]] = []
        entries: list[Entries] = []
        printed = [_printed(same, self.disclosure) for same in sums.rows.values()]
        for row, (low, high), value in zip(sums.rows, sums.bounds(), printed):
            at = n + len(departures)
            departures += [(0.0, max(0, value - low) / unit), (0.0, max(0, high - value) / unit)]
            entries.append([*((j, 1.0) for j in row), (at, 1.0), (at + 1, -1.0)])
        found = self._values(sums, entries, [(value / unit, value / unit) for value in printed], departures)
        if found is None:
            return None
        leaning = []
        told = [(row, figure) for row, same in sums.rows.items() for figure in same]
        for row, figure in (*told, *sums.implied):
            total = sum(found[j] for j in row) * unit
            leaning += [place for place in figure.places if self._leans(place, total, finest, NIL * unit)]
        return tuple(sorted(leaning))

    def _leans(self, place: Place, total: float, finest: int, near: float) -> bool:
        """Whether a cell prints something else than the sum; one in a coarser unit than the finest, than the sum
        rounded to it."""
        s, r, c = place
        sheet = self.disclosure.sheets[s]
        amount, quantum = sheet.cells[r, c].amount, sheet.scale.quantum
        if amount is None:
            return False
        half = quantum // 2 if amount and quantum > finest else 0
        return abs(total - amount) > half + near

    def _refuted(self, sums: Sums) -> Proof:
        """Cells that cannot all be true, and whether moved last digits explain them."""
        conflict = self.conflict(sums)
        adjusted = not sums.lost and self.solvable(_widened(sums, self.disclosure))
        return replace(conflict, adjusted=adjusted)

    def conflict(self, sums: Sums) -> Proof:
        """Cells that cannot all be true while blanks are zero: one figure nothing can add up to, one slice printed with
        two amounts, or an irreducible set of figures."""
        if sums.lost:
            return Proof("inconsistent", conflict=sums.lost[0].places[:1], reason="prove_unexplained")
        for same in sums.rows.values():
            low, high = max(same, key=lambda f: f.low), min(same, key=lambda f: f.high)
            if low.low > high.high:
                return Proof("inconsistent", conflict=(low.places[0], high.places[0]), reason="prove_two_amounts")
        rows = list(zip(sums.rows, sums.bounds(), sums.rows.values()))
        model = _model(sums, sums.bounds())
        model.solve([0.0] * sums.width, seconds=self._hurry())
        ray = model.ray()
        kept = [row for row, weight in zip(rows, ray) if abs(weight) > NIL] if ray is not None else rows
        for row in list(kept):
            self._hurry()
            rest = [other for other in kept if other is not row]
            if _impossible([(r, b) for r, b, _ in rest], sums.unit):
                kept = rest
        places = tuple(min(same, key=_width).places[0] for _, _, same in kept)
        return Proof("inconsistent", conflict=places, reason="prove_together", atoms=sums.width)


@dataclass
class Joint:
    """A test of sets of figures against the joint proof, as ``changes`` has cells against relations; by number.

    ``alike`` gives the other cells of a figure that is printed several times: they change together. Blank cells are
    taken at their word unless chosen; a conflict names printed figures.
    """

    disclosure: Disclosure
    standard: Standard
    until: float
    alike: Mapping[Place, tuple[Place, ...]] = field(default_factory=dict)
    places: list[tuple[Place, ...]] = field(default_factory=list)

    def start(self) -> list[Conflict]:
        """A first set of cells that cannot all be true; none when some ledger prints everything."""
        first = self(frozenset())
        return [] if first is None else [first]

    def __call__(self, chosen: Conflict) -> Conflict | None:
        """``None`` when some ledger prints all other figures. Raises ``UndecidedError``."""
        sums, ledgers = self._sums(chosen)
        if not sums.lost and ledgers.solvable(sums):
            return None
        return self.number(ledgers.conflict(sums).conflict) - chosen

    def number(self, places: Iterable[Place]) -> Conflict:
        """The figures of cells by number."""
        found = set()
        for place in places:
            figure = self.alike.get(place, (place,))
            if figure not in self.places:
                self.places.append(figure)
            found.add(self.places.index(figure))
        return frozenset(found)

    def values(self, chosen: Conflict) -> Mapping[int, Interval]:
        """Least and most that each chosen figure can be printed as."""
        sums, ledgers = self._sums(chosen)
        found = {}
        for k in chosen:
            first = self.places[k][0]
            row = next((row for row, same in sums.rows.items() if any(first in f.places for f in same)), ())
            found[k] = ledgers.extremes(sums, row, self.disclosure.sheets[first[0]].scale.quantum)
        return found

    def _sums(self, chosen: Conflict) -> tuple[Sums, Ledgers]:
        ledgers = Ledgers(self.disclosure, self.standard, self.until)
        return ledgers.widest(frozenset(place for k in chosen for place in self.places[k])), ledgers


AGENCY = "agency_code"


def _blocks(
    sums: Sums,
    rows: Sequence[Entries],
    bounds: Sequence[tuple[float, float]],
    departures: Sequence[tuple[float, float]],
) -> tuple[list[Block], list[tuple[float, float]], list[list[int]]]:
    """The rows as blocks of one agency each, the rows that tie them together, and the columns of each block.

    A block of its own holds the departures of the ties.
    """
    first = sums.starts
    columns = [list(range(start, end)) for start, end in zip(first, (*first[1:], sums.width))]
    own: list[list[int]] = [[] for _ in first]
    tied: list[int] = []
    for i, (row, atoms) in enumerate(zip(rows, sums.rows)):
        block = bisect_right(first, atoms[0]) - 1
        alone = block + 1 == len(first) or atoms[-1] < first[block + 1]
        (own[block] if alone else tied).append(i)
        if departures and alone:
            columns[block] += [j for j, _ in row[-2:]]
    if departures and tied:
        columns.append([j for i in tied for j, _ in rows[i][-2:]])
        own.append([])
    limits = [(0.0, high) for high in _highest(sums)] + list(departures)
    at = {j: (b, k) for b, numbers in enumerate(columns) for k, j in enumerate(numbers)}
    adds: list[dict[int, list[tuple[int, float]]]] = [{} for _ in columns]
    for tie, i in enumerate(tied):
        for j, a in rows[i]:
            block, k = at[j]
            adds[block].setdefault(tie, []).append((k, a))
    blocks = []
    for numbers, mine, ties in zip(columns, own, adds):
        inside = [[(at[j][1], a) for j, a in rows[i]] for i in mine]
        cost = [float(j >= sums.width) for j in numbers]
        blocks.append(Block([limits[j] for j in numbers], [bounds[i] for i in mine], inside, cost, ties))
    return blocks, [bounds[i] for i in tied], columns


def _highest(sums: Sums) -> list[float]:
    """The most that each atom can be, in units of the solver: without it a block that only ties hold has no end."""
    found, unit = [ANY] * sums.width, sums.unit
    for atoms, bound in zip(sums.rows, sums.bounds()):
        high = _limits(bound, unit)[1]
        for j in atoms:
            found[j] = min(found[j], high)
    return found


def _listings(figures: Figures, path: Container[str | None]) -> tuple[tuple[tuple[Point, ...], frozenset[Key]], ...]:
    """The listed rows of the agencies of a path."""
    return tuple((columns, frozenset(key for key in rows if key[0] in path)) for columns, rows in figures.listings)


def _widened(sums: Sums, disclosure: Disclosure) -> Sums:
    """Every figure anywhere between the last digits around it."""
    rows = {}
    for row, same in sums.rows.items():
        wide = []
        for figure in same:
            s, r, c = figure.places[0]
            most = disclosure.sheets[s].scale.quantum - 1
            value = disclosure.sheets[s].cells[r, c].amount or 0
            wide.append(replace(figure, low=max(0, value - most), high=value + most))
        rows[row] = tuple(wide)
    return replace(sums, rows=rows)


def _by_agency(
    items: Iterable[T], point: Callable[[T], Point], agencies: Sequence[str]
) -> tuple[dict[str, list[T]], list[T]]:
    """Items of one agency alone, and those of the whole."""
    own: dict[str, list[T]] = {agency: [] for agency in agencies}
    shared: list[T] = []
    for item in items:
        codes = point(item).parts.get(AGENCY)
        mine = next(iter(codes)) if codes is not None and len(codes) == 1 else ""
        own.get(mine, shared).append(item)
    return own, shared


def _printed(same: Sequence[Figure], disclosure: Disclosure) -> int:
    s, r, c = min(same, key=_width).places[0]
    return disclosure.sheets[s].cells[r, c].amount or 0


def _width(figure: Figure) -> int:
    return figure.high - figure.low


def _model(sums: Sums, bounds: Sequence[tuple[int, int]]) -> Model:
    unit = sums.unit
    entries: list[Entries] = [[(j, 1.0) for j in row] for row in sums.rows]
    return Model.of([(0.0, ANY)] * sums.width, [_limits(bound, unit) for bound in bounds], entries)


def _limits(bound: tuple[int, int], unit: int) -> tuple[float, float]:
    low, high = bound
    return low / unit, ANY if high >= LARGEST else high / unit


def _impossible(rows: Sequence[tuple[tuple[int, ...], tuple[int, int]]], unit: int) -> bool:
    at: dict[int, int] = {}
    entries: list[Entries] = [[(at.setdefault(j, len(at)), 1.0) for j in row] for row, _ in rows]
    model = Model.of([(0.0, ANY)] * len(at), [_limits(bound, unit) for _, bound in rows], entries)
    return model.solve([0.0] * len(at)) is None
