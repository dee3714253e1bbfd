"""Scanned pages and photographs of disclosures as grids and lines, everything recognised with its confidence.

The lattice comes from the picture itself; each cell is then recognised alone, so no figure can move into its
neighbour's column. Cells without ink are empty and never shown to the networks; a lone stroke is a dash, not a 一.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from yusuan.read.formats.scan_rows import Piece, Row, items_of, rows_of
from yusuan.read.grid import Doubt, Grid, GridCell, GridRow, Line, Material, file_name
from yusuan.sheet import Source
from yusuan.words import InputError

if TYPE_CHECKING:
    from PIL import Image

    from yusuan.read.formats.raster import Box, Face, Gray, Lattice, Sheet
    from yusuan.read.formats.scan_text import Reading

DPI = 200
"""Dots per inch at which pages are recognised: the networks know type of this size best."""
PICTURES = ("PNG", "JPEG", "TIFF", "BMP", "GIF", "WEBP")
LEAST_DPI, MOST_DPI = 72, 1200
LEAST_SIDE, MOST_SIDE = 4.0, 24.0
"""Inches of the longer side of paper; cameras write any number of dots per inch."""
MOST_PIXELS = 60_000_000
"""Pixels of one picture: an A3 page at 500 dpi."""
MOST_FRAMES = 500
LEAST_CONTRAST = 24
"""Difference of the lightest and the darkest point (0-255) of a page with anything on it."""
MOST_CELLS = 20_000
"""Cells of one page."""
DASHES = ((6.0, ""), (1.7, "——"), (0.6, "—"))
"""Length of a lone stroke, in heights of a character, from which it is what; the longest are rests of rules."""
UNSURE = 0.6
"""Confidence below which a cell is told as doubtful."""

_SPACED = re.compile(r"(?<=[\d.,]) +(?=[\d.,])")


@dataclass
class _Piece:
    """A line of text waiting for recognition: its box and to which cell (lattice, face) it belongs, if any."""

    box: Box
    cell: tuple[int, int] | None
    reading: Reading | None = None


def read_image(path: Path) -> Material:
    """What the pictures of a file (PNG, JPEG, TIFF with several pages, …) hold.

    Raises ``InputError`` when the picture is damaged or too large, or when the extra ``ocr`` is not installed.
    """
    from PIL import Image, ImageOps, UnidentifiedImageError

    file = file_name(path)
    need_ocr(file)
    made = Material(file, "image", [])
    try:
        with ExitStack() as stack:
            # the library warns while it opens, too
            stack.enter_context(warnings.catch_warnings())
            warnings.simplefilter("ignore")
            opened = stack.enter_context(Image.open(path, formats=PICTURES))
            frames = getattr(opened, "n_frames", 1)
            for number in range(1, min(frames, MOST_FRAMES) + 1):
                opened.seek(number - 1)
                _check_size(opened, file)
                image = ImageOps.exif_transpose(opened)
                scale = 72 / _dpi(image)
                made.pages.append((round(image.width * scale, 2), round(image.height * scale, 2)))
                made.items += recognise(image, file, number, scale)
    except InputError:
        raise
    except Image.DecompressionBombError:
        raise InputError("scan_too_large", file=file, limit=MOST_PIXELS // 1_000_000) from None
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError, MemoryError):
        raise InputError("scan_damaged", file=file) from None
    if frames > MOST_FRAMES:
        made.doubts.append(Doubt("scan_pages_left_out", MOST_FRAMES + 1, {"limit": MOST_FRAMES}))
    made.doubts += doubts_of(made.items)
    return made


def ocr_page(path: Path, page: int) -> list[Grid | Line]:
    """What a page of a PDF without a text layer to trust holds; pages count as in ``pdf.page_picture``."""
    from yusuan.read.formats.pdf import page_picture

    need_ocr(file_name(path))
    return recognise(page_picture(path, page, DPI), file_name(path), page, 72 / DPI)


def need_ocr(file: str) -> None:
    """Raises ``InputError`` when the extra ``ocr`` is not installed."""
    try:
        from yusuan.read.formats.scan_text import models
    except ImportError:
        raise InputError("scan_no_ocr", file=file) from None
    if models() is None:
        raise InputError("scan_no_ocr", file=file)


def doubts_of(items: Sequence[Grid | Line]) -> list[Doubt]:
    """One doubt a page with recognised text, and one with the cells that the networks were not sure of."""
    sources: dict[int | None, list[Source]] = {}
    for item in items:
        cells = [c.source for row in item.rows for c in row.cells.values()] if isinstance(item, Grid) else [item.source]
        sources.setdefault(item.source.page, []).extend(s for s in cells if s.confidence is not None)
    found = []
    for page, read in sources.items():
        unsure = sum(1 for source in read if (source.confidence or 0.0) < UNSURE)
        found.append(Doubt("recognised", page, {"cells": len(read), "unsure": unsure}))
    return found


def _check_size(image: Image.Image, file: str) -> None:
    if image.width * image.height > MOST_PIXELS:
        raise InputError("scan_too_large", file=file, limit=MOST_PIXELS // 1_000_000)


def _dpi(image: Image.Image) -> float:
    """Dots per inch as the file tells, when sensible; otherwise as if the longer side were that of A4."""
    told = image.info.get("dpi")
    longer = max(image.width, image.height)
    dpi = float(told[0]) if isinstance(told, tuple) and told else 0.0
    sensible = LEAST_DPI < dpi <= MOST_DPI and LEAST_SIDE <= longer / dpi <= MOST_SIDE
    return dpi if sensible else longer / 11.69


def recognise(image: Image.Image, file: str, page: int | None, scale: float) -> list[Grid | Line]:
    """Tables and lines of a picture in reading order, each cell and line with its confidence.

    ``scale`` is points per pixel of the picture; boxes are in points of the page as the picture shows it. A picture
    whose type is too small or too large for the networks is brought to 200 dots per inch first.
    """
    import numpy as np
    from PIL import Image

    from yusuan.read.formats.raster import straighten
    from yusuan.read.formats.scan_text import upright

    need_ocr(file)
    _check_size(image, file)
    dpi = 72 / scale
    gray = _flat(image, dpi)
    if int(np.ptp(np.asarray(gray, dtype=np.uint8))) < LEAST_CONTRAST:
        return []
    if not 0.9 <= dpi / DPI <= 1.6:
        size = (max(round(gray.width * DPI / dpi), 1), max(round(gray.height * DPI / dpi), 1))
        if size[0] * size[1] > MOST_PIXELS:
            raise InputError("scan_too_large", file=file, limit=MOST_PIXELS // 1_000_000)
        gray, scale, dpi = gray.resize(size, Image.Resampling.LANCZOS), 72 / DPI, float(DPI)
    pixels = np.asarray(gray, dtype=np.uint8)
    sheet = straighten(pixels, dpi, upright(pixels))
    return _Page(sheet, file, page, scale).items()


def _flat(image: Image.Image, dpi: float) -> Image.Image:
    """The picture in grey, what is transparent as white paper, red seals faded."""
    import numpy as np
    from PIL import Image

    from yusuan.read.formats.raster import without_seals

    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        paper = Image.new("RGBA", image.size, "white")
        paper.alpha_composite(image.convert("RGBA"))
        image = paper.convert("RGB")
    if image.mode.startswith("I;16"):
        image = image.point(lambda value: value / 256)
    gray = image.convert("L")
    if image.mode in ("L", "1", "I", "F") or image.mode.startswith("I;16"):
        return gray
    colours = np.asarray(image.convert("RGB"), dtype=np.uint8)
    return Image.fromarray(without_seals(colours, np.asarray(gray, dtype=np.uint8), dpi))


class _Page:
    """One page while its cells and lines are recognised together."""

    def __init__(self, sheet: Sheet, file: str, page: int | None, scale: float) -> None:
        self.sheet, self.file, self.page, self.scale = sheet, file, page, scale
        self.lattices = [made for made in sheet.lattices if len(made.faces) <= MOST_CELLS]
        self.paper = sheet.paper
        self.size = 0.0

    def items(self) -> list[Grid | Line]:
        """Grids and lines, from top to bottom and left to right."""
        from yusuan.read.formats.scan_text import read_crops

        pieces = self._outside()
        self.size = self._usual_size(pieces)
        pieces += self._inside()
        waiting = []
        for piece in pieces:
            piece.reading = self._stroke(piece)
            if piece.reading is None:
                waiting.append(piece)
        readings = read_crops([self._crop(piece) for piece in waiting])
        for piece, reading in zip(waiting, readings, strict=True):
            piece.reading = replace(reading, text=_SPACED.sub("", reading.text))
        cells: dict[tuple[int, int], list[_Piece]] = {}
        lines: list[Piece] = []
        for piece in pieces:
            if piece.cell is not None:
                cells.setdefault(piece.cell, []).append(piece)
            elif piece.reading is not None and piece.reading.text:
                lines.append(self._placed(piece))
        tables: list[tuple[int, Grid]] = []
        for number, lattice in enumerate(self.lattices):
            grid = self._grid(lattice, [cells.get((number, i), []) for i in range(len(lattice.faces))])
            if any(row.cells for row in grid.rows):
                tables.append((lattice.box[1], grid))
        return self._in_reading_order(rows_of(lines), tables)

    def _in_reading_order(self, rows: Sequence[Row], tables: Sequence[tuple[int, Grid]]) -> list[Grid | Line]:
        """Items from top to bottom; lines between two ruled tables may make a table without rules."""
        items: list[Grid | Line] = []
        rest = list(rows)
        for top, grid in tables:
            above = [row for row in rest if row[0].middle < top + 0.5 * row[0].size]
            items += [*items_of(above, self.scale), grid]
            rest = rest[len(above) :]
        return [*items, *items_of(rest, self.scale)]

    def _outside(self) -> list[_Piece]:
        """Lines of text outside the tables, found by the detecting network."""
        from yusuan.read.formats.scan_text import find_text

        bare = self.sheet.gray.copy()
        for lattice in self.lattices:
            left, top, right, bottom = lattice.box
            bare[top:bottom, left:right] = self.paper
        found = []
        for box in _joined(find_text(bare)):
            left, top, right, bottom = box
            if self.sheet.ink[top:bottom, left:right].any():
                found.append(_Piece(box, None))
        return found

    def _usual_size(self, outside: Sequence[_Piece]) -> float:
        """The usual height of a character in cells (pixels), from lines that are wider than high."""
        from yusuan.read.formats.raster import text_bands

        heights = []
        for lattice in self.lattices:
            for face in lattice.faces:
                bands = list(text_bands(self.sheet.ink, _within(face.box), 0.0))
                heights += [b[3] - b[1] for b in bands if b[2] - b[0] > 2.5 * (b[3] - b[1]) > 0.1 * self.sheet.dpi]
        if not heights:
            heights = [round(0.7 * (p.box[3] - p.box[1])) for p in outside]
        heights.sort()
        return float(heights[len(heights) * 3 // 4]) if heights else 0.15 * self.sheet.dpi

    def _inside(self) -> list[_Piece]:
        from yusuan.read.formats.raster import text_bands

        found = []
        for number, lattice in enumerate(self.lattices):
            for i, face in enumerate(lattice.faces):
                bands = [b for b in text_bands(self.sheet.ink, _within(face.box), self.size) if not self._dirt(b)]
                if len(bands) > 1:
                    bands = [b for b in bands if not self._flat(b)]
                found += [_Piece(band, (number, i)) for band in bands]
        return found

    def _flat(self, box: Box) -> bool:
        """Whether all ink of a line is one flat stroke: a dash, or next to other lines the rest of a rule."""
        left, top, right, bottom = box
        return bottom - top <= max(0.27 * self.size, 3) and right - left >= 2.2 * (bottom - top)

    def _dirt(self, box: Box) -> bool:
        """Whether what little ink a line has is no character at all."""
        left, top, right, bottom = box
        least = 0.12 * self.size
        return max(right - left, bottom - top) < max(2 * least, 3) or (
            right - left < least and bottom - top < self.size
        )

    def _stroke(self, piece: _Piece) -> Reading | None:
        """A cell whose only ink is one flat stroke holds a dash; the networks would read 一."""
        from yusuan.read.formats.scan_text import Reading

        if piece.cell is None or not self._flat(piece.box):
            return None
        length = (piece.box[2] - piece.box[0]) / max(self.size, 1.0)
        text = next((dash for least, dash in DASHES if length > least), "-")
        return Reading(text, 0.8)

    def _crop(self, piece: _Piece) -> Gray:
        """The picture of one line with some paper around it, rules wiped out."""
        import numpy as np

        left, top, right, bottom = piece.box
        gray, rules = self.sheet.gray, self.sheet.rules
        if piece.cell is not None:
            lattice, i = piece.cell
            face = self.lattices[lattice].faces[i].box
            high = max(0.0, 1.25 * self.size - (bottom - top)) / 2
            above, aside = max(round(high), 2), max(round(0.3 * self.size), 3)
            box = (
                max(left - aside, face[0] - 1), max(top - above, face[1] - 1),
                min(right + aside, face[2] + 1), min(bottom + above, face[3] + 1),
            )  # fmt: skip
            left, top, right, bottom = max(box[0], 0), max(box[1], 0), box[2], box[3]
        crop = gray[top:bottom, left:right].copy()
        crop[rules[top:bottom, left:right] > 0] = self.paper
        return np.pad(crop, ((1, 1), (4, 4)), constant_values=self.paper)

    def _points(self, box: Box) -> tuple[float, float, float, float]:
        left, top, right, bottom = self.sheet.shown(box)
        return (
            round(left * self.scale, 2), round(top * self.scale, 2),
            round(right * self.scale, 2), round(bottom * self.scale, 2),
        )  # fmt: skip

    def _placed(self, piece: _Piece) -> Piece:
        """A recognised line with its place on the straight page (pixels)."""
        assert piece.reading is not None
        source = Source(self.file, self.page, self._points(piece.box), confidence=piece.reading.confidence)
        left, top, right, bottom = piece.box
        return Piece(left, right, (top + bottom) / 2, 0.72 * (bottom - top), piece.reading.text, source)

    def _grid(self, lattice: Lattice, texts: Sequence[Sequence[_Piece]]) -> Grid:
        width = len(lattice.columns) - 1
        rows = [GridRow(number, width=width) for number in range(1, len(lattice.rows))]
        for face, pieces in zip(lattice.faces, texts, strict=True):
            cell = self._cell(face, pieces)
            if cell is not None and face.row < len(rows):
                rows[face.row].cells[face.column] = cell
        edges = tuple(round(x * self.scale, 2) for x in lattice.columns)
        return Grid("", rows, self.file, Source(self.file, self.page, self._points(lattice.box)), edges)

    def _cell(self, face: Face, pieces: Sequence[_Piece]) -> GridCell | None:
        read = [p for p in pieces if p.reading is not None and p.reading.text]
        if not read:
            return None
        readings = [p.reading for p in read if p.reading is not None]
        sure = min(reading.confidence for reading in readings)
        indent = (min(p.box[0] for p in read) - face.box[0]) * self.scale
        source = Source(self.file, self.page, self._points(face.box), confidence=sure)
        return GridCell("".join(r.text for r in readings), source, span=face.span, indent=round(max(indent, 0.0), 2))


def _within(box: Box) -> Box:
    """A face without the shade that a rule leaves along its border."""
    return box[0] + 1, box[1] + 1, box[2] - 1, box[3] - 1


def _joined(boxes: Sequence[Box]) -> list[Box]:
    """Boxes of one printed line with hardly a gap between them as one."""
    made: list[Box] = []
    for box in sorted(boxes, key=lambda b: b[0]):
        for i, other in enumerate(made):
            high = min(other[3], box[3]) - max(other[1], box[1])
            least = min(other[3] - other[1], box[3] - box[1])
            if high > 0.6 * least and box[0] - other[2] < 0.6 * least:
                made[i] = (other[0], min(other[1], box[1]), max(other[2], box[2]), max(other[3], box[3]))
                break
        else:
            made.append(box)
    return made
