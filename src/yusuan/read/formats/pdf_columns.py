"""Tables whose columns no line parts: told from text that stands in columns, between horizontal rules or without any.

Figures make the columns, then narrow texts, then wide ones; a text over columns that are filled side by side elsewhere
is a heading over them. Such tables are marked as not ruled.
"""

from __future__ import annotations

import itertools
import re
from collections import defaultdict
from dataclasses import dataclass, field

import numpy as np

from yusuan.read.formats.pdf_cells import lines_of
from yusuan.read.formats.pdf_frame import Box
from yusuan.read.formats.pdf_lattice import ALIKE, SNAP, TOUCH, Lattice, Piece, faces_of, lattice, walls_along
from yusuan.read.formats.pdf_runs import Run

COLUMN_GAP = 0.4
"""Gap, in sizes, that parts two texts of one line; single characters spread over a cell stay one text."""

AMOUNT_GAP = 0.12
"""The same, beside an amount."""

SPREAD = 5.0
"""The same, for single characters."""

HEADED = 60.0
"""Points between a heading and the figures it stands above."""

TABULAR = 0.3
"""Part of the rows between rules that hold texts side by side; hardly any between the lines of a chart do."""

PROSE = 0.15
"""Part of the texts of a table that may be parts of sentences."""

ALIGNED = 0.6
"""Part of the amounts of a table without rules that line up; those of a text or a chart stand anywhere."""

LEAST_ROWS = 3
"""Rows of a table without rules."""

LINE_GAP = 4.0
"""Distance of base lines, in sizes, beyond which text without rules is another table."""

_PROSE = re.compile(r"[，。；]")
_FIGURE = re.compile(r"[\-−–—(（△]?\d[\d,，]*(?:[.．]\d+)?[)）%％]?|[—\-]{1,2}")
MONEY = re.compile(r"[\-−–(（△]?\d[\d,，]*[.．]\d+[)）]?|[\-−–(（△]?\d{1,3}(?:[,，]\d{3})+[)）]?")


@dataclass(slots=True)
class Chunk:
    """A text of one line, its ink from left to right, and the line it stands in."""

    text: str
    left: float
    right: float
    line: int

    @property
    def figure(self) -> bool:
        """Whether it is a number or stands for one."""
        return bool(_FIGURE.fullmatch(self.text))


@dataclass(slots=True)
class _Column:
    left: float
    right: float
    lines: set[int] = field(default_factory=set)

    def take(self, chunk: Chunk) -> None:
        self.left, self.right = min(self.left, chunk.left), max(self.right, chunk.right)
        self.lines.add(chunk.line)


def chunks_of(lines: list[list[Run]]) -> list[Chunk]:
    """The texts of printed lines, parted at wide gaps."""
    found: list[Chunk] = []
    for number, line in enumerate(lines):
        pieces = [piece for run in line for piece in _parted(run)]
        for piece in pieces:
            before = found[-1] if found and found[-1].line == number else None
            gap = piece.box[0] - before.right if before else 0.0
            single = before is not None and len(piece.text) == 1 and not piece.text.isdigit()
            single = single and len(before.text.replace(" ", "")) <= 4 and not before.text[-1].isdigit()  # type: ignore[union-attr]
            apart = before is None or (gap > AMOUNT_GAP * piece.size and _beside_amount(before.text, piece.text))
            if before and not apart and gap <= (SPREAD if single else COLUMN_GAP) * piece.size:
                before.text += piece.text
                before.right = max(before.right, piece.box[2])
            else:
                found.append(Chunk(piece.text, piece.box[0], piece.box[2], number))
    return found


def _parted(run: Run) -> list[Run]:
    """A run cut at its wide gaps, and at any gap beside an amount."""
    if max(run.gaps) <= AMOUNT_GAP * run.size:
        return [run]
    cuts = [0]
    for i, gap in enumerate(run.gaps):
        wide = gap > COLUMN_GAP * run.size
        if wide or (gap > AMOUNT_GAP * run.size and _beside_amount(run.text[cuts[-1] : i], run.text[i:])):
            cuts.append(i)
    cuts.append(len(run.text))
    return [piece for start, stop in itertools.pairwise(cuts) if (piece := run.part(start, stop)) is not None]


def _beside_amount(before: str, after: str) -> bool:
    return bool(MONEY.fullmatch(before.strip()) or MONEY.fullmatch(after.strip()))


def columns_of(chunks: list[Chunk]) -> list[tuple[float, float]]:
    """Left and right of the columns that texts stand in, left to right."""
    found: list[_Column] = []
    for chunk in sorted(chunks, key=lambda chunk: (not chunk.figure, chunk.right - chunk.left)):
        over = [column for column in found if chunk.left < column.right and column.left < chunk.right]
        if not over:
            found.append(_Column(chunk.left, chunk.right, {chunk.line}))
        elif len(over) == 1 and chunk.line not in over[0].lines:
            over[0].take(chunk)
        elif len(over) > 1 and not _side_by_side(over):
            first = over[0]
            for other in over[1:]:
                first.left, first.right = min(first.left, other.left), max(first.right, other.right)
                first.lines |= other.lines
                found.remove(other)
            first.take(chunk)
    top = min((chunk.line for chunk in chunks if chunk.figure), default=0)
    return [(column.left, column.right) for column in _headed(sorted(found, key=lambda column: column.left), top)]


def _headed(columns: list[_Column], first: int) -> list[_Column]:
    """Headings that stand beside the figures they head, taken into their column; ``first`` is the line of the first
    figure."""
    kept: list[_Column] = []
    for column in columns:
        before = kept[-1] if kept else None
        if (
            before is not None
            and column.left - before.right < HEADED
            and not column.lines & before.lines
            and (max(before.lines) < first) != (max(column.lines) < first)
        ):
            before.right = max(before.right, column.right)
            before.lines |= column.lines
        else:
            kept.append(column)
    return kept


def _side_by_side(columns: list[_Column]) -> bool:
    return any(one.lines & other.lines for i, one in enumerate(columns) for other in columns[:i])


def borders_of(columns: list[tuple[float, float]], left: float, right: float) -> list[float]:
    """The borders between columns, in the middle of the room between them."""
    inner = [(before[1] + after[0]) / 2 for before, after in itertools.pairwise(columns)]
    return [left, *sorted(inner), right]


def banded(rules: list[Piece], runs: list[Run]) -> list[Lattice]:
    """Tables with horizontal rules only: three or more of one width, most rows of them filled in several columns."""
    found = []
    for group in _bands(rules):
        left, right = min(rule[1] for rule in group), max(rule[2] for rule in group)
        ys = sorted({round(rule[0], 2) for rule in group})
        inside = [run for run in runs if _in((left, ys[0], right, ys[-1]), run)]
        made = between(ys, (left, right), inside, group)
        if made is not None:
            found.append(made)
    return found


def _bands(rules: list[Piece]) -> list[list[Piece]]:
    """Rules that stand under one another, none wider than the topmost."""
    groups: list[list[Piece]] = []
    sides: list[tuple[float, float]] = []
    for rule in sorted(rules):
        for i, (left, right) in enumerate(sides):
            if rule[1] >= left - TOUCH and rule[2] <= right + TOUCH:
                groups[i].append(rule)
                break
        else:
            groups.append([rule])
            sides.append(rule[1:])
    return [group for group in groups if len(group) >= LEAST_ROWS]


def _in(box: Box, run: Run) -> bool:
    middle, across = (run.box[1] + run.box[3]) / 2, (run.box[0] + run.box[2]) / 2
    return box[1] <= middle <= box[3] and box[0] <= across <= box[2]


def between(ys: list[float], sides: tuple[float, float], runs: list[Run], rules: list[Piece]) -> Lattice | None:
    """The table between horizontal borders; ``None`` where its rows hold no columns."""
    ys = _snapped(ys)
    if len(ys) < 2 or not runs:
        return None
    lines = lines_of(runs)
    chunks = chunks_of(lines)
    columns = columns_of(chunks)
    if len(columns) < 2 or not _tabular(ys, lines, chunks):
        return None
    left, right = min(sides[0], columns[0][0]), max(sides[1], columns[-1][1])
    xs = borders_of(columns, left, right)
    ys = _split(ys, lines, chunks)
    return _built(xs, ys, lines, chunks, [*rules, *((y, left, right) for y in ys if not _ruled(y, rules))])


def _snapped(ys: list[float]) -> list[float]:
    kept: list[float] = []
    for y in sorted(ys):
        if not kept or y - kept[-1] > SNAP:
            kept.append(y)
    return kept


def _ruled(y: float, rules: list[Piece]) -> bool:
    return any(abs(rule[0] - y) <= SNAP for rule in rules)


def _middle(line: list[Run]) -> float:
    return (min(run.box[1] for run in line) + max(run.box[3] for run in line)) / 2


def _band(ys: list[float], y: float) -> int:
    return int(np.searchsorted(ys, y)) - 1


def _tabular(ys: list[float], lines: list[list[Run]], chunks: list[Chunk]) -> bool:
    """Whether enough rows hold texts side by side."""
    texts: dict[int, int] = defaultdict(int)
    for chunk in chunks:
        texts[chunk.line] += 1
    best: dict[int, int] = defaultdict(int)
    for number, line in enumerate(lines):
        band = _band(ys, _middle(line))
        best[band] = max(best[band], texts[number])
    return sum(count >= 2 for count in best.values()) > TABULAR * (len(ys) - 1)


def _split(ys: list[float], lines: list[list[Run]], chunks: list[Chunk]) -> list[float]:
    """Borders added between the lines of a band that holds several rows of figures."""
    figures: dict[int, int] = defaultdict(int)
    for chunk in chunks:
        figures[chunk.line] += chunk.figure
    held: dict[int, list[int]] = defaultdict(list)
    for number, line in enumerate(lines):
        held[_band(ys, _middle(line))].append(number)
    added: list[float] = []
    for numbers in held.values():
        if sum(figures[number] >= 1 for number in numbers) >= 2:
            added.extend(_borders(lines, numbers))
    return sorted([*ys, *added])


def _borders(lines: list[list[Run]], numbers: list[int]) -> list[float]:
    """The middles of the room between printed lines."""
    found = []
    for before, after in itertools.pairwise(numbers):
        foot, head = max(r.box[3] for r in lines[before]), min(r.box[1] for r in lines[after])
        found.append((foot + head) / 2)
    return found


def _built(
    xs: list[float], ys: list[float], lines: list[list[Run]], chunks: list[Chunk], rules: list[Piece]
) -> Lattice | None:
    """The lattice with all borders, opened under the texts that stand over several columns."""
    walls = np.ones((len(ys) - 1, len(xs)), dtype=bool)
    taken: dict[tuple[int, int], int] = defaultdict(int)
    spans: list[tuple[int, int, int]] = []
    for chunk in chunks:
        row = min(max(_band(ys, _middle(lines[chunk.line])), 0), len(ys) - 2)
        first = min(max(_band(xs, chunk.left + ALIKE), 0), len(xs) - 2)
        last = min(max(_band(xs, chunk.right - ALIKE), 0), len(xs) - 2)
        for column in range(first, last + 1):
            taken[row, column] += 1
        if last > first:
            spans.append((row, first, last))
    for row, first, last in spans:
        if all(taken[row, column] == 1 for column in range(first, last + 1)):
            walls[row, first + 1 : last + 1] = False
    floors = walls_along(ys, xs, rules).T
    floors[0, :] = floors[-1, :] = True
    made = faces_of(xs, ys, walls, floors)
    if made is not None:
        made.ruled = False
    return made


def unruled(runs: list[Run]) -> list[Lattice]:
    """Tables without any rule: three or more lines one under another with figures that stand in columns."""
    lines = lines_of(runs)
    if sum(len(line) > 1 or max(line[0].gaps) > COLUMN_GAP * line[0].size for line in lines) < LEAST_ROWS:
        return []
    chunks = chunks_of(lines)
    by_line: dict[int, list[Chunk]] = defaultdict(list)
    for chunk in chunks:
        by_line[chunk.line].append(chunk)
    found = []
    for group in _stacked(lines, by_line):
        held = [lines[number] for number in group]
        members = chunks_of(held)
        columns = columns_of(members)
        if not _convincing(members, columns):
            continue
        top, bottom = min(r.box[1] for r in held[0]) - 1, max(r.box[3] for r in held[-1]) + 1
        ys = [top, *_borders(held, list(range(len(held)))), bottom]
        xs = borders_of(columns, columns[0][0] - 1, columns[-1][1] + 1)
        made = _built(xs, ys, held, members, [(y, xs[0], xs[-1]) for y in ys])
        if made is not None:
            found.append(made)
    return found


def _stacked(lines: list[list[Run]], chunks: dict[int, list[Chunk]]) -> list[list[int]]:
    """Neighbouring lines of which most hold texts side by side."""
    groups: list[list[int]] = []
    for number, line in enumerate(lines):
        near = bool(groups) and line[0].base - lines[number - 1][0].base <= LINE_GAP * line[0].size
        if near:
            groups[-1].append(number)
        else:
            groups.append([number])
    found = []
    for group in groups:
        while group and len(chunks[group[0]]) < 2:
            group.pop(0)
        while group and len(chunks[group[-1]]) < 2:
            group.pop()
        if sum(len(chunks[number]) >= 2 for number in group) >= max(LEAST_ROWS, len(group) // 2):
            found.append(group)
    return found


def _convincing(chunks: list[Chunk], columns: list[tuple[float, float]]) -> bool:
    """Whether texts in columns are a table: amounts in them, most of them set to one edge, and more than one column
    that is filled again and again."""
    if sum(bool(_PROSE.search(chunk.text)) for chunk in chunks) > PROSE * len(chunks):
        return False
    lines = len({chunk.line for chunk in chunks})
    money = [chunk for chunk in chunks if MONEY.fullmatch(chunk.text)]
    full = aligned = 0
    for left, right in columns:
        full += sum(chunk.left < right and left < chunk.right for chunk in chunks) >= LEAST_ROWS
        held = [chunk for chunk in money if chunk.left < right and left < chunk.right]
        edges = ([c.right for c in held], [c.left for c in held], [(c.left + c.right) / 2 for c in held])
        aligned += max(_alike(edge) for edge in edges)
    return len(money) >= max(2, lines // 2) and full >= 2 and aligned >= ALIGNED * len(money)


def _alike(edges: list[float]) -> int:
    """How many stand at one place, when there are several."""
    most = max((sum(abs(edge - other) <= SNAP for other in edges) for edge in edges), default=0)
    return most if most >= 2 else 0


def filled(fills: list[Box], runs: list[Run]) -> list[Lattice]:
    """Tables whose cells are only coloured: four or more areas side by side and one under another."""
    found = []
    for group in _adjacent(fills):
        rows = [piece for x0, y0, x1, y1 in group for piece in ((y0, x0, x1), (y1, x0, x1))]
        columns = [piece for x0, y0, x1, y1 in group for piece in ((x0, y0, y1), (x1, y0, y1))]
        made = lattice(rows, columns)
        if made is None or not any(_in(made.box, run) for run in runs):
            continue
        if len(made.xs) == 2:
            inside = [run for run in runs if _in(made.box, run)]
            made = between(made.ys, (made.xs[0], made.xs[-1]), inside, [])
        if made is not None:
            made.ruled = False
            found.append(made)
    return found


def _adjacent(fills: list[Box]) -> list[list[Box]]:
    """Areas that touch, in groups of at least four; one that holds others is no cell."""
    boxes = np.array(sorted(set(fills))[:2000])
    if len(boxes) < 4:
        return []
    x0, y0, x1, y1 = boxes.T
    holds = (
        (x0[:, None] <= x0 + ALIKE) & (y0[:, None] <= y0 + ALIKE)
        & (x1[:, None] >= x1 - ALIKE) & (y1[:, None] >= y1 - ALIKE)
    ).sum(axis=1) > 2  # fmt: skip
    boxes = boxes[~holds]
    if len(boxes) < 4:
        return []
    x0, y0, x1, y1 = boxes.T
    touch = (
        (x0[:, None] <= x1 + TOUCH) & (x0 <= x1[:, None] + TOUCH)
        & (y0[:, None] <= y1 + TOUCH) & (y0 <= y1[:, None] + TOUCH)
    )  # fmt: skip
    label = np.arange(len(boxes))
    while True:
        spread = np.where(touch, label[None, :], len(boxes)).min(axis=1)
        if (spread == label).all():
            break
        label = spread
    groups = [boxes[label == name] for name in np.unique(label)]
    return [[(b[0], b[1], b[2], b[3]) for b in group.tolist()] for group in groups if len(group) >= 4]
