"""Exact elimination on sparse linear equations: which follow from others, how many say something new, what they fix.

Sums of a budget are equations with small whole coefficients. Counting is exact while numbers stay below a large prime;
beyond, it goes on modulo that prime, which leaves the answer wrong with a vanishing chance only.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

PRIME = (1 << 61) - 1

Equation = Mapping[int, int]
"""Column → coefficient of Σ coefficient · column = constant; coefficients are below ``PRIME`` and not zero."""


@dataclass(frozen=True)
class Reduced:
    """Equations reduced until each has a column, its pivot, that no other one has."""

    rows: dict[int, dict[int, int]] = field(default_factory=dict)
    """Pivot → its equation, 1 at the pivot."""
    users: dict[int, set[int]] = field(default_factory=dict)
    """Column that is no pivot → the pivots in whose equations it stands."""

    def add(self, equation: Equation) -> bool:
        """Whether the equation says what those before do not; only then it is kept."""
        left = dict(equation)
        for j in equation:
            if j in self.rows:
                _subtract(left, self.rows[j], left[j])
        if not left:
            return False
        pivot = min(left, key=lambda j: (len(self.users.get(j, ())), j))
        inverse = _inverse(left[pivot])
        left = {j: _small(a * inverse) for j, a in left.items()}
        for other in self.users.pop(pivot, ()):
            row = self.rows[other]
            before = set(row)
            _subtract(row, left, row[pivot])
            for j in before - row.keys() - {pivot}:
                self.users[j].discard(other)
            for j in row.keys() - before:
                self.users.setdefault(j, set()).add(other)
        self.rows[pivot] = left
        for j in left:
            if j != pivot:
                self.users.setdefault(j, set()).add(pivot)
        return True


def following(equations: Iterable[Equation]) -> list[int]:
    """Positions of the equations that follow from those before them."""
    reduced = Reduced()
    return [i for i, equation in enumerate(equations) if not reduced.add(equation)]


def fixed_columns(rows: Iterable[frozenset[int]]) -> frozenset[int]:
    """Columns that the equations Σ row = constant determine: those alone in a row once all is eliminated."""
    reduced = Reduced()
    for row in sorted(set(rows), key=lambda r: (len(r), sorted(r))):
        reduced.add(dict.fromkeys(row, 1))
    return frozenset(pivot for pivot, row in reduced.rows.items() if len(row) == 1)


def _small(value: int) -> int:
    return value if -PRIME < value < PRIME else value % PRIME


def _inverse(value: int) -> int:
    return value if value in (1, -1) else pow(value, -1, PRIME)


def _subtract(row: dict[int, int], other: Equation, factor: int) -> None:
    for j, a in other.items():
        value = row.get(j, 0) - factor * a
        if not -PRIME < value < PRIME:
            value %= PRIME
        if value:
            row[j] = value
        else:
            row.pop(j, None)
