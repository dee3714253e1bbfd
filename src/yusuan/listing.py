"""What the rows of a disclosure list: each sheet as nodes (sets of agencies, functions, projects) and, per column, the
cells that tell its amount at a node. A form lists every member that has money: what it does not list is zero there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from yusuan.axes import NODE_AXES, Point, Space
from yusuan.codes import CodeError, Tree
from yusuan.forms import Form
from yusuan.plan import ColumnPlan, column_part
from yusuan.sheet import Disclosure, Place, Row, Sheet

Node = tuple[int, int, int]
"""Members that a row admits on each of ``NODE_AXES``, as bits over the members that the disclosure lists."""


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
            if row.role in ("total", "agency", "function", "project") or _joint(row):
                nodes.setdefault(universe.node(row.point), []).append(r)
        columns = [(c, plan.index.get(column_part(col.point))) for c, col in enumerate(sheet.columns) if col.point]
        for c, k in columns:
            if k is not None:
                mine = series.setdefault(k, {})
                for node, rows in nodes.items():
                    mine[node] = [(number, r, c) for r in same_meaning(sheet, rows)[0]]
        axes = frozenset(form.rows.axes if form.rows else ()) & frozenset(NODE_AXES)
    inner = _all_tops(nodes)
    frozen = {k: {n: tuple(p) for n, p in found.items()} for k, found in series.items()}
    return Listing(number, form, {n: tuple(r) for n, r in nodes.items()}, frozen, inner, axes)


def _joint(row: Row) -> bool:
    """Whether the row is of a function and of economic codes together: such rows of a function add up to it."""
    return row.role == "economic" and row.point is not None and row.point.get("exp_func_code") is not None


def _inside(inner: Node, outer: Node) -> bool:
    a, b, c = inner
    x, y, z = outer
    return a & x == a and b & y == b and c & z == c and inner != outer


def _tops(node: Node, nodes: Iterable[Node]) -> list[Node]:
    """The largest nodes strictly inside one, in their order."""
    inside = [n for n in nodes if _inside(n, node) and all(n)]
    tops: list[Node] = []
    # what lies inside another is smaller than it
    for n in sorted(inside, key=lambda n: -sum(part.bit_count() for part in n)):
        if not any(_inside(n, m) for m in tops):
            tops.append(n)
    chosen = set(tops)
    return [n for n in inside if n in chosen]


def _all_tops(nodes: Iterable[Node]) -> dict[Node, tuple[Node, ...]]:
    """The largest nodes inside each. Nodes of one agency are looked for among the rows of that agency only."""
    by_agency: dict[int, list[Node]] = {}
    for n in nodes:
        by_agency.setdefault(n[0], []).append(n)
    found = {}
    for n in nodes:
        near = by_agency[n[0]] if n[0].bit_count() == 1 else nodes
        found[n] = tuple(_tops(n, near))
    return found


def same_meaning(sheet: Sheet, rows: Iterable[int]) -> list[tuple[int, ...]]:
    """Rows of one node in groups of one meaning: a repeated detail row counts each time, a nested one (the only 款 of
    a 类) or a repeated total is the same amount again."""
    groups: dict[object, list[int]] = {}
    for r in rows:
        row = sheet.rows[r]
        key = ("total", r) if row.role in ("total", "agency") else "joint" if _joint(row) else row.point
        groups.setdefault(key, []).append(r)
    return [tuple(group) for group in groups.values()]


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
