"""Characters of a PDF page with the tight boxes of their ink, fetched with as few calls as can be."""

from __future__ import annotations

import ctypes
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pypdfium2.raw as raw

from yusuan.read.formats import pdf_library as pdfium
from yusuan.read.formats.pdf_frame import Frame

MOST_CHARACTERS = 100_000
"""Characters of a page that are read; a full page of print has some thousand."""

ANGLES = 200
"""Characters of a page that are asked how they are turned."""

SAMPLE = 97
"""So many characters are asked first whether they are mapped."""

Floats = npt.NDArray[np.float64]


@dataclass(slots=True)
class Characters:
    """The drawn characters of a page in the order of the content, in the coordinates of the content.

    ``boxes`` (n × 4: left, bottom, right, top) are tight, those of blanks as wide as their advance; ``origins`` (n × 2)
    lie on the base line. ``objects`` tells which text object drew each, ``sizes`` the size of its type as shown.
    ``unprintable`` were left out for their codes, ``dropped`` for their number.
    """

    text: list[str]
    boxes: Floats
    origins: Floats
    objects: list[int]
    indices: list[int]
    sizes: list[float]
    place: int
    unprintable: int = 0
    dropped: int = 0

    def advances(self, members: list[int]) -> Floats:
        """The boxes (n × 4, as ``boxes``) that characters take by their advance; the page must still be open."""
        loose = np.zeros((len(members), 4), dtype=np.float32)
        at = loose.ctypes.data
        for i in members:
            pdfium.char_loose_box(self.place, self.indices[i], at)
            at += 16
        return loose.astype(np.float64)[:, [0, 3, 2, 1]]

    def quarters(self, frame: Frame) -> int:
        """By how many quarters clockwise the page as shown must be turned so that most of its text reads upright."""
        found = [0, 0, 0, 0]
        a, b, c, d, _, _ = frame.shown
        for i in self.indices[:: max(len(self.indices) // ANGLES, 1)]:
            told = float(pdfium.char_angle(self.place, i))
            x, y = math.cos(told), -math.sin(told)  # the library tells the angle clockwise
            found[round(math.degrees(math.atan2(b * x + d * y, a * x + c * y)) / 90) % 4] += 1
        return (-max(range(4), key=lambda turn: found[turn])) % 4

    def unmapped(self) -> int:
        """How many have no telling code: no mapping in the file, or one to private use."""
        odd = sum(map(_odd, self.text)) + self.unprintable
        asked = self.indices if odd else self.indices[:: max(len(self.indices) // SAMPLE, 1)]
        failed = self._failed(asked)
        if failed and len(asked) < len(self.indices):
            failed = self._failed(self.indices)
        return max(failed + self.unprintable, odd)

    def _failed(self, indices: list[int]) -> int:
        return sum(1 for i in indices if pdfium.char_unmapped(self.place, i) == 1)


def _odd(letter: str) -> bool:
    return letter >= "\ue000" and (letter <= "\uf8ff" or letter == "\ufffd" or letter >= "\U000f0000")


def read_characters(text_page: Any) -> Characters:
    """Every drawn character of a page; those that the library made up (blanks, line ends) are left out."""
    there = int(raw.FPDFText_CountChars(text_page))
    count = max(min(there, MOST_CHARACTERS), 0)
    place = pdfium.address(text_page)
    letters = _letters(text_page, place, count)
    drawn, made_up = pdfium.char_object, pdfium.char_generated
    keep, objects = [], []
    unprintable = 0
    for i, letter in enumerate(letters):
        drawer = drawn(place, i)
        if not drawer:
            continue
        if letter.isspace():
            if made_up(place, i):
                continue
        elif not letter.isprintable():
            unprintable += 1
            continue
        keep.append(i)
        objects.append(drawer)
    text = [letters[i] for i in keep]
    sizes, origins = _by_object(place, keep, objects)
    found = Characters(text, np.zeros((len(keep), 4)), origins, objects, keep, sizes, place, unprintable)
    found.dropped = max(there - count, 0)
    _fill_boxes(found)
    return found


def _fill_boxes(found: Characters) -> None:
    box, place = pdfium.char_box, found.place
    boxes = np.zeros((len(found.text), 4))
    at = boxes.ctypes.data
    for i in found.indices:
        # the library tells left, right, bottom, top
        box(place, i, at, at + 16, at + 8, at + 24)
        at += 32
    bare = (boxes[:, 2] - boxes[:, 0] <= 0) | (boxes[:, 3] - boxes[:, 1] <= 0)
    bare |= np.array([letter.isspace() for letter in found.text], dtype=bool)
    without = np.flatnonzero(bare)
    boxes[without] = found.advances(without.tolist())
    found.boxes = boxes


def _by_object(place: int, indices: list[int], objects: list[int]) -> tuple[list[float], Floats]:
    """The size of type as shown of each character and a point of its base line, asked once for every text object."""
    matrix, point = (ctypes.c_float * 6)(), (ctypes.c_double * 2)()
    at, on = ctypes.addressof(matrix), ctypes.addressof(point)
    known: dict[int, tuple[float, float, float]] = {}
    told = []
    for i, drawer in zip(indices, objects):
        one = known.get(drawer)
        if one is None:
            scale = math.hypot(matrix[2], matrix[3]) if pdfium.char_matrix(place, i, at) else 1.0
            pdfium.char_origin(place, i, on, on + 8)
            one = known[drawer] = (abs(float(pdfium.char_size(place, i))) * scale, point[0], point[1])
        told.append(one)
    whole = np.array(told, dtype=float).reshape(-1, 3)
    return whole[:, 0].tolist(), whole[:, 1:]


def _letters(text_page: Any, place: int, count: int) -> list[str]:
    buffer = (ctypes.c_ushort * (count + 1))()
    written = int(raw.FPDFText_GetText(text_page, 0, count, buffer))
    text = bytes(buffer)[: 2 * max(written - 1, 0)].decode("utf-16-le", "surrogatepass")
    if len(text) == count:
        return list(text)
    codes = (int(pdfium.char_unicode(place, i)) for i in range(count))
    return [chr(code) if code < 0x110000 else "\ufffd" for code in codes]
