"""The neutral grid between file formats and meaning: cells with text, place, span and source, nothing thrown away."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from yusuan.sheet import Source


def file_name(path: Path) -> str:
    """The name of a file as text, bytes that are no UTF-8 escaped."""
    return os.fsencode(path.name).decode("utf-8", "backslashreplace")


@dataclass(frozen=True, slots=True)
class GridCell:
    """One non-empty cell: text as shown, source; ``value`` is the unrounded text of a number shown shorter,
    ``formula`` tells of a formula without a stored value."""

    text: str
    source: Source
    value: str | None = None
    formula: bool = False
    span: tuple[int, int] = (1, 1)


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
    """One worksheet, page or text as rows of cells."""

    name: str
    rows: list[GridRow]
    file: str
    source: Source
