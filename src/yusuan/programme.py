"""The programme of a disclosure: a non-negative amount per atom, every printed figure the sum of its atoms.

It has a solution exactly when some ledger yields all figures. Its solutions are all such ledgers: an atom whose amount
is the same in every one is determined by the disclosure, and among the others one can look for the plainest.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from time import monotonic

from yusuan.amount import LARGEST
from yusuan.atoms import Cutter, Figure, Figures, figures_of, members_of, placed_space, world_of
from yusuan.elimination import fixed_columns
from yusuan.forms import Standard
from yusuan.sheet import Disclosure, Place
from yusuan.solver import ANY, NIL, Entries, Model, Solution, UndecidedError

ATTEMPTS = ((False, 0), (False, 1), (True, 0), (True, 1), (False, 2), (True, 2))
"""(figures rounded, how much is admitted: see ``Cutter``) as tried in turn, the surest and quickest first."""

LONG = 2.0
"""Longest search (seconds) for whole steps of the last digit where the plain solution has none."""

SHORT = 0.3
"""Longest search (seconds) for fewer facts, and for what rounded figures determine."""

WIDEST = 400
"""Most undetermined atoms for which fewer facts are searched."""


@dataclass(frozen=True)
class Programme:
    """``rows`` holds the atoms of each distinct figure, ``lows`` and ``highs`` what it can be (分): as much as
    ``LARGEST`` where it is not told."""

    atoms: tuple[int, ...]
    rows: tuple[tuple[int, ...], ...]
    lows: tuple[int, ...]
    highs: tuple[int, ...]
    quantum: int
    """分 in the last printed digit; the solver counts in it."""
    rounded: bool
    """Whether figures are known to their last digit only, as ranges of 分."""

    @classmethod
    def of(cls, figures: Figures, atoms: tuple[int, ...], *, rounded: bool) -> Programme:
        """The programme over these atoms."""
        rows: dict[tuple[int, ...], Figure] = {}
        for members, figure in zip(members_of(atoms, figures), figures.money):
            same = rows.setdefault(members, figure)
            rows[members] = replace(same, low=max(same.low, figure.low), high=min(same.high, figure.high))
        lows, highs = tuple(f.low for f in rows.values()), tuple(f.high for f in rows.values())
        return cls(atoms, tuple(rows), lows, highs, figures.quantum, rounded)

    def __iter__(self) -> Iterator[tuple[tuple[int, ...], int, int]]:
        """(atoms, least, most) of each figure."""
        return zip(self.rows, self.lows, self.highs)

    def amounts(self) -> list[int] | None:
        """分 per atom of one solution, whole quanta where that can be; ``None`` when there is none.

        Raises ``UndecidedError`` when no solution in 分 was found although there may be one.
        """
        if self.absurd:
            return None
        if not self.atoms:
            return []
        most = self.most(range(len(self.atoms)), {})
        cost = [1.0 / (1 + m / self.quantum) if m < LARGEST else 1.0 for m in most.values()]
        # a margin leaves room for rounding the amounts of rounded figures to 分
        margins = (self.quantum // 100, 0) if self.rounded else (0,)
        plain = next((plan for m in margins if (plan := self.model(m).solve(cost)) is not None), None)
        if plain is None:
            return None
        found = None if self.rounded else self._in_quanta(plain, cost)
        found = found or self.whole(plain.values, 1)
        if found is None:
            raise UndecidedError
        return found

    def _in_quanta(self, plain: Solution, cost: Sequence[float]) -> list[int] | None:
        found = self.whole(plain.values, self.quantum)
        if found is None:
            searched = self.model().solve(cost, whole=range(len(cost)), seconds=LONG)
            found = self.whole(searched.values, self.quantum) if searched else None
        return found

    def model(self, margin: int = 0) -> Model:
        """A column per atom and a row per figure, both in quanta; ranges are narrowed by ``margin`` 分."""
        bounds = [self.bound(i, margin) for i in range(len(self.rows))]
        return Model.of([(0.0, ANY)] * len(self.atoms), bounds, [[(j, 1.0) for j in row] for row in self.rows])

    def bound(self, row: int, margin: int = 0) -> tuple[float, float]:
        """What the figure of a row can be, in quanta, without a bound where none is told."""
        low, high, unit = self.lows[row], self.highs[row], self.quantum
        inset = margin if high - low > 2 * margin else 0
        return (low + inset) / unit if low else -ANY, (high - inset) / unit if high < LARGEST else ANY

    def most(self, atoms: Iterable[int], known: Mapping[int, int]) -> dict[int, int]:
        """The most (分) that each of the atoms can hold beside known amounts: the least figure around it."""
        found = dict.fromkeys(atoms, max(self.highs, default=0))
        for row, _, high in self:
            left = high - sum(known.get(j, 0) for j in row)
            for j in row:
                if j in found:
                    found[j] = min(found[j], left)
        return found

    def whole(self, values: Sequence[float], step: int) -> list[int] | None:
        """The values (in quanta) as 分 in whole steps, if every figure then comes out to the 分."""
        found = [max(0, round(v * self.quantum / step)) * step for v in values]
        fits = all(low <= sum(found[j] for j in row) <= high for row, low, high in self)
        return found if fits else None

    @property
    def absurd(self) -> bool:
        """Whether some figure alone cannot be: two amounts for one slice, or money where no atom is."""
        return any(low > high or (low > 0 and not row) for row, low, high in self)

    @cached_property
    def support(self) -> frozenset[int]:
        """Atoms that hold money in some solution: scaled up far enough, all of them hold a quantum at once."""
        n = len(self.atoms)
        columns = [(0.0, 1.0)] * n + [(0.0, ANY)] * n + [(1.0, ANY)]
        bounds: list[tuple[float, float]] = []
        entries: list[Entries] = []
        for row, low, high in self:
            terms = [(k, 1.0) for j in row for k in (j, n + j)]
            limits = [(low, (0.0, 0.0))] if low == high else [(low, (0.0, ANY)), (high, (-ANY, 0.0))]
            if high >= LARGEST:
                limits.pop()
            for limit, bound in limits:
                bounds.append(bound)
                entries.append([*terms, (2 * n, -limit / self.quantum)])
        try:
            found = Model.of(columns, bounds, entries).solve([-1.0] * n + [0.0] * (n + 1))
        except UndecidedError:
            found = None
        return frozenset(j for j in range(n) if found is None or found.values[j] > NIL)

    def unique(self, amounts: Sequence[int]) -> frozenset[int]:
        """Atoms with money whose amount no other solution changes; where figures are rounded, by a quantum at most,
        as far as a short search tells."""
        money = frozenset(j for j, amount in enumerate(amounts) if amount)
        if not self.rounded:
            support = self.support | money
            return money & fixed_columns(support.intersection(row) for row, low, high in self if low == high)
        model, until = self.model(), monotonic() + SHORT
        return frozenset(j for j in sorted(money) if monotonic() < until and self._settled(model, j))

    def _settled(self, model: Model, atom: int) -> bool:
        """Whether the atom's least and most are within a quantum; ``False`` when that cannot be told in time."""
        cost = [float(k == atom) for k in range(len(self.atoms))]
        try:
            least, most = model.solve(cost, seconds=SHORT), model.solve([-c for c in cost], seconds=SHORT)
        except UndecidedError:
            return False
        return least is not None and most is not None and most.values[atom] - least.values[atom] <= 1 + NIL

    def fewest(self, amounts: list[int], unique: frozenset[int]) -> list[int]:
        """A solution with as few facts as a short search finds; the unique amounts stay."""
        money = {j for j, amount in enumerate(amounts) if amount and j not in unique}
        if not money or len(money) > WIDEST:
            return amounts
        known = {j: amounts[j] for j in unique}
        most = {j: m for j, m in self.most(sorted(self.support - unique | money), known).items() if m < LARGEST}
        free = list(most)
        if len(free) > WIDEST:
            return amounts
        n, at = len(free), {j: k for k, j in enumerate(free)}
        bounds: list[tuple[float, float]] = []
        entries: list[Entries] = []
        for row, low, high in self:
            if inside := [(at[j], 1.0) for j in row if j in at]:
                held = sum(known.get(j, 0) for j in row)
                top = (high - held) / self.quantum if high < LARGEST else ANY
                bounds.append(((low - held) / self.quantum, top))
                entries.append(inside)
        for k, j in enumerate(free):
            bounds.append((-ANY, 0.0))
            entries.append([(k, 1.0), (n + k, -most[j] / self.quantum)])
        whole = range(n, 2 * n) if self.rounded else range(2 * n)
        # ties go to the atoms that can hold most, so that small sums do not scatter
        cost = [0.0] * n + [1.0 + 1.0 / (2 * n * (1 + most[j] / self.quantum)) for j in free]
        model = Model.of([(0.0, ANY)] * n + [(0.0, 1.0)] * n, bounds, entries)
        found = model.solve(cost, whole=whole, seconds=SHORT)
        if found is None:
            return amounts
        values = [found.values[at[j]] if j in at else amount / self.quantum for j, amount in enumerate(amounts)]
        better = self.whole(values, 1 if self.rounded else self.quantum)
        return better if better is not None and _count(better) <= _count(amounts) else amounts


def programmes(
    disclosure: Disclosure, standard: Standard, hidden: frozenset[Place] = frozenset()
) -> Iterator[tuple[Programme, Cutter]]:
    """The programmes of a disclosure with the atoms they are about, those that admit least first; ``hidden`` cells
    count as not printed."""
    space = placed_space(disclosure, standard)
    told = {r: figures_of(disclosure, standard, space, rounded=r, hidden=hidden) for r in (False, True)}
    world = world_of(disclosure, standard, space, told[False])
    for rounded, loose in ATTEMPTS:
        cutter = Cutter(told[rounded], space, world, loose)
        yield Programme.of(told[rounded], cutter.atoms(), rounded=rounded), cutter


def _count(amounts: Iterable[int]) -> int:
    return sum(1 for amount in amounts if amount)
