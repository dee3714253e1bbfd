"""Round a compiled disclosure to its printed unit so that every printed sum still holds to the last digit.

Rounding each cell alone breaks sums: three times 0.004 万元 prints as 0.00 and totals 0.01. Every cell may go to the
step below or above its exact amount; chosen are the steps with which all relations hold, that some ledger could have
printed as they stand, and in which the fewest cells depart from ordinary rounding. A cell that is a whole number of
steps stays, a blank stays blank, the exact amounts are kept. Sums that cross in three or more ways can rule each other
out; then what is given up is told: first the common ledger, then single sums.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from yusuan.amount import round_half
from yusuan.atoms import LOOSE, Cutter, figures_of, members_of, placed_space, world_of
from yusuan.axes import Point
from yusuan.forms import Standard
from yusuan.relations import Relation
from yusuan.sheet import Cell, Disclosure, Place
from yusuan.solver import ANY, NIL, Entries, Model, UndecidedError
from yusuan.words import say

SECONDS = 20.0
"""Longest search for steps."""

WIDEST = 1000
"""Beyond this many atoms only those of one exact ledger are used: quick, at the price of some more moved cells."""


@dataclass(frozen=True, slots=True)
class Rounding:
    """A rounded disclosure. ``moved`` are the cells that ordinary rounding would print differently, ``unmet`` the
    relations that no choice of steps met; with a ``gap`` above 0 the search ended before fewer moves were ruled out.
    ``one_ledger``: some ledger yields every printed figure exactly."""

    disclosure: Disclosure
    moved: tuple[Place, ...] = ()
    unmet: tuple[Relation, ...] = ()
    gap: float = 0.0
    one_ledger: bool = True

    def sentences(self, lang: str = "zh") -> list[str]:
        """What rounding could not keep, in words; empty when it kept everything."""
        found = []
        if self.unmet:
            found.append(say("rounding_sums_off", lang, {"count": len(self.unmet)}))
        elif not self.one_ledger:
            found.append(say("rounding_no_ledger", lang))
        if self.gap:
            found.append(say("rounding_gap", lang, {"gap": f"{self.gap:.0%}"}))
        return found


@dataclass(frozen=True, slots=True)
class Row:
    """Σ coefficient · (1 if the figure goes up) = ``right``, or ≤ when ``bound``; figures by number."""

    terms: tuple[tuple[int, int], ...]
    right: int
    bound: bool

    def holds(self, up: Mapping[int, int]) -> bool:
        """Whether the choice meets the row."""
        total = sum(a * up[k] for k, a in self.terms)
        return total <= self.right if self.bound else total == self.right


@dataclass(frozen=True)
class Figures:
    """Cells that print one and the same figure, as one; only those between two steps are numbered."""

    steps: Mapping[Place, int]
    """Step at or below the exact amount of every cell."""
    number: Mapping[Place, int]
    nearest: tuple[int, ...]
    sizes: tuple[int, ...]
    quanta: Mapping[Place, int]

    def each(self, up: Mapping[int, int]) -> dict[Place, int]:
        """The choice by cell."""
        return {place: up[k] for place, k in self.number.items()}


@dataclass(frozen=True)
class Search:
    """A choice of steps to be made: figures, and the rows and ledger that bind it."""

    figures: Figures
    rows: tuple[Row, ...]
    ledger: tuple[tuple[Place, tuple[int, ...]], ...] = ()
    """A cell of every figure with money, and the atoms it is the sum of; none when no ledger is asked for."""


def round_disclosure(
    disclosure: Disclosure, relations: Iterable[Relation], standard: Standard | None = None
) -> Disclosure:
    """The disclosure with printed amounts and texts rounded together; ``exact`` keeps the 分 of every cell."""
    return round_together(disclosure, relations, standard).disclosure


def round_together(disclosure: Disclosure, relations: Iterable[Relation], standard: Standard | None = None) -> Rounding:
    """The rounded disclosure and what rounding did.

    All relations that hold between the exact amounts bind, those that rest on assumptions only while they can. With a
    ``standard`` the printed figures are also kept those of one ledger.
    """
    exact, quanta = _amounts(disclosure)
    if all(amount % quanta[place] == 0 for place, amount in exact.items()):
        return Rounding(_print(disclosure, {p: amount // quanta[p] for p, amount in exact.items()}))
    holding = [r for r in relations if _holds(r, exact)]
    binding = [r for r in holding if r.sure and not r.assumes]
    up, gap, one = _settled(disclosure, exact, quanta, [holding, binding], standard)
    figures = _figures(exact, quanta, [*_alike(disclosure, exact), *_pairs(binding)])
    steps = {p: step + up.get(p, 0) for p, step in figures.steps.items()}
    moved = tuple(p for p, k in figures.number.items() if up[p] != figures.nearest[k])
    shown = {p: step * quanta[p] for p, step in steps.items()}
    unmet = tuple(r for r in binding if not _holds(r, shown))
    return Rounding(_print(disclosure, steps), moved, unmet, gap, one)


def _settled(
    disclosure: Disclosure,
    exact: Mapping[Place, int],
    quanta: Mapping[Place, int],
    choices: Sequence[Sequence[Relation]],
    standard: Standard | None,
) -> tuple[dict[Place, int], float, bool]:
    """1 for every cell that goes up, the gap left, and whether one ledger prints it all: the most that can be had."""
    searches = []
    for relations in choices:
        figures = _figures(exact, quanta, [*_alike(disclosure, exact), *_pairs(relations)])
        rows = {row: None for relation in relations if (row := _row(relation, figures)) is not None}
        searches.append(Search(figures, tuple(rows)))
    ledger = _ledger(disclosure, standard, exact, searches[0].figures) if standard is not None else ()
    asked = [replace(s, ledger=ledger) for s in searches] if ledger else []
    for search in (*asked, *searches):
        found = _chosen(search)
        if found is not None:
            return found
    return _nearly(searches[-1])


def _amounts(disclosure: Disclosure) -> tuple[dict[Place, int], dict[Place, int]]:
    """Exact 分 and 分 of the last digit, of every money cell."""
    exact, quanta = {}, {}
    for number, sheet in enumerate(disclosure.sheets):
        for cell in sheet.cells.values():
            place = (number, cell.row, cell.column)
            exact[place] = cell.exact if cell.exact is not None else cell.amount or 0
            quanta[place] = sheet.scale.quantum
    return exact, quanta


def _holds(relation: Relation, amounts: Mapping[Place, int]) -> bool:
    left, right = (sum(amounts.get(p, 0) for p in side) for side in (relation.left, relation.right))
    return left <= right if relation.bound else left == right


def _alike(disclosure: Disclosure, exact: Mapping[Place, int]) -> Iterator[tuple[Place, Place]]:
    """Cells of one meaning and amount."""
    first: dict[tuple[Point, int], Place] = {}
    for number, sheet in enumerate(disclosure.sheets):
        for cell in sheet.cells.values():
            if cell.point is not None:
                place = (number, cell.row, cell.column)
                yield first.setdefault((cell.point, exact[place]), place), place


def _pairs(relations: Iterable[Relation]) -> Iterator[tuple[Place, Place]]:
    for relation in relations:
        if not relation.bound and len(relation.left) == len(relation.right) == 1:
            yield relation.left[0], relation.right[0]


def _figures(exact: Mapping[Place, int], quanta: Mapping[Place, int], equal: Iterable[tuple[Place, Place]]) -> Figures:
    """Join cells that are known to be equal."""
    above = {place: place for place in exact}

    def top(place: Place) -> Place:
        while above[place] != place:
            above[place] = above[above[place]]
            place = above[place]
        return place

    for left, right in equal:
        if left in above and right in above and quanta[left] == quanta[right]:
            above[top(left)] = top(right)
    number: dict[Place, int] = {}
    tops: dict[Place, int] = {}
    nearest: list[int] = []
    sizes: list[int] = []
    for place, amount in exact.items():
        quantum = quanta[place]
        if amount % quantum:
            k = tops.setdefault(top(place), len(tops))
            if k == len(nearest):
                nearest.append(round_half(amount, quantum) - amount // quantum)
                sizes.append(0)
            number[place] = k
            sizes[k] += 1
    steps = {place: amount // quanta[place] for place, amount in exact.items()}
    return Figures(steps, number, tuple(nearest), tuple(sizes), quanta)


def _row(relation: Relation, figures: Figures) -> Row | None:
    """A relation as a row over the figures between steps; ``None`` when no choice can break it."""
    terms: dict[int, int] = {}
    right = 0
    places = [(1, p) for p in relation.left] + [(-1, p) for p in relation.right]
    unit = min(figures.quanta.get(p, 1) for _, p in places)
    for sign, place in places:
        if place not in figures.steps:
            continue
        weight = sign * (figures.quanta[place] // unit)
        right -= weight * figures.steps[place]
        if place in figures.number:
            k = figures.number[place]
            terms[k] = terms.get(k, 0) + weight
    kept = tuple(sorted((k, a) for k, a in terms.items() if a))
    most = sum(a for _, a in kept if a > 0)
    if not kept or (relation.bound and most <= right):
        return None
    return Row(kept, right, relation.bound)


def _ledger(
    disclosure: Disclosure, standard: Standard, exact: Mapping[Place, int], figures: Figures
) -> tuple[tuple[Place, tuple[int, ...]], ...]:
    """The figures as sums of atoms; of very many atoms those that one ledger of the exact amounts needs."""
    space = placed_space(disclosure, standard)
    printed = figures_of(disclosure, standard, space, rounded=True)
    world = world_of(disclosure, standard, space, printed)
    for loose in LOOSE:
        atoms = Cutter(printed, space, world, loose).atoms()
        members = members_of(atoms, printed)
        bounds = [(exact[f.places[0]] / printed.quantum,) * 2 for f in printed.money]
        model = Model.of([(0.0, ANY)] * len(atoms), bounds, [[(j, 1.0) for j in row] for row in members])
        try:
            found = model.solve([1.0 / atom.bit_count() for atom in atoms])
        except UndecidedError:
            break
        if found is None:
            continue
        wide = len(atoms) > WIDEST
        used = {j for j in range(len(atoms)) if not wide or found.values[j] > NIL}
        places = (figure.places[0] for figure in printed.money)
        return tuple((place, tuple(j for j in row if j in used)) for place, row in zip(places, members))
    return ()


def _chosen(search: Search) -> tuple[dict[Place, int], float, bool] | None:
    """The steps with the fewest moved cells, ``None`` when the rows (or the ledger) leave none."""
    figures = search.figures
    n = len(figures.nearest)
    up = dict(enumerate(figures.nearest))
    if not search.ledger and all(row.holds(up) for row in search.rows):
        return figures.each(up), 0.0, False
    atoms = max((j for _, row in search.ledger for j in row), default=-1) + 1
    bounds, entries = _rows(search.rows)
    for place, row in search.ledger:
        step = float(figures.steps[place])
        own = [(figures.number[place], -1.0)] if place in figures.number else []
        bounds.append((step, step))
        entries.append([*own, *((n + j, 1.0) for j in row)])
    model = Model.of([(0.0, 1.0)] * n + [(0.0, ANY)] * atoms, bounds, entries)
    found = model.solve([*_cost(figures), *[0.0] * atoms], whole=range(n), seconds=SECONDS)
    if found is None:
        return None
    up = {k: round(found.values[k]) for k in range(n)}
    if not all(row.holds(up) for row in search.rows):
        return None
    return figures.each(up), found.gap, bool(search.ledger)


def _nearly(search: Search) -> tuple[dict[Place, int], float, bool]:
    """Steps that leave the fewest sums off, each missed step counting more than all cells together."""
    figures = search.figures
    n, missed = len(figures.nearest), 2 * len(search.rows)
    bounds, entries = _rows(search.rows)
    loose = [[*terms, (n + 2 * i, 1.0), (n + 2 * i + 1, -1.0)] for i, terms in enumerate(entries)]
    cost = _cost(figures)
    price = 1.0 + 2.0 * sum(map(abs, cost))
    model = Model.of([(0.0, 1.0)] * n + [(0.0, ANY)] * missed, bounds, loose)
    found = model.solve([*cost, *[price] * missed], whole=range(n), seconds=SECONDS)
    if found is None:
        return figures.each(dict(enumerate(figures.nearest))), 1.0, False
    return figures.each({k: round(found.values[k]) for k in range(n)}), found.gap, False


def _cost(figures: Figures) -> list[float]:
    """What it costs that a figure goes up: its cells, saved when ordinary rounding takes them up."""
    return [float(-size if nearest else size) for nearest, size in zip(figures.nearest, figures.sizes)]


def _rows(rows: Iterable[Row]) -> tuple[list[tuple[float, float]], list[Entries]]:
    bounds = [((-ANY if row.bound else float(row.right)), float(row.right)) for row in rows]
    return bounds, [[(k, float(a)) for k, a in row.terms] for row in rows]


def _print(disclosure: Disclosure, steps: Mapping[Place, int]) -> Disclosure:
    """The disclosure with every money cell printed at its step."""
    sheets = []
    for number, sheet in enumerate(disclosure.sheets):
        cells: dict[tuple[int, int], Cell] = {}
        for place, cell in sheet.cells.items():
            exact = cell.exact if cell.exact is not None else cell.amount or 0
            amount = steps[number, cell.row, cell.column] * sheet.scale.quantum
            text = sheet.scale.format(amount) if exact else ""
            cells[place] = replace(cell, text=text, amount=amount if exact else None, exact=exact)
        sheets.append(replace(sheet, cells=MappingProxyType(cells)))
    return replace(disclosure, sheets=tuple(sheets))
