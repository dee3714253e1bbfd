"""Where the evidence of a finding stands: frames on pages, the part of a page around them, excerpts of tables.

Boxes are (left, top, right, bottom) in points from the upper left corner of the page as shown, as in ``Source``.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

from yusuan.finding import CellRef
from yusuan.forms import Standard
from yusuan.prose import Paragraph, Prose
from yusuan.sheet import Disclosure, Source

Box = tuple[float, float, float, float]
Key = tuple[int, int]
"""(file, page): the number of a material and a page of it, counted from 1."""

PAGED = ("pdf", "image")
"""Kinds of files whose pages can be shown as pictures."""
APART = 70.0
"""Points between two framed cells from which on the part of the page between them is left out."""
AROUND = 26.0
"""Points shown above and below a framed cell."""
NARROWEST = 330.0
"""Points of a page that are shown across, at least."""
LEGIBLE = 7.0
"""Height of a line, in points, above which it is shown smaller."""
HIGHEST_HEAD = 150.0
"""Points of a column head that is repeated above cells further down."""


class Held(Protocol):
    """What a file held: its name, kind, items in reading order and sizes of its pages."""

    file: str
    kind: str
    pages: list[tuple[float, float]]

    @property
    def items(self) -> Sequence[Any]:
        """Tables and lines in reading order."""
        ...


class Evidence(Protocol):
    """A source as it was opened."""

    @property
    def disclosure(self) -> Disclosure:
        """The sheets."""
        ...

    @property
    def standard(self) -> Standard:
        """The form set or the space of codes."""
        ...

    @property
    def prose(self) -> Prose | None:
        """The explanation."""
        ...

    @property
    def materials(self) -> Sequence[Held]:
        """What the files held."""
        ...

    @property
    def paths(self) -> Sequence[Path]:
        """The files, in the order of the materials."""
        ...


@dataclass(frozen=True, slots=True)
class Frame:
    """A box drawn on a page: ``kind`` is left, right, plain or table; ``number`` leads to the list of cells."""

    box: Box
    kind: str
    number: int
    suspect: bool = False
    tagged: bool = True
    """Whether the number is printed beside it: on the first line of several."""
    also: tuple[int, ...] = ()
    """Numbers of further cells that stand in the same box."""
    above: bool = False
    """Whether the number goes above the frame, since text stands left of it."""

    @property
    def tag(self) -> str:
        """What is printed beside the frame."""
        if self.also:
            return f"{self.number}…{self.also[-1]}"
        return f"{self.number}?" if self.suspect else str(self.number)


@dataclass(frozen=True, slots=True)
class Shot:
    """A page with frames: size of the page and the parts to be shown, all of one left and right border."""

    key: Key
    size: tuple[float, float]
    frames: tuple[Frame, ...]
    strips: tuple[Box, ...]
    head: tuple[Key, Box] | None = None
    """The column head of the table where it stands on an earlier page."""

    @property
    def scale(self) -> float:
        """How large it is shown: 1 for small type, less for type that is easily read."""
        heights = sorted(f.box[3] - f.box[1] for f in self.frames if f.kind != "table")
        return round(min(1.0, max(0.6, LEGIBLE / heights[len(heights) // 2])), 2) if heights else 0.7

    def within(self, strip: Box) -> tuple[Frame, ...]:
        """The frames that a strip shows."""
        return tuple(f for f in self.frames if f.box[1] < strip[3] and f.box[3] > strip[1])


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Part of a table that stands on no page: rows of (address, texts with the number of their mark), ``None`` where
    rows are left out."""

    name: str
    rows: tuple[tuple[str, tuple[tuple[str, int], ...]] | None, ...]
    head: int


class Places:
    """Finds cells of findings in a source."""

    def __init__(self, source: Evidence) -> None:
        self.source = source
        self.files: dict[str, int] = {}
        self._asked: dict[tuple[int, int], dict[int, int]] = {}
        for number, material in enumerate(source.materials):
            self.files.setdefault(material.file, number)

    def key(self, source: Source | None) -> Key | None:
        """The page of a source, ``None`` when it stands on none."""
        if source is None or source.page is None or source.file not in self.files:
            return None
        file = self.files[source.file]
        return (file, source.page) if self.source.materials[file].kind in PAGED else None

    def size(self, key: Key) -> tuple[float, float] | None:
        """Width and height of a page in points; ``None`` when it is not known."""
        pages = self.source.materials[key[0]].pages
        found = pages[key[1] - 1] if 0 < key[1] <= len(pages) else (0.0, 0.0)
        return found if min(found) > 0 else None

    def boxes(self, cell: CellRef) -> list[tuple[Key, Box]]:
        """Where a cell, table or sentence is printed: one box, several for the lines of a sentence."""
        key = self.key(cell.source)
        if key is None or cell.source is None:
            return []
        if cell.source in self._paragraphs and cell.place is None:
            lines = quoted(self._paragraphs[cell.source], cell.text, cell.source)
            return [(at, line.box) for line in lines if line.box and (at := self.key(line)) is not None]
        if cell.source.box is None:
            return []
        return [(key, self._blank(cell) or cell.source.box)]

    def in_prose(self, cell: CellRef) -> bool:
        """Whether a cell stands for words of the explanation."""
        return cell.place is None and cell.source in self._paragraphs

    def is_table(self, cell: CellRef) -> bool:
        """Whether a cell stands for a whole table."""
        if cell.place is not None or cell.row_name or cell.row_code or cell.column or cell.source is None:
            return False
        key = self.key(cell.source)
        return not cell.text.strip() or (key is not None and cell.source.box in self._tables.get(key, ()))

    def shots(self, framed: Iterable[tuple[Key, Frame]], cells: Iterable[CellRef] = ()) -> list[Shot]:
        """The pages of the frames, in the order in which they are first named; ``cells`` tell their tables."""
        sheets = {cell.place[0] for cell in cells if cell.place is not None}
        pages: dict[Key, dict[tuple[Box, str], Frame]] = {}
        for key, frame in framed:
            drawn = pages.setdefault(key, {})
            first = drawn.setdefault((frame.box, frame.kind), frame)
            if frame.number not in (first.number, *first.also):
                drawn[frame.box, frame.kind] = replace(first, also=(*first.also, frame.number))
        made = []
        for key, drawn in pages.items():
            size = self.size(key)
            if size is not None:
                frames = tuple(replace(frame, above=self._beside(key, frame)) for frame in drawn.values())
                strips = tuple(self._strips(key, size, frames))
                made.append(Shot(key, size, frames, strips, self._earlier(key, frames, strips[0], sheets)))
        return made

    def _beside(self, key: Key, frame: Frame) -> bool:
        """Whether text ends close to the left of a frame."""
        left, top, _, foot = frame.box
        room = 12 + 5 * len(frame.tag)
        return frame.kind != "table" and any(
            ink[1] < foot and ink[3] > top and left - room < ink[2] <= left for ink in self._inks.get(key, ())
        )

    def sentence(self, cell: CellRef) -> tuple[str, str, str] | None:
        """A sentence that stands on no page: the words before it, its own, and those after."""
        if cell.source is None or not self.in_prose(cell) or self.key(cell.source) is not None:
            return None
        text = self._paragraphs[cell.source].text
        start, end = _span(self._paragraphs[cell.source], cell.text)
        return text[max(0, start - 60) : start], text[start:end], text[end : end + 60]

    def excerpts(self, cells: Sequence[tuple[int, CellRef]]) -> list[Excerpt]:
        """Tables that stand on no page, cut to the rows around the numbered cells."""
        found: dict[int, dict[tuple[int, int], int]] = {}
        for number, cell in cells:
            place = self._printed.get(cell.source) if cell.source is not None else None
            if place is not None and self.key(cell.source) is None:
                grid, row, column = place
                found.setdefault(grid, {}).setdefault((row, self._column(cell, grid, column)), number)
        return [self._excerpt(grid, marks) for grid, marks in found.items()]

    @cached_property
    def _paragraphs(self) -> Mapping[Source, Paragraph]:
        prose = self.source.prose
        return {s: p for p in prose.paragraphs for s in p.sources} if prose is not None else {}

    @cached_property
    def _grids(self) -> list[Any]:
        return [item for material in self.source.materials for item in material.items if hasattr(item, "rows")]

    @cached_property
    def _printed(self) -> Mapping[Source, tuple[int, int, int]]:
        """Source → (table, row, column) of every printed cell."""
        return {
            cell.source: (g, r, c)
            for g, grid in enumerate(self._grids)
            for r, row in enumerate(grid.rows)
            for c, cell in row.cells.items()
        }

    @cached_property
    def _tables(self) -> Mapping[Key, list[Box]]:
        found: dict[Key, list[Box]] = defaultdict(list)
        for grid in self._grids:
            key = self.key(grid.source)
            if key is not None and grid.source.box is not None:
                found[key].append(grid.source.box)
        return found

    @cached_property
    def _inks(self) -> Mapping[Key, list[Box]]:
        """The box of every printed text, page by page."""
        lines = (item.source for m in self.source.materials for item in m.items if not hasattr(item, "rows"))
        found: dict[Key, list[Box]] = defaultdict(list)
        for source in (*lines, *self._printed):
            key = self.key(source)
            if key is not None and source.box is not None:
                found[key].append(source.box)
        return found

    @cached_property
    def _columns(self) -> Mapping[tuple[int, int], list[Source]]:
        """(sheet, column) → the sources of its figures."""
        found: dict[tuple[int, int], list[Source]] = defaultdict(list)
        for s, sheet in enumerate(self.source.disclosure.sheets):
            for (_, c), cell in sheet.cells.items():
                if cell.source is not None and cell.text.strip():
                    found[s, c].append(cell.source)
        return found

    @cached_property
    def _bodies(self) -> Mapping[Key, list[Box]]:
        """The boxes of all rows that were understood, page by page."""
        found: dict[Key, list[Box]] = defaultdict(list)
        for sheet in self.source.disclosure.sheets:
            for source in (*(row.line for row in sheet.rows), *(cell.source for cell in sheet.cells.values())):
                key = self.key(source)
                if key is not None and source is not None and source.box is not None:
                    found[key].append(source.box)
        return found

    def _blank(self, cell: CellRef) -> Box | None:
        """The box of a cell without text: across as its column, down as its row; ``None`` for any other cell."""
        if cell.place is None or cell.text.strip() or cell.source is None or cell.source.box is None:
            return None
        top, foot = cell.source.box[1], cell.source.box[3]
        printed = self._printed.get(cell.source)
        if printed is not None:
            grid, column = self._grids[printed[0]], self._column(cell, printed[0], -1)
            if 0 <= column < len(grid.edges) - 1:
                left, right = grid.edges[column], grid.edges[column + 1]
                return round(left + (right - left) * 0.45, 2), top, round(right - 3, 2), foot
        column_boxes = [s.box for s in self._columns.get((cell.place[0], cell.place[2]), []) if s.box]
        if not column_boxes:
            return None
        return min(box[0] for box in column_boxes), top, max(box[2] for box in column_boxes), foot

    def _strips(self, key: Key, size: tuple[float, float], frames: Sequence[Frame]) -> list[Box]:
        """The parts of a page that show its frames, under the column head of their table."""
        boxes = sorted((f.box for f in frames), key=lambda box: box[1])
        table = self._around(key, boxes)
        left, right = min(b[0] for b in boxes) - 36, max(b[2] for b in boxes) + 36
        if table is not None:
            left = min(left, table[0] - 8)
            right = max(right, table[2] + 8) if right - left > 0.55 * (table[2] - table[0]) else right
        right = max(right, left + NARROWEST)
        left, right = max(0.0, min(left, size[0] - NARROWEST)), min(size[0], right)
        parts: list[list[float]] = []
        for box in boxes:
            if parts and box[1] - parts[-1][1] < APART:
                parts[-1][1] = max(parts[-1][1], box[3] + AROUND)
            else:
                parts.append([box[1] - AROUND, box[3] + AROUND])
        head = self._head(key, table) if table is not None else None
        if head is not None and parts[0][0] < head[1] + 40:
            parts[0][0] = min(parts[0][0], head[0])
        elif head is not None:
            parts.insert(0, [*head])
        cuts = [self._uncut(key, top, foot) for top, foot in parts]
        return [(left, max(0.0, top), right, min(size[1], foot)) for top, foot in cuts]

    def _uncut(self, key: Key, top: float, foot: float) -> tuple[float, float]:
        """A part of a page grown so that it cuts through no line of text."""
        across = [(ink[1], ink[3]) for ink in self._inks.get(key, ()) if ink[3] - ink[1] < AROUND]
        above = [a for a, b in across if a - 1 < top < b]
        below = [b for a, b in across if a < foot < b + 1]
        return min([top, *(a - 2 for a in above)]), max([foot, *(b + 2 for b in below)])

    def _earlier(self, key: Key, frames: Sequence[Frame], strip: Box, sheets: Iterable[int]) -> tuple[Key, Box] | None:
        """The column head of a table that runs on from an earlier page, where this page does not print it again."""
        table = self._around(key, [frame.box for frame in frames])
        if table is None or self._head(key, table) is not None:
            return None
        pages = {page for sheet in sheets for page in self.source.disclosure.sheets[sheet].pages}
        for page in sorted((page for page in pages if page < key[1] and key[1] in pages), reverse=True):
            for other in self._tables.get((key[0], page), ()):
                head = self._head((key[0], page), other)
                if head is not None and abs(other[0] - table[0]) < 3 > abs(other[2] - table[2]):
                    return (key[0], page), (strip[0], max(0.0, head[0]), strip[2], head[1])
        return None

    def _around(self, key: Key, boxes: Sequence[Box]) -> Box | None:
        """The table of most of the boxes."""
        votes = Counter(next((t for t in self._tables.get(key, ()) if _holds(t, box)), None) for box in boxes)
        return votes.most_common(1)[0][0] if votes else None

    def _head(self, key: Key, table: Box) -> tuple[float, float] | None:
        """Top and foot of the column head of a table."""
        tops = [box[1] for box in self._bodies.get(key, ()) if _holds(table, box)]
        if not tops or not 8 < min(tops) - table[1] < HIGHEST_HEAD:
            return None
        return table[1] - 3, min(tops) - 2

    def _column(self, cell: CellRef, grid: int, column: int) -> int:
        """The column of a cell in its table; one without text stands where its column prints figures, or as far from
        the next column that does as the sheet counts."""
        if cell.place is None or cell.text.strip() or cell.place[2] < 0:
            return column
        known = self._known(cell.place[0], len(self._grids[grid].edges))
        if not known:
            return column
        wanted = cell.place[2]
        nearest = min(known, key=lambda c: (abs(c - wanted), c))
        return max(0, known[nearest] + wanted - nearest)

    def _known(self, sheet: int, edges: int) -> Mapping[int, int]:
        """Column of a sheet → column of its tables with so many borders, where figures are printed."""
        if (sheet, edges) not in self._asked:
            votes: dict[int, Counter[int]] = defaultdict(Counter)
            for (s, c), sources in self._columns.items():
                for g, _, at in (self._printed[x] for x in sources if s == sheet and x in self._printed):
                    if len(self._grids[g].edges) == edges:
                        votes[c][at] += 1
            self._asked[sheet, edges] = {c: at.most_common(1)[0][0] for c, at in votes.items()}
        return self._asked[sheet, edges]

    def _excerpt(self, number: int, marks: Mapping[tuple[int, int], int]) -> Excerpt:
        grid = self._grids[number]
        body = [self._printed[s][1] for s in self._sources if s in self._printed and self._printed[s][0] == number]
        marked = {row for row, _ in marks}
        first = min(body, default=0)
        heads = [r for r in range(max(0, first - 4), first) if grid.rows[r].cells]
        wanted = sorted({r for m in marked for r in range(max(0, m - 2), min(len(grid.rows), m + 3))} | set(heads))
        wanted = [r for r in wanted if grid.rows[r].cells or r in marked]
        columns = sorted({c for r in wanted for c in grid.rows[r].cells} | {c for _, c in marks})
        if len(columns) > 16:
            near = {c for _, m in marks for c in range(m - 3, m + 4)}
            columns = [c for c in columns if c in near or c < columns[0] + 2]
        rows: list[tuple[str, tuple[tuple[str, int], ...]] | None] = []
        for before, r in zip([None, *wanted], wanted):
            if before is not None and r > before + 1:
                rows.append(None)
            cells = tuple((grid.rows[r].text(c), marks.get((r, c), 0)) for c in columns)
            rows.append((str(grid.rows[r].number or r + 1), cells))
        return Excerpt(grid.name or grid.source.sheet or "", tuple(rows), len(heads))

    @cached_property
    def _sources(self) -> list[Source]:
        """The cells of all rows that were understood."""
        sheets = self.source.disclosure.sheets
        found = [row.line for sheet in sheets for row in sheet.rows]
        return [s for s in (*found, *(c.source for sheet in sheets for c in sheet.cells.values())) if s is not None]


def quoted(paragraph: Paragraph, quotation: str, first: Source) -> tuple[Source, ...]:
    """The printed lines of a quotation; the line ``first`` when the paragraph does not hold it."""
    start, end = _span(paragraph, quotation)
    return paragraph.lines(start, end) if end > start else (first,)


def _span(paragraph: Paragraph, quotation: str) -> tuple[int, int]:
    words = quotation.strip().strip("…")
    start = paragraph.text.find(words) if words else -1
    return (start, start + len(words)) if start >= 0 else (0, 0)


def _holds(table: Box, box: Box) -> bool:
    """Whether the middle of a box lies in a table."""
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    return table[0] - 1 <= x <= table[2] + 1 and table[1] - 1 <= y <= table[3] + 1
