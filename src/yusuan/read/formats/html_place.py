"""Text at absolute places, as programs leave it that turn PDF into HTML: rows and columns rebuilt from positions.

Such pages have no table elements; what belongs together is told by the left and top of each piece of text alone, so
grids made here are marked as not ruled.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from yusuan.read.formats.html_style import Styles, points
from yusuan.read.grid import Grid, GridCell, GridRow, Line
from yusuan.sheet import Source

LEAST_PIECES = 8
PLACED = 0.7
"""Share of a page's text that must have an absolute place."""
SIZE = 10.5
APART = 0.9
"""Blank room between two pieces, in type sizes, from which they are cells of their own."""
CLOSE = 0.1
"""The same next to a figure, which may stand close to the label of the next column."""
NEXT = 2.6
"""Distance of two lines of a table, in type sizes; lines with one piece belong to it when they stand as close."""
LEADING = 1.2
"""Distance of the lines of one piece, in type sizes."""
_BLANK = re.compile(r"\s+")
_FIGURE = re.compile(r"[-+△]?[\d,.]+%?|[-—]+")
_SCALE = re.compile(r"(?:matrix|scale)\(\s*(\d{0,4}\.?\d{0,8})")


@dataclass(frozen=True, slots=True)
class _Piece:
    """Text with its place on a page, in points; the width is estimated from its characters."""

    page: int
    left: float
    top: float
    size: float
    text: str

    @property
    def right(self) -> float:
        return self.left + self.size * sum(1.0 if ord(sign) > 0x2E80 else 0.52 for sign in self.text)


def placed_items(body: Any, styles: Styles, file: str) -> tuple[list[Grid | Line], list[tuple[float, float]]] | None:
    """Items and page sizes of a page whose text has absolute places; ``None`` for any other page."""
    pieces = _Pieces(styles)
    pieces.enter(body, 0.0, 0.0, SIZE, False)
    found = pieces.found
    whole = sum(len(_BLANK.sub("", text)) for text in body.itertext()) - pieces.silent
    if len(found) < LEAST_PIECES or sum(len(_BLANK.sub("", p.text)) for p in found) < PLACED * max(whole, 1):
        return None
    items: list[Grid | Line] = []
    for page in range(1, pieces.page + 2):
        rows = _rows([piece for piece in found if piece.page == page])
        items += _items(rows, file, page)
    return items, []


class _Pieces:
    """Collects placed text; a container with a place of its own shifts what it holds."""

    def __init__(self, styles: Styles) -> None:
        self.styles = styles
        self.found: list[_Piece] = []
        self.page = 0
        self.silent = 0
        self.pages = 0

    def enter(self, element: Any, left: float, top: float, size: float, placed: bool) -> None:
        """All pieces within an element whose origin is (left, top)."""
        if not isinstance(element.tag, str):
            return
        if element.tag in ("script", "style", "head", "template") or self.styles.hidden(element):
            self.silent += sum(len(_BLANK.sub("", text)) for text in element.itertext())
            return
        made = self.styles.of(element)
        size = points(made.get("font-size")) or size
        scale = _SCALE.match(made.get("transform", ""))
        if scale and scale[1] not in ("", "."):
            size *= float(scale[1]) or 1.0
        x, y = points(made.get("left")), points(made.get("top"))
        if y is None and (up := points(made.get("bottom"))) is not None:
            y = -up
        own = x is not None and y is not None and made.get("position") != "relative"
        if own and x is not None and y is not None:
            left, top, placed = left + x, top + y, True
        boxes = element.tag in ("div", "section") and len(element) > 0
        if boxes and not placed and self._is_page(element):
            self.page, left, top = self.page + 1, 0.0, 0.0
        if own and not any(self._placed(child) for child in element.iterdescendants()):
            for number, text in enumerate(_lines(element)):
                if text:
                    place = top + LEADING * number * size
                    self.found.append(_Piece(max(self.page, 1), left, place, size, text))
            return
        for child in element:
            self.enter(child, left, top, size, placed)

    def _placed(self, element: Any) -> bool:
        if not isinstance(element.tag, str):
            return False
        made = self.styles.of(element)
        return "left" in made and ("top" in made or "bottom" in made)

    def _is_page(self, element: Any) -> bool:
        """Whether an element holds placed text itself: a page of the former PDF."""
        return any(self._placed(child) for child in element)


def _lines(element: Any) -> list[str]:
    """The lines of a piece of text, parted by line breaks."""
    parts = [element.text or ""]
    for inner in element.iterdescendants():
        parts += ["\n" if inner.tag == "br" else "", (inner.text or "") if isinstance(inner.tag, str) else ""]
        parts.append(inner.tail or "")
    return [_BLANK.sub(" ", line).strip() for line in "".join(part for part in parts).split("\n")]


def _rows(pieces: list[_Piece]) -> list[list[_Piece]]:
    """Pieces of one printed line, left to right; lines top to bottom."""
    rows: list[list[_Piece]] = []
    for piece in sorted(pieces, key=lambda p: (p.top, p.left)):
        if rows and abs(piece.top - rows[-1][0].top) <= 0.5 * min(piece.size, rows[-1][0].size):
            rows[-1].append(piece)
        else:
            rows.append([piece])
    return [_joined(sorted(row, key=lambda p: p.left)) for row in rows]


def _joined(row: list[_Piece]) -> list[_Piece]:
    """Pieces with hardly room between them as one."""
    made = [row[0]]
    for piece in row[1:]:
        last = made[-1]
        figures = _FIGURE.fullmatch(piece.text) or _FIGURE.fullmatch(last.text)
        if piece.left - last.right < (CLOSE if figures else APART) * min(piece.size, last.size):
            gap = " " if last.text[-1:].isascii() and piece.text[:1].isascii() and piece.left - last.right > 1 else ""
            made[-1] = _Piece(last.page, last.left, last.top, last.size, last.text + gap + piece.text)
        else:
            made.append(piece)
    return made


def _items(rows: list[list[_Piece]], file: str, page: int) -> list[Grid | Line]:
    """Runs of lines with several pieces as grids, the others as lines."""
    items: list[Grid | Line] = []
    start = 0
    while start < len(rows):
        end = _end(rows, start)
        block = rows[start:end]
        if len(block) >= 2 and max(map(len, block)) >= 3:
            items.append(_grid(block, file, page))
            start = end
            continue
        for piece in rows[start]:
            items.append(Line(piece.text, _source(file, page, piece), round(piece.size, 2)))
        start += 1
    return items


def _end(rows: list[list[_Piece]], start: int) -> int:
    """Where a run of lines with several pieces ends; lines with one piece between such lines belong to it."""
    end = last = start
    while end < len(rows) and (end == start or rows[end][0].top - rows[end - 1][0].top <= NEXT * rows[end][0].size):
        if len(rows[end]) > 1:
            last = end + 1
        elif end == start:
            break
        end += 1
    return last


def _grid(block: list[list[_Piece]], file: str, page: int) -> Grid:
    """As many columns as the fullest lines have; a border runs where the fewest pieces of all lines stand."""
    most = max(map(len, block))
    full = [row for row in block if len(row) >= max(most - 1, 2)]
    spans: list[list[float]] = []
    for left, right in sorted((piece.left, piece.right) for row in full for piece in row):
        if spans and left < spans[-1][1]:
            spans[-1][1] = max(spans[-1][1], right)
        else:
            spans.append([left, right])
    pieces = [piece for row in block for piece in row]
    middles = [(left + right) / 2 for left, right in spans]
    borders = [_border(pieces, left, right) for left, right in pairwise(middles)]
    edges = [min(p.left for p in pieces), *borders, max(p.right for p in pieces)]
    rows = []
    for number, row in enumerate(block, start=1):
        made = GridRow(number, width=len(edges) - 1)
        for piece in row:
            middle = (piece.left + piece.right) / 2
            column = sum(1 for edge in edges[1:-1] if middle >= edge)
            other = made.cells.get(column)
            text = f"{other.text} {piece.text}" if other else piece.text
            source = other.source if other else _source(file, page, piece)
            made.cells[column] = GridCell(text, source, indent=round(max(piece.left - edges[column], 0.0), 2))
        rows.append(made)
    return Grid("", rows, file, Source(file, page), tuple(round(edge, 2) for edge in edges), ruled=False)


def _border(pieces: list[_Piece], left: float, right: float) -> float:
    """The place between two points that the fewest pieces cover, in the middle of the widest such stretch."""
    stops = sorted({left, right, *(x for p in pieces for x in (p.left, p.right) if left < x < right)})
    stretches = []
    for low, high in pairwise(stops):
        middle = (low + high) / 2
        covered = sum(1 for piece in pieces if piece.left < middle < piece.right)
        stretches.append((covered, low - high, middle))
    return min(stretches)[2] if stretches else (left + right) / 2


def _source(file: str, page: int, piece: _Piece) -> Source:
    box = (round(piece.left, 2), round(piece.top, 2), round(piece.right, 2), round(piece.top + piece.size, 2))
    return Source(file, page, box)
