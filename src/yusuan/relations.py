"""Every arithmetic relation of a disclosure, derived from the Points of its cells. None is written by hand.

Columns: what a head says to be a sum, and what ``identities`` derives between forms. Rows: a listed row is the sum of
the largest listed rows inside it, because a form lists every member that has money. A relation is a column identity
at a row that all its forms can tell, or a row identity in one column. A row that a form does not list is zero there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache

from yusuan.axes import Point, Space
from yusuan.codes import CodeError, Tree
from yusuan.forms import Form, Standard
from yusuan.identities import Closure, Identity, View, identities_of
from yusuan.pairing import pair_codes
from yusuan.sheet import Disclosure, Sheet

NODE_AXES = ("agency_code", "exp_func_code", "pro_code")
"""Axes that rows choose; all others belong to columns."""

Place = tuple[int, int, int]
"""(sheet, row, column) in a disclosure."""

Node = tuple[int, int, int]
"""Members that a row admits on each of ``NODE_AXES``, as bits over the members that the disclosure lists."""


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
class ColumnPlan:
    """The distinct column Points of a form set, where they stand, and the identities between them."""

    points: tuple[Point, ...]
    index: Mapping[Point, int]
    names: Mapping[int, tuple[tuple[str, str], ...]]
    identities: tuple[Identity, ...]


def column_part(point: Point) -> Point:
    """The part of a Point that a column chooses."""
    return point.without(*NODE_AXES)


@cache
def plan_columns(standard: Standard, forms: tuple[str, ...], regimes: tuple[str, ...]) -> ColumnPlan:
    """Column identities of the given forms of a standard for agencies of the given regimes (remembered)."""
    points, views, closures, names = column_views(standard, forms)
    pairing = pair_codes(standard.space, regimes)
    known: tuple[Identity, ...] = ()
    if regimes != ALL_REGIMES:
        known = plan_columns(standard, forms, ALL_REGIMES).identities
    more = identities_of(points, views, closures, standard.space, pairing, bounds=not known)
    found = _best_of((*known, *more))
    return ColumnPlan(points, {point: k for k, point in enumerate(points)}, names, found)


ALL_REGIMES = ("institution", "organ")
"""What holds for both regimes holds for either; a single one only adds equalities and sums."""


def _best_of(identities: Iterable[Identity]) -> tuple[Identity, ...]:
    """Each identity once, in the form that assumes least."""
    best: dict[tuple[tuple[int, ...], tuple[int, ...], bool], Identity] = {}
    for identity in identities:
        key = (identity.left, tuple(sorted(identity.right)), identity.bound)
        known = best.get(key)
        if known is None or (len(identity.assumes), not identity.sure) < (len(known.assumes), not known.sure):
            best[key] = identity
    return tuple(best.values())


def column_views(
    standard: Standard, forms: tuple[str, ...]
) -> tuple[tuple[Point, ...], tuple[View, ...], tuple[Closure, ...], Mapping[int, tuple[tuple[str, str], ...]]]:
    """The distinct column Points of the forms, which columns are read together, which totals are complete, and where
    each Point stands (form, label)."""
    index: dict[Point, int] = {}
    names: dict[int, list[tuple[str, str]]] = {}
    views: list[View] = []
    closures: list[Closure] = []

    def number(point: Point, form: str, label: str) -> int:
        found = index.setdefault(column_part(point), len(index))
        names.setdefault(found, []).append((form, label))
        return found

    for form in (standard.forms[n] for n in forms):
        add = _block_views if form.blocks else _column_views
        add(form, number, views, closures)
    return tuple(index), tuple(views), tuple(closures), {k: tuple(v) for k, v in names.items()}


Numbering = Callable[[Point, str, str], int]


def _gapped(form: Form) -> bool:
    return any(gap.rule == "place" for gap in form.gaps)


def _block_views(form: Form, number: Numbering, views: list[View], closures: list[Closure]) -> None:
    for b, block in enumerate(form.blocks):
        columns = [number(line.point, form.number, line.label) for line in block.lines]
        views.append(View(form.number, f"{b}", tuple(dict.fromkeys(columns))))
        for line in block.lines:
            if line.children and not any(child.point.get("exp_func_code") for child in line.children):
                parts = tuple(columns[child.index] for child in line.children)
                closures.append(Closure(form.number, columns[line.index], parts, _gapped(form)))


def _column_views(form: Form, number: Numbering, views: list[View], closures: list[Closure]) -> None:
    columns = [number(leaf.point, form.number, leaf.label) for leaf in form.money()]
    seen: set[int] = set()
    for total in form.sums:
        parts = tuple(columns[p] for _, p in total.parts)
        closures.append(Closure(form.number, columns[total.total[1]], parts, _gapped(form)))
    alternatives: dict[int, int] = {}
    for total in form.sums:
        alternatives[total.total[1]] = alternatives.get(total.total[1], 0) + 1
    for total in form.sums:
        if alternatives[total.total[1]] > 1:
            members = tuple(columns[p] for _, p in total.parts)
            views.append(View(form.number, f"{total.total[1]}+{len(views)}", members))
            seen.update(p for _, p in total.parts)
    rest = tuple(columns[i] for i in range(len(columns)) if i not in seen)
    views.append(View(form.number, "", tuple(dict.fromkeys(rest))))


@dataclass(frozen=True)
class Listing:
    """The rows of one sheet as nodes, and per column Point the cells at each node."""

    sheet: int
    form: Form
    nodes: Mapping[Node, tuple[int, ...]]
    """Node → body rows, equal ones of totals and agencies first."""
    series: Mapping[int, Mapping[Node, tuple[Place, ...]]]
    inner: Mapping[Node, tuple[Node, ...]]
    """Node → the largest listed nodes strictly inside it."""
    axes: frozenset[str]
    known: dict[tuple[int, Node], tuple[Place, ...] | None] = field(default_factory=dict, repr=False, compare=False)
    """Answers of ``amount_at``."""
    tops: dict[Node, tuple[Node, ...] | None] = field(default_factory=dict, repr=False, compare=False)
    """Answers of ``_rows_at``."""


@dataclass(frozen=True)
class Universe:
    """What the disclosure lists on the row axes; a code is the set of the finest listed codes below it."""

    bits: Mapping[str, Mapping[str, int]]
    full: Node

    def node(self, point: Point | None) -> Node:
        """The node of a row's slice; codes never listed admit nothing."""
        if point is None:
            return self.full
        return tuple(  # type: ignore[return-value]
            self.full[i] if (codes := point.parts.get(axis)) is None else _or(self.bits[axis].get(c, 0) for c in codes)
            for i, axis in enumerate(NODE_AXES)
        )


def _or(values: Iterable[int]) -> int:
    found = 0
    for value in values:
        found |= value
    return found


def document_space(disclosure: Disclosure, space: Space) -> Space:
    """``space`` with the agencies, projects and codes that only this disclosure names."""
    extra: dict[str, dict[str, str]] = {axis: {} for axis in NODE_AXES}
    for sheet in disclosure.sheets:
        for row in sheet.rows:
            for axis in NODE_AXES:
                for code in row.point.parts.get(axis, ()) if row.point else ():
                    extra[axis].setdefault(code, row.name)
    for axis, codes in extra.items():
        missing = []
        for code, name in codes.items():
            try:
                space[axis].parent_by_scheme(code)
            except CodeError:
                continue
            missing.append((code, name))
        space = space.with_tree(space[axis].with_members(missing))
    return space


def universe_of(disclosure: Disclosure, space: Space) -> Universe:
    """The row members that the disclosure lists, as bits."""
    listed: dict[str, set[str]] = {axis: set() for axis in NODE_AXES}
    for sheet in disclosure.sheets:
        for point in (row.point for row in sheet.rows):
            if point:
                for axis in NODE_AXES:
                    listed[axis].update(point.parts.get(axis, ()))
        for cell in sheet.cells.values():
            if cell.point is not None and sheet.columns[cell.column].point is None:
                listed["exp_func_code"].update(cell.point.parts.get("exp_func_code", ()))
    bits = {axis: _bits(space[axis], codes) for axis, codes in listed.items()}
    # an axis of which nothing is listed still has its one unnamed rest: no row is empty for want of projects elsewhere
    full = tuple(_or(found.values()) or 1 for found in bits.values())
    return Universe(bits, full)  # type: ignore[arg-type]


def _bits(tree: Tree, listed: set[str]) -> dict[str, int]:
    parents = {step for code in listed if code in tree for step in tree.path(code)[:-1]}
    leaves = sorted(code for code in listed if code not in parents)
    bit = {code: 1 << i for i, code in enumerate(leaves)}
    found = dict(bit)
    for code in leaves:
        for step in tree.path(code)[:-1] if code in tree else ():
            found[step] = found.get(step, 0) | bit[code]
    return found


def listing_of(disclosure: Disclosure, number: int, form: Form, plan: ColumnPlan, universe: Universe) -> Listing:
    """One sheet as nodes and series."""
    sheet = disclosure.sheets[number]
    series: dict[int, dict[Node, list[Place]]] = {}
    nodes: dict[Node, list[int]] = {}
    if form.blocks:
        for cell in sheet.cells.values():
            if cell.point is not None and (k := plan.index.get(column_part(cell.point))) is not None:
                node = universe.node(cell.point)
                series.setdefault(k, {}).setdefault(node, []).append((number, cell.row, cell.column))
        axes = frozenset({"exp_func_code"})
    else:
        for r, row in enumerate(sheet.rows):
            if row.role in ("total", "agency", "function", "project"):
                nodes.setdefault(universe.node(row.point), []).append(r)
        columns = [(c, plan.index.get(column_part(col.point))) for c, col in enumerate(sheet.columns) if col.point]
        for c, k in columns:
            if k is not None:
                mine = series.setdefault(k, {})
                for node, rows in nodes.items():
                    mine[node] = [(number, r, c) for r in _same_meaning(sheet, rows)[0]]
        axes = frozenset(form.rows.axes if form.rows else ())
    inner = {node: tuple(_tops(node, nodes)) for node in nodes}
    frozen = {k: {n: tuple(p) for n, p in found.items()} for k, found in series.items()}
    return Listing(number, form, {n: tuple(r) for n, r in nodes.items()}, frozen, inner, axes)


def _inside(inner: Node, outer: Node) -> bool:
    a, b, c = inner
    x, y, z = outer
    return a & x == a and b & y == b and c & z == c and inner != outer


def _tops(node: Node, nodes: Iterable[Node]) -> list[Node]:
    inside = [n for n in nodes if _inside(n, node) and all(n)]
    return [n for n in inside if not any(_inside(n, m) for m in inside)]


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


def derive_relations(disclosure: Disclosure, standard: Standard, regimes: tuple[str, ...]) -> list[Relation]:
    """Every relation of the disclosure's understood sheets (remembered for the last few shapes of disclosures)."""
    return list(_derive(Shape.of(disclosure), standard, regimes))


@lru_cache(maxsize=8)
def _derive(shape: Shape, standard: Standard, regimes: tuple[str, ...]) -> tuple[Relation, ...]:
    disclosure = shape.disclosure
    understood = [(i, s.form) for i, s in enumerate(disclosure.sheets) if s.form in standard.forms and s.form]
    plan = plan_columns(standard, tuple(form for _, form in understood), regimes)
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
    assumes = (form.number,) if _gapped(form) else ()
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
        groups = _same_meaning(sheet, rows)
        for other in groups[1:]:
            for c in width:
                left, right = tuple((s, r, c) for r in groups[0]), tuple((s, r, c) for r in other)
                yield Relation(left, right, False, "same_row")
        bare = details and all(sheet.rows[r].role in ("total", "agency") for r in rows)
        inner = listing.inner[node]
        if not inner and not bare:
            continue
        below = [r for n in inner for r in _same_meaning(sheet, listing.nodes[n])[0]]
        for c in width:
            yield Relation(tuple((s, r, c) for r in groups[0]), tuple((s, r, c) for r in below), False, "row_sum")


def _same_meaning(sheet: Sheet, rows: Iterable[int]) -> list[tuple[int, ...]]:
    """Rows of one node in groups of one meaning: a repeated detail row counts each time, a nested one (the only 款 of
    a 类) or a repeated total is the same amount again."""
    groups: dict[object, list[int]] = {}
    for r in rows:
        row = sheet.rows[r]
        key = ("total", r) if row.role in ("total", "agency") else row.point
        groups.setdefault(key, []).append(r)
    return [tuple(group) for group in groups.values()]


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
        tellers = [_teller(holders[k], k, node, universe) for k in columns]
        known = [(listing, k) for listing, k in zip(tellers, columns) if listing is not None]
        if len(known) < len(columns) or any(_skip(*known[0], *pair, node) for pair in known[1:]):
            continue
        mine = _joined(known[: len(identity.left)], node, universe)
        theirs = _joined(known[len(identity.left) :], node, universe)
        if mine or (theirs and not identity.bound):
            yield Relation(mine, theirs, identity.bound, basis, identity.assumes, identity.sure)


def _teller(where: list[Listing], k: int, node: Node, universe: Universe) -> Listing | None:
    """The form that tells column ``k`` at ``node``: one that prints it, else one whose rows add up to it."""
    printing = (listing for listing in where if node in listing.series[k])
    adding = (listing for listing in where if amount_at(listing, k, node, universe) is not None)
    return next(printing, None) or next(adding, None)


def _joined(side: list[tuple[Listing, int]], node: Node, universe: Universe) -> tuple[Place, ...]:
    return tuple(place for listing, k in side for place in amount_at(listing, k, node, universe) or ())


def amount_at(listing: Listing, k: int, node: Node, universe: Universe) -> tuple[Place, ...] | None:
    """The cells that add up to column ``k`` at ``node`` in this form: none when it lists nothing there (zero),
    ``None`` when the form cannot tell. Remembered by the listing."""
    key = (k, node)
    if key not in listing.known:
        listing.known[key] = _amount_at(listing, k, node, universe)
    return listing.known[key]


def _amount_at(listing: Listing, k: int, node: Node, universe: Universe) -> tuple[Place, ...] | None:
    series = listing.series[k]
    if listing.form.blocks:
        if node in series:
            return series[node][:1]
        tops = _tops(node, series) if _tells(listing, node, universe) else []
        return tuple(series[n][0] for n in tops) if tops and _or_nodes(tops) == node else None
    if node in series:
        return series[node]
    if node not in listing.tops:
        listing.tops[node] = _rows_at(listing, node, universe)
    found = listing.tops[node]
    return None if found is None else tuple(place for n in found for place in series[n])


def _tells(listing: Listing, node: Node, universe: Universe) -> bool:
    """Whether the form's rows choose on every axis on which the node is less than everything."""
    return all(node[i] == universe.full[i] or axis in listing.axes for i, axis in enumerate(NODE_AXES))


def _rows_at(listing: Listing, node: Node, universe: Universe) -> tuple[Node, ...] | None:
    """The listed nodes that add up to one that is not listed; a form of columns lists the same ones in each."""
    if not _tells(listing, node, universe):
        return None
    tops = _tops(node, listing.nodes)
    if not tops:
        around = [n for n in listing.nodes if _inside(node, n) and n != universe.full]
        tight = [n for n in around if not any(_inside(m, n) for m in around)]
        if any(not listing.inner.get(n) and not _agency_row(n, universe) for n in tight):
            return None
    return tuple(tops)


def _agency_row(node: Node, universe: Universe) -> bool:
    return node[1:] == universe.full[1:]


def _or_nodes(nodes: list[Node]) -> Node:
    return tuple(_or(n[i] for n in nodes) for i in range(len(NODE_AXES)))  # type: ignore[return-value]
