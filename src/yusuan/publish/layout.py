"""The printed layout of a sheet: a grid of boxes that workbook, page and document draw alike.

A box is one printed cell with its spans. What a form prints above, beside and under its figures (title, 填报单位, unit,
merged heads, stubs, notes) is settled here once; writers only choose fonts and files.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Literal, NamedTuple

from yusuan.amount import Scale
from yusuan.axes import CODE_WIDTHS
from yusuan.forms import Block, Form, Head, Standard
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
        return next((i for i, role in enumerate(self.roles) if role in ("money", "text")), len(self.roles))

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
    statement = any(row.role == "statement" for row in sheet.rows)
    blocks = _blocks(sheet, form) if statement else ()
    nodes = _statement_nodes(blocks) if statement else _nodes(sheet, form)
    leaves = tuple(leaf for node in nodes for leaf in node.leaves())
    first = 3
    depth = max((node.depth() for node in nodes), default=0)
    body = range(first + depth, first + depth + len(sheet.rows))
    label = standard.form_label(sheet.form) if standard is not None and form is not None and sheet.form else ""
    boxes = [*_above(sheet, form, label, disclosure, len(leaves)), *_head(nodes, first, depth)]
    boxes += _statement_body(sheet, blocks, body.start) if statement else _grid_body(sheet, leaves, body.start)
    boxes += [Box("note", note, body.stop + i, 0, 1, max(1, len(leaves))) for i, note in enumerate(sheet.notes)]
    return Layout(
        sheet.form, _title(sheet, form), label, sheet.scale, form.portrait if form is not None else False,
        tuple(leaf.role for leaf in leaves), tuple(boxes), range(first, body.start), body,
        range(body.stop, body.stop + len(sheet.notes)),
    )  # fmt: skip


def lay_out_all(disclosure: Disclosure, standard: Standard | None) -> tuple[Layout, ...]:
    """The layouts of all sheets, in order."""
    return tuple(lay_out(sheet, standard, disclosure) for sheet in disclosure.sheets)


def _title(sheet: Sheet, form: Form | None) -> str:
    return form.title if form is not None else sheet.title


def _above(sheet: Sheet, form: Form | None, label: str, disclosure: Disclosure, width: int) -> Iterator[Box]:
    name = sheet.agency_name or (disclosure.agency.name if disclosure.agency else "")
    unit = sheet.unit_label or (form.unit_label if form is not None else "单位")
    left = max(1, width - min(4, width // 2))
    yield Box("label", label, 0, 0, 1, width, "right")
    yield Box("title", _title(sheet, form), 1, 0, 1, width, "center")
    yield Box("filler", say("form_filler", "zh", {"name": name}), 2, 0, 1, left)
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
    return Node(head.label, head.role, index)


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
    """One block of a statement form as it prints: its band, its two heads, and indent and weight of known labels."""

    band: str
    heads: tuple[str, str]
    lines: Mapping[str, tuple[int, bool]]


def _blocks(sheet: Sheet, form: Form | None) -> tuple[Side, ...]:
    if form is not None and len(form.blocks) == len(sheet.columns):
        return tuple(Side(block.band, block.heads, _lines(block)) for block in form.blocks)
    found = []
    for column in sheet.columns:
        labels = ("", "", *column.labels)
        found.append(Side(" ".join(column.labels[:-2]), (labels[-2], labels[-1]), {}))
    return tuple(found)


def _lines(block: Block) -> dict[str, tuple[int, bool]]:
    """Squeezed label → (indent, whether it closes the lines above it)."""
    return {
        squeeze(line.label): (line.level - 1, bool(line.children) and line.index > line.children[0].index)
        for line in block.lines
    }


def _statement_nodes(blocks: tuple[Side, ...]) -> tuple[Node, ...]:
    found: list[Node] = []
    for band, group in groupby(enumerate(blocks), key=lambda entry: entry[1].band):
        pairs = [(Node(block.heads[0], "name"), Node(block.heads[1], "money", i)) for i, block in group]
        columns = tuple(node for pair in pairs for node in pair)
        found += [Node(band, "money", children=columns)] if band else columns
    return tuple(found)


def _statement_body(sheet: Sheet, blocks: tuple[Side, ...], first: int) -> Iterator[Box]:
    for r, row in enumerate(sheet.rows):
        labels = row.labels or (row.name,)
        for b, block in enumerate(blocks):
            label = labels[b] if b < len(labels) else ""
            level, closing = block.lines.get(squeeze(label), (0, False))
            align: Align = "center" if closing else "left"
            yield Box("stub", label, first + r, 2 * b, 1, 1, align, level, closing)
            yield _figure(sheet, r, b, first + r, 2 * b + 1, closing)


def _figure(sheet: Sheet, r: int, c: int, row: int, column: int, strong: bool) -> Box:
    cell = sheet.cells.get((r, c))
    if cell is None:
        return Box("amount", "", row, column, 1, 1, "right", 0, strong, None, (r, c))
    return Box("amount", cell.text, row, column, 1, 1, "right", 0, strong, cell.amount, (r, c))


def _grid_body(sheet: Sheet, leaves: tuple[Node, ...], first: int) -> Iterator[Box]:
    shallowest = min((row.level for row in sheet.rows if row.role == "function"), default=0)
    parts = [i for i, leaf in enumerate(leaves) if leaf.role == "part"]
    roles = {leaf.role for leaf in leaves}
    for r, row in enumerate(sheet.rows):
        strong = row.role == "total"
        level = row.level - shallowest if row.role == "function" else row.level
        codes = _part_codes(row, len(parts))
        for c, leaf in enumerate(leaves):
            if leaf.role == "money":
                yield _figure(sheet, r, leaf.index, first + r, c, strong)
            elif leaf.role == "text":
                word = sheet.words.get((r, leaf.index))
                yield Box("text", word.text if word else "", first + r, c, place=(r, leaf.index))
            elif leaf.role == "name":
                align: Align = "center" if strong else "left"
                yield Box("stub", row.name, first + r, c, 1, 1, align, 0 if strong else level, strong)
            elif leaf.role == "part":
                yield Box("stub", codes[parts.index(c)], first + r, c, align="center", strong=strong)
            else:
                text = row.code if leaf.role == "code" else _agency_code(row, split="part" in roles)
                yield Box("stub", text, first + r, c, strong=strong)


def _part_codes(row: Row, parts: int) -> tuple[str, ...]:
    """A functional code cut into as many columns as the stub has for it (类 款 项)."""
    if row.role != "function":
        return ("",) * parts
    ends = CODE_WIDTHS["exp_func_code"][:parts]
    return tuple(row.code[start:end] for start, end in zip((0, *ends), ends))


def _agency_code(row: Row, *, split: bool) -> str:
    """The agency of a row: its own code for an agency row, that of its slice for a row below one."""
    if row.role == "agency" or not split:
        return row.code
    return "".join((row.point.get("agency_code") or ()) if row.point is not None else ())
