"""The tables of a PDF page, whatever parts their cells: lines, then horizontal rules, colours, text in columns."""

from __future__ import annotations

import numpy as np

from yusuan.read.formats.pdf_cells import lines_of, within
from yusuan.read.formats.pdf_columns import MONEY, banded, between, filled, unruled
from yusuan.read.formats.pdf_frame import Box
from yusuan.read.formats.pdf_lattice import Lattice, faces_of, lattices
from yusuan.read.formats.pdf_rules import Drawn
from yusuan.read.formats.pdf_runs import Run

CROSSED = 0.34
"""Part of the rows of a table that a line must part; the grid of a chart has hardly any."""


def find_tables(drawn: Drawn, runs: list[Run]) -> list[Lattice]:
    """The tables of a page, top to bottom."""
    ruled, spare = lattices(drawn.across, drawn.down)
    tables: list[Lattice] = []
    for found in ruled:
        inside = [run for run in runs if within(found, run)]
        table = _completed(found, inside)
        if table is not None:
            tables.append(table)
    free = _outside(tables, runs)
    spare = [rule for rule in spare if not any(_holds(table.box, rule[1], rule[0]) for table in tables)]
    tables += banded(spare, free)
    free = _outside(tables, free)
    fills = [box for box in drawn.fills if not any(_meets(table.box, box) for table in tables)]
    tables += filled(fills, free)
    tables += unruled(_outside(tables, free))
    return sorted(tables, key=lambda table: (table.ys[0], table.xs[0]))


def _outside(tables: list[Lattice], runs: list[Run]) -> list[Run]:
    return [run for run in runs if not any(within(table, run) for table in tables)]


def _holds(box: Box, x: float, y: float) -> bool:
    return box[0] <= x <= box[2] and box[1] <= y <= box[3]


def _meets(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _completed(table: Lattice, runs: list[Run]) -> Lattice | None:
    """A ruled table with what its lines leave open: columns without verticals, rows without horizontals."""
    parted = sum(len(set(row)) > 1 for row in table.at)
    if parted < CROSSED * len(table.at):
        rules = [(face.box[1], face.box[0], face.box[2]) for face in table.faces]
        return between(table.ys, (table.xs[0], table.xs[-1]), runs, rules)
    added = {row: borders for row in range(len(table.at)) if (borders := _lines_within(table, row, runs))}
    return _with_rows(table, added) if added else table


def _lines_within(table: Lattice, row: int, runs: list[Run]) -> list[float]:
    """Borders to be added in a row that holds several lines of figures in several columns."""
    top, bottom = table.ys[row], table.ys[row + 1]
    held = [run for run in runs if top <= (run.box[1] + run.box[3]) / 2 <= bottom]
    if len(held) < 4 or any(table.faces[number].rows > 1 for number in table.at[row]):
        return []
    lines = lines_of(held)
    figures = [len({_column(table, run) for run in line if MONEY.fullmatch(run.text)}) for line in lines]
    if sum(count >= 2 for count in figures) < 2:
        return []
    borders: list[float] = []
    first = next(number for number, count in enumerate(figures) if count)
    for number in range(max(first, 1), len(lines)):
        if number == first or len({_column(table, run) for run in lines[number]}) >= 2:
            foot = max(run.box[3] for run in lines[number - 1])
            borders.append((foot + min(run.box[1] for run in lines[number])) / 2)
    return [border for border in borders if top < border < bottom]


def _column(table: Lattice, run: Run) -> int:
    return table.column_at((run.box[0] + run.box[2]) / 2)


def _with_rows(table: Lattice, added: dict[int, list[float]]) -> Lattice:
    """The table with borders added within rows; spans across columns stay."""
    ys: list[float] = []
    at: list[list[int]] = []
    for row, numbers in enumerate(table.at):
        tops = [table.ys[row], *sorted(added.get(row, []))]
        ys.extend(tops)
        at.extend([[len(table.faces) * part + number for number in numbers] for part in range(len(tops))])
    cells = np.array(at)
    walls = np.ones((len(ys), len(table.xs)), dtype=bool)
    walls[:, 1:-1] = cells[:, 1:] != cells[:, :-1]
    floors = np.ones((len(ys) + 1, len(table.xs) - 1), dtype=bool)
    floors[1:-1, :] = cells[1:, :] != cells[:-1, :]
    return faces_of(table.xs, [*ys, table.ys[-1]], walls, floors) or table
