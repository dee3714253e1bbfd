"""How the cells of an old workbook (BIFF8) look: number formats, hidden rows, indents. Values are read elsewhere.

Only these few records of the binary format are looked at; a workbook of another version, or a damaged one, simply
tells nothing here.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from yusuan.read.formats.legacy_ole import OleDirectory

LARGEST_STREAM = 256 << 20
BIFF8 = 0x0600
BOF, EOF, BOUNDSHEET, FORMAT, XF, ROW = 0x0809, 0x000A, 0x0085, 0x041E, 0x00E0, 0x0208
FORMULA, NUMBER, RK, LABELSST, LABEL, RSTRING, MULRK = 0x0006, 0x0203, 0x027E, 0x00FD, 0x0204, 0x00D6, 0x00BD
FIGURES, TEXTS = frozenset((FORMULA, NUMBER, RK)), frozenset((LABELSST, LABEL, RSTRING))
HIDDEN_ROW = 0x20
BUILT_IN = {
    1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 37: "#,##0", 38: "#,##0", 39: "#,##0.00", 40: "#,##0.00",
    41: "#,##0", 42: "#,##0", 43: "#,##0.00", 44: "#,##0.00",
}  # fmt: skip
"""Number formats that a workbook does not write out, as far as they show plain figures."""

Place = tuple[int, int]


@dataclass
class Looks:
    """Looks of one sheet by (row, column), both counted from 0."""

    formats: dict[Place, str] = field(default_factory=dict)
    indents: dict[Place, int] = field(default_factory=dict)
    hidden: set[int] = field(default_factory=set)


def looks_of(path: Path) -> dict[str, Looks]:
    """Sheet → its looks; empty when the file does not tell."""
    directory = OleDirectory(path)
    name = next((name for name in ("Workbook", "WORKBOOK") if name in directory.streams), None)
    if name is None:
        return {}
    data = directory.content(path, name, LARGEST_STREAM)
    try:
        return _sheets(data)
    except (struct.error, IndexError, UnicodeDecodeError):
        return {}


def _records(data: bytes, start: int) -> Iterator[tuple[int, int, int]]:
    """(kind, offset of the content, length) of the records of one part, until its end."""
    depth = 0
    while start + 4 <= len(data):
        kind, length = struct.unpack_from("<HH", data, start)
        yield kind, start + 4, min(length, len(data) - start - 4)
        depth += (kind == BOF) - (kind == EOF)
        if depth <= 0:
            return
        start += 4 + length


def _sheets(data: bytes) -> dict[str, Looks]:
    formats: dict[int, str] = dict(BUILT_IN)
    styles: list[tuple[int, int]] = []
    places: list[tuple[str, int]] = []
    for kind, at, length in _records(data, 0):
        if kind == BOF and struct.unpack_from("<H", data, at)[0] != BIFF8:
            return {}
        if kind == FORMAT:
            number, count, wide = struct.unpack_from("<HHB", data, at)
            formats[number] = _text(data, at + 5, count, wide)
        elif kind == XF and length >= 9:
            styles.append((struct.unpack_from("<H", data, at + 2)[0], data[at + 8] & 15))
        elif kind == BOUNDSHEET:
            where, _, _, count, wide = struct.unpack_from("<IBBBB", data, at)
            places.append((_text(data, at + 8, count, wide), where))
    return {name: _looks(data, where, formats, styles) for name, where in places}


def _text(data: bytes, at: int, count: int, wide: int) -> str:
    if wide & 1:
        return data[at : at + 2 * count].decode("utf-16-le", "replace")
    return data[at : at + count].decode("latin-1")


def _looks(data: bytes, start: int, formats: dict[int, str], styles: list[tuple[int, int]]) -> Looks:
    made = Looks()
    for kind, at, length in _records(data, start):
        if kind == ROW and length >= 14:
            row, flags = struct.unpack_from("<H", data, at)[0], struct.unpack_from("<H", data, at + 12)[0]
            if flags & HIDDEN_ROW:
                made.hidden.add(row)
        elif kind in FIGURES or kind in TEXTS:
            row, column, style = struct.unpack_from("<HHH", data, at)
            _note(made, (row, column), style, formats, styles)
        elif kind == MULRK:
            row, column = struct.unpack_from("<HH", data, at)
            for step in range((length - 6) // 6):
                style = struct.unpack_from("<H", data, at + 4 + 6 * step)[0]
                _note(made, (row, column + step), style, formats, styles)
    return made


def _note(made: Looks, place: Place, style: int, formats: dict[int, str], styles: list[tuple[int, int]]) -> None:
    if style >= len(styles):
        return
    number, indent = styles[style]
    if number in formats:
        made.formats[place] = formats[number]
    if indent:
        made.indents[place] = indent
