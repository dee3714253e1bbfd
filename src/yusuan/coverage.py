"""What the relations of a disclosure can notice: how many independent equalities a change of each figure would break.

A figure in no equality is vouched for by nothing. Cells whose coefficients are proportional in all equalities can make
up for each other: what goes wrong in one may be hidden in another. Bounds are counted apart, since they notice a change
only beyond the bound; what rests on an unverified correspondence of codes does not count.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from math import gcd

from yusuan.agreements import disclosure_relations
from yusuan.elimination import following
from yusuan.figures import Figures
from yusuan.forms import Standard
from yusuan.relations import Relation
from yusuan.sheet import Disclosure, Place
from yusuan.system import Row, System
from yusuan.tested import Tested, live_gaps, regimes_of, test_relations


@dataclass(frozen=True, slots=True)
class Covered:
    """How many independent equalities notice a change of one cell, how many of them (``firm``) whatever the gaps of
    templates hold, and how many bounds it is in."""

    place: Place
    equalities: int
    firm: int
    bounds: int


@dataclass(frozen=True, slots=True)
class Group:
    """Cells that make up for each other: changes go unnoticed as long as Σ term · change = 0."""

    places: tuple[Place, ...]
    terms: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Tally:
    """Cells that two or more, one or no independent equalities notice, and pairs that can make up for each other."""

    cells: int
    twice: int
    once: int
    unseen: int
    pairs: int


@dataclass(frozen=True)
class Coverage:
    """The coverage of a disclosure's cells in the order of reading: ``figures`` print an amount, ``blanks`` do not.

    ``groups`` count every equality, ``firm_groups`` only those that assume nothing of a template's gaps.
    """

    figures: tuple[Covered, ...]
    blanks: tuple[Covered, ...]
    groups: tuple[Group, ...]
    firm_groups: tuple[Group, ...]
    equalities: tuple[Relation, ...]
    rows: tuple[Row, ...]
    """The distinct equalities: firm ones first, short ones first."""
    bounds: int
    seconds: float = 0.0
    """Time of all but ``redundant``, which is worked out when asked for."""

    @cached_property
    def redundant(self) -> tuple[Relation, ...]:
        """Equalities that follow from the others: each from shorter ones, and from none that assumes more."""
        told = following(dict(row.terms) for row in self.rows)
        repeated = {id(self.rows[i].relation) for i in told}
        kept = {id(row.relation) for row in self.rows} - repeated
        return tuple(relation for relation in self.equalities if id(relation) not in kept)

    @property
    def tally(self) -> Tally:
        """Of the figures."""
        counts = [c.equalities for c in self.figures]
        return _tally(counts, sum(_pairs(sizes[0]) for sizes in self._sizes(self.groups)))

    @property
    def firm(self) -> Tally:
        """Of the figures, as far as nothing is assumed of a template's gaps."""
        counts = [c.firm for c in self.figures]
        return _tally(counts, sum(_pairs(sizes[0]) for sizes in self._sizes(self.firm_groups)))

    @property
    def blank(self) -> Tally:
        """Of the cells without an amount; pairs are those of which one or both are blank."""
        counts = [c.equalities for c in self.blanks]
        return _tally(counts, sum(_pairs(sum(sizes)) - _pairs(sizes[0]) for sizes in self._sizes(self.groups)))

    @property
    def sentence(self) -> tuple[str, Mapping[str, int]]:
        """All of it in one line: a message key with its values."""
        whole, firm = asdict(self.tally), asdict(self.firm)
        key = "coverage_line" if whole == firm else "coverage_line_gaps"
        return key, {**whole, **{f"firm_{name}": number for name, number in firm.items()}}

    def _sizes(self, groups: Iterable[Group]) -> list[tuple[int, int]]:
        """(figures, blanks) in each group."""
        figures = {c.place for c in self.figures}
        found = []
        for group in groups:
            printed = sum(place in figures for place in group.places)
            found.append((printed, len(group.places) - printed))
        return found

    @property
    def unseen(self) -> tuple[Place, ...]:
        """Figures that no equality notices."""
        return tuple(c.place for c in self.figures if not c.equalities)

    @property
    def firm_unseen(self) -> tuple[Place, ...]:
        """Figures that no equality notices without assuming a template's gaps to be empty."""
        return tuple(c.place for c in self.figures if not c.firm)

    def hiding(self, groups: Iterable[Group]) -> list[Group]:
        """The groups in which a figure is."""
        return [group for group, (printed, _) in zip(groups, self._sizes(groups)) if printed]


def _tally(counts: Sequence[int], pairs: int) -> Tally:
    twice, once = sum(n > 1 for n in counts), sum(n == 1 for n in counts)
    return Tally(len(counts), twice, once, len(counts) - twice - once, pairs)


def _pairs(size: int) -> int:
    return size * (size - 1) // 2


def cover(disclosure: Disclosure, standard: Standard) -> Coverage:
    """The coverage by the relations whose failure a check of the disclosure would report."""
    figures = Figures(disclosure)
    relations = disclosure_relations(disclosure, standard, regimes_of(figures, standard))
    return cover_tested(figures, test_relations(figures, relations, standard), standard)


def cover_tested(figures: Figures, tested: Tested, standard: Standard) -> Coverage:
    """The same for relations already tested."""
    started = time.perf_counter()
    told = [o.relation for o in tested.outcomes if o.verdict not in ("cannot_tell", "not_applicable")]
    live = live_gaps(figures, standard)
    found = coverage_of(figures.disclosure, [r for r in told if live.isdisjoint(r.assumes)])
    return replace(found, seconds=time.perf_counter() - started)


def coverage_of(disclosure: Disclosure, relations: Iterable[Relation]) -> Coverage:
    """The coverage by the sure ones of these relations."""
    sure = sorted((r for r in relations if r.sure), key=lambda r: bool(r.assumes))
    system = System.of(disclosure, sure)
    rows = [row for row in system.rows if not row.bound]
    rows.sort(key=lambda row: (bool(row.relation.assumes), len(row.terms)))
    firm = sum(not row.relation.assumes for row in rows)
    columns: list[list[tuple[int, int]]] = [[] for _ in system.places]
    for i, row in enumerate(rows):
        for cell, a in row.terms:
            columns[cell].append((i, a))
    bounds = [0] * len(system.places)
    for row in system.rows:
        for cell, _ in row.terms if row.bound else ():
            bounds[cell] += 1
    cells = [row.cells for row in rows]
    found: dict[Place, Covered] = {}
    for place, column, limits in zip(system.places, columns, bounds):
        found[place] = Covered(place, *_ranks([i for i, _ in column], firm, rows, cells), limits)
    places = {(s, r, c): cell for s, sheet in enumerate(disclosure.sheets) for (r, c), cell in sheet.cells.items()}
    every = [found.get(place) or Covered(place, 0, 0, 0) for place in sorted(places.keys() | found.keys())]
    printed = {place for place, cell in places.items() if cell.amount is not None}
    firmly = [[(i, a) for i, a in column if i < firm] for column in columns]
    return Coverage(
        tuple(c for c in every if c.place in printed), tuple(c for c in every if c.place not in printed),
        _groups(system.places, columns), _groups(system.places, firmly),
        tuple(r for r in sure if not r.bound), tuple(rows), sum(row.bound for row in system.rows),
    )  # fmt: skip


def _ranks(mine: Sequence[int], firm: int, rows: Sequence[Row], cells: Sequence[frozenset[int]]) -> tuple[int, int]:
    """How many of these rows are independent, and how many of those numbered below ``firm``."""
    solid = sum(i < firm for i in mine)
    seen: set[int] = set()
    for i in mine:
        if cells[i] <= seen:
            break
        seen |= cells[i]
    else:
        # each brings a cell that those before it do not have
        return len(mine), solid
    told = following(dict(rows[i].terms) for i in mine)
    return len(mine) - len(told), solid - sum(n < solid for n in told)


def _groups(places: Sequence[Place], columns: Iterable[Sequence[tuple[int, int]]]) -> tuple[Group, ...]:
    """Places whose columns are proportional and not nil, with how many times the common one each is."""
    alike: dict[tuple[tuple[int, int], ...], list[tuple[Place, int]]] = {}
    for place, column in zip(places, columns):
        if column:
            size = gcd(*(a for _, a in column)) * (1 if column[0][1] > 0 else -1)
            alike.setdefault(tuple((i, a // size) for i, a in column), []).append((place, size))
    groups = [sorted(group) for group in alike.values() if len(group) > 1]
    return tuple(Group(tuple(p for p, _ in g), tuple(size for _, size in g)) for g in sorted(groups))
