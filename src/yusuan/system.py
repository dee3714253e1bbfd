"""The relations of a disclosure as linear rows over its cells, with what each row is off by."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from yusuan.relations import Relation
from yusuan.sheet import Disclosure, Place


@dataclass(frozen=True, slots=True)
class Row:
    """Σ coefficient · cell = 0, or ≤ 0 when ``bound``; cells by number."""

    terms: tuple[tuple[int, int], ...]
    bound: bool
    relation: Relation

    @property
    def cells(self) -> frozenset[int]:
        """The cells in the row."""
        return frozenset(cell for cell, _ in self.terms)


@dataclass(frozen=True)
class System:
    """Rows over numbered cells. ``values`` and ``quanta`` (last printed digit) are 分; a blank counts as zero."""

    places: tuple[Place, ...]
    rows: tuple[Row, ...]
    values: tuple[int, ...]
    quanta: tuple[int, ...]
    blank: frozenset[int]
    """Cells that print nothing."""

    @classmethod
    def of(cls, disclosure: Disclosure, relations: Iterable[Relation]) -> System:
        """The relations as rows, each distinct row once; a cell on both sides cancels."""
        number: dict[Place, int] = {}
        rows: dict[tuple[tuple[tuple[int, int], ...], bool], Row] = {}
        for relation in relations:
            terms: dict[int, int] = {}
            for sign, side in ((1, relation.left), (-1, relation.right)):
                for place in side:
                    cell = number.setdefault(place, len(number))
                    terms[cell] = terms.get(cell, 0) + sign
            kept = tuple(sorted((cell, a) for cell, a in terms.items() if a))
            if not kept:
                continue
            if not relation.bound and kept[0][1] < 0:
                kept = tuple((cell, -a) for cell, a in kept)
            rows.setdefault((kept, relation.bound), Row(kept, relation.bound, relation))
        sheets = disclosure.sheets
        cells = [sheets[s].cells.get((r, c)) for s, r, c in number]
        values = tuple((cell.amount or 0) if cell else 0 for cell in cells)
        quanta = tuple(sheets[s].scale.quantum for s, _, _ in number)
        blank = frozenset(i for i, cell in enumerate(cells) if cell is None or cell.amount is None)
        return cls(tuple(number), tuple(rows.values()), values, quanta, blank)

    @cached_property
    def number(self) -> Mapping[Place, int]:
        """Number of each cell."""
        return {place: i for i, place in enumerate(self.places)}

    @cached_property
    def touching(self) -> Sequence[Sequence[int]]:
        """The rows of each cell."""
        found: list[list[int]] = [[] for _ in self.places]
        for i, row in enumerate(self.rows):
            for cell, _ in row.terms:
                found[cell].append(i)
        return found

    def off(self, row: Row, values: Sequence[int] | Mapping[int, int]) -> int:
        """What the row is off by (分), 0 when it holds."""
        total = sum([a * values[cell] for cell, a in row.terms])
        return max(0, total) if row.bound else total

    def slack(self, row: Row) -> int:
        """The most that rounding each figure alone explains: half a last digit a printed figure, nothing where both
        sides are one figure of one unit, which round alike."""
        if len(row.terms) == 2 and row.terms[0][1] == -row.terms[1][1]:
            first, second = (self.quanta[cell] for cell, _ in row.terms)
            if first == second:
                return 0
        told = ((cell, a) for cell, a in row.terms if self.values[cell] or cell not in self.blank)
        return sum(abs(a) * self.quanta[cell] for cell, a in told) // 2
