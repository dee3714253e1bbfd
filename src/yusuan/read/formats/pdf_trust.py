"""What of a PDF page's text can be seen and trusted: text nobody sees and text without meaning are told, not read."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass

from yusuan.read.formats import pdf_library as pdfium
from yusuan.read.formats.pdf_frame import Box, Frame, moved_box
from yusuan.read.formats.pdf_rules import PALE, Drawn
from yusuan.read.formats.pdf_runs import Run
from yusuan.read.formats.pdf_text import Characters

INVISIBLE, STROKED = 3, 1
"""How text may be painted: not at all, by its outline only."""

FAINTEST = 0.8
"""Points: smaller type cannot be seen."""

COVERING = 0.7
"""Part of the page that a picture covers when it is all of the page."""

LARGE = 0.5
"""Part of the page from which on a picture may be a scan."""

FEW = 20
"""Characters beside a picture that are no page of text (page numbers, stamps)."""

MOST_UNMAPPED = 0.3
"""Part of the characters that may stand for none before the whole text is not trusted."""

OUTLINED = 100
"""Shapes on a page without text that are most likely its letters."""


@dataclass(frozen=True, slots=True)
class Seen:
    """The runs that can be seen, those clipped away with the box that clips them, and how many characters of the
    others nobody sees."""

    runs: list[Run]
    clipped: list[tuple[Run, Box]]
    hidden: int


def seen(characters: Characters, runs: list[Run], drawn: Drawn, frame: Frame) -> Seen:
    """Runs parted into what can be seen and what cannot."""
    if drawn.covered(frame.size, COVERING):
        return Seen([], [], sum(len(run.text) for run in runs))
    kept: list[Run] = []
    clipped: list[tuple[Run, Box]] = []
    hidden = 0
    clip = _Clip(frame)
    color = (ctypes.c_uint * 4)()
    known: dict[int, tuple[bool, bool]] = {}
    for run in runs:
        drawer = characters.objects[run.first]
        painted = known.get(drawer)
        if painted is None:
            painted = known[drawer] = _painted(drawer, color)
        unpainted, pale = painted
        if unpainted or characters.sizes[run.first] < FAINTEST or (pale and not _backed(drawn, run)):
            hidden += len(run.text)
            continue
        window = clip.of(drawer)
        if window is not None and not _through(window, run.box):
            clipped.append((run, window))
        else:
            kept.append(run)
    return Seen(kept, clipped, hidden)


def _painted(drawer: int, color: ctypes.Array[ctypes.c_uint]) -> tuple[bool, bool]:
    """Whether text is not painted at all, and whether in a colour that cannot be told from the paper."""
    mode = pdfium.text_mode(drawer)
    ask = pdfium.stroke_color if mode == STROKED else pdfium.fill_color
    at = ctypes.addressof(color)
    if not ask(drawer, at, at + 4, at + 8, at + 12):
        return mode == INVISIBLE, False
    red, green, blue, alpha = color
    return mode == INVISIBLE, alpha == 0 or min(red, green, blue) >= PALE


def _backed(drawn: Drawn, run: Run) -> bool:
    """Whether something coloured lies behind a run."""
    return any(_middle_in(box, run.box) for boxes in (drawn.fills, drawn.pictures) for box in boxes)


def _middle_in(outer: Box, box: Box) -> bool:
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    return outer[0] - 0.5 <= x <= outer[2] + 0.5 and outer[1] - 0.5 <= y <= outer[3] + 0.5


def _through(window: Box, box: Box) -> bool:
    """Whether a line is seen through a window: its middle by height, and some of its width."""
    y = (box[1] + box[3]) / 2
    return window[1] - 0.5 <= y <= window[3] + 0.5 and min(window[2], box[2]) >= max(window[0], box[0])


class _Clip:
    """The windows through which objects are seen."""

    def __init__(self, frame: Frame) -> None:
        self.upright = frame.upright
        self.point = (ctypes.c_float * 2)()
        self.at = ctypes.addressof(self.point)
        self.known: dict[int, Box | None] = {}

    def of(self, drawer: int) -> Box | None:
        """The upright box that an object is clipped to, ``None`` when it is not."""
        if drawer not in self.known:
            self.known[drawer] = self._window(drawer)
        return self.known[drawer]

    def _window(self, drawer: int) -> Box | None:
        path = pdfium.object_clip(drawer)
        if not path:
            return None
        window: Box | None = None
        for number in range(min(max(pdfium.clip_count(path), 0), 50)):
            box = self._path(path, number)
            if box and window:
                box = (max(box[0], window[0]), max(box[1], window[1]), min(box[2], window[2]), min(box[3], window[3]))
            window = box or window
        return moved_box(self.upright, window) if window else None

    def _path(self, path: int, number: int) -> Box | None:
        count = pdfium.clip_segments(path, number)
        if not 0 < count <= 200:
            return None
        corners = range(0, 3, 2) if count in (4, 5) else range(count)
        box = self._around(path, number, corners)
        if box and len(corners) < count and (box[0] == box[2] or box[1] == box[3]):
            box = self._around(path, number, range(count))
        return box

    def _around(self, path: int, number: int, corners: range) -> Box | None:
        xs, ys = [], []
        for i in corners:
            piece = pdfium.clip_segment(path, number, i)
            if piece and pdfium.segment_point(piece, self.at, self.at + 4):
                xs.append(self.point[0])
                ys.append(self.point[1])
        return (min(xs), min(ys), max(xs), max(ys)) if xs else None


def readable(letters: int, told: Seen, lost: int, drawn: Drawn, frame: Frame) -> bool:
    """Whether the text of a page is what the page shows; ``lost`` of its ``letters`` have no telling code."""
    if letters >= 5 and lost > MOST_UNMAPPED * letters:
        return False
    visible = sum(len(run.text) for run in told.runs)
    share = drawn.pictured(frame.size)
    if visible < FEW and share >= LARGE:
        return False
    if told.hidden > visible and share >= LARGE:
        return False
    return bool(visible) or drawn.shapes < OUTLINED
