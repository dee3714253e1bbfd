"""Tables of web pages as grids: row and column spans laid out as a browser does, hidden rows kept and marked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from yusuan.read.formats.html_style import Styles, points
from yusuan.read.grid import Grid, GridCell, GridRow
from yusuan.read.text import LARGEST_CELLS
from yusuan.sheet import Source
from yusuan.words import InputError

MOST_SPAN = 1000
"""Columns that one cell may span (browsers stop there too)."""
_BLANK = re.compile(r"[ \t\r\n\f]+")
_LINES = frozenset(("p", "div", "li", "br", "h1", "h2", "h3", "h4", "h5", "h6", "tr"))
_SILENT = frozenset(("script", "style", "template", "noscript", "svg", "select", "button"))
_WIDE = {"\u3000": 10.5, "\xa0": 5.25, " ": 5.25, "\u2002": 5.25, "\u2003": 10.5}
"""Blank → points that it moves text to the right."""
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


def own_rows(table: Any) -> Iterator[Any]:
    """The rows of a table itself, not those of tables within."""
    for child in table:
        if child.tag == "tr":
            yield child
        elif child.tag in ("thead", "tbody", "tfoot"):
            yield from child.iterchildren("tr")


def own_cells(row: Any) -> list[Any]:
    """The cells of a row."""
    return [cell for cell in row if cell.tag in ("td", "th")]


def is_layout(table: Any) -> bool:
    """Whether a table only lays out the page: one cell or column that holds other things, or mostly tables within."""
    if table.get("role") in ("presentation", "none"):
        return True
    rows = [cells for row in own_rows(table) if (cells := own_cells(row))]
    if not rows:
        return True
    cells = [cell for row in rows for cell in row]
    holders = [cell for cell in cells if cell.find(".//table") is not None]
    if len(cells) == 1:
        return True
    if holders:
        filled = [cell for cell in cells if cell not in holders and cell.text_content().strip()]
        return len(filled) < 2 * len(holders) or max(map(len, rows)) == 1
    if len(rows) == 1:
        return any(len(list(cell.iter("p", "li", "h1", "h2", "h3"))) > 2 for cell in cells)
    return False


class HtmlTable:
    """One table while it is laid out; ``number`` counts lines and rows of the page, ``nested`` are tables in cells."""

    def __init__(self, table: Any, styles: Styles, file: str, number: int) -> None:
        self.table, self.styles, self.file, self.number = table, styles, file, number
        self.nested: list[Any] = []
        self.hidden = 0

    def grid(self) -> Grid:
        """The table with its cells at the columns where a browser shows them."""
        found = list(own_rows(self.table))
        rows: list[GridRow] = []
        busy: dict[int, int] = {}
        total = 0
        start = Source(self.file, line=self.number + 1)
        for index, element in enumerate(found):
            self.number += 1
            row = GridRow(self.number, hidden=self.styles.hidden(element))
            column = 0
            total += len(busy)
            for cell in own_cells(element):
                while busy.get(column, 0) > 0:
                    column += 1
                down, across = self._span(cell, len(found) - index)
                made = self._cell(cell, column, (down, across))
                if made is not None:
                    row.cells[column] = made
                for taken in range(column, column + across):
                    busy[taken] = down
                column += across
                total += across
                if total > LARGEST_CELLS:
                    raise InputError("read_too_many_cells", file=self.file, limit=LARGEST_CELLS)
            row.width = max((taken + 1 for taken, left in busy.items() if left > 0), default=0)
            busy = {taken: left - 1 for taken, left in busy.items() if left > 1}
            rows.append(row)
        return Grid("", rows, self.file, start)

    def _span(self, cell: Any, left: int) -> tuple[int, int]:
        """(rows, columns) of a cell; rows end with the table, 0 means to its end."""
        down, across = (_number(cell.get(name)) for name in ("rowspan", "colspan"))
        return (left if down == 0 else min(down, left)), min(max(across, 1), MOST_SPAN)

    def _cell(self, cell: Any, column: int, span: tuple[int, int]) -> GridCell | None:
        if self.styles.hidden(cell):
            self.hidden += bool(cell.text_content().strip())
            return None
        parts: list[str] = []
        self._text(cell, parts)
        lines = [_BLANK.sub(" ", line).strip(" ") for line in "".join(parts).split("\n")]
        text = "\n".join(line for line in lines if line.strip())
        if not text.strip():
            return None
        source = Source(self.file, line=self.number, column=column + 1)
        exact = cell.get("x:num") or cell.get("num")
        value = exact if exact and _NUMBER.fullmatch(exact) and exact != text else None
        return GridCell(text, source, value, span=span, indent=self._indent(cell, text))

    def _text(self, element: Any, parts: list[str]) -> None:
        """The shown text of a cell, a line break as a line feed."""
        if element.text:
            parts.append(_BLANK.sub(" ", element.text))
        for child in element:
            if child.tag == "table":
                self.nested.append(child)
            elif isinstance(child.tag, str) and child.tag not in _SILENT:
                if self.styles.hidden(child):
                    self.hidden += bool(child.text_content().strip())
                else:
                    if child.tag in _LINES:
                        parts.append("\n")
                    self._text(child, parts)
                    if child.tag in _LINES and child.tag != "br":
                        parts.append("\n")
            if child.tail:
                parts.append(_BLANK.sub(" ", child.tail))

    def _indent(self, cell: Any, text: str) -> float:
        """Points from the left border, from styles and leading blanks."""
        total = 0.0
        element: Any = cell
        while element is not None:
            made = self.styles.of(element)
            total += sum(points(made.get(name)) or 0.0 for name in ("padding-left", "text-indent"))
            element = element[0] if len(element) and not (element.text or "").strip() else None
        for sign in text:
            if sign not in _WIDE:
                break
            total += _WIDE[sign]
        return round(total, 2)


def _number(text: str | None) -> int:
    found = re.match(r"\s*(\d{1,6})", text or "")
    return int(found[1]) if found else 1
