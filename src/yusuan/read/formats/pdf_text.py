"""Text of a PDF page as runs: pieces of one line drawn without a gap, each with the tight boxes of its characters."""

from __future__ import annotations

import ctypes
import math
import unicodedata
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pypdfium2.raw as raw

from yusuan.read.formats import pdf_library as pdfium
from yusuan.read.formats.pdf_frame import Box, Frame

MOST_CHARACTERS = 100_000
"""Characters of a page that are read; a full page of print has some thousand."""

WIDEST_GAP = 0.5
"""Gap between characters of one run, in sizes."""

SPACED_GAP = 3.0
"""The same, where blanks are written in it."""

OVERPRINT = 0.12
"""Distance, in sizes, at which the same character drawn again only makes the first bold."""

OVERPRINTED = -0.3
"""Gap, in sizes, at which a character belongs to another text that lies over the first."""

OVERLAP = -0.15
"""Gap, in sizes, that type set side by side does not have."""

WIDE_BLANK = "\u3000"
"""The blank that is printed to indent; it stays at the beginning of a text."""

Floats = npt.NDArray[np.float64]


@dataclass(slots=True)
class Characters:
    """The drawn characters of a page in the order of the content, in the coordinates of the content.

    ``boxes`` (n × 4: left, bottom, right, top) are tight, without area for blanks; ``origins`` (n × 2) lie on the base
    line; ``objects`` tells which text object drew each, ``sizes`` the
    size of its type as shown. ``unprintable`` were left out for their codes, ``dropped`` for their number.
    """

    text: list[str]
    boxes: Floats
    origins: Floats
    loose: Floats
    objects: list[int]
    indices: list[int]
    sizes: list[float]
    unprintable: int = 0
    dropped: int = 0


@dataclass(slots=True)
class Run:
    """Characters of one line without a wide gap, upright.

    ``spans`` holds (left, right) of the ink of each character, ``None`` for blanks; ``gaps`` how far each stands from
    the end of the character before it, by their advance widths.
    """

    text: str
    box: Box
    base: float
    size: float
    spans: list[tuple[float, float] | None]
    gaps: list[float]
    first: int

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
        if start == stop:
            return None
        inked = [span for span in self.spans[start:stop] if span is not None]
        if not inked:
            return None
        box = (min(s[0] for s in inked), self.box[1], max(s[1] for s in inked), self.box[3])
        spans, gaps = self.spans[start:stop], self.gaps[start:stop]
        return Run(self.text[start:stop], box, self.base, self.size, spans, gaps, self.first + start)


def as_printed(text: str) -> str:
    """Text with the radicals and compatibility forms that fonts of PDF leave behind as the characters meant."""
    if text.isascii():
        return text
    return "".join(unicodedata.normalize("NFKC", c) if _foreign(ord(c)) else c for c in text)


def _foreign(code: int) -> bool:
    return 0x2E80 <= code <= 0x2FDF or 0xF900 <= code <= 0xFAFF or 0x2F800 <= code <= 0x2FA1F


def read_characters(text_page: Any) -> Characters:
    """Every drawn character of a page; those that the library made up (blanks, line ends) are left out."""
    there = int(raw.FPDFText_CountChars(text_page))
    count = max(min(there, MOST_CHARACTERS), 0)
    place = pdfium.address(text_page)
    letters = _letters(text_page, place, count)
    boxes, origins = np.zeros((count, 4)), np.zeros((count, 2))
    loose = np.zeros((count, 4), dtype=np.float32)
    at, on, around = boxes.ctypes.data, origins.ctypes.data, loose.ctypes.data
    box, origin, loosely, drawn = (
        pdfium.char_box, pdfium.char_origin, pdfium.char_loose_box, pdfium.char_object,
    )  # fmt: skip
    objects = [drawn(place, i) or 0 for i in range(count)]
    for i in range(count):
        if objects[i]:
            box(place, i, at, at + 8, at + 16, at + 24)
            origin(place, i, on, on + 8)
            loosely(place, i, around)
        at, on, around = at + 32, on + 16, around + 16
    # the library tells left, right, bottom, top of a tight box and left, top, right, bottom of a loose one
    boxes = boxes[:, [0, 2, 1, 3]]
    wide = loose.astype(np.float64)[:, [0, 3, 2, 1]]
    blank = np.array([c.isspace() or c == "\0" for c in letters], dtype=bool)
    flat = (boxes[:, 2] - boxes[:, 0] <= 0) | (boxes[:, 3] - boxes[:, 1] <= 0)
    boxes[flat & ~blank] = wide[flat & ~blank]
    made_up = (blank & (wide[:, 2] - wide[:, 0] <= 0) & (boxes[:, 2] - boxes[:, 0] <= 0)).tolist()
    keep = [
        i for i, letter in enumerate(letters)
        if objects[i] and not made_up[i] and (letter.isprintable() or letter.isspace())
    ]  # fmt: skip
    drawn_there = sum(1 for i in range(count) if objects[i] and not made_up[i])
    sizes = _sizes(place, keep, objects)
    return Characters(
        [letters[i] for i in keep], boxes[keep], origins[keep], wide[keep], [objects[i] for i in keep], keep,
        sizes, drawn_there - len(keep), max(there - count, 0),
    )  # fmt: skip


def _sizes(place: int, indices: list[int], objects: list[int]) -> list[float]:
    """The size of type as shown of each character, asked once for every text object."""
    matrix = (ctypes.c_float * 6)()
    at = ctypes.addressof(matrix)
    known: dict[int, float] = {}
    for i in indices:
        drawer = objects[i]
        if drawer not in known:
            scale = math.hypot(matrix[2], matrix[3]) if pdfium.char_matrix(place, i, at) else 1.0
            known[drawer] = abs(float(pdfium.char_size(place, i))) * scale
    return [known[objects[i]] for i in indices]


def _letters(text_page: Any, place: int, count: int) -> list[str]:
    buffer = (ctypes.c_ushort * (count + 1))()
    written = int(raw.FPDFText_GetText(text_page, 0, count, buffer))
    text = bytes(buffer)[: 2 * max(written - 1, 0)].decode("utf-16-le", "surrogatepass")
    if len(text) == count:
        return list(text)
    codes = (int(pdfium.char_unicode(place, i)) for i in range(count))
    return [chr(code) if code < 0x110000 else "�" for code in codes]


def quarters(text_page: Any, characters: Characters, frame: Frame) -> int:
    """By how many quarters clockwise the page as shown must be turned so that most of its text reads upright."""
    place = pdfium.address(text_page)
    found = [0, 0, 0, 0]
    before = 0
    angle = 0
    a, b, c, d, _, _ = frame.shown
    for i, drawn in zip(characters.indices, characters.objects):
        if drawn != before:
            told = float(pdfium.char_angle(place, i))
            x, y = math.cos(told), -math.sin(told)  # the library tells the angle clockwise
            along = (a * x + c * y, b * x + d * y)
            angle = round(math.degrees(math.atan2(along[1], along[0])) / 90) % 4
            before = drawn
        found[angle] += 1
    most = max(range(4), key=lambda turn: found[turn])
    return (-most) % 4


def make_runs(characters: Characters, frame: Frame) -> list[Run]:
    """The runs of a page in the order of the content, in upright coordinates; characters drawn twice are one."""
    if not characters.text:
        return []
    boxes, loose = _upright(characters.boxes, frame), _upright(characters.loose, frame)
    origins = _upright(np.concatenate([characters.origins] * 2, axis=1), frame)[:, :2]
    sizes = np.clip(np.array(characters.sizes), 1.0, None)
    keep = _single(characters.text, origins, sizes) & _visible(boxes, frame)
    where = np.flatnonzero(keep).tolist()
    letters = [characters.text[i] for i in where]
    told = _Told(letters, boxes[keep], loose[keep], origins[keep, 1].tolist(), sizes[keep].tolist())
    return told.runs(where)


def _upright(boxes: Floats, frame: Frame) -> Floats:
    a, b, c, d, e, f = frame.upright
    x, y = a * boxes[:, 0] + c * boxes[:, 1] + e, b * boxes[:, 0] + d * boxes[:, 1] + f
    u, v = a * boxes[:, 2] + c * boxes[:, 3] + e, b * boxes[:, 2] + d * boxes[:, 3] + f
    return np.stack([np.minimum(x, u), np.minimum(y, v), np.maximum(x, u), np.maximum(y, v)], axis=1)


def _single(text: list[str], origins: Floats, sizes: Floats) -> npt.NDArray[np.bool_]:
    """False for a character that is drawn again where it already stands."""
    codes = np.array([ord(c) for c in text])
    keep = np.ones(len(text), dtype=bool)
    order = np.lexsort((origins[:, 0], np.round(origins[:, 1]), codes))
    one, other = order[:-1], order[1:]
    near = np.abs(origins[one] - origins[other]).max(axis=1) < OVERPRINT * np.minimum(sizes[one], sizes[other])
    again = near & (codes[one] == codes[other])
    keep[np.maximum(one[again], other[again])] = False
    return keep


def _visible(boxes: Floats, frame: Frame) -> npt.NDArray[np.bool_]:
    width, height = frame.size
    x, y = (boxes[:, 0] + boxes[:, 2]) / 2, (boxes[:, 1] + boxes[:, 3]) / 2
    inside: npt.NDArray[np.bool_] = (x > -1) & (x < width + 1) & (y > -1) & (y < height + 1)
    return inside


class _Told:
    """Characters as plain lists, for the one pass that parts them into runs."""

    def __init__(self, letters: list[str], boxes: Floats, loose: Floats, base: list[float], size: list[float]) -> None:
        self.letters, self.boxes, self.base, self.size = letters, boxes, base, size
        self.ink = boxes[:, [0, 2]].tolist()
        self.advance = loose[:, [0, 2]].tolist()

    def runs(self, places: list[int]) -> list[Run]:
        """Runs end at a gap, at another base line, and where text steps back."""
        found: list[Run] = []
        members: list[int] = []
        gaps: list[float] = []
        last, blanks = -1, 0
        for i, letter in enumerate(self.letters):
            if letter.isspace():
                blanks += 1
                members.append(i)
                gaps.append(0.0)
                continue
            gap = 0.0
            if last >= 0:
                size = max(self.size[i], self.size[last])
                gap = self.advance[i][0] - self.advance[last][1]
                if gap < OVERLAP * size:  # advance widths that are wrong in the file
                    gap = self.ink[i][0] - self.ink[last][1]
                widest = (SPACED_GAP if blanks else WIDEST_GAP) * size
                if abs(self.base[i] - self.base[last]) > 0.25 * size or gap > widest or gap < OVERPRINTED * size:
                    self._end(found, members, gaps, places)
                    members, gap = [k for k in members[len(members) - blanks :] if self._leads(k, i)], 0.0
                    gaps = [0.0] * len(members)
            members.append(i)
            gaps.append(gap)
            last, blanks = i, 0
        self._end(found, members, gaps, places)
        return found

    def _leads(self, blank: int, i: int) -> bool:
        """Whether a written blank stands before a character, on its line."""
        return abs(self.base[blank] - self.base[i]) < 1 and self.ink[blank][0] < self.ink[i][0]

    def _end(self, found: list[Run], members: list[int], gaps: list[float], places: list[int]) -> None:
        inked = [k for k, i in enumerate(members) if not self.letters[i].isspace()]
        if not inked:
            return
        begin, end = inked[0], inked[-1] + 1
        while begin and self.letters[members[begin - 1]] == WIDE_BLANK:
            begin -= 1
        members = members[begin:end]
        drawn = [i for i in members if not self.letters[i].isspace()]
        part = self.boxes[drawn]
        box = (*part[:, :2].min(axis=0).tolist(), *part[:, 2:].max(axis=0).tolist())
        spans = [None if self.letters[i].isspace() else tuple(self.ink[i]) for i in members]
        size = max(self.size[i] for i in drawn)
        text = "".join(self.letters[i] for i in members)
        found.append(Run(text, box, self.base[drawn[0]], size, spans, gaps[begin:end], places[members[0]]))
