"""The printed layout of a sheet: a grid of boxes that workbook, page and document draw alike.

A box is one printed cell with its spans. What a form prints above, beside and under its figures (title, 填报单位, unit,
merged heads, stubs, notes) is settled here once; writers only choose fonts and files.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import count, groupby
from typing import Literal, NamedTuple

from yusuan.amount import Scale
from yusuan.axes import CODE_WIDTHS, EVERYTHING, Space
from yusuan.forms import Block, Form, Head, Standard, dated
from yusuan.lexicon import squeeze
from yusuan.sheet import Disclosure, Row, Sheet
from yusuan.words import say

Kind = Literal["label", "title", "filler", "unit", "head", "stub", "amount", "text", "note"]
Align = Literal["left", "center", "right"]


class Box(NamedTuple):
    """One printed cell. ``place`` leads an amount or text back to ``Sheet.cells`` or ``Sheet.words``."""

    kind: Kind
    text: str
    row: int
    column: int
    height: int = 1
    width: int = 1
    align: Align = "left"
    level: int = 0
    strong: bool = False
    amount: int | None = None
    place: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Layout:
    """A sheet as it prints: boxes row by row; ``roles`` names each column (part, agency, code, name, money, text)."""

    number: str | None
    title: str
    label: str
    scale: Scale
    portrait: bool
    roles: tuple[str, ...]
    boxes: tuple[Box, ...]
    head: range
    body: range
    notes: range

    @property
    def stubs(self) -> int:
        """How many columns stand left of the first figure or text."""
        return next((i for i, role in enumerate(self.roles) if role in ("money", "text", "blank")), len(self.roles))

    def rows(self, which: range) -> Iterator[tuple[int, tuple[Box, ...]]]:
        """The boxes that begin in each row of ``which``, left to right; a row that begins none is still given."""
        found: dict[int, list[Box]] = {row: [] for row in which}
        for box in self.boxes:
            if box.row in found:
                found[box.row].append(box)
        for row, boxes in found.items():
            yield row, tuple(boxes)


@dataclass(frozen=True, slots=True)
class Node:
    """A label of the head with the labels below it; a leaf is a printed column and says where its cells come from."""

    label: str
    role: str
    index: int = -1
    children: tuple[Node, ...] = ()
    axis: str = ""
    show: str = ""

    def leaves(self) -> Iterator[Node]:
        """Printed columns below this label."""
        if not self.children:
            yield self
        for child in self.children:
            yield from child.leaves()

    def depth(self) -> int:
        """Rows of labels from here down."""
        return 1 + max((child.depth() for child in self.children), default=0)


def lay_out(sheet: Sheet, standard: Standard | None, disclosure: Disclosure) -> Layout:
    """The printed layout of a sheet; one without a form, or with other columns than its form, keeps its own heads."""
    form = standard.forms.get(sheet.form) if standard is not None and sheet.form is not None else None
    statement = any(row.role == "statement" for row in sheet.rows) and (form is not None or _sided(sheet))
    blocks = _blocks(sheet, form) if statement else ()
    year = disclosure.fiscal_year
    heads = _statement_nodes(sheet, blocks) if statement else _nodes(sheet, form)
    nodes = tuple(_dated(node, year) for node in heads)
    space = standard.space if standard is not None else None
    leaves = tuple(leaf for node in nodes for leaf in node.leaves())
    first = 3
    depth = max((node.depth() for node in nodes), default=0)
    body = range(first + depth, first + depth + len(sheet.rows))
    label = standard.form_label(sheet.form) if standard is not None and form is not None and sheet.form else ""
    filler = standard.filler if standard is not None else ""
    boxes = [*_above(sheet, form, (label, filler), disclosure, len(leaves)), *_head(nodes, first, depth)]
    body_of = _statement_body(sheet, blocks, body.start) if statement else _grid_body(sheet, leaves, body.start, space)
    boxes += body_of
    boxes += [Box("note", note, body.stop + i, 0, 1, max(1, len(leaves))) for i, note in enumerate(sheet.notes)]
    return Layout(
        sheet.form, _title(sheet, form, year), label, sheet.scale, form.portrait if form is not None else False,
        tuple(leaf.role for leaf in leaves), tuple(boxes), range(first, body.start), body,
        range(body.stop, body.stop + len(sheet.notes)),
    )  # fmt: skip


def _sided(sheet: Sheet) -> bool:
    """Whether amounts stand beside labels of their own, side by side."""
    return any(len(set(map(squeeze, row.labels))) > 1 for row in sheet.rows)


def lay_out_all(disclosure: Disclosure, standard: Standard | None) -> tuple[Layout, ...]:
    """The layouts of all sheets, in order."""
    return tuple(lay_out(sheet, standard, disclosure) for sheet in disclosure.sheets)


def _title(sheet: Sheet, form: Form | None, year: int | None) -> str:
    return dated(form.title, year) if form is not None else sheet.title


def _dated(node: Node, year: int | None) -> Node:
    children = tuple(_dated(child, year) for child in node.children)
    return replace(node, label=dated(node.label, year), children=children)


def _above(
    sheet: Sheet, form: Form | None, words: tuple[str, str], disclosure: Disclosure, width: int
) -> Iterator[Box]:
    label, filler = words
    name = sheet.agency_name or (disclosure.agency.name if disclosure.agency else "")
    unit = sheet.unit_label or (form.unit_label if form is not None else "单位")
    left = max(1, width - min(4, width // 2))
    yield Box("label", label, 0, 0, 1, width, "right")
    yield Box("title", _title(sheet, form, disclosure.fiscal_year), 1, 0, 1, width, "center")
    told = filler.format(name=name) if filler else say("form_filler", "zh", {"name": name})
    yield Box("filler", told, 2, 0, 1, left)
    if width > left:
        text = say("form_unit", "zh", {"label": unit, "unit": sheet.scale.unit})
        yield Box("unit", text, 2, left, 1, width - left, "right")


def _head(nodes: tuple[Node, ...], first: int, depth: int) -> list[Box]:
    boxes: list[Box] = []

    def place(node: Node, row: int, column: int) -> int:
        width = sum(1 for _ in node.leaves())
        height = 1 if node.children else first + depth - row
        boxes.append(Box("head", node.label, row, column, height, width, "center"))
        for child in node.children:
            column = place(child, row + 1, column)
        return column if node.children else column + 1

    column = 0
    for node in nodes:
        column = place(node, first, column)
    return sorted(boxes, key=lambda box: (box.row, box.column))


def _nodes(sheet: Sheet, form: Form | None) -> tuple[Node, ...]:
    if form is not None and not form.blocks:
        money, texts = iter(range(len(sheet.columns))), iter(range(len(sheet.texts)))
        if len(form.money()) == len(sheet.columns) and len(form.texts()) == len(sheet.texts):
            return tuple(_of_head(head, money, texts) for head in form.heads)
    stub = (Node(say("form_code", "zh"), "code"),) if any(row.code for row in sheet.rows) else ()
    listed = [(column.labels, "money", i) for i, column in enumerate(sheet.columns)]
    listed += [(column.labels, "text", i) for i, column in enumerate(sheet.texts)]
    return (*stub, Node(say("form_name", "zh"), "name"), *_of_paths(listed))


def _of_head(head: Head, money: Iterator[int], texts: Iterator[int]) -> Node:
    if head.children:
        return Node(head.label, head.role, children=tuple(_of_head(child, money, texts) for child in head.children))
    index = next(money) if head.role == "money" else next(texts) if head.role == "text" else -1
    return Node(head.label, head.role, index, (), head.axis, head.show)


def _of_paths(listed: Iterable[tuple[tuple[str, ...], str, int]]) -> Iterator[Node]:
    """Neighbouring columns that share their upper labels stand under one label."""
    for label, members in groupby(listed, key=lambda entry: entry[0][0] if entry[0] else ""):
        group = list(members)
        deeper = [entry for entry in group if len(entry[0]) > 1]
        if len(deeper) == len(group):
            yield Node(label, "money", children=tuple(_of_paths([(path[1:], role, i) for path, role, i in group])))
        else:
            yield from (Node(" ".join(path), role, i) for path, role, i in group)


class Side(NamedTuple):
    """One block of a statement form as it prints: its band, its two heads, indent and weight of known labels, the head
    of its amount columns where it has several, and whether it shares the label column on its left."""

    band: str
    heads: tuple[str, str]
    lines: Mapping[str, tuple[int, bool]]
    amounts: tuple[Head, ...] = ()
    joined: bool = False
    codes: str = ""
    known: Mapping[str, str] = {}
    """Code of each squeezed label where the block prints codes; without any the rows' own are printed."""


def _blocks(sheet: Sheet, form: Form | None) -> tuple[Side, ...]:
    if form is not None and len(form.blocks) == len(sheet.columns):
        return tuple(Side(b.band, b.heads, _lines(b), b.amounts, b.joined, b.codes, _codes(b)) for b in form.blocks)
    found: list[Side] = []
    for band, group in groupby(range(len(sheet.columns)), key=lambda b: _shared(sheet, b)):
        columns = [sheet.columns[b].labels[-1:] for b in group]
        amounts = tuple(Head("".join(label), "money", EVERYTHING) for label in columns) if len(columns) > 1 else ()
        heads = say("form_name", "zh"), "" if amounts else "".join(columns[0])
        codes = say("form_code", "zh") if not found and any(row.code for row in sheet.rows) else ""
        found.append(Side(band[0], heads, {}, amounts, codes=codes))
        found += [Side(band[0], heads, {}, (), joined=True)] * (len(columns) - 1)
    return tuple(found)


def _shared(sheet: Sheet, column: int) -> tuple[str, tuple[str, ...]]:
    """What neighbouring columns of amounts have in common that stand beside one column of labels."""
    labels = (row.labels or (row.name,) for row in sheet.rows)
    return " ".join(sheet.columns[column].labels[:-1]), tuple("".join(each[column : column + 1]) for each in labels)


def _lines(block: Block) -> dict[str, tuple[int, bool]]:
    """Squeezed label → (indent, whether it closes the lines above it)."""
    return {
        squeeze(line.label): (line.level - 1, bool(line.children) and line.index > line.children[0].index)
        for line in block.lines
    }


def _codes(block: Block) -> dict[str, str]:
    """Squeezed label → economic code, of the lines of one code."""
    found = {}
    for line in block.lines if block.codes else ():
        codes = line.point.get("dep_bgt_eco_code") or line.point.get("gov_bgt_eco_code") or frozenset()
        if len(codes) == 1:
            found[squeeze(line.label)] = next(iter(codes))
    return found


def _statement_nodes(sheet: Sheet, blocks: tuple[Side, ...]) -> tuple[Node, ...]:
    found: list[Node] = []
    for band, group in groupby(enumerate(blocks), key=lambda entry: entry[1].band):
        columns: list[Node] = []
        for i, block in group:
            if block.joined:
                continue
            columns += [Node(block.codes, "code")] if block.codes else []
            columns.append(Node(block.heads[0], "name"))
            if not block.amounts:
                columns.append(Node(block.heads[1], "money", i))
                continue
            numbers = count(i)
            made = tuple(_of_head(head, numbers, iter(())) for head in block.amounts)
            columns += [Node(block.heads[1], "money", children=made)] if block.heads[1] else made
        found += [Node(band, "money", children=tuple(columns))] if band else columns
    return (*found, *_of_paths([(column.labels, "text", i) for i, column in enumerate(sheet.texts)]))


def _statement_body(sheet: Sheet, blocks: tuple[Side, ...], first: int) -> Iterator[Box]:
    for r, row in enumerate(sheet.rows):
        labels = row.labels or (row.name,)
        column = 0
        closing = False
        for b, block in enumerate(blocks):
            if not block.joined:
                label = labels[b] if b < len(labels) else ""
                level, closing = block.lines.get(squeeze(label), (0, False))
                align: Align = "center" if closing else "left"
                if block.codes:
                    code = block.known.get(squeeze(label), "") if block.known else row.code
                    yield Box("stub", code, first + r, column)
                    column += 1
                yield Box("stub", label, first + r, column, 1, 1, align, level, closing)
                column += 1
            yield _figure(sheet, r, b, first + r, column, closing)
            column += 1
        for c in range(len(sheet.texts)):
            word = sheet.words.get((r, c))
            yield Box("text", word.text if word else "", first + r, column + c, place=(r, c))


def _figure(sheet: Sheet, r: int, c: int, row: int, column: int, strong: bool) -> Box:
    cell = sheet.cells.get((r, c))
    if cell is None:
        return Box("amount", "", row, column, 1, 1, "right", 0, strong, None, (r, c))
    return Box("amount", cell.text, row, column, 1, 1, "right", 0, strong, cell.amount, (r, c))


def _grid_body(sheet: Sheet, leaves: tuple[Node, ...], first: int, space: Space | None) -> Iterator[Box]:
    levels = [row.level for row in sheet.rows if row.role in ("function", "economic")]
    shallowest = min(levels, default=0)
    parts = [i for i, leaf in enumerate(leaves) if leaf.role == "part"]
    roles = {leaf.role for leaf in leaves}
    names = [c for c, leaf in enumerate(leaves) if leaf.role in ("owner", "name")]
    for r, row in enumerate(sheet.rows):
        strong = row.role == "total"
        level = row.level - shallowest if row.role in ("function", "economic") else row.level
        level = 0 if len(names) > 1 else level
        codes = _part_codes(row, len(parts))
        for c, leaf in enumerate(leaves):
            if leaf.role == "money":
                yield _figure(sheet, r, leaf.index, first + r, c, strong)
            elif leaf.role == "text":
                word = sheet.words.get((r, leaf.index))
                yield Box("text", word.text if word else "", first + r, c, place=(r, leaf.index))
            elif leaf.role == "blank":
                yield Box("stub", "", first + r, c, strong=strong)
            elif leaf.role in ("name", "owner"):
                align: Align = "center" if strong else "left"
                text = _named(row, leaf, c == names[0], space)
                if leaf.role == "name" and row.role == "agency" and "owner" in roles:
                    text = ""
                yield Box("stub", text, first + r, c, 1, 1, align, 0 if strong else level, strong)
            elif leaf.role == "part":
                yield Box("stub", codes[parts.index(c)], first + r, c, align="center", strong=strong)
            else:
                hidden = "owner" in roles and row.role == "agency"
                text = row.code if leaf.role == "code" else _agency_code(row, split="part" in roles)
                yield Box("stub", "" if hidden else text, first + r, c, strong=strong)


def _named(row: Row, leaf: Node, first: bool, space: Space | None) -> str:
    """What a name column prints for a row: the row's name, or the code and name that the row has on its axis."""
    if row.role == "total":
        return row.name if first else ""
    if leaf.role == "owner":
        return row.name if row.role == "agency" else ""
    code, name = row.code, row.name
    if leaf.axis and space is not None:
        code = next(iter(row.point.get(leaf.axis) or ()), "") if row.point is not None else ""
        name = space[leaf.axis][code].name if code in space[leaf.axis] else ""
        if not code:
            return row.name if first else ""
    return leaf.show.format(code=code, name=name) if leaf.show and row.role in ("function", "economic") else name


def _part_codes(row: Row, parts: int) -> tuple[str, ...]:
    """A code cut into as many columns as the stub has for it (类 款 项)."""
    if row.role not in ("function", "economic"):
        return ("",) * parts
    axis = "exp_func_code" if row.role == "function" else "dep_bgt_eco_code"
    ends = CODE_WIDTHS[axis][:parts]
    return tuple(row.code[start:end] for start, end in zip((0, *ends), ends))


def _agency_code(row: Row, *, split: bool) -> str:
    """The agency of a row: its own code for an agency row, that of its slice for a row below one."""
    if row.role == "agency" or not split:
        return row.code
    return "".join((row.point.get("agency_code") or ()) if row.point is not None else ())
