"""Text of a PDF page as runs: pieces of one line drawn without a gap, each with the tight boxes of its characters."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from yusuan.read.formats.pdf_frame import Box, Frame
from yusuan.read.formats.pdf_text import Characters, Floats

WIDEST_GAP = 0.5
"""Gap between characters of one run, in sizes."""

SPACED_GAP = 3.0
"""The same, where blanks are written in it."""

NARROW_GAP = 0.1
"""Gap of ink, in sizes, that no two characters of a word exceed by much; wider ones are told by the advance widths."""

OFF_LINE = 0.25
"""Distance, in sizes, between base lines of different lines."""

OVERPRINT = 0.12
"""Distance, in sizes, at which the same character drawn again only makes the first bold."""

OVERPRINTED = -0.3
"""Gap, in sizes, at which a character belongs to another text that lies over the first."""

OVERLAP = -0.15
"""Gap by advance widths, in sizes, that type set side by side does not have: the file tells them wrong."""

WIDE_BLANK = "\u3000"
"""The blank that is printed to indent; it stays at the beginning of a text."""


@dataclass(slots=True)
class Run:
    """Characters of one line without a wide gap, upright.

    ``spans`` holds (left, right) of the ink of each character, ``None`` for blanks; ``gaps`` how far each stands from
    the end of the character before it. A run ``aside`` stands in no table and in no line.
    """

    text: str
    box: Box
    base: float
    size: float
    spans: list[tuple[float, float] | None]
    gaps: list[float]
    first: int
    aside: bool = False

    def held(self, box: Box) -> Run:
        """The run moved up or down into a box that it belongs to, keeping its order among lines."""
        height = self.box[3] - self.box[1]
        top = box[1] if self.box[1] < box[1] else box[3] - height
        placed = (self.box[0], top, self.box[2], top + height)
        return Run(self.text, placed, self.base, self.size, self.spans, self.gaps, self.first)

    def part(self, start: int, stop: int) -> Run | None:
        """The run of some of its characters, blanks at the ends left out; ``None`` when only blanks are left."""
        while start < stop and self.spans[start] is None and self.text[start] != WIDE_BLANK:
            start += 1
        while stop > start and self.spans[stop - 1] is None:
            stop -= 1
        inked = [span for span in self.spans[start:stop] if span is not None]
        if not inked:
            return None
        box = (min(s[0] for s in inked), self.box[1], max(s[1] for s in inked), self.box[3])
        spans, gaps = self.spans[start:stop], self.gaps[start:stop]
        return Run(self.text[start:stop], box, self.base, self.size, spans, gaps, self.first + start)


def as_printed(text: str) -> str:
    """Text with the radicals and compatibility forms that fonts of PDF leave behind as the characters meant."""
    if text.isascii() or not any(map(_foreign, text)):
        return text
    return "".join(unicodedata.normalize("NFKC", c) if _foreign(c) else c for c in text)


def _foreign(letter: str) -> bool:
    return "\u2e80" <= letter <= "\u2fdf" or "\uf900" <= letter <= "\ufaff" or "\U0002f800" <= letter <= "\U0002fa1f"


def read_upright(characters: Characters, frame: Frame) -> tuple[Frame, list[Run]]:
    """The frame in which most of the text of a page reads upright, and the runs of the page in it.

    Text turned otherwise (a head written upward) is a run that takes the place of its box; slanting text (a watermark)
    is a run aside.
    """
    turns = characters.quarters(frame)
    slanting = characters.slanting()
    straight = turns[~slanting]
    counts = np.bincount(straight if straight.size else turns, minlength=4)
    most = int(counts.argmax())
    frame = frame.turned(most)
    if counts[most] == len(turns):
        return frame, make_runs(characters, frame)
    runs: list[Run] = []
    for turn in np.unique(straight).tolist():
        chosen = (turns == turn) & ~slanting
        numbers = np.flatnonzero(chosen)
        for run in make_runs(characters.some(chosen), frame.turned(turn)):
            run.first = int(numbers[run.first])
            runs.append(run if turn == most else _laid(run, frame.turned(turn), frame))
    return frame, runs + _asides(characters, np.flatnonzero(slanting).tolist(), frame)


def _asides(characters: Characters, slanting: list[int], frame: Frame) -> list[Run]:
    """Slanting text, each stretch of it one run; blanks are left out."""
    boxes = _upright(characters.boxes, frame)
    groups: list[list[int]] = []
    for i in slanting:
        if characters.text[i].isspace():
            continue
        before = groups[-1][-1] if groups else i
        apart = np.abs(characters.origins[i] - characters.origins[before]).max()
        if groups and apart <= SPACED_GAP * characters.sizes[i]:
            groups[-1].append(i)
        else:
            groups.append([i])
    found = []
    for group in groups:
        left, top = boxes[group, :2].min(axis=0).tolist()
        right, bottom = boxes[group, 2:].max(axis=0).tolist()
        text, size = "".join(characters.text[i] for i in group), characters.sizes[group[0]]
        none = [0.0] * len(group)
        found.append(
            Run(
                text, (left, top, right, bottom), bottom, size, [(left, right)] * len(group), none, group[0], aside=True
            )
        )
    return found


def _laid(run: Run, own: Frame, frame: Frame) -> Run:
    """A turned run by its box on the page, which no border cuts."""
    box = frame.onto(own.back(run.box))
    blank = [span is None for span in run.spans]
    spans = [None if none else (box[0], box[2]) for none in blank]
    return Run(run.text, box, box[3], run.size, spans, [0.0] * len(spans), run.first)


def make_runs(characters: Characters, frame: Frame) -> list[Run]:
    """The runs of characters of one turn in the order of the content, in upright coordinates; characters drawn twice
    are one."""
    if not characters.text:
        return []
    boxes = _upright(characters.boxes, frame)
    base = _upright(np.concatenate([characters.origins] * 2, axis=1), frame)[:, 1]
    sizes = np.clip(np.array(characters.sizes), 1.0, None)
    kept = np.flatnonzero(_single(characters.text, boxes, sizes) & _visible(boxes, frame))
    if not kept.size:
        return []
    line = _Line([characters.text[i] for i in kept.tolist()], boxes[kept], base[kept], sizes[kept], kept.tolist())
    return line.runs(characters, frame)


def _upright(boxes: Floats, frame: Frame) -> Floats:
    a, b, c, d, e, f = frame.upright
    x, y = a * boxes[:, 0] + c * boxes[:, 1] + e, b * boxes[:, 0] + d * boxes[:, 1] + f
    u, v = a * boxes[:, 2] + c * boxes[:, 3] + e, b * boxes[:, 2] + d * boxes[:, 3] + f
    return np.stack([np.minimum(x, u), np.minimum(y, v), np.maximum(x, u), np.maximum(y, v)], axis=1)


def _single(text: list[str], boxes: Floats, sizes: Floats) -> npt.NDArray[np.bool_]:
    """False for a character that is drawn again where it already stands."""
    codes = np.array([ord(c) for c in text])
    keep = np.ones(len(text), dtype=bool)
    places = boxes[:, [0, 3]]
    order = np.lexsort((places[:, 0], np.round(places[:, 1]), codes))
    one, other = order[:-1], order[1:]
    near = np.abs(places[one] - places[other]).max(axis=1) < OVERPRINT * np.minimum(sizes[one], sizes[other])
    again = near & (codes[one] == codes[other])
    keep[np.maximum(one[again], other[again])] = False
    return keep


def _visible(boxes: Floats, frame: Frame) -> npt.NDArray[np.bool_]:
    width, height = frame.size
    x, y = (boxes[:, 0] + boxes[:, 2]) / 2, (boxes[:, 1] + boxes[:, 3]) / 2
    inside: npt.NDArray[np.bool_] = (x > -1) & (x < width + 1) & (y > -1) & (y < height + 1)
    return inside


@dataclass(slots=True)
class _Line:
    """The characters of a page one after another, as drawn; ``places`` are their numbers on the page."""

    letters: list[str]
    boxes: Floats
    base: Floats
    sizes: Floats
    places: list[int]

    def runs(self, characters: Characters, frame: Frame) -> list[Run]:
        """Runs end at a gap, at another base line, and where another text is printed over."""
        inked = np.array([i for i, letter in enumerate(self.letters) if not letter.isspace()], dtype=int)
        if not inked.size:
            return []
        gaps, ends = self._gaps(inked, characters, frame)
        starts = np.concatenate([[0], np.flatnonzero(ends) + 1])
        stops = np.concatenate([starts[1:], [inked.size]])
        box, sizes = self.boxes[inked], self.sizes[inked]
        sides = np.stack(
            [
                np.minimum.reduceat(box[:, 0], starts), np.minimum.reduceat(box[:, 1], starts),
                np.maximum.reduceat(box[:, 2], starts), np.maximum.reduceat(box[:, 3], starts),
                self.base[inked[starts]], np.maximum.reduceat(sizes, starts),
            ],
            axis=1,
        ).tolist()  # fmt: skip
        return self._cut(inked, gaps, list(zip(starts.tolist(), stops.tolist(), sides)))

    def _gaps(
        self, inked: npt.NDArray[np.int_], characters: Characters, frame: Frame
    ) -> tuple[Floats, npt.NDArray[np.bool_]]:
        """The gap between each two neighbours, and whether a run ends there."""
        box, base, sizes = self.boxes[inked], self.base[inked], self.sizes[inked]
        size = np.maximum(sizes[1:], sizes[:-1])
        gaps = box[1:, 0] - box[:-1, 2]
        off = np.abs(base[1:] - base[:-1]) > OFF_LINE * size
        wide = np.flatnonzero(~off & (gaps > NARROW_GAP * size))
        if wide.size:
            around = np.unique(np.concatenate([wide, wide + 1]))
            asked = [self.places[i] for i in inked[around].tolist()]
            loose = _upright(characters.advances(asked), frame)
            told = loose[np.searchsorted(around, wide + 1), 0] - loose[np.searchsorted(around, wide), 2]
            gaps[wide] = np.where(told < OVERLAP * size[wide], gaps[wide], told)
        widest = np.where(np.diff(inked) > 1, SPACED_GAP, WIDEST_GAP) * size
        return gaps, off | (gaps > widest) | (gaps < OVERPRINTED * size)

    def _cut(self, inked: npt.NDArray[np.int_], gaps: Floats, parts: list[tuple[int, int, list[float]]]) -> list[Run]:
        members = inked.tolist()
        spans: list[tuple[float, float] | None] = [None] * len(self.letters)
        apart = [0.0] * len(self.letters)
        sides = self.boxes[:, [0, 2]].tolist()
        for i in members:
            spans[i] = (sides[i][0], sides[i][1])
        for i, gap in zip(members[1:], gaps.tolist()):
            apart[i] = gap
        found = []
        end = 0
        for start, stop, (left, top, right, bottom, base, size) in parts:
            begin, first = members[start], members[start]
            while begin > end and self.letters[begin - 1] == WIDE_BLANK and self._leads(begin - 1, first):
                begin -= 1
            end = members[stop - 1] + 1
            distances = apart[begin:end]
            distances[first - begin] = 0.0
            text = "".join(self.letters[begin:end])
            place = self.places[first]
            found.append(Run(text, (left, top, right, bottom), base, size, spans[begin:end], distances, place))
        return found

    def _leads(self, blank: int, first: int) -> bool:
        """Whether a written blank stands before a character, on its line."""
        return bool(abs(self.base[blank] - self.base[first]) < 1 and self.boxes[blank, 0] < self.boxes[first, 0])
