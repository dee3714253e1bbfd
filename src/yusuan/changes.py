"""Whether changing only some cells lets every relation hold, and what those cells must then be.

Each test of a set of cells answers with nothing when it suffices, or with a conflict: other cells that cannot all stay
as they are, whatever the cells of the set become. Conflicts of printed figures that add up are worked out in whole
numbers; where figures are known to half a last digit, the solver's proof is worked out again in fractions.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from math import ceil, floor, gcd

from yusuan.hitting import Conflict, Interval
from yusuan.solver import ANY, NIL, Entries, Model, UndecidedError
from yusuan.system import System

Terms = dict[int, int]
"""Cell → coefficient."""

DENOMINATOR = 720
"""Weights of a proof are fractions of small whole numbers; the solver's are taken for the nearest such."""


def sign_conflicts(system: System, signed: frozenset[int]) -> list[Conflict]:
    """Cells below zero that cannot be."""
    return [frozenset((c,)) for c, value in enumerate(system.values) if value < 0 and c not in signed]


@dataclass
class Exact:
    """Printed figures taken at their word: every row must hold to the 分. ``signed`` cells may be below zero."""

    system: System
    signed: frozenset[int] = frozenset()
    known: dict[Conflict, Mapping[int, Interval]] = field(default_factory=dict)

    def start(self) -> list[Conflict]:
        """Rows that do not hold."""
        system = self.system
        off = [row.cells for row in system.rows if system.off(row, system.values)]
        return sign_conflicts(system, self.signed) + off

    def values(self, chosen: Conflict) -> Mapping[int, Interval]:
        """What the cells of a set that passed the test can be."""
        return self.known[chosen]

    def __call__(self, chosen: Conflict) -> Conflict | None:
        """Eliminate the chosen cells from the rows around them; what is left must hold as it is printed."""
        system = self.system
        around = sorted({i for c in chosen for i in system.touching[c]}, key=lambda i: len(system.rows[i].terms))
        solved: dict[int, Terms] = {}
        conflicts: list[Conflict] = []
        for i in around:
            if not system.rows[i].bound:
                self._eliminate(dict(system.rows[i].terms), chosen, solved, conflicts)
        if conflicts:
            return min(conflicts, key=len)
        free = sorted(chosen - solved.keys())
        limits = [_reduced(dict(system.rows[i].terms), solved) for i in around if system.rows[i].bound]
        found: dict[int, Interval] = {}
        for cell, row in solved.items():
            if all(c not in row for c in free):
                value = self._value(cell, row)
                if value is None:
                    conflicts.append(frozenset(row) - {cell})
                else:
                    found[cell] = Interval(value, value)
            elif cell not in self.signed:
                limits.append({c: -a for c, a in row.items() if c != cell} if row[cell] < 0 else _without(row, cell))
        open_rows = [row for row in limits if any(c in row for c in free)]
        for row in limits:
            if not any(c in row for c in free) and self._sum(row) > 0:
                conflicts.append(frozenset(row))
        if conflicts:
            return min(conflicts, key=len)
        if free:
            ranges = self._ranges(free, open_rows, solved)
            if ranges is None:
                return frozenset(c for row in open_rows for c in row) - chosen
            found.update(ranges)
        self.known[chosen] = found
        return None

    def _eliminate(self, row: Terms, chosen: Conflict, solved: dict[int, Terms], conflicts: list[Conflict]) -> None:
        row = _reduced(row, solved)
        mine = next((c for c in sorted(chosen) if c in row), None)
        if mine is None:
            if row and self._sum(row):
                conflicts.append(frozenset(row))
            return
        for cell, other in solved.items():
            if mine in other:
                solved[cell] = _combined(other, row, mine)
        solved[mine] = row

    def _sum(self, row: Terms) -> int:
        values = self.system.values
        return sum([a * values[c] for c, a in row.items()])

    def _value(self, cell: int, row: Terms) -> int | None:
        """The value that the row leaves for the cell; ``None`` when it cannot be printed."""
        rest = -(self._sum(row) - row[cell] * self.system.values[cell])
        value, remainder = divmod(rest, row[cell])
        if remainder or value % self.system.quanta[cell] or (value < 0 and cell not in self.signed):
            return None
        return value

    def _ranges(
        self, free: Sequence[int], rows: Sequence[Terms], solved: Mapping[int, Terms]
    ) -> dict[int, Interval] | None:
        """Least and most of the free cells and of those that hang on them; ``None`` when nothing fits."""
        at = {cell: j for j, cell in enumerate(free)}
        unit = max(self.system.quanta[c] for c in free)
        rest = [self._sum({c: a for c, a in row.items() if c not in at}) for row in rows]
        columns = [(-ANY if c in self.signed else 0.0, ANY) for c in free]
        entries = [[(at[c], float(a)) for c, a in row.items() if c in at] for row in rows]
        model = Model.of(columns, [(-ANY, -value / unit) for value in rest], entries)
        found: dict[int, Interval] = {}
        if model.solve([0.0] * len(free)) is None:
            return None
        for cell in free:
            found[cell] = _extremes(model, [(at[cell], 1.0)], len(free), 0, unit)
        for cell, row in solved.items():
            if any(c in row for c in free):
                other = -self._sum({c: a for c, a in row.items() if c != cell and c not in at})
                terms = [(at[c], -row[c] / row[cell]) for c in free if c in row]
                found[cell] = _extremes(model, terms, len(free), Fraction(other, row[cell]), unit)
        return found


def _without(row: Terms, cell: int) -> Terms:
    return {c: a for c, a in row.items() if c != cell}


def _reduced(row: Terms, solved: Mapping[int, Terms]) -> Terms:
    """The row without the solved cells; its direction stays."""
    for cell, other in solved.items():
        if cell in row:
            row = _combined(row, other, cell)
    return row


def _combined(row: Terms, other: Terms, cell: int) -> Terms:
    """A positive multiple of ``row`` plus a multiple of ``other`` in which the cell cancels."""
    a, b = row[cell], other[cell]
    factor, share = abs(b), a if b > 0 else -a
    found = {c: factor * x for c, x in row.items()} if factor != 1 else dict(row)
    for c, x in other.items():
        value = found.get(c, 0) - share * x
        if value:
            found[c] = value
        else:
            del found[c]
    divisor = gcd(*found.values()) if found else 1
    return {c: x // divisor for c, x in found.items()} if divisor > 1 else found


def _extremes(model: Model, terms: Entries, width: int, constant: Fraction | int, unit: int) -> Interval:
    ends: list[int | None] = []
    for sign in (1.0, -1.0):
        cost = [0.0] * width
        for j, a in terms:
            cost[j] = sign * a
        try:
            best = model.solve(cost)
        except UndecidedError:
            best = None
        total = sum(a * best.values[j] for j, a in terms) * unit + float(constant) if best else None
        ends.append(None if total is None else round(total))
    return Interval(ends[0], ends[1])


@dataclass
class Ranges:
    """Printed figures known to half a last digit: some amounts within must make every row hold."""

    system: System
    lows: tuple[int, ...]
    highs: tuple[int, ...]
    """What rounding leaves below and above every printed figure (分)."""
    signed: frozenset[int] = frozenset()
    firm: bool = True
    """Whether every conflict so far was worked out in whole numbers."""

    @cached_property
    def unit(self) -> int:
        """分 of the solver's 1."""
        return max(self.system.quanta, default=1)

    @cached_property
    def off(self) -> list[int]:
        """What each row is off by as printed, bounds also when they hold."""
        values = self.system.values
        return [sum([a * values[c] for c, a in row.terms]) for row in self.system.rows]

    @cached_property
    def model(self) -> Model:
        """Deviations from the printed figures."""
        rows = self.system.rows
        columns = [self._box(c) for c in range(len(self.lows))]
        bounds = [(-ANY if row.bound else -off / self.unit, -off / self.unit) for row, off in zip(rows, self.off)]
        return Model.of(columns, bounds, [[(c, float(a)) for c, a in row.terms] for row in rows])

    def _box(self, cell: int) -> tuple[float, float]:
        return self.lows[cell] / self.unit, self.highs[cell] / self.unit

    def start(self) -> list[Conflict]:
        """Rows that no rounding explains."""
        found = []
        for row, off in zip(self.system.rows, self.off):
            least, most = self._reach(dict(row.terms))
            if off + least > 0 or (off + most < 0 and not row.bound):
                found.append(row.cells)
        return sign_conflicts(self.system, self.signed) + found

    def _reach(self, row: Mapping[int, int | Fraction]) -> tuple[int | Fraction, int | Fraction]:
        least = sum(a * (self.lows[c] if a > 0 else self.highs[c]) for c, a in row.items())
        most = sum(a * (self.highs[c] if a > 0 else self.lows[c]) for c, a in row.items())
        return least, most

    def __call__(self, chosen: Conflict) -> Conflict | None:
        """Look for amounts with the chosen cells free; raises ``UndecidedError``."""
        with _Freed(self, chosen) as model:
            if model.solve([0.0] * len(self.lows)) is not None:
                return None
            ray = model.ray()
        return self._proved(ray, chosen) if ray is not None else self._everything(chosen)

    def _everything(self, chosen: Conflict) -> Conflict:
        self.firm = False
        return frozenset(c for row in self.system.rows for c in row.cells) - chosen

    def _proved(self, ray: Sequence[float], chosen: Conflict) -> Conflict:
        """The cells outside the chosen ones in a sum of rows that cannot hold."""
        largest = max(map(abs, ray))
        weights = {i: w / largest for i, w in enumerate(ray) if abs(w) > NIL * largest}
        for sign in (1, -1):
            row: dict[int, Fraction] = {}
            off = Fraction(0)
            fits = True
            for i, w in weights.items():
                weight = sign * Fraction(w).limit_denominator(DENOMINATOR)
                fits = fits and (weight >= 0 or not self.system.rows[i].bound)
                off += weight * self.off[i]
                for c, a in self.system.rows[i].terms:
                    row[c] = row.get(c, Fraction(0)) + weight * a
            row = {c: a for c, a in row.items() if a}
            mine = {c: a for c, a in row.items() if c in chosen}
            if fits and all(a > 0 and c not in self.signed for c, a in mine.items()):
                rest = {c: a for c, a in row.items() if c not in chosen}
                least = sum((-a * self.system.values[c] for c, a in mine.items()), Fraction(0)) + self._reach(rest)[0]
                if off + least > 0:
                    return frozenset(rest)
        self.firm = False
        return frozenset(c for i in weights for c in self.system.rows[i].cells) - chosen

    def values(self, chosen: Conflict) -> Mapping[int, Interval]:
        """Least and most that each chosen cell can print."""
        found = {}
        with _Freed(self, chosen) as model:
            for cell in chosen:
                ends = _extremes(model, [(cell, 1.0)], len(self.lows), 0, self.unit)
                found[cell] = self._printed(cell, ends)
        return found

    def _printed(self, cell: int, deviation: Interval) -> Interval:
        value, quantum = self.system.values[cell], self.system.quanta[cell]
        half = Fraction(quantum, 2)
        low = None if deviation.low is None else ceil((value + deviation.low - half) / quantum) * quantum
        high = None if deviation.high is None else floor((value + deviation.high + half) / quantum) * quantum
        if low is not None and cell not in self.signed:
            low = max(0, low)
        return Interval(low, high)


class _Freed:
    """The model with some cells free, and as it was before afterwards."""

    def __init__(self, ranges: Ranges, chosen: Iterable[int]) -> None:
        self.ranges, self.chosen = ranges, tuple(chosen)

    def __enter__(self) -> Model:
        ranges, model = self.ranges, self.ranges.model
        lows = {c: -ANY if c in ranges.signed else -ranges.system.values[c] / ranges.unit for c in self.chosen}
        if self.chosen:
            model.limit({c: (low, ANY) for c, low in lows.items()})
        return model

    def __exit__(self, *_: object) -> None:
        if self.chosen:
            self.ranges.model.limit({c: self.ranges._box(c) for c in self.chosen})


def ranges_of(system: System, blank: frozenset[int], signed: frozenset[int] = frozenset()) -> Ranges:
    """The figures as known to half a last digit; a blank cell is nothing at all."""
    lows, highs = [], []
    for cell, (value, quantum) in enumerate(zip(system.values, system.quanta)):
        half = quantum // 2
        below, above = (half, quantum - half - 1) if value >= 0 else (quantum - half - 1, half)
        if cell in blank:
            below = above = 0
        lows.append(-below if cell in signed else max(-below, -value) if value >= 0 else -below)
        highs.append(above)
    return Ranges(system, tuple(lows), tuple(highs), signed)
