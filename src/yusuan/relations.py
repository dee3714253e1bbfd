"""Every arithmetic relation of a disclosure, derived from the Points of its cells. None is written by hand.

Columns: what a head says to be a sum, and what ``identities`` derives between forms. Rows: a listed row is the sum of
the largest listed rows inside it, because a form lists every member that has money. A relation is a column identity
at a row that all its forms can tell, or a row identity in one column. A row that a form does not list is zero there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from yusuan.forms import Form, Standard
from yusuan.identities import Identity
from yusuan.listing import (
    Listing,
    Node,
    Universe,
    amount_at,
    document_space,
    listing_of,
    same_meaning,
    universe_of,
)
from yusuan.plan import ColumnPlan, gapped, plan_columns
from yusuan.sheet import Disclosure, Place, Sheet


@dataclass(frozen=True, slots=True)
class Relation:
    """Σ left = Σ right, or Σ left ≤ Σ right when ``bound``.

    ``basis`` is column_sum, row_sum, same_row, same_slice, parts or inside. ``assumes`` names forms whose printed
    columns must be complete for it, ``sure`` is false when it rests on an unverified correspondence of codes.
    """

    left: tuple[Place, ...]
    right: tuple[Place, ...]
    bound: bool
    basis: str
    assumes: tuple[str, ...] = ()
    sure: bool = True


@dataclass(frozen=True)
class Shape:
    """What relations depend on: which forms, rows, columns and statement lines a disclosure has, not its amounts."""

    sheets: tuple[tuple[object, ...], ...]
    disclosure: Disclosure = field(compare=False)

    @classmethod
    def of(cls, disclosure: Disclosure) -> Shape:
        """The shape of a disclosure."""
        return cls(tuple(_sheet_shape(sheet) for sheet in disclosure.sheets), disclosure)


def _sheet_shape(sheet: Sheet) -> tuple[object, ...]:
    bare = {c for c, column in enumerate(sheet.columns) if column.point is None}
    cells = [(r, c, cell.point) for (r, c), cell in sheet.cells.items() if c in bare] if bare else []
    rows = [(row.role, row.point) for row in sheet.rows]
    return (sheet.form, tuple(rows), tuple(column.point for column in sheet.columns), tuple(cells))


def plan_of(disclosure: Disclosure, standard: Standard, regimes: tuple[str, ...]) -> ColumnPlan:
    """Column identities of the forms that a disclosure has (remembered by ``plan_columns``)."""
    forms = tuple(s.form for s in disclosure.sheets if s.form is not None and s.form in standard.forms)
    return plan_columns(standard, forms, regimes)


def derive_relations(disclosure: Disclosure, standard: Standard, regimes: tuple[str, ...]) -> list[Relation]:
    """Every relation of the disclosure's understood sheets (remembered for the last few shapes of disclosures)."""
    return list(_derive(Shape.of(disclosure), standard, regimes))


@lru_cache(maxsize=8)
def _derive(shape: Shape, standard: Standard, regimes: tuple[str, ...]) -> tuple[Relation, ...]:
    disclosure = shape.disclosure
    understood = [(i, s.form) for i, s in enumerate(disclosure.sheets) if s.form in standard.forms and s.form]
    plan = plan_of(disclosure, standard, regimes)
    space = document_space(disclosure, standard.space)
    universe = universe_of(disclosure, space)
    listings = [listing_of(disclosure, i, standard.forms[form], plan, universe) for i, form in understood]
    found: list[Relation] = []
    for listing in listings:
        sheet = disclosure.sheets[listing.sheet]
        found += _column_relations(listing, sheet)
        if not listing.form.blocks:
            found += _row_relations(listing, sheet)
    found += _between(listings, plan, universe)
    return tuple(dict.fromkeys(found))


def _column_relations(listing: Listing, sheet: Sheet) -> Iterator[Relation]:
    """A total column or line is the sum of its parts, in every row."""
    form, s = listing.form, listing.sheet
    assumes = (form.number,) if gapped(form) else ()
    if form.blocks:
        at = line_cells(form, sheet)
        for total in form.sums:
            places = [at.get(spot) for spot in (total.total, *total.parts)]
            if places[0] is not None:
                parts = tuple((s, *p) for p in places[1:] if p is not None)
                yield Relation(((s, *places[0]),), parts, False, "column_sum", assumes)
        return
    for r, row in enumerate(sheet.rows):
        if row.point is None and row.role == "blank":
            continue
        for total in form.sums:
            parts = tuple((s, r, p) for _, p in total.parts)
            yield Relation(((s, r, total.total[1]),), parts, False, "column_sum", assumes)


def line_cells(form: Form, sheet: Sheet) -> dict[tuple[int, int], tuple[int, int]]:
    """(block, line) → (row, column) of its cell, found by meaning; repeated totals by their block."""
    found: dict[tuple[int, int], tuple[int, int]] = {}
    by_point = {(c.column, c.point): (c.row, c.column) for c in sheet.cells.values() if c.point is not None}
    for b, block in enumerate(form.blocks):
        for line in block.lines:
            place = by_point.get((b, line.point))
            if place is not None:
                found[b, line.index] = place
    return found


def _row_relations(listing: Listing, sheet: Sheet) -> Iterator[Relation]:
    """A row is the sum of the largest listed rows inside it; rows of one slice are equal."""
    s = listing.sheet
    width = range(len(sheet.columns))
    details = bool(listing.axes - {"agency_code"})
    for node, rows in listing.nodes.items():
        groups = same_meaning(sheet, rows)
        for other in groups[1:]:
            for c in width:
                left, right = tuple((s, r, c) for r in groups[0]), tuple((s, r, c) for r in other)
                yield Relation(left, right, False, "same_row")
        bare = details and all(sheet.rows[r].role in ("total", "agency") for r in rows)
        inner = listing.inner[node]
        if not inner and not bare:
            continue
        below = [r for n in inner for r in same_meaning(sheet, listing.nodes[n])[0]]
        for c in width:
            yield Relation(tuple((s, r, c) for r in groups[0]), tuple((s, r, c) for r in below), False, "row_sum")


def _between(listings: list[Listing], plan: ColumnPlan, universe: Universe) -> Iterator[Relation]:
    holders: dict[int, list[Listing]] = {}
    for listing in listings:
        for k in listing.series:
            holders.setdefault(k, []).append(listing)
    for k, where in holders.items():
        yield from _same_slice(where, k, universe)
    for identity in plan.identities:
        if all(k in holders for k in (*identity.left, *identity.right)):
            yield from _instances(identity, holders, universe)


def _same_slice(where: list[Listing], k: int, universe: Universe) -> Iterator[Relation]:
    for listing in where:
        for places in listing.series[k].values():
            if listing.form.blocks:
                for place in places[1:]:
                    yield Relation((places[0],), (place,), False, "same_slice")
    for node in dict.fromkeys(node for listing in where for node in listing.series[k]):
        told = [listing for listing in where if amount_at(listing, k, node, universe) is not None]
        first = next(listing for listing in told if node in listing.series[k])
        for other in told:
            if other is not first and not _skip(first, k, other, k, node):
                left, right = amount_at(first, k, node, universe), amount_at(other, k, node, universe)
                if left is not None and right is not None and (left or right):
                    yield Relation(left, right, False, "same_slice")


def _skip(first: Listing, k: int, second: Listing, other: int, node: Node) -> bool:
    """Whether a relation at ``node`` only repeats those at finer rows which both forms list."""
    a, b = first.series[k], second.series[other]
    if node in a and node in b:
        return False
    lister = first if node in a else second
    return bool(lister.inner.get(node))


def _instances(identity: Identity, holders: Mapping[int, list[Listing]], universe: Universe) -> Iterator[Relation]:
    columns = (*identity.left, *identity.right)
    sheets = {listing.sheet for k in columns for listing in holders[k]}
    if not identity.bound and len(identity.right) > 1 and len(sheets) == 1:
        return
    basis = "inside" if identity.bound else "parts" if len(identity.right) > 1 else "same_slice"
    for node in dict.fromkeys(node for k in columns for node in holders[k][0].series[k]):
        known = list(_told(columns, holders, node, universe))
        alone = not identity.bound and len(columns) > 2 and len({listing.sheet for listing, _ in known}) == 1
        if alone or len(known) < len(columns) or any(_skip(*known[0], *pair, node) for pair in known[1:]):
            continue
        mine = _joined(known[: len(identity.left)], node, universe)
        theirs = _joined(known[len(identity.left) :], node, universe)
        if mine or (theirs and not identity.bound):
            yield Relation(mine, theirs, identity.bound, basis, identity.assumes, identity.sure)


def _told(
    columns: tuple[int, ...], holders: Mapping[int, list[Listing]], node: Node, universe: Universe
) -> Iterator[tuple[Listing, int]]:
    """The form that tells each column at ``node``, up to the first column that none tells."""
    for k in columns:
        teller = _teller(holders[k], k, node, universe)
        if teller is None:
            return
        yield teller, k


def _teller(where: list[Listing], k: int, node: Node, universe: Universe) -> Listing | None:
    """The form that tells column ``k`` at ``node``: one that prints it, else one whose rows add up to it."""
    for listing in where:
        if node in listing.series[k]:
            return listing
    adding = (listing for listing in where if amount_at(listing, k, node, universe) is not None)
    return next(adding, None)


def _joined(side: list[tuple[Listing, int]], node: Node, universe: Universe) -> tuple[Place, ...]:
    return tuple(place for listing, k in side for place in amount_at(listing, k, node, universe) or ())
