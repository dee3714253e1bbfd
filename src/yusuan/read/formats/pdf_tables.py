"""The tables of a PDF page, whatever parts their cells: lines, then horizontal rules, colours, text in columns."""

from __future__ import annotations

from yusuan.read.formats.pdf_cells import within
from yusuan.read.formats.pdf_columns import banded, between, filled, unruled
from yusuan.read.formats.pdf_frame import Box
from yusuan.read.formats.pdf_lattice import Lattice, lattices
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
    return table
