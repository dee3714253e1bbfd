"""Text at absolute places, as programs leave it that turn PDF into HTML: rows and columns rebuilt from positions.

Such pages have no table elements; what belongs together is told by the left and top of each piece of text alone, so
grids made here are marked as not ruled.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from yusuan.read.formats.html_style import Styles, points
from yusuan.read.formats.scan_rows import Piece, Row, items_of, rows_of
from yusuan.read.grid import Grid, Line
from yusuan.sheet import Source

LEAST_PIECES = 8
PLACED = 0.7
"""Share of a page's text that must have an absolute place."""
SIZE = 10.5
APART = 0.9
"""Blank room between two pieces, in type sizes, from which they are cells of their own."""
CLOSE = 0.1
"""The same next to a figure, which may stand close to the label of the next column."""
LEADING = 1.2
"""Distance of the lines of one piece, in type sizes."""
_BLANK = re.compile(r"\s+")
_FIGURE = re.compile(r"[-+△]?[\d,.]+%?|[-—]+")
_SCALE = re.compile(r"(?:matrix|scale)\(\s*(\d{0,4}\.?\d{0,8})")


def placed_items(body: Any, styles: Styles, file: str) -> tuple[list[Grid | Line], list[tuple[float, float]]] | None:
    """Items and page sizes of a page whose text has absolute places; ``None`` for any other page."""
    pieces = _Pieces(styles, file, body)
    if len(pieces.within) < LEAST_PIECES // 4:
        return None
    pieces.enter(body, 0.0, 0.0, SIZE, False)
    found = pieces.found
    whole = sum(len(_BLANK.sub("", text)) for text in body.itertext()) - pieces.silent
    if len(found) < LEAST_PIECES or sum(len(_BLANK.sub("", p.text)) for p in found) < PLACED * max(whole, 1):
        return None
    items: list[Grid | Line] = []
    for page in range(1, pieces.page + 2):
        rows = rows_of([piece for piece in found if piece.source.page == page])
        items += items_of([_joined(row) for row in rows])
    return items, []


class _Pieces:
    """Collects placed text; a container with a place of its own shifts what it holds."""

    def __init__(self, styles: Styles, file: str, body: Any) -> None:
        self.styles, self.file = styles, file
        self.found: list[Piece] = []
        self.page = 0
        self.silent = 0
        self.within: set[Any] = set()
        for element in body.iterdescendants():
            holder = element.getparent() if self._placed(element) else None
            while holder is not None and holder not in self.within:
                self.within.add(holder)
                holder = holder.getparent()

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
        if own and element not in self.within:
            for number, text in enumerate(_lines(element)):
                if text:
                    place = top + LEADING * number * size
                    self.found.append(self._piece(text, left, place, size))
            return
        for child in element:
            self.enter(child, left, top, size, placed)

    def _piece(self, text: str, left: float, top: float, size: float) -> Piece:
        """A piece whose width is estimated from its characters."""
        right = left + size * sum(1.0 if ord(sign) > 0x2E80 else 0.52 for sign in text)
        box = (round(left, 2), round(top, 2), round(right, 2), round(top + size, 2))
        return Piece(left, right, top + size / 2, size, text, Source(self.file, max(self.page, 1), box))

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


def _joined(row: Row) -> Row:
    """Pieces with hardly room between them as one."""
    made = [row[0]]
    for piece in row[1:]:
        last = made[-1]
        figures = _FIGURE.fullmatch(piece.text) or _FIGURE.fullmatch(last.text)
        if piece.left - last.right < (CLOSE if figures else APART) * min(piece.size, last.size):
            gap = " " if last.text[-1:].isascii() and piece.text[:1].isascii() and piece.left - last.right > 1 else ""
            assert last.source.box is not None and piece.source.box is not None
            box = (*last.source.box[:2], *piece.source.box[2:])
            source = replace(last.source, box=box)
            made[-1] = replace(last, text=last.text + gap + piece.text, right=piece.right, source=source)
        else:
            made.append(piece)
    return made
