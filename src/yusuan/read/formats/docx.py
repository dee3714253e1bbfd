"""Word documents (.docx) as grids and lines: tables with their merges, paragraphs, text boxes, notes.

What a reader of the printed page sees is read: tracked deletions are gone, fields show their results, hidden text is
left out and told. Where pages break is not in the file, so sources count paragraphs and table rows.
"""

from __future__ import annotations

import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from yusuan.read.formats.docx_list import Numbering
from yusuan.read.formats.docx_part import TWIPS, Style, StyleSheet, attribute, child, local, number, part, style_of
from yusuan.read.formats.docx_part import switched_on as on
from yusuan.read.grid import Doubt, Grid, GridCell, GridRow, Line, Material, file_name
from yusuan.read.text import LARGEST_CELLS
from yusuan.sheet import Source
from yusuan.words import InputError

MOST_SPAN = 1000
SHELLS = frozenset(
    ("sdt", "sdtContent", "ins", "moveTo", "customXml", "smartTag", "hyperlink", "fldSimple", "dir", "bdo")
)
"""Elements around others that change nothing about what is printed."""
GONE = frozenset(("del", "moveFrom", "delText", "instrText", "pPr", "rPr", "rt", "tblPr", "trPr", "tcPr", "sdtPr"))
MARKS = {"tab": " ", "ptab": " ", "noBreakHyphen": "-", "cr": "\n"}
NOTES = ("footnotes", "endnotes")
WIDE = {"\u3000": 10.5, "\xa0": 5.25, " ": 5.25}


@dataclass
class _Text:
    """The text of a paragraph while it is gathered; ``boxes`` are text boxes anchored in it."""

    parts: list[str] = field(default_factory=list)
    size: float = 0.0
    boxes: list[Any] = field(default_factory=list)

    def __str__(self) -> str:
        return "".join(self.parts)


def read_docx(path: Path) -> Material:
    """What a Word document holds, in reading order; raises ``InputError`` when it is damaged or not to be trusted."""
    file = file_name(path)
    made = Material(file, "docx", [])
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        raise InputError("guard_damaged", file=file) from None
    with archive:
        document = part(archive, "word/document.xml", file)
        body = child(document, "body") if document is not None else None
        if body is None:
            raise InputError("docx_damaged", file=file)
        sheet = StyleSheet(part(archive, "word/styles.xml", file))
        reader = _Reader(made, sheet, Numbering(part(archive, "word/numbering.xml", file)))
        reader.enter(body)
        for notes in NOTES:
            root = part(archive, f"word/{notes}.xml", file)
            for note in root if root is not None else ():
                if attribute(note, "type") in (None, "normal"):
                    reader.enter(note)
    made.doubts += [Doubt(kind, None, {"count": count}) for kind, count in sorted(reader.left_out.items())]
    return made


class _Reader:
    """One document on its way into the material."""

    def __init__(self, made: Material, sheet: StyleSheet, numbering: Numbering) -> None:
        self.made, self.sheet, self.numbering = made, sheet, numbering
        self.number = 0
        self.cells = 0
        self.left_out: Counter[str] = Counter()
        self.fields: list[bool] = []

    def enter(self, element: Any) -> None:
        """Paragraphs and tables, top to bottom."""
        for block in _blocks(element):
            name = local(block)
            if name == "p":
                self._paragraph(block)
            elif name == "tbl":
                self._table(block)
            elif name == "altChunk":
                self.left_out["docx_part_not_read"] += 1

    def _paragraph(self, element: Any) -> None:
        self.number += 1
        style = self._style(element)
        text = self._gathered(element)
        heading = style.heading or 0
        label = self.numbering.label(element) if str(text).strip() else ""
        for line in (label + str(text)).split("\n"):
            if line.strip():
                size = text.size or style.size or self.sheet.default.size or 0.0
                self.made.items.append(Line(line.strip(), Source(self.made.file, line=self.number), size, heading))
        for box in text.boxes:
            self.enter(box)

    def _style(self, element: Any) -> Style:
        """What a paragraph's own properties say, and its style where they are silent."""
        properties = child(element, "pPr")
        if properties is None:
            return Style()
        named = child(properties, "pStyle")
        base = self.sheet.of(attribute(named, "val") if named is not None else None)
        own = style_of(properties)
        return Style(
            base.heading if own.heading is None else own.heading, base.size, base.hidden,
            base.indent if own.indent is None else own.indent,
        )  # fmt: skip

    def _gathered(self, element: Any) -> _Text:
        text = _Text()
        # The instructions of a field end with their paragraph: a lost mark must not swallow the rest.
        self.fields = [False] * len(self.fields)
        self._gather(element, text)
        return text

    def _gather(self, element: Any, text: _Text) -> None:
        """The shown text below an element."""
        for inner in element:
            name = local(inner)
            if name == "r":
                self._run(inner, text)
            elif name == "AlternateContent":
                self._gather(_choice(inner), text)
            elif name == "txbxContent":
                text.boxes.append(inner)
            elif name == "ruby":
                base = child(inner, "rubyBase")
                self._gather(base if base is not None else (), text)
            elif name in ("object", "oleObject", "OLEObject"):
                self.left_out["docx_part_not_read"] += name == "object"
                self._gather(inner, text)
            elif name in ("pic", "imagedata"):
                self.left_out["docx_picture_not_read"] += 1
            elif name == "fldChar":
                self._field(attribute(inner, "fldCharType"))
            elif name == "t" and not any(self.fields):
                text.parts.append(inner.text or "")
            elif name in MARKS and not any(self.fields):
                text.parts.append(MARKS[name])
            elif name == "br":
                text.parts.append("\n")
            elif name == "sym":
                sign = int(number(str(int(attribute(inner, "char") or "0", 16)))) if _hex(inner) else 0
                text.parts.append(chr(sign) if 0x20 <= sign < 0xD800 else "")
            elif name not in GONE and len(inner):
                self._gather(inner, text)

    def _run(self, run: Any, text: _Text) -> None:
        properties = child(run, "rPr")
        style = style_of(properties) if properties is not None else Style()
        named = child(properties, "rStyle") if properties is not None else None
        base = self.sheet.of(attribute(named, "val")) if named is not None else Style()
        if style.hidden if style.hidden is not None else base.hidden:
            self.left_out["docx_hidden"] += any(local(t) == "t" and (t.text or "").strip() for t in run)
            for mark in run:
                if local(mark) == "fldChar":
                    self._field(attribute(mark, "fldCharType"))
            return
        before = len(text.parts)
        self._gather(run, text)
        if any(part.strip() for part in text.parts[before:]):
            text.size = max(text.size, style.size or base.size or 0.0)

    def _field(self, kind: str | None) -> None:
        """Between its begin and its separator a field holds instructions, then its result."""
        if kind == "begin" and len(self.fields) < 100:
            self.fields.append(True)
        elif kind == "separate" and self.fields:
            self.fields[-1] = False
        elif kind == "end" and self.fields:
            self.fields.pop()

    def _table(self, table: Any) -> None:
        rows = [row for row in _blocks(table) if local(row) == "tr" and child(row, "trPr", "del") is None]
        cells = [cell for row in rows for cell in _cells(row)]
        if len(cells) == 1:
            self.enter(cells[0])
            return
        start = Source(self.made.file, line=self.number + 1)
        nested: list[Any] = []
        made: list[GridRow] = []
        merged: dict[int, tuple[GridRow, int]] = {}
        for row in rows:
            self.number += 1
            made.append(self._row(row, merged, nested))
        if any(row.cells for row in made):
            edges = _edges(child(table, "tblGrid"))
            self.made.items.append(Grid("", made, self.made.file, start, edges))
        for inner in nested:
            self.enter(inner)

    def _row(self, row: Any, merged: dict[int, tuple[GridRow, int]], nested: list[Any]) -> GridRow:
        """A row; ``merged`` tells for every column whose vertical merge is still open where it began."""
        properties = child(row, "trPr")
        before = child(properties, "gridBefore") if properties is not None else None
        hidden = on(child(properties, "hidden")) if properties is not None else False
        made = GridRow(self.number, hidden=hidden)
        column = _span(before, 0)
        for cell in _cells(row):
            own = child(cell, "tcPr")
            across = _span(child(own, "gridSpan") if own is not None else None, 1)
            merge = child(own, "vMerge") if own is not None else None
            self.cells += across
            if self.cells > LARGEST_CELLS:
                raise InputError("read_too_many_cells", file=self.made.file, limit=LARGEST_CELLS)
            if own is not None and _continues(child(own, "hMerge")):
                self._widen(made, column)
            elif _continues(merge) and column in merged:
                self._lengthen(*merged[column])
            else:
                for place in range(column, column + across):
                    merged.pop(place, None)
                found = self._cell(cell, column, across, nested)
                if found is not None:
                    made.cells[column] = found
                    if merge is not None:
                        merged[column] = (made, column)
            column += across
        made.width = column
        return made

    def _lengthen(self, row: GridRow, column: int) -> None:
        cell = row.cells[column]
        row.cells[column] = _spanned(cell, (self.number - row.number + 1, cell.span[1]))

    def _widen(self, row: GridRow, column: int) -> None:
        last = max((place for place in row.cells if place < column), default=None)
        if last is not None:
            row.cells[last] = _spanned(row.cells[last], (row.cells[last].span[0], column - last + 1))

    def _cell(self, cell: Any, column: int, across: int, nested: list[Any]) -> GridCell | None:
        lines: list[str] = []
        indent: float | None = None
        for block in _blocks(cell):
            if local(block) == "tbl":
                nested.append(_Holder(block))
            elif local(block) == "p":
                text = self._gathered(block)
                label = self.numbering.label(block) if str(text).strip() else ""
                line = label + str(text)
                if line.strip() and indent is None:
                    blanks = line[: len(line) - len(line.lstrip())]
                    indent = (self._style(block).indent or 0.0) + sum(WIDE.get(sign, 0.0) for sign in blanks)
                lines.append(line)
                for box in text.boxes:
                    lines += [str(self._gathered(p)) for p in _blocks(box) if local(p) == "p"]
        text_shown = "\n".join(line for line in lines if line.strip())
        if not text_shown:
            return None
        source = Source(self.made.file, line=self.number, column=column + 1)
        return GridCell(text_shown, source, span=(1, across), indent=round(max(indent or 0.0, 0.0), 2))


class _Holder(list[Any]):
    """A table within a cell, to be entered after the table around it."""

    def __init__(self, table: Any) -> None:
        super().__init__([table])


def _spanned(cell: GridCell, span: tuple[int, int]) -> GridCell:
    return GridCell(cell.text, cell.source, cell.value, cell.formula, span, cell.indent)


def _blocks(element: Any) -> Iterator[Any]:
    """Paragraphs, tables, rows or cells directly within an element, shells opened and deletions left out."""
    for inner in element:
        name = local(inner)
        if name in SHELLS:
            yield from _blocks(inner)
        elif name == "AlternateContent":
            yield from _blocks(_choice(inner))
        elif name and name not in GONE:
            yield inner


def _cells(row: Any) -> list[Any]:
    return [cell for cell in _blocks(row) if local(cell) == "tc" and child(cell, "tcPr", "cellDel") is None]


def _choice(element: Any) -> Any:
    """Of several renderings of one thing the first."""
    first = child(element, "Choice")
    return first if first is not None else child(element, "Fallback") if len(element) else ()


def _continues(merge: Any | None) -> bool:
    return merge is not None and attribute(merge, "val") in (None, "continue")


def _span(element: Any | None, default: int) -> int:
    if element is None:
        return default
    return min(max(int(number(attribute(element, "val"))), default), MOST_SPAN)


def _hex(element: Any) -> bool:
    text = attribute(element, "char") or ""
    return 0 < len(text) <= 6 and all(sign in "0123456789abcdefABCDEF" for sign in text)


def _edges(grid: Any | None) -> tuple[float, ...]:
    """Borders of the columns in points from the left border of the table."""
    if grid is None:
        return ()
    edges = [0.0]
    for column in grid:
        if local(column) == "gridCol" and len(edges) <= MOST_SPAN:
            edges.append(round(edges[-1] + number(attribute(column, "w")) / TWIPS, 2))
    return tuple(edges) if len(edges) > 1 else ()
