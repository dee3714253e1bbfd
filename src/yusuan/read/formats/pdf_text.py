"""Characters of a PDF page with the tight boxes of their ink, fetched with as few calls as can be."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pypdfium2.raw as raw

from yusuan.read.formats import pdf_library as pdfium
from yusuan.read.formats.pdf_frame import Frame

MOST_CHARACTERS = 100_000
"""Characters of a page that are read; a full page of print has some thousand."""

SLANT = 0.2
"""Rise of text, as a part of its way, that no skewed page has."""

SAMPLE = 97
"""So many characters are asked first whether they are mapped."""

Floats = npt.NDArray[np.float64]


@dataclass(slots=True)
class Characters:
    """The drawn characters of a page in the order of the content, in the coordinates of the content.

    ``boxes`` (n × 4: left, bottom, right, top) are tight, those of blanks as wide as their advance; ``origins`` (n × 2)
    lie on the base line, ``along`` (n × 2) points the way of the text. ``objects`` tells which text object drew each,
    ``sizes`` its size of type as shown. ``unprintable`` were left out for their codes, ``dropped`` for their number.
    """

    text: list[str]
    boxes: Floats
    origins: Floats
    along: Floats
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

    def quarters(self, frame: Frame) -> npt.NDArray[np.int_]:
        """For each by how many quarters clockwise the page as shown must be turned for it to read upright."""
        a, b, c, d, _, _ = frame.shown
        x, y = self.along.T
        x, y = a * x + c * y, b * x + d * y
        turned = np.where(np.abs(x) >= np.abs(y), np.where(x >= 0, 0, 2), np.where(y >= 0, 1, 3))
        return -turned % 4

    def slanting(self) -> npt.NDArray[np.bool_]:
        """For each whether its text runs neither across nor down the page."""
        sides = np.abs(self.along)
        found: npt.NDArray[np.bool_] = sides.min(axis=1) > SLANT * sides.max(axis=1)
        return found

    def some(self, chosen: npt.NDArray[np.bool_]) -> Characters:
        """Only those that are chosen."""
        kept = np.flatnonzero(chosen).tolist()
        return replace(
            self, text=[self.text[i] for i in kept], boxes=self.boxes[kept], origins=self.origins[kept],
            along=self.along[kept], objects=[self.objects[i] for i in kept], indices=[self.indices[i] for i in kept],
            sizes=[self.sizes[i] for i in kept],
        )  # fmt: skip

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
            if not pdfium.char_hyphen(place, i):
                unprintable += 1
                continue
            letters[i] = "-"  # the library marks a hyphen at the end of a line by another code
        keep.append(i)
        objects.append(drawer)
    text = [letters[i] for i in keep]
    told = _by_object(place, keep, objects)
    found = Characters(
        text,
        np.zeros((len(keep), 4)),
        told[:, 1:3],
        told[:, 3:5],
        objects,
        keep,
        told[:, 0].tolist(),
        place,
        unprintable,
    )
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


def _by_object(place: int, indices: list[int], objects: list[int]) -> Floats:
    """For each character (n × 5) the size of its type as shown, a point of its base line and the way its text runs,
    asked once for every text object."""
    known: dict[int, int] = {}
    first: list[int] = []
    for i, drawer in zip(indices, objects):
        if drawer not in known:
            known[drawer] = len(first)
            first.append(i)
    matrices = np.zeros((len(first), 6), dtype=np.float32)
    at, placed, size = matrices.ctypes.data, pdfium.char_matrix, pdfium.char_size
    for i in first:
        placed(place, i, at)
        at += 24
    a, b, c, d, e, f = matrices.astype(float).T
    heights = np.abs(np.array([size(place, i) for i in first], dtype=float)) * np.hypot(c, d)
    told: Floats = np.nan_to_num(np.stack([heights, e, f, a, b], axis=1), posinf=1e30, neginf=-1e30)
    return told[[known[drawer] for drawer in objects]]


def _letters(text_page: Any, place: int, count: int) -> list[str]:
    buffer = (ctypes.c_ushort * (count + 1))()
    written = int(raw.FPDFText_GetText(text_page, 0, count, buffer))
    text = bytes(buffer)[: 2 * max(written - 1, 0)].decode("utf-16-le", "surrogatepass")
    if len(text) == count:
        return list(text)
    codes = (int(pdfium.char_unicode(place, i)) for i in range(count))
    return [chr(code) if code < 0x110000 else "\ufffd" for code in codes]
