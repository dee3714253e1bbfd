"""PDF as grids and lines: ruled tables page by page, all other text in reading order, nothing fetched or run.

A table that runs over pages is one grid a page. Boxes are those of the page as shown, also where its content is turned.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pypdfium2.raw as raw

from yusuan.read.formats import pdf_library as pdfium
from yusuan.read.formats.pdf_cells import cell_text, ink, line_text, lines_of, place, within
from yusuan.read.formats.pdf_frame import Box, Frame
from yusuan.read.formats.pdf_lattice import Lattice
from yusuan.read.formats.pdf_rules import read_drawn
from yusuan.read.formats.pdf_tables import find_tables
from yusuan.read.formats.pdf_text import Run, make_runs, quarters, read_characters
from yusuan.read.grid import Doubt, Grid, GridCell, GridRow, Line, Material, file_name
from yusuan.sheet import Source

Recognizer = Callable[[Path, int], list[Grid | Line]]
"""Reads one page (1-based) from its picture."""

APART = 3.0
"""Blank room, in type sizes, that parts two lines on one base line."""


def read_pdf(path: Path, ocr: Recognizer | None = None) -> Material:
    """Everything a PDF holds; pages without text to be trusted go to ``ocr`` and are told as doubts.

    Raises ``InputError`` for a file that is damaged, needs a password, or is beyond the limits.
    """
    file = file_name(path)
    material = Material(file, "pdf", [])
    with pdfium.opened(path) as document:
        for index in range(pdfium.page_count(document, file)):
            with pdfium.opened_page(document, index) as page:
                if page is None:
                    material.pages.append((0.0, 0.0))
                    material.doubts.append(Doubt("page_unreadable", index + 1))
                else:
                    _Page(material, page, index + 1).read()
    return material


class _Page:
    """One page on its way into the material."""

    def __init__(self, material: Material, page: Any, number: int) -> None:
        self.material, self.page, self.number = material, page, number
        self.frame = _frame(page)

    def read(self) -> None:
        """The tables and lines of the page, top to bottom."""
        self.material.pages.append((self.frame.width, self.frame.height))
        text_page = raw.FPDFText_LoadPage(self.page)
        if not text_page:
            self.material.doubts.append(Doubt("page_unreadable", self.number))
            return
        try:
            characters = read_characters(self.page, text_page)
            self.frame = self.frame.turned(quarters(text_page, characters, self.frame))
            runs = make_runs(characters, self.frame)
        finally:
            raw.FPDFText_ClosePage(text_page)
        drawn = read_drawn(self.page, self.frame)
        self._items(runs, find_tables(drawn, runs))

    def _items(self, runs: list[Run], tables: list[Lattice]) -> None:
        held: dict[int, list[Run]] = defaultdict(list)
        free: list[Run] = []
        inmost = sorted(range(len(tables)), key=lambda n: _area(tables[n].box))
        for run in runs:
            home = next((n for n in inmost if within(tables[n], run)), None)
            (free if home is None else held[home]).append(run)
        placed: list[tuple[float, float, Grid | Line]] = []
        for number, table in enumerate(tables):
            if held[number]:
                placed.append((table.ys[0], table.xs[0], self._grid(table, held[number])))
        for printed in lines_of(free):
            top = ink(printed)[1]
            for line in _parts(printed):
                box = ink(line)
                size = round(max(run.size for run in line), 1)
                placed.append((top, box[0], Line(line_text(line).strip(), self._source(box), size)))
        placed.sort(key=lambda item: item[:2])
        self.material.items.extend(item for _, _, item in placed)

    def _grid(self, table: Lattice, runs: list[Run]) -> Grid:
        cells: dict[int, list[Run]] = defaultdict(list)
        for run in runs:
            for face, part in place(table, run):
                cells[face].append(part)
        rows = [GridRow(number, width=len(table.xs) - 1) for number in range(1, len(table.ys))]
        for number, parts in sorted(cells.items()):
            face = table.faces[number]
            lines = lines_of(parts)
            rows[face.row].cells[face.column] = GridCell(
                cell_text(parts, face), self._source(ink(parts)), span=(face.rows, face.columns),
                indent=round(lines[0][0].box[0] - face.box[0], 2),
            )  # fmt: skip
        file = self.material.file
        return Grid("", rows, file, self._source(table.box), tuple(round(x, 2) for x in table.xs), table.ruled)

    def _source(self, box: Box) -> Source:
        x0, y0, x1, y1 = (round(value, 2) for value in self.frame.back(box))
        return Source(self.material.file, page=self.number, box=(x0, y0, x1, y1))


def _frame(page: Any) -> Frame:
    rect = raw.FS_RECTF()
    raw.FPDF_GetPageBoundingBox(page, rect)
    rotation = int(raw.FPDFPage_GetRotation(page))
    return Frame.of((rect.left, rect.bottom, rect.right, rect.top), rotation % 4)


def _area(box: Box) -> float:
    return (box[2] - box[0]) * (box[3] - box[1])


def _parts(line: list[Run]) -> list[list[Run]]:
    """A printed line, parted where blank room is left between two texts."""
    found: list[list[Run]] = [[line[0]]]
    for before, run in zip(line, line[1:]):
        if run.box[0] - before.box[2] > APART * max(run.size, before.size):
            found.append([])
        found[-1].append(run)
    return found
