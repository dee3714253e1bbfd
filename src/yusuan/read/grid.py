"""The neutral grid between file formats and meaning: cells with text, place, span and source, nothing thrown away.

Every reader of a format returns a ``Material``: what the file holds in reading order, tables as grids and all other
text as lines. Boxes are (left, top, right, bottom) in points from the upper left corner of the page as it is shown.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from yusuan.sheet import Source

_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")
"""Control characters, line separators and marks that turn the direction of text."""


def file_name(path: Path) -> str:
    """The name of a file as text on one line: bytes that are no UTF-8, and signs that break or turn it, escaped."""
    name = os.fsencode(path.name).decode("utf-8", "backslashreplace")
    return _UNSEEN.sub(lambda found: found[0].encode("unicode_escape").decode("ascii"), name)


@dataclass(frozen=True, slots=True)
class GridCell:
    """One non-empty cell: text as shown, source; ``value`` is the unrounded text of a number shown shorter,
    ``formula`` tells of a formula without a stored value.

    A merged area is one cell at its upper left corner with ``span`` (rows, columns). ``indent`` is how far the text
    stands from the left border of its cell, in points or blanks, whichever the format tells.
    """

    text: str
    source: Source
    value: str | None = None
    formula: bool = False
    span: tuple[int, int] = (1, 1)
    indent: float = 0.0


@dataclass
class GridRow:
    """Cells of one line by column; hidden rows are kept and marked."""

    number: int
    cells: dict[int, GridCell] = field(default_factory=dict)
    hidden: bool = False
    width: int = 0
    """Columns of the line, empty ones included, where the format tells (0 otherwise)."""

    def text(self, column: int) -> str:
        """Text of a column, empty when there is none."""
        cell = self.cells.get(column)
        return cell.text if cell else ""

    def filled(self) -> list[tuple[int, GridCell]]:
        """Non-empty cells, left to right."""
        return sorted(self.cells.items())


@dataclass
class Grid:
    """One worksheet, table or text as rows of cells.

    ``edges`` are the positions of the column borders on the page, left to right, where the format tells; a table that
    runs over pages is one grid a page. ``ruled`` is false when columns were told from the text alone.
    """

    name: str
    rows: list[GridRow]
    file: str
    source: Source
    edges: tuple[float, ...] = ()
    ruled: bool = True


@dataclass(frozen=True, slots=True)
class Line:
    """A printed line of text outside tables; ``size`` is its type size in points, ``heading`` its level where the
    format marks headings (0: not told)."""

    text: str
    source: Source
    size: float = 0.0
    heading: int = 0


@dataclass(frozen=True, slots=True)
class Doubt:
    """Something of a file that was not read or is not to be trusted: what kind, on which page, with which values."""

    kind: str
    page: int | None = None
    values: Mapping[str, object] = field(default_factory=dict)


@dataclass
class Material:
    """What one file holds, in reading order; ``pages`` are the sizes (width, height) of its pages as shown (points)."""

    file: str
    kind: str
    items: list[Grid | Line]
    pages: list[tuple[float, float]] = field(default_factory=list)
    doubts: list[Doubt] = field(default_factory=list)

    @property
    def grids(self) -> list[Grid]:
        """The tables, in reading order."""
        return [item for item in self.items if isinstance(item, Grid)]

    @property
    def lines(self) -> list[Line]:
        """The text outside tables, in reading order."""
        return [item for item in self.items if isinstance(item, Line)]
