"""Text of a PDF page in the cells of a table: which run stands in which cell, and the text of a cell from its runs.

Labels that run over their cell and figures that share a run are told from the borders they cross: a run is cut at a
border only where it has a gap; a run without one belongs whole to the cell with which it aligns.
"""

from __future__ import annotations

import itertools
import re

from yusuan.read.formats.pdf_frame import Box
from yusuan.read.formats.pdf_lattice import Face, Lattice
from yusuan.read.formats.pdf_runs import WIDE_BLANK, Run, as_printed

SLACK = 1.0
"""Points by which ink may lie over a border without running over it."""

WINDOW = 3.0
"""Points by which the window that clips a cell may differ from its borders."""

CUT = 0.12
"""Gap, in sizes, at which a run that crosses a border is cut."""

PADDING = 5.6
"""Points that a cell may keep free at a side."""

FOREIGN = 4.0
"""Points by which the alignment less usual for a text counts as further off."""

_DIGITS = re.compile(r"[0-9０-９.,．，\-−–—()（）△%％]+")
_FIGURE = re.compile(r"[\-−–(（△]?(?:\d{1,3}(?:[,，]\d{3})+|\d+)(?:[.．]\d*)?[)）%％]?")
_OPEN = re.compile(r"(?:[,，.．]|[,，]\d{1,2})$")
_WORD = re.compile(r"[A-Za-z0-9.,;:!?)\]%]")
_WORD_START = re.compile(r"[A-Za-z0-9(\[]")


def within(lattice: Lattice, run: Run) -> bool:
    """Whether a run stands inside the outer border of a table."""
    left, top, right, bottom = lattice.box
    x0, y0, x1, y1 = run.box
    middle = (y0 + y1) / 2
    return top - SLACK <= middle <= bottom + SLACK and min(x1, right) - max(x0, left) > 0.3 * (x1 - x0)


def home(lattice: Lattice, window: Box, run: Run) -> Box | None:
    """The borders of the cell that a clipping window is, to which text outside it belongs; ``None`` when the window is
    that of no single cell, or when the text stands beyond the table, where a page before or after shows it."""
    x, y = (window[0] + window[2]) / 2, (window[1] + window[3]) / 2
    left, top, right, bottom = lattice.box
    if not (left <= x <= right and top <= y <= bottom):
        return None
    if not top <= (run.box[1] + run.box[3]) / 2 <= bottom:
        return None
    box = lattice.faces[lattice.face_at(x, y)].box
    near = all(abs(one - other) <= WINDOW for one, other in zip(box[1::2], window[1::2]))
    return box if near and window[2] - window[0] <= box[2] - box[0] + 2 * WINDOW else None


def place(lattice: Lattice, run: Run) -> list[tuple[int, Run]]:
    """The faces (by number) that a run stands in, with its part in each."""
    crossed = _crossed(lattice, run)
    if len(crossed) == 1:
        return [(crossed[0], run)]
    placed = []
    for piece in _cut(lattice, run, crossed):
        faces = _crossed(lattice, piece)
        placed.append((faces[0] if len(faces) == 1 else _aligned(lattice, piece, faces), piece))
    return placed


def _crossed(lattice: Lattice, run: Run) -> list[int]:
    x0, y0, x1, y1 = run.box
    slack = min(SLACK, (x1 - x0) / 4)
    row = lattice.row_at((y0 + y1) / 2)
    first, last = lattice.column_at(x0 + slack), lattice.column_at(x1 - slack)
    return list(dict.fromkeys(lattice.at[row][first : last + 1]))


def _cut(lattice: Lattice, run: Run, crossed: list[int]) -> list[Run]:
    """The run cut at the borders that lie in one of its gaps."""
    borders = [lattice.faces[number].box[0] for number in crossed[1:]]
    cuts = [0]
    last: tuple[float, float] | None = None
    for i, span in enumerate(run.spans):
        if span is None:
            continue
        if last is not None and run.gaps[i] > CUT * run.size:
            middle = (last[1] + span[0]) / 2
            room = (span[0] - last[1]) / 2 + SLACK
            if any(abs(border - middle) <= room for border in borders):
                cuts.append(len(run.text[:i].rstrip(WIDE_BLANK)))
        last = span
    cuts.append(len(run.text))
    return [piece for start, stop in itertools.pairwise(cuts) if (piece := run.part(start, stop)) is not None]


def _aligned(lattice: Lattice, run: Run, crossed: list[int]) -> int:
    """Of the faces a run lies over, the one with whose border or middle it lines up."""
    x0, _, x1, _ = run.box
    figure = bool(_DIGITS.fullmatch(run.text))

    def distance(number: int) -> float:
        left, _, right, _ = lattice.faces[number].box
        if min(x1, right) - max(x0, left) > 0.9 * (x1 - x0):
            return -1.0
        found = [abs((x0 + x1) - (left + right)) / 2 + FOREIGN / 2]
        if x0 >= left - SLACK:
            found.append(abs(x0 - left) + (FOREIGN if figure else 0.0))
        if x1 <= right + SLACK:
            found.append(abs(right - x1) + (0.0 if figure else FOREIGN))
        return min(found)

    return min(crossed, key=distance)


def lines_of(runs: list[Run]) -> list[list[Run]]:
    """Runs as printed lines, top to bottom, each left to right."""
    if len(runs) == 1:
        return [runs]
    lines: list[list[Run]] = []
    for run in sorted(runs, key=lambda run: run.base):
        if lines and abs(run.base - lines[-1][0].base) <= 0.35 * min(run.size, lines[-1][0].size):
            lines[-1].append(run)
        else:
            lines.append([run])
    for line in lines:
        line.sort(key=lambda run: run.box[0])
    return lines


def line_text(line: list[Run]) -> str:
    """The text of one printed line, a blank where runs stand apart."""
    text = line[0].text
    for before, run in itertools.pairwise(line):
        apart = run.box[0] - before.box[2] > 0.3 * max(run.size, before.size)
        text += (" " if apart else "") + run.text.strip()
    return as_printed(text)


def cell_text(lines: list[list[Run]], face: Face) -> str:
    """The text of a cell from its printed lines: wrapped Chinese and wrapped figures joined with nothing between,
    Latin words with a blank."""
    if len(lines) == 1:
        return line_text(lines[0])
    texts = [line_text(line) for line in lines]
    text, texts = texts[0], [part.strip() for part in texts]
    figures = all(_DIGITS.fullmatch(part) for part in texts)
    for line, before, after in zip(lines, texts, texts[1:]):
        full = _full(line, face)
        text += _between(text, before, after, full=full, figures=figures) + after
    return text


def _full(line: list[Run], face: Face) -> bool:
    """Whether one more character would not have fitted on a line, its cell keeping the same room free on both sides."""
    before, after = line[0].box[0] - face.box[0], face.box[2] - line[-1].box[2]
    each = (line[-1].box[2] - line[0].box[0]) / max(sum(len(run.text) for run in line), 1)
    return before + after - 2 * max(min(before, after, PADDING), 0.0) < each


def _between(text: str, before: str, after: str, *, full: bool, figures: bool) -> str:
    if figures:
        cut = full or bool(_OPEN.search(text)) or ("." in text and after.isdigit())
        whole = cut and bool(_FIGURE.fullmatch(text + after))
        return "" if whole or not _FIGURE.match(after) else " "
    if before[-1].isdigit() and after[0].isdigit():
        return "" if full else " "
    return " " if _WORD.match(before[-1]) and _WORD_START.match(after[0]) else ""


def ink(runs: list[Run]) -> Box:
    """The tight box of runs."""
    if len(runs) == 1:
        return runs[0].box
    return (
        min(run.box[0] for run in runs), min(run.box[1] for run in runs),
        max(run.box[2] for run in runs), max(run.box[3] for run in runs),
    )  # fmt: skip
