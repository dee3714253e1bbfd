"""Whether changing only some cells lets every relation hold, and what those cells must then be.

A test of a set of cells answers with nothing when it suffices, or with a conflict: other cells that cannot all stay as
they are, whatever the cells of the set become. The cells of the set are eliminated from the rows around them, in whole
numbers; what is left of each row must hold as it is printed, or within what rounding leaves. Where figures are known to
half a last digit only, rows that could each hold are put together to the solver, and its proof that they cannot is
worked out again in fractions.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from math import ceil, floor, gcd

from yusuan.hitting import Conflict, Interval
from yusuan.solver import ANY, NIL, Entries, Model, UndecidedError
from yusuan.system import System

Terms = dict[int, int]
"""Cell → coefficient."""

Number = int | Fraction

DENOMINATOR = 720
"""Weights of a proof are fractions of small whole numbers; the solver's are taken for the nearest such."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What a set of cells leaves open: the free cells by column of a programme in ``unit`` 分, and the rows that tell
    the others from them."""

    model: Model
    at: Mapping[int, int]
    hanging: Mapping[int, Terms]
    unit: int


@dataclass
class Changes:
    """The test over a system of rows. What rounding leaves below and above every printed figure (分) stands in ``lows``
    and ``highs``: nothing where figures are taken at their word. ``signed`` cells may be below zero."""

    system: System
    lows: Sequence[int]
    highs: Sequence[int]
    signed: frozenset[int] = frozenset()
    known: dict[Conflict, Mapping[int, Interval]] = field(default_factory=dict)
    open: dict[Conflict, Choice] = field(default_factory=dict)
    firm: bool = True
    """Whether every conflict so far was worked out in whole numbers."""

    @cached_property
    def exact(self) -> bool:
        """Whether all figures are taken at their word."""
        return not any(self.lows) and not any(self.highs)

    def start(self) -> list[Conflict]:
        """Rows that do not hold, whatever rounding leaves; cells below zero that cannot be."""
        below = [frozenset((c,)) for c, v in enumerate(self.system.values) if v < 0 and c not in self.signed]
        return below + [row.cells for row in self.system.rows if self.fails(dict(row.terms), bound=row.bound)]

    def fails(self, row: Mapping[int, int], *, bound: bool = False) -> bool:
        """Whether a row of printed figures cannot hold."""
        off = self._sum(row)
        if self.exact:
            return off > 0 if bound else off != 0
        least, most = self._reach(row)
        return off + least > 0 or (off + most < 0 and not bound)

    def _sum(self, row: Mapping[int, int]) -> int:
        values = self.system.values
        return sum([a * values[c] for c, a in row.items()])

    def _reach(self, row: Mapping[int, Number]) -> tuple[Number, Number]:
        """How far rounding can take a row down and up."""
        least = sum(a * (self.lows[c] if a > 0 else self.highs[c]) for c, a in row.items())
        most = sum(a * (self.highs[c] if a > 0 else self.lows[c]) for c, a in row.items())
        return least, most

    def values(self, chosen: Conflict) -> Mapping[int, Interval]:
        """What the cells of a set that passed the test can print."""
        found = dict(self.known[chosen])
        if chosen in self.open:
            found.update(self._chosen(self.open[chosen]))
        return found if self.exact else {c: self._printed(c, interval) for c, interval in found.items()}

    def __call__(self, chosen: Conflict) -> Conflict | None:
        """Eliminate the chosen cells from the rows around them; what is left must hold, row by row."""
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
                    found[cell] = value
            elif cell not in self.signed:
                limits.append({c: -a if row[cell] < 0 else a for c, a in row.items() if c != cell})
        conflicts += [
            frozenset(row) for row in limits if not any(c in row for c in free) and self.fails(row, bound=True)
        ]
        if conflicts:
            return min(conflicts, key=len)
        if free:
            open_rows = [row for row in limits if any(c in row for c in free)]
            choice = self._choice(free, open_rows, solved)
            if choice.model.solve([0.0] * len(free)) is None:
                return frozenset(c for row in open_rows for c in row) - chosen
            self.open[chosen] = choice
        self.known[chosen] = found
        return None

    def _eliminate(self, row: Terms, chosen: Conflict, solved: dict[int, Terms], conflicts: list[Conflict]) -> None:
        row = _reduced(row, solved)
        mine = next((c for c in sorted(chosen) if c in row), None)
        if mine is None:
            if row and self.fails(row):
                conflicts.append(frozenset(row))
            return
        for cell, other in solved.items():
            if mine in other:
                solved[cell] = _combined(other, row, mine)
        solved[mine] = row

    def _value(self, cell: int, row: Terms) -> Interval | None:
        """What the row leaves for the cell; ``None`` when nothing of it can be printed."""
        rest = {c: a for c, a in row.items() if c != cell}
        off, factor = -self._sum(rest), row[cell]
        if not self.exact:
            least, most = self._reach(rest)
            ends = sorted((Fraction(off - most, factor), Fraction(off - least, factor)))
            return None if ends[1] < 0 and cell not in self.signed else Interval(floor(ends[0]), ceil(ends[1]))
        value, remainder = divmod(off, factor)
        if remainder or value % self.system.quanta[cell] or (value < 0 and cell not in self.signed):
            return None
        return Interval(value, value)

    def _choice(self, free: Sequence[int], rows: Sequence[Terms], solved: Mapping[int, Terms]) -> Choice:
        at = {cell: j for j, cell in enumerate(free)}
        unit = max(self.system.quanta[c] for c in free)
        outside = [{c: a for c, a in row.items() if c not in at} for row in rows]
        rest = [self._sum(row) + float(self._reach(row)[0]) for row in outside]
        columns = [(-ANY if c in self.signed else 0.0, ANY) for c in free]
        entries = [[(at[c], float(a)) for c, a in row.items() if c in at] for row in rows]
        model = Model.of(columns, [(-ANY, -value / unit) for value in rest], entries)
        hanging = {cell: row for cell, row in solved.items() if any(c in row for c in free)}
        return Choice(model, at, hanging, unit)

    def _chosen(self, choice: Choice) -> dict[int, Interval]:
        """Least and most of the free cells and of those that hang on them."""
        model, at, width = choice.model, choice.at, len(choice.at)
        found = {cell: _extremes(model, [(j, 1.0)], width, 0, choice.unit) for cell, j in at.items()}
        for cell, row in choice.hanging.items():
            other = -self._sum({c: a for c, a in row.items() if c != cell and c not in at})
            terms = [(at[c], -row[c] / row[cell]) for c in row if c in at]
            found[cell] = _extremes(model, terms, width, Fraction(other, row[cell]), choice.unit)
        return found

    @cached_property
    def unit(self) -> int:
        """分 of the solver's 1."""
        return max(self.system.quanta, default=1)

    @cached_property
    def off(self) -> list[int]:
        """What each row is off by as printed, bounds also when they hold."""
        return [self._sum(dict(row.terms)) for row in self.system.rows]

    @cached_property
    def model(self) -> Model:
        """Deviations from the printed figures that make every row hold."""
        rows = self.system.rows
        columns = [self._box(c) for c in range(len(self.lows))]
        bounds = [(-ANY if row.bound else -off / self.unit, -off / self.unit) for row, off in zip(rows, self.off)]
        return Model.of(columns, bounds, [[(c, float(a)) for c, a in row.terms] for row in rows])

    def _box(self, cell: int) -> tuple[float, float]:
        return self.lows[cell] / self.unit, self.highs[cell] / self.unit

    @contextmanager
    def _freed(self, chosen: Conflict) -> Iterator[Model]:
        """The model with the chosen cells free, and as it was before afterwards."""
        model = self.model
        if chosen:
            values = self.system.values
            model.limit({c: (-ANY if c in self.signed else -values[c] / self.unit, ANY) for c in chosen})
        yield model
        if chosen:
            model.limit({c: self._box(c) for c in chosen})

    def together(self, chosen: Conflict) -> Conflict | None:
        """Whether amounts within what rounding leaves make all rows hold at once, the chosen cells being anything.

        Raises ``UndecidedError`` when the solver ran out of time.
        """
        with self._freed(chosen) as model:
            if model.solve([0.0] * len(self.lows)) is not None:
                return None
            ray = model.ray()
        if ray is not None and (conflict := self._proved(ray, chosen)) is not None:
            return conflict
        self.firm = False
        return frozenset(c for row in self.system.rows for c in row.cells) - chosen

    def _proved(self, ray: Sequence[float], chosen: Conflict) -> Conflict | None:
        """The cells outside the chosen ones in a sum of rows that cannot hold, weighted as the solver found; ``None``
        when that does not come out in fractions."""
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
        return None

    def _printed(self, cell: int, amount: Interval) -> Interval:
        """What a cell can print whose amount lies so."""
        quantum = self.system.quanta[cell]
        half = Fraction(quantum, 2)
        low = None if amount.low is None else ceil((amount.low - half) / quantum) * quantum
        high = None if amount.high is None else floor((amount.high + half) / quantum) * quantum
        if low is not None and cell not in self.signed:
            low = max(0, low)
        return Interval(low, high)


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


def at_their_word(system: System, signed: frozenset[int] = frozenset()) -> Changes:
    """The test for printed figures that add up exactly."""
    nothing = (0,) * len(system.places)
    return Changes(system, nothing, nothing, signed)


def within_rounding(system: System, blank: frozenset[int], signed: frozenset[int] = frozenset()) -> Changes:
    """The test for figures known to half a last digit; a blank cell is nothing at all."""
    lows, highs = [], []
    for cell, (value, quantum) in enumerate(zip(system.values, system.quanta)):
        half = quantum // 2
        below, above = (half, quantum - half - 1) if value >= 0 else (quantum - half - 1, half)
        if cell in blank:
            below = above = 0
        lows.append(-min(below, value) if value >= 0 and cell not in signed else -below)
        highs.append(above)
    return Changes(system, lows, highs, signed)
