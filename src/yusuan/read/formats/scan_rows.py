"""Rows and columns of text of which only the places are known: no ruling lines, no table elements.

Scans without rules and web pages made from PDF are read so. Lines that hold several pieces make a table together; what
belongs to which column is told by room between the pieces alone, so grids made here are marked as not ruled.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from yusuan.read.grid import Grid, GridCell, GridRow, Line
from yusuan.sheet import Source

NEXT = 2.6
"""Distance of two lines of a table, in type sizes; lines with one piece belong to it when they stand as close."""
LEAST_ROWS, LEAST_COLUMNS = 2, 3


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of text: left and right end, height of its middle and type size, all in one unit, and its source."""

    left: float
    right: float
    middle: float
    size: float
    text: str
    source: Source


Row = list[Piece]


def rows_of(pieces: Sequence[Piece]) -> list[Row]:
    """Pieces of one printed line, left to right; lines top to bottom."""
    rows: list[Row] = []
    for piece in sorted(pieces, key=lambda p: (p.middle, p.left)):
        if rows and abs(piece.middle - rows[-1][0].middle) <= 0.5 * min(piece.size, rows[-1][0].size):
            rows[-1].append(piece)
        else:
            rows.append([piece])
    return [sorted(row, key=lambda piece: piece.left) for row in rows]


def items_of(rows: Sequence[Row], scale: float = 1.0) -> list[Grid | Line]:
    """Runs of lines with several pieces as grids, the others as lines; ``scale`` is points per unit of the pieces."""
    items: list[Grid | Line] = []
    start = 0
    while start < len(rows):
        end = _end(rows, start)
        block = rows[start:end]
        if sum(len(row) > 1 for row in block) >= LEAST_ROWS and max(map(len, block)) >= LEAST_COLUMNS:
            items.append(_grid(block, scale))
            start = end
            continue
        items += [Line(piece.text, piece.source, round(piece.size * scale, 2)) for piece in rows[start]]
        start += 1
    return items


def _end(rows: Sequence[Row], start: int) -> int:
    """Where a run of lines with several pieces ends; lines with one piece between such lines belong to it."""
    end = last = start
    while end < len(rows) and (
        end == start or rows[end][0].middle - rows[end - 1][0].middle <= NEXT * rows[end][0].size
    ):
        if len(rows[end]) > 1:
            last = end + 1
        elif end == start:
            break
        end += 1
    return last


def _grid(block: Sequence[Row], scale: float) -> Grid:
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
            column = sum(1 for edge in edges[1:-1] if (piece.left + piece.right) / 2 >= edge)
            indent = round(max(piece.left - edges[column], 0.0) * scale, 2)
            made.cells[column] = _added(made.cells.get(column), GridCell(piece.text, piece.source, indent=indent))
        rows.append(made)
    first = block[0][0].source
    place = Source(first.file, first.page, _around([piece.source for piece in pieces]))
    return Grid("", rows, first.file, place, tuple(round(edge * scale, 2) for edge in edges), ruled=False)


def _added(cell: GridCell | None, more: GridCell) -> GridCell:
    """Two pieces of one cell as one."""
    if cell is None:
        return more
    known = [source.confidence for source in (cell.source, more.source) if source.confidence is not None]
    source = replace(
        cell.source, box=_around([cell.source, more.source]), confidence=min(known) if known else None
    )  # fmt: skip
    return replace(cell, text=f"{cell.text} {more.text}", source=source)


def _around(sources: Sequence[Source]) -> tuple[float, float, float, float] | None:
    boxes = [source.box for source in sources if source.box is not None]
    if not boxes:
        return None
    left, top, right, bottom = zip(*boxes, strict=True)
    return min(left), min(top), max(right), max(bottom)


def _border(pieces: Sequence[Piece], left: float, right: float) -> float:
    """The place between two points that the fewest pieces cover, in the middle of the widest such stretch."""
    stops = sorted({left, right, *(x for p in pieces for x in (p.left, p.right) if left < x < right)})
    stretches = []
    for low, high in pairwise(stops):
        middle = (low + high) / 2
        covered = sum(1 for piece in pieces if piece.left < middle < piece.right)
        stretches.append((covered, low - high, middle))
    return min(stretches)[2] if stretches else (left + right) / 2
