"""The least and most that a ledger behind printed figures can hold: of one atom, or of a figure that is not printed.

Both ends are linear programmes over the same figures. Each is solved from where the last one ended, and what one
solution shows to be possible need not be asked again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import ceil, floor
from time import monotonic
from typing import NamedTuple

from yusuan.amount import LARGEST
from yusuan.programme import Programme
from yusuan.solver import ANY, NIL, Model, UndecidedError


class Range(NamedTuple):
    """The least and most 分 that something can be, ``most`` being ``None`` where nothing limits it.

    ``tight``: both ends are reached by some ledger; otherwise they are sound, but time was over before better ones were
    found.
    """

    least: int
    most: int | None
    tight: bool = True

    @property
    def width(self) -> int | None:
        """分 between the ends, ``None`` without a most."""
        return None if self.most is None else self.most - self.least


class End(NamedTuple):
    """One end of a sum of atoms: the amount and what every atom then holds (分), and the figures it rests on."""

    amount: float
    held: Sequence[float]
    prices: Mapping[int, float]
    """Row of the programme → how far the end moves with each 分 of that figure; rows that do not matter left out."""


class Span(NamedTuple):
    """A range, the 分 of it that would remain were the figures not rounded (``None`` where an end is not known), and
    the rows of the programme that hold its ends."""

    range: Range
    room: int | None
    rests_on: frozenset[int]

    def narrow(self, share: float) -> bool:
        """Whether nothing is left open but rounding, or no more than ``share`` of the most."""
        return self.range.most is not None and self.room is not None and self.room <= share * self.range.most


@dataclass
class Extremes:
    """The programme of a disclosure, asked for the ends of sums of its atoms again and again.

    ``hidden`` rows of it count as not printed.
    """

    programme: Programme
    hidden: frozenset[int] = frozenset()

    @cached_property
    def model(self) -> Model | None:
        """The programme as the solver holds it, at one of its solutions; ``None`` when it has none.

        Raises ``UndecidedError``.
        """
        if self.programme.absurd:
            return None
        model = self.programme.model()
        if model.solve([0.0] * len(self.programme.atoms)) is None:
            return None
        model.stay_feasible()
        return model

    @cached_property
    def around(self) -> Sequence[Sequence[int]]:
        """The rows of each atom."""
        found: list[list[int]] = [[] for _ in self.programme.atoms]
        for i, row in enumerate(self.programme.rows):
            for j in row:
                found[j].append(i)
        return found

    def hide(self, rows: frozenset[int]) -> None:
        """Take exactly these rows (by position) for not printed."""
        if self.model is not None:
            self.model.bound({i: self.programme.bound(i) for i in self.hidden - rows})
            self.model.bound(dict.fromkeys(rows - self.hidden, (-ANY, ANY)))
            self.hidden = rows

    def end(self, atoms: Sequence[int], sign: int, seconds: float) -> End | None:
        """The least (``sign`` 1) or most (-1) of the sum of these atoms; ``None`` when none was found in time or none
        is the most."""
        return self.best(Counter(dict.fromkeys(atoms, sign)), sign, seconds)

    def best(self, weights: Mapping[int, int], sign: int, seconds: float) -> End | None:
        """The least weighted sum of atoms, told as ``sign`` times it; ``None`` when none was found in time or none is
        the least."""
        cost = [0.0] * len(self.programme.atoms)
        for j, weight in weights.items():
            cost[j] = float(weight)
        try:
            best = self.model.solve(cost, seconds=seconds) if seconds > 0 and self.model is not None else None
        except UndecidedError:
            best = None
        if best is None or self.model is None:
            return None
        unit = self.programme.quantum
        prices = {i: sign * price for i, price in enumerate(self.model.prices()) if abs(price) > NIL}
        amount = sign * unit * sum(weight * best.values[j] for j, weight in weights.items())
        return End(amount, [unit * value for value in best.values], prices)

    def plain(self, atoms: Sequence[int]) -> tuple[int, int]:
        """Bounds of the sum of these atoms that are seen without solving: figures around all, each or some of them.

        The most is ``LARGEST`` exactly when nothing limits the sum.
        """
        lows, highs, rows = self.programme.lows, self.programme.highs, self.programme.rows
        around = [[i for i in self.around[j] if i not in self.hidden] for j in atoms]
        counts = Counter(i for mine in around for i in mine)
        whole = [highs[i] for i, count in counts.items() if count == len(atoms)]
        each = sum(min((highs[i] for i in mine), default=LARGEST) for mine in around)
        least = max((lows[i] for i, count in counts.items() if count == len(rows[i])), default=0)
        return least, min([LARGEST, each, *whole])

    def span(self, atoms: Sequence[int], seconds: float, see: Callable[[End | None], None] | None = None) -> Span:
        """The least and most of the sum of these atoms, and what they rest on; ``see`` is shown both ends."""
        until = monotonic() + seconds
        plain = self.plain(atoms)
        low = self.end(atoms, 1, until - monotonic())
        high = self.end(atoms, -1, until - monotonic()) if plain[1] < LARGEST else None
        if see is not None:
            see(low)
            see(high)
        if low is None or high is None:
            return Span(self._range(plain, low, high), None, frozenset())
        # rounding moves each end by half of what the last digit of a figure leaves open, times its price
        leeway = [h - low for low, h in zip(self.programme.lows, self.programme.highs)]
        rounding = sum(abs(price) * leeway[i] for end in (low, high) for i, price in end.prices.items()) / 2
        room = max(0, round(high.amount - low.amount - rounding))
        return Span(self._range(plain, low, high), room, frozenset(low.prices) | frozenset(high.prices))

    def narrow(self, sums: Mapping[int, Sequence[int]], share: float, seconds: float) -> tuple[dict[int, Span], bool]:
        """The sums of atoms of which at most ``share`` of their most is left open, and whether all were tried in time.

        Where figures are exact, two ledgers that differ in a sum tell that it is open.
        """
        until = monotonic() + seconds
        exact = all(self.programme.lows[i] == h for i, h in enumerate(self.programme.highs) if h < LARGEST)
        seen = dict.fromkeys(sums, (ANY, -ANY))

        def see(end: End | None) -> None:
            if end is None or not exact:
                return
            for k, atoms in sums.items():
                held = sum([end.held[j] for j in atoms])
                seen[k] = (min(seen[k][0], held), max(seen[k][1], held))

        # one sum up and the next down: figures that trade with each other are open at once
        mixed: Counter[int] = Counter()
        for n, atoms in enumerate(sums.values()):
            if self.plain(atoms)[1] < LARGEST:
                mixed.update(dict.fromkeys(atoms, 1 - 2 * (n % 2)))
        for sign in (1, -1) if exact and len(sums) > 1 else ():
            see(self.best({j: sign * weight for j, weight in mixed.items()}, sign, until - monotonic()))
        found, tried = {}, True
        for k, atoms in sums.items():
            low, high = seen[k]
            if high - low > max(1, share * self.plain(atoms)[1]):
                continue
            span = self.span(atoms, until - monotonic(), see)
            tried = tried and span.range.tight
            if span.narrow(share):
                found[k] = span
        return found, tried

    def _range(self, plain: tuple[int, int], low: End | None, high: End | None) -> Range:
        """Whole 分 between the ends, the plain bounds where there is none."""
        slack = NIL * self.programme.quantum
        least = plain[0] if low is None else max(plain[0], ceil(low.amount - slack))
        most = plain[1] if high is None else min(plain[1], floor(high.amount + slack))
        endless = plain[1] >= LARGEST
        return Range(least, None if endless else most, low is not None and (endless or high is not None))

    def ranges(self, amounts: Sequence[int], wanted: Iterable[int], seconds: float) -> dict[int, Range]:
        """The range of each wanted atom, the largest first; ``amounts`` is what all atoms hold in one ledger."""
        until = monotonic() + seconds
        order = sorted(wanted, key=lambda j: (-amounts[j], j))
        seen = {j: (float(amounts[j]), float(amounts[j])) for j in order}
        found = {}
        for j in order:
            plain = self.plain((j,))
            ends: list[End | None] = []
            for side, sign in enumerate((1, -1)):
                if seen[j][side] == plain[side]:
                    ends.append(End(seen[j][side], (), {}))
                    continue
                ends.append(self.end((j,), sign, until - monotonic()) if plain[side] < LARGEST else None)
                for k, held in zip(order, map(ends[-1].held.__getitem__, order)) if ends[-1] else ():
                    seen[k] = (min(seen[k][0], held), max(seen[k][1], held))
            least, most, tight = self._range(plain, *ends)
            most = None if most is None else max(most, amounts[j])
            found[j] = Range(min(least, amounts[j]), most, tight)
        return found
