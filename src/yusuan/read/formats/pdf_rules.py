"""Ruling lines of a PDF page: strokes, thin fills, edges of cell rectangles, pictures, however they were drawn."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pypdfium2.raw as raw

from yusuan.read.formats import pdf_library as pdfium
from yusuan.read.formats.pdf_frame import IDENTITY, Box, Frame, Matrix, compose, moved, moved_box

MOST_OBJECTS = 200_000
"""Objects of a page that are looked at, those inside forms included."""

MOST_SEGMENTS = 400_000
"""Pieces of paths of a page that are looked at."""

DEEPEST = 8
"""Forms within forms."""

THIN = 3.6
"""Points: nothing wider is a ruling line."""

SHORT = 3.0
"""Points: a single thin mark not longer may be part of a dashed line."""

PALE = 250
"""The least colour value (0–255) of what cannot be told from the paper."""


@dataclass(slots=True)
class Drawn:
    """What is drawn on a page besides text, upright.

    ``across`` holds (y, x0, x1) and ``down`` (x, y0, y1) of ruling lines, ``fills`` the boxes of areas, ``pictures``
    those of images; ``covers`` tells for each opaque image how many texts lie under it. ``shapes`` counts filled areas
    that are no boxes, ``texts`` texts, ``left_out`` whether objects are beyond the limits.
    """

    across: list[tuple[float, float, float]] = field(default_factory=list)
    down: list[tuple[float, float, float]] = field(default_factory=list)
    fills: list[Box] = field(default_factory=list)
    pictures: list[Box] = field(default_factory=list)
    covers: list[tuple[Box, int]] = field(default_factory=list)
    shapes: int = 0
    texts: int = 0
    left_out: bool = False

    def covered(self, size: tuple[float, float], least: float) -> bool:
        """Whether an opaque picture over so much of the page (width, height) hides most of the text."""
        return any(under > self.texts / 2 and _part(box, size) >= least for box, under in self.covers)

    def pictured(self, size: tuple[float, float]) -> float:
        """Part of the page (width, height) that pictures cover; those that overlap count twice, up to 1."""
        return min(sum(_part(box, size) for box in self.pictures), 1.0)

    def add(self, box: Box) -> bool:
        """A thin box as a ruling line; whether it is one."""
        x0, y0, x1, y1 = box
        wide, high = x1 - x0, y1 - y0
        if high <= THIN and wide > 2 * high:
            self.across.append(((y0 + y1) / 2, x0, x1))
        elif wide <= THIN and high > 2 * wide:
            self.down.append(((x0 + x1) / 2, y0, y1))
        else:
            return False
        return True


def _part(box: Box, size: tuple[float, float]) -> float:
    wide = min(box[2], size[0]) - max(box[0], 0.0)
    high = min(box[3], size[1]) - max(box[1], 0.0)
    return max(wide, 0.0) * max(high, 0.0) / (max(size[0], 1.0) * max(size[1], 1.0))


def read_drawn(page: Any, frame: Frame) -> Drawn:
    """The ruling lines, areas and pictures of a page."""
    return _Pen(frame).page(page)


def pictured_pixels(page: Any) -> int:
    """Pixels of all pictures of a page together, before any is unpacked."""
    place = pdfium.address(page)
    count = min(int(raw.FPDFPage_CountObjects(page)), MOST_OBJECTS)
    return _pixels([pdfium.page_object(place, i) for i in range(count)], 0)


def _pixels(objects: list[int], depth: int) -> int:
    size = (ctypes.c_uint * 2)()
    at = ctypes.addressof(size)
    total = 0
    for place in objects:
        kind = pdfium.object_kind(place)
        if kind == raw.FPDF_PAGEOBJ_IMAGE and pdfium.image_size(place, at, at + 4):
            total += size[0] * size[1]
        elif kind == raw.FPDF_PAGEOBJ_FORM and depth < DEEPEST:
            count = min(int(pdfium.form_count(place)), MOST_OBJECTS)
            total += _pixels([pdfium.form_object(place, i) for i in range(count)], depth + 1)
    return total


class _Pen:
    """Goes over the objects of a page once, keeping the buffers that calls write to."""

    def __init__(self, frame: Frame) -> None:
        self.drawn = Drawn()
        self.upright = frame.upright
        self.objects = 0
        self.segments = 0
        self.floats = (ctypes.c_float * 6)()
        self.whole = (ctypes.c_int * 2)()
        self.color = (ctypes.c_uint * 4)()
        self.at = ctypes.addressof(self.floats)
        self.mode = ctypes.addressof(self.whole)
        self.paint = ctypes.addressof(self.color)

    def page(self, page: Any) -> Drawn:
        place = pdfium.address(page)
        count = int(raw.FPDFPage_CountObjects(page))
        self._all(pdfium.page_object, place, min(count, MOST_OBJECTS), IDENTITY)
        self.drawn.left_out |= count > MOST_OBJECTS
        return self.drawn

    def _all(self, get: Callable[..., int], holder: int, count: int, outer: Matrix, depth: int = 0) -> None:
        matrix = compose(outer, self.upright)
        kind_of, texts = pdfium.object_kind, 0
        for i in range(count):
            place = get(holder, i)
            kind = kind_of(place)
            if kind == raw.FPDF_PAGEOBJ_TEXT:
                texts += 1
                continue
            self.drawn.texts += texts
            self.objects += texts + 1
            texts = 0
            if self.objects > MOST_OBJECTS or self.segments > MOST_SEGMENTS:
                self.drawn.left_out = True
                return
            if kind == raw.FPDF_PAGEOBJ_PATH:
                self._path(place, matrix)
            elif kind == raw.FPDF_PAGEOBJ_FORM and depth < DEEPEST:
                inner = compose(self._matrix(place), outer)
                within = min(max(int(pdfium.form_count(place)), 0), MOST_OBJECTS)
                self._all(pdfium.form_object, place, within, inner, depth + 1)
            else:
                self._area_of(place, kind, matrix)
        self.drawn.texts += texts
        self.objects += texts

    def _area_of(self, place: int, kind: int, matrix: Matrix) -> None:
        """A picture or a shading as an area; a thin picture as a line."""
        box = self._bounds(place, matrix)
        if box is None:
            return
        if kind == raw.FPDF_PAGEOBJ_SHADING:
            self.drawn.fills.append(box)
        elif kind == raw.FPDF_PAGEOBJ_IMAGE and not self.drawn.add(box):
            self.drawn.pictures.append(box)
            if not pdfium.object_transparent(place):
                self.drawn.covers.append((box, self.drawn.texts))

    def _matrix(self, place: int) -> Matrix:
        if not pdfium.object_matrix(place, self.at):
            return IDENTITY
        a, b, c, d, e, f = self.floats
        return a, b, c, d, e, f

    def _bounds(self, place: int, matrix: Matrix) -> Box | None:
        at = self.at
        if not pdfium.object_bounds(place, at, at + 4, at + 8, at + 12):
            return None
        floats = self.floats
        return moved_box(matrix, (floats[0], floats[1], floats[2], floats[3]))

    def _seen(self, ask: Any, place: int) -> bool:
        """Whether a colour can be told from the paper."""
        at = self.paint
        if not ask(place, at, at + 4, at + 8, at + 12):
            return True
        red, green, blue, alpha = self.color
        return alpha > 0 and min(red, green, blue) < PALE

    def _path(self, place: int, matrix: Matrix) -> None:
        box = self._bounds(place, matrix)
        if box is None or not pdfium.path_mode(place, self.mode, self.mode + 4):
            return
        filled, stroked = self.whole[0] != raw.FPDF_FILLMODE_NONE, bool(self.whole[1])
        stroked = stroked and self._seen(pdfium.stroke_color, place)
        filled = filled and self._seen(pdfium.fill_color, place)
        if not stroked and not filled:
            return
        wide, high = box[2] - box[0], box[3] - box[1]
        if min(wide, high) <= THIN:
            if max(wide, high) > SHORT or stroked:
                self.drawn.add(box)
            return
        count = int(pdfium.path_count(place))
        self.segments += count
        if self.segments > MOST_SEGMENTS:
            self.drawn.left_out = True
            return
        if stroked:
            self._outline(place, count, matrix)
        elif count in (4, 5):
            self.drawn.fills.append(box)
        else:
            self._areas(place, count, matrix)

    def _points(self, place: int, count: int, matrix: Matrix) -> Iterator[tuple[int, bool, tuple[float, float]]]:
        """Kind, whether it closes, and end point of every piece of a path."""
        matrix = compose(self._matrix(place), matrix)
        at, floats = self.at, self.floats
        for i in range(count):
            piece = pdfium.path_segment(place, i)
            if piece and pdfium.segment_point(piece, at, at + 4):
                point = moved(matrix, floats[0], floats[1])
                yield int(pdfium.segment_kind(piece)), bool(pdfium.segment_close(piece)), point

    def _outline(self, place: int, count: int, matrix: Matrix) -> None:
        start = before = (0.0, 0.0)
        for kind, closes, point in self._points(place, count, matrix):
            if kind == raw.FPDF_SEGMENT_MOVETO:
                start = point
            elif kind == raw.FPDF_SEGMENT_LINETO:
                self._stroke(before, point)
            before = point
            if closes:
                self._stroke(before, start)
                before = start

    def _stroke(self, one: tuple[float, float], other: tuple[float, float]) -> None:
        (x0, y0), (x1, y1) = one, other
        if abs(y0 - y1) <= 0.5 < abs(x0 - x1):
            self.drawn.across.append(((y0 + y1) / 2, min(x0, x1), max(x0, x1)))
        elif abs(x0 - x1) <= 0.5 < abs(y0 - y1):
            self.drawn.down.append(((x0 + x1) / 2, min(y0, y1), max(y0, y1)))

    def _areas(self, place: int, count: int, matrix: Matrix) -> None:
        """The boxes that one filled path consists of; shapes other than boxes are no cells."""
        corners: list[tuple[float, float]] = []
        for kind, _, point in self._points(place, count, matrix):
            if kind == raw.FPDF_SEGMENT_MOVETO:
                self._area(corners)
                corners = []
            elif kind == raw.FPDF_SEGMENT_BEZIERTO:
                self.drawn.shapes += 1
                return
            corners.append(point)
        self._area(corners)

    def _area(self, corners: list[tuple[float, float]]) -> None:
        if not 4 <= len(corners) <= 5:
            return
        xs, ys = [x for x, _ in corners], [y for _, y in corners]
        box = (min(xs), min(ys), max(xs), max(ys))
        upright = all(
            min(abs(x - box[0]), abs(x - box[2])) < 0.5 and min(abs(y - box[1]), abs(y - box[3])) < 0.5
            for x, y in corners
        )
        if upright and not self.drawn.add(box):
            self.drawn.fills.append(box)
