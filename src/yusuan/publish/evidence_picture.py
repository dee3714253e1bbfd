"""Pictures of pages small enough to travel inside one file: grey, packed without loss where that is shorter."""

from __future__ import annotations

import base64
import io
import warnings
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from yusuan.publish.evidence_place import Evidence, Key
from yusuan.words import InputError

if TYPE_CHECKING:
    from PIL import Image

Render = Callable[[Path, int, int], "Image.Image"]
"""A page (1-based) of a PDF as shown, at dots per inch."""

DPI = 150
"""Dots per inch: the small type of wide tables stays readable."""
GREYS = 16
MOST_BYTES = 16_000_000
"""Bytes of all pictures in one file, as they are written."""
MOST_PAGES = 120
LONGEST_SIDE = 4000
"""Pixels of a picture, either way."""
MOST_PIXELS = 60_000_000
"""Pixels of a picture file that is opened."""
PICTURES = ("PNG", "JPEG", "TIFF", "BMP", "GIF", "WEBP")


@dataclass
class Album:
    """The pages that are in the file as data addresses; those that are not, with the reason (too_many, unreadable)."""

    pages: dict[Key, str] = field(default_factory=dict)
    missing: dict[Key, str] = field(default_factory=dict)


def make_album(source: Evidence, wanted: Iterable[Key], render: Render, *, most: int = MOST_BYTES) -> Album:
    """Pictures of the wanted pages, the first ones first, until ``most`` bytes are used."""
    made = Album()
    used = 0
    full = False
    for key in dict.fromkeys(wanted):
        if full or len(made.pages) >= MOST_PAGES:
            made.missing[key] = "too_many"
            continue
        try:
            address = packed(_picture(source, key, render))
        except (InputError, OSError, ValueError, SyntaxError, MemoryError):
            made.missing[key] = "unreadable"
            continue
        if used + len(address) > most:
            full = True
            made.missing[key] = "too_many"
            continue
        used += len(address)
        made.pages[key] = address
    return made


def packed(picture: Image.Image) -> str:
    """A picture as a data address, in the shorter of two ways of packing."""
    grey = picture.convert("L")
    grey.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    step = 255 // (GREYS - 1)
    few = grey.point([min(255, (value + step // 2) // step * step) for value in range(256)])
    lossless, lossy = io.BytesIO(), io.BytesIO()
    few.convert("RGB").save(lossless, "WEBP", lossless=True, quality=50, method=3)
    grey.save(lossy, "WEBP", quality=50, method=3)
    shorter = min(lossless.getvalue(), lossy.getvalue(), key=len)
    return f"data:image/webp;base64,{base64.b64encode(shorter).decode('ascii')}"


def _picture(source: Evidence, key: Key, render: Render) -> Image.Image:
    """A page of a PDF, or a frame of a picture file, as it was read."""
    path = source.paths[key[0]] if key[0] < len(source.paths) else None
    if path is None or not path.is_file():
        raise FileNotFoundError
    if source.materials[key[0]].kind != "image":
        return render(path, key[1], _dpi(source, key))
    from PIL import Image, ImageOps

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with Image.open(path, formats=PICTURES) as opened:
            opened.seek(key[1] - 1)
            if opened.width * opened.height > MOST_PIXELS:
                raise ValueError(opened.size)
            return ImageOps.exif_transpose(opened).convert("L")


def _dpi(source: Evidence, key: Key) -> int:
    """Dots per inch at which the longer side stays within bounds."""
    pages = source.materials[key[0]].pages
    longest = max(pages[key[1] - 1]) if 0 < key[1] <= len(pages) else 0
    return DPI if longest * DPI <= LONGEST_SIDE * 72 else max(1, int(LONGEST_SIDE * 72 / longest))


def grouped_by_file(keys: Iterable[Key]) -> Mapping[int, list[int]]:
    """Pages by the number of their file."""
    found: dict[int, list[int]] = {}
    for file, page in keys:
        found.setdefault(file, []).append(page)
    return {file: sorted(pages) for file, pages in found.items()}
