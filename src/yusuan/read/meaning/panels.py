"""A frame as panels: what each printed column is, told by its head and by what stands below it.

A panel is a stub (codes and names) with the money columns that belong to it; a two-sided statement has several.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from yusuan.amount import BLANKS, fold, looks_like_amount
from yusuan.lexicon import squeeze
from yusuan.read.grid import GridCell, GridRow
from yusuan.read.meaning.frames import ORDINAL, Frame
from yusuan.read.meaning.words import layout_words, plain

STUB = ("code", "part", "name")


@dataclass
class Printed:
    """One printed column: grid columns ``start`` to ``end`` (inclusive), labels top to leaf, role."""

    start: int
    end: int
    path: tuple[str, ...]
    role: str = ""

    def cell(self, row: GridRow) -> GridCell | None:
        """What a body row holds in this column."""
        for column in range(self.start, self.end + 1):
            if column in row.cells:
                return row.cells[column]
        return None

    @property
    def leaf(self) -> str:
        """The lowest label."""
        return self.path[-1] if self.path else ""


@dataclass
class Panel:
    """A stub with its money columns; ``texts`` are columns of remarks, quantities, kinds."""

    stubs: list[Printed] = field(default_factory=list)
    money: list[Printed] = field(default_factory=list)
    texts: list[Printed] = field(default_factory=list)


def body_rows(frame: Frame) -> list[GridRow]:
    """The body without rows that only number the columns."""
    return [row for row in frame.body if not _index_row(row)]


def _index_row(row: GridRow) -> bool:
    texts = [squeeze(cell.text) for _, cell in row.filled()]
    if not texts or not all(
        t in ("**", "*", "栏次", "行次", "-") or re.fullmatch(r"\d{1,2}(=.*)?|[A-Z甲乙丙丁]", t) for t in texts
    ):
        return False
    numbers = [int(t) for t in texts if t.isdigit()]
    return len(texts) > 1 and (numbers == sorted(set(numbers)) and len(numbers) + 1 >= len(texts) // 2)


def printed_columns(frame: Frame) -> list[Printed]:
    """The printed columns of a frame, left to right, with their roles."""
    body = body_rows(frame)
    width = max([frame.width, *(c + cell.span[1] for row in frame.head for c, cell in row.cells.items())])
    paths = _paths(frame, width)
    columns: list[Printed] = []
    for c in range(width):
        path, leaf = paths[c]
        last = columns[-1] if columns else None
        if (
            last is not None
            and leaf is not None
            and leaf == paths[last.end][1]
            and not _both(body, last.start, last.end, c)
        ):
            last.end = c
            continue
        columns.append(Printed(c, c, path))
    kept = [col for col in columns if col.path or any(col.cell(row) for row in body)]
    for column in kept:
        column.role = _role(column, body)
    _empty_columns(kept, body)
    return kept


def _both(body: list[GridRow], start: int, end: int, column: int) -> bool:
    return any(column in row.cells and any(c in row.cells for c in range(start, end + 1)) for row in body)


def _paths(frame: Frame, width: int) -> list[tuple[tuple[str, ...], tuple[int, int] | None]]:
    """Per grid column the labels from top to leaf, and the place of the leaf in the head."""
    covers: list[dict[int, tuple[int, int, str]]] = []
    spanned = any(cell.span != (1, 1) for row in frame.head for cell in row.cells.values())
    for depth, row in enumerate(frame.head):
        filled = row.filled()
        for k, (c, cell) in enumerate(filled):
            right = c + cell.span[1]
            if not spanned and depth + 1 < len(frame.head):
                right = filled[k + 1][0] if k + 1 < len(filled) else width
                below = frame.head[depth + 1].cells
                while right > c + 1 and right - 1 not in below:
                    right -= 1
            for d in range(depth, min(depth + cell.span[0], len(frame.head))):
                while len(covers) <= d:
                    covers.append({})
                for column in range(c, right):
                    covers[d].setdefault(column, (depth, c, squeeze(cell.text)))
    found: list[tuple[tuple[str, ...], tuple[int, int] | None]] = []
    for column in range(width):
        steps: list[tuple[int, int, str]] = []
        for cover in covers:
            here = cover.get(column)
            if here is not None and here not in steps:
                steps.append(here)
        path = tuple(text for _, _, text in steps if text)
        found.append((path, steps[-1][:2] if steps else None))
    return found


def _role(column: Printed, body: list[GridRow]) -> str:
    words = layout_words()
    texts = [cell.text for row in body if (cell := column.cell(row)) is not None and fold(cell.text) not in BLANKS]
    amounts = sum(looks_like_amount(text) for text in texts)
    known = next((role for label in reversed(column.path) if (role := words.role_of(label))), None)
    if known in ("index", "quantity", "text") and words.role_of(column.leaf) == known:
        return known
    if known in ("code", "part"):
        if texts and all(ORDINAL.match(squeeze(t)) or not re.search(r"\d", t) for t in texts):
            return "name"
        return known
    if _compares(column):
        return _compares(column)
    if texts and amounts * 2 > len(texts):
        if known == "name" and all(re.fullmatch(r"\d{3,7}", squeeze(t)) for t in texts):
            return "code"
        if known is None and len(texts) > 1 and not means_money(column.leaf) and _counts(texts):
            return "index"
        return "money"
    if texts:
        if known != "name" and all(re.fullmatch(r"\d{3,7}", squeeze(t)) for t in texts):
            return "code"
        if known is None and means_money(column.leaf):
            return "money"
        return "name" if known in (None, "name") else known
    return known or "empty"


def _counts(texts: list[str]) -> bool:
    numbers = [int(t) for t in map(squeeze, texts) if t.isdigit() and len(t) < 4]
    return len(numbers) == len(texts) and numbers == list(range(numbers[0], numbers[0] + len(numbers)))


def _compares(column: Printed) -> str:
    words = layout_words()
    for label in reversed(column.path):
        name = plain(label)
        if name in words.ratios or name.endswith(("%", "(%)", "比例", "比率")):
            return "ratio"
        if name in words.changes:
            return "change"
    return ""


def means_money(label: str) -> bool:
    """Whether a label is one of a column of amounts."""
    words = layout_words()
    name = plain(label)
    return (
        name in words.terms
        or words.is_total(label)
        or any(name in group for group in words.accounts.values())
        or bool(re.search(r"(?:收入|支出|经费|费用|资金|拨款|预算|费|数|补助|金额|额度)(?:\([^)]*\))?$", name))
    )


def _empty_columns(columns: list[Printed], body: list[GridRow]) -> None:
    """A column without entries is one of amounts when its label or its neighbours say so."""
    for column in columns:
        if column.role == "empty":
            column.role = "money" if means_money(column.leaf) or any(map(means_money, column.path)) else "text"


def panels_of(columns: list[Printed]) -> list[Panel]:
    """Columns grouped by the stub they belong to."""
    panels = [Panel()]
    for column in columns:
        here = panels[-1]
        if column.role in STUB:
            if here.money:
                here = Panel()
                panels.append(here)
            here.stubs.append(column)
        elif column.role == "money":
            here.money.append(column)
        elif column.role != "index":
            here.texts.append(column)
    return [panel for panel in panels if panel.money]


def stub_axes(panel: Panel, title: str) -> Iterator[tuple[Printed, str | None]]:
    """Each stub column with the classification that its labels or the title name."""
    words = layout_words()
    for column in panel.stubs:
        axis = next((found for label in reversed(column.path) if (found := words.axis_of(label))), None)
        yield column, axis or words.axis_of(title)
