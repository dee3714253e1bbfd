"""The least and most that a ledger behind printed figures can hold: of one atom, or of a figure that is not printed.

Both ends are linear programmes over the same figures. Each is solved from where the last one ended, and what one
solution shows to be possible need not be asked again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
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
            unit, lows, highs = self.programme.quantum, self.programme.lows, self.programme.highs
            self.model.bound({
                **{i: (lows[i] / unit, highs[i] / unit if highs[i] < LARGEST else ANY) for i in self.hidden - rows},
                **dict.fromkeys(rows - self.hidden, (0.0, ANY)),
            })  # fmt: skip
            self.hidden = rows

    def end(self, atoms: Sequence[int], sign: int, seconds: float) -> End | None:
        """The least (``sign`` 1) or most (-1) of the sum of these atoms; ``None`` when none was found in time or none
        is the most."""
        cost = [0.0] * len(self.programme.atoms)
        for j in atoms:
            cost[j] = float(sign)
        try:
            best = self.model.solve(cost, seconds=seconds) if seconds > 0 and self.model is not None else None
        except UndecidedError:
            best = None
        if best is None or self.model is None:
            return None
        unit = self.programme.quantum
        prices = {i: sign * price for i, price in enumerate(self.model.prices()) if abs(price) > NIL}
        return End(unit * sum(best.values[j] for j in atoms), [unit * value for value in best.values], prices)

    def plain(self, atoms: Sequence[int]) -> tuple[int, int]:
        """Bounds of the sum of these atoms that are seen without solving: figures around all of them or of some."""
        mine = set(atoms)
        least, most = 0, LARGEST
        counts = Counter(i for j in atoms for i in self.around[j] if i not in self.hidden)
        for i, count in counts.items():
            if count == len(mine):
                most = min(most, self.programme.highs[i])
            if count == len(self.programme.rows[i]):
                least = max(least, self.programme.lows[i])
        return least, most

    def range(self, atoms: Sequence[int], seconds: float) -> Range:
        """The least and most of the sum of these atoms."""
        until = monotonic() + seconds
        plain = self.plain(atoms)
        low = self.end(atoms, 1, until - monotonic())
        high = self.end(atoms, -1, until - monotonic()) if plain[1] < LARGEST else None
        return self._range(plain, low, high)

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
