"""PDF as grids and lines: tables page by page, all other text in reading order, nothing fetched or run.

A table that runs over pages is one grid a page. Boxes are those of the page as shown, also where its content is turned.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pypdfium2.raw as raw

from yusuan.read.formats import pdf_library as pdfium
from yusuan.read.formats.pdf_cells import cell_text, home, ink, line_text, lines_of, place, within
from yusuan.read.formats.pdf_frame import Box, Frame
from yusuan.read.formats.pdf_guard import guard_pdf
from yusuan.read.formats.pdf_lattice import Lattice
from yusuan.read.formats.pdf_rules import Drawn, pictured_pixels, read_drawn
from yusuan.read.formats.pdf_runs import Run, as_printed, read_upright
from yusuan.read.formats.pdf_tables import find_tables
from yusuan.read.formats.pdf_text import read_characters
from yusuan.read.formats.pdf_trust import Seen, readable, seen
from yusuan.read.grid import Doubt, Grid, GridCell, GridRow, Line, Material, file_name
from yusuan.sheet import Source
from yusuan.words import InputError

if TYPE_CHECKING:
    from PIL import Image

Recognizer = Callable[[Path, int], list[Grid | Line]]
"""Reads one page (1-based) from its picture."""

APART = 3.0
"""Blank room, in type sizes, that parts two lines on one base line."""

AT_ONCE = 32
"""Pages read from a document before it is opened anew."""

MOST_RUNS = 20_000
"""Texts of a page that are looked at for tables; more are read as lines."""

MOST_PIXELS = 60_000_000
"""Pixels of the picture of a page: A3 at 500 dots per inch."""

MOST_DRAWN = 4 * MOST_PIXELS
"""Pixels of the pictures that stand on a page."""


def read_pdf(path: Path, ocr: Recognizer | None = None) -> Material:
    """Everything a PDF holds; pages without text to be trusted go to ``ocr`` and are told as doubts.

    Raises ``InputError`` for a file that is damaged, needs a password, or is beyond the limits.
    """
    file = file_name(path)
    whole = guard_pdf(path)
    material = Material(file, "pdf", [])
    if not whole:
        material.doubts.append(Doubt("cut_off"))
    unread: list[int] = []
    count = begin = 0
    while begin == 0 or begin < count:
        # opened anew now and then, since the library keeps what it has unpacked for as long as a document is open
        with pdfium.opened(path) as document:
            if begin == 0:
                count = pdfium.page_count(document, file)
                _tell_aside(document, material)
            for index in range(begin, min(begin + AT_ONCE, count)):
                if not _read_page(document, index, material):
                    unread.append(index + 1)
        begin += AT_ONCE
    if ocr is not None and unread:
        _recognise(path, ocr, material, unread)
    return material


def _read_page(document: Any, index: int, material: Material) -> bool:
    """False for a page whose text is not what it shows."""
    with pdfium.opened_page(document, index) as page:
        if page is not None:
            return _Page(material, page, index + 1).read()
    material.pages.append((0.0, 0.0))
    material.doubts.append(Doubt("page_unreadable", index + 1))
    return True


def page_picture(path: Path, page: int, dpi: int) -> Image.Image:
    """A page (1-based) as it is shown, in colour, at dots per inch; raises ``InputError`` when there is none or it
    would be too large."""
    from PIL import Image

    file = file_name(path)
    guard_pdf(path)
    with pdfium.opened(path) as document:
        if not 1 <= page <= pdfium.page_count(document, file):
            raise InputError("pdf_no_such_page", file=file, page=page)
        with pdfium.opened_page(document, page - 1) as shown:
            if shown is None:
                raise InputError("pdf_page_damaged", file=file, page=page)
            frame = _frame(shown)
            width, height = (max(round(side * dpi / 72), 1) for side in (frame.width, frame.height))
            if width * height > MOST_PIXELS or pictured_pixels(shown) > MOST_DRAWN:
                raise InputError("pdf_page_too_large", file=file, page=page, limit=MOST_PIXELS // 1_000_000)
            bitmap = raw.FPDFBitmap_CreateEx(width, height, raw.FPDFBitmap_BGR, None, 0)
            if not bitmap:
                raise InputError("pdf_page_too_large", file=file, page=page, limit=MOST_PIXELS // 1_000_000)
            try:
                raw.FPDFBitmap_FillRect(bitmap, 0, 0, width, height, 0xFFFFFFFF)
                flags = raw.FPDF_ANNOT | raw.FPDF_REVERSE_BYTE_ORDER
                raw.FPDF_RenderPageBitmap(bitmap, shown, 0, 0, width, height, 0, flags)
                stride = int(raw.FPDFBitmap_GetStride(bitmap))
                data = pdfium.memory(raw.FPDFBitmap_GetBuffer(bitmap), stride * height)
                return Image.frombytes("RGB", (width, height), data, "raw", "RGB", stride)
            finally:
                raw.FPDFBitmap_Destroy(bitmap)


def _tell_aside(document: Any, material: Material) -> None:
    """Programs and files inside the document are told; none is run or opened."""
    for kind, count in (
        ("scripts", raw.FPDFDoc_GetJavaScriptActionCount(document)),
        ("attachments", raw.FPDFDoc_GetAttachmentCount(document)),
    ):
        if count > 0:
            material.doubts.append(Doubt(kind, None, {"count": int(count)}))


def _recognise(path: Path, ocr: Recognizer, material: Material, pages: list[int]) -> None:
    """Pages read from their pictures, put where they stand; a page that cannot be stays a doubt."""
    for number in pages:
        width, height = material.pages[number - 1]
        if width * height * (200 / 72) ** 2 > MOST_PIXELS:
            material.doubts.append(Doubt("page_too_large", number))
            continue
        try:
            found = ocr(path, number)
        except InputError as error:
            values = {"member": material.file, "reason": error.problems[0][0]}
            material.doubts.append(Doubt("not_recognised", number, values))
            continue
        own = [item for item in material.items if item.source.page == number]
        found = sorted([*own, *(item for item in found if not _printed(item, own))], key=_top)
        items = [item for item in material.items if item.source.page != number]
        after = next((i for i, item in enumerate(items) if (item.source.page or 0) > number), len(items))
        material.items[:] = [*items[:after], *found, *items[after:]]


def _top(item: Grid | Line) -> float:
    return item.source.box[1] if item.source.box else 0.0


def _printed(item: Grid | Line, own: list[Grid | Line]) -> bool:
    """Whether a recognised line is one that the page has as text, which needs no recognition."""
    box = item.source.box
    if not isinstance(item, Line) or box is None:
        return False
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    boxes = (other.source.box for other in own)
    return any(b[0] - 2 <= x <= b[2] + 2 and b[1] - 2 <= y <= b[3] + 2 for b in boxes if b is not None)


class _Page:
    """One page on its way into the material."""

    def __init__(self, material: Material, page: Any, number: int) -> None:
        self.material, self.page, self.number = material, page, number
        self.frame = _frame(page)

    def read(self) -> bool:
        """The tables and lines of the page, top to bottom; false when its text is not what it shows."""
        self.material.pages.append((self.frame.width, self.frame.height))
        text_page = raw.FPDFText_LoadPage(self.page)
        if not text_page:
            self._doubt("page_unreadable")
            return True
        try:
            characters = read_characters(text_page)
            self.frame, runs = read_upright(characters, self.frame)
            lost = characters.unmapped()
        finally:
            raw.FPDFText_ClosePage(text_page)
        drawn = read_drawn(self.page, self.frame)
        told = seen(characters, runs, drawn, self.frame)
        letters = len(characters.text) + characters.unprintable
        self._tell(told, drawn, characters.dropped)
        if not readable(letters, told, lost, drawn, self.frame):
            self._doubt("no_text")
            if lost <= told.hidden + sum(len(run.text) for run in told.runs) / 2:
                self._items(told.runs, [])
            return False
        if lost:
            self._doubt("unmapped", count=lost)
        straight = [run for run in told.runs if not run.aside]
        tables = find_tables(drawn, straight) if len(straight) <= MOST_RUNS else []
        self._items(told.runs + self._returned(told, tables), tables)
        return True

    def _doubt(self, kind: str, **values: object) -> None:
        self.material.doubts.append(Doubt(kind, self.number, values))

    def _tell(self, told: Seen, drawn: Drawn, dropped: int) -> None:
        if told.hidden:
            self._doubt("hidden_text", count=told.hidden)
        if dropped:
            self._doubt("too_many_characters", count=dropped)
        if drawn.left_out or len(told.runs) > MOST_RUNS:
            self._doubt("too_many_objects")

    def _returned(self, told: Seen, tables: list[Lattice]) -> list[Run]:
        """Clipped text that is the rest of a cell, put into the cell; what another page shows is left out."""
        found = []
        lost = 0
        for run, window in told.clipped:
            box = next((box for table in tables if (box := home(table, window, run)) is not None), None)
            if box is None:
                lost += len(run.text)
            else:
                found.append(run.held(box))
        if lost:
            self._doubt("clipped_text", count=lost)
        return found

    def _items(self, runs: list[Run], tables: list[Lattice]) -> None:
        held: dict[int, list[Run]] = defaultdict(list)
        free: list[Run] = []
        placed: list[tuple[float, float, Grid | Line]] = []
        inmost = sorted(range(len(tables)), key=lambda n: _area(tables[n].box))
        for run in runs:
            if run.aside:
                placed.append((run.box[1], run.box[0], Line(as_printed(run.text), self._source(run.box), run.size)))
                continue
            table = next((n for n in inmost if within(tables[n], run)), None)
            (free if table is None else held[table]).append(run)
        for number, lattice in enumerate(tables):
            if held[number]:
                placed.append((lattice.ys[0], lattice.xs[0], self._grid(lattice, held[number])))
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
            for number, part in place(table, run):
                cells[number].append(part)
        rows = [GridRow(row, width=len(table.xs) - 1) for row in range(1, len(table.ys))]
        for number, parts in sorted(cells.items()):
            face = table.faces[number]
            lines = lines_of(parts)
            rows[face.row].cells[face.column] = GridCell(
                cell_text(lines, face), self._source(ink(parts)), span=(face.rows, face.columns),
                indent=round(lines[0][0].box[0] - face.box[0], 2),
            )  # fmt: skip
        file = self.material.file
        return Grid("", rows, file, self._source(table.box), tuple(round(x, 2) for x in table.xs), table.ruled)

    def _source(self, box: Box) -> Source:
        x0, y0, x1, y1 = self.frame.back(box) if self.frame.turn else box
        shown = (round(x0, 2), round(y0, 2), round(x1, 2), round(y1, 2))
        return Source(self.material.file, self.number, shown)


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
    for before, run in itertools.pairwise(line):
        if run.box[0] - before.box[2] > APART * max(run.size, before.size):
            found.append([])
        found[-1].append(run)
    return found
