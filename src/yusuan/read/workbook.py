"""Workbooks (.xlsx) as grids: shown text, merged areas, hidden rows, stored values of formulas. Nothing is executed."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable
from dataclasses import replace
from decimal import ROUND_HALF_UP, Context, Decimal
from functools import cache
from itertools import groupby, product
from pathlib import Path

from yusuan.read.formats.workbook_dates import day_text, iso_text, tells_time
from yusuan.read.formats.workbook_parts import Package, Place, StoredCell, StoredRow, letters, package_of, rows_of
from yusuan.read.grid import Grid, GridCell, GridRow, file_name
from yusuan.read.text import LARGEST_CELLS
from yusuan.sheet import Source
from yusuan.words import InputError

_PLAIN = re.compile(r"[#0,]*(?:\.(0*))?")
"""Digits of a number format that shows no more than a rounded number."""

_ASIDE = re.compile(r'"[^"]*"|\\.|_.|\*.|\[[^\]]*\]|[\s()+\-¥￥$€元]')
"""Parts of a number format that stand around the digits."""

DIGITS, MOST_PLACES = 15, 30
"""Digits of a number that spreadsheets show; decimals that a format may have."""
_WIDE = Context(prec=5000)
"""No number that is read has as many digits."""

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")


def read_workbook(path: Path) -> list[Grid]:
    """The grids of a workbook, one a visible worksheet; raises ``InputError`` when it cannot be opened."""
    file = file_name(path)
    try:
        with zipfile.ZipFile(path) as archive:
            package = package_of(archive)
            room, grids = LARGEST_CELLS, []
            for part in package.sheets:
                if part.visible and part.path in archive.NameToInfo:
                    sheet = _Sheet(package, part.name, file, room)
                    grids.append(sheet.read(archive, part.path))
                    room -= sheet.extent
            return grids
    except InputError:
        raise
    except Exception:
        raise InputError("read_workbook_damaged", file=file) from None


class _Sheet:
    """A worksheet while it is read: cells by place, hidden rows, merged areas, the rectangle that filled cells span.

    The last of several cells with one address counts; rows and cells may come in any order.
    """

    def __init__(self, package: Package, name: str, file: str, room: int) -> None:
        self.package, self.name, self.file, self.room = package, name, file, room
        self.cells: dict[Place, GridCell] = {}
        self.hidden: set[int] = set()
        self.merged: list[tuple[Place, Place]] = []
        self.bottom = self.right = 0

    @property
    def extent(self) -> int:
        return self.bottom * self.right

    def read(self, archive: zipfile.ZipFile, path: str) -> Grid:
        for found in rows_of(archive, path):
            if isinstance(found, StoredRow):
                self._take(found)
            else:
                self.merged.append(found)
        self._merge()
        rows: list[GridRow] = []
        for number, cells in groupby(sorted(self.cells.items()), key=lambda entry: entry[0][0]):
            if rows and number > rows[-1].number + 1:
                rows.append(GridRow(number - 1))
            row = {column - 1: cell for (_, column), cell in cells}
            rows.append(GridRow(number, row, hidden=number in self.hidden))
        return Grid(self.name, rows, self.file, Source(self.file, sheet=self.name))

    def _take(self, row: StoredRow) -> None:
        if row.hidden:
            self.hidden.add(row.number)
        for stored in row.cells:
            cell = self._cell(stored)
            if cell is None:
                self.cells.pop(stored.place, None)
                continue
            self.cells[stored.place] = cell
            self.bottom, self.right = max(self.bottom, stored.place[0]), max(self.right, stored.place[1])
        if self.extent > self.room:
            raise InputError("read_too_many_cells", file=self.file, limit=LARGEST_CELLS)

    def _cell(self, stored: StoredCell) -> GridCell | None:
        row, column = stored.place
        source = Source(self.file, sheet=self.name, a1=f"{letters(column - 1)}{row}")
        if not stored.value:
            return GridCell("", source, formula=True) if stored.formula else None
        text, exact = self._shown(stored)
        return GridCell(text, source, exact if exact != text else None) if text.strip() else None

    def _shown(self, stored: StoredCell) -> tuple[str, str]:
        """The text of a stored value, and the exact one."""
        if stored.kind == "n":
            formats = self.package.formats
            number_format = formats[stored.style] if stored.style < len(formats) else "General"
            value = float(stored.value) if set(".eE") & set(stored.value) else int(stored.value)
            if not tells_time(number_format):
                return shown(value, number_format)
            text = day_text(value, number_format, from_1904=self.package.from_1904)
        elif stored.kind == "s":
            text = self.package.string(int(stored.value))
        elif stored.kind == "b":
            text = str(bool(int(stored.value)))
        else:
            text = iso_text(stored.value) if stored.kind == "d" else stored.value
        text = _unescaped(text)
        return text, text

    def _merge(self) -> None:
        """Give the cells of merged areas their span; nothing else that lies below an area is shown."""
        spans = {}
        for (top, left), (bottom, right) in self.merged:
            height, width = bottom - top + 1, right - left + 1
            spans[top, left] = (height, width)
            inside: Iterable[Place] = product(range(top, bottom + 1), range(left, right + 1))
            if height * width > len(self.cells):
                inside = [(r, c) for r, c in self.cells if top <= r <= bottom and left <= c <= right]
            for place in inside:
                if place != (top, left):
                    self.cells.pop(place, None)
        for place in spans.keys() & self.cells.keys():
            self.cells[place] = replace(self.cells[place], span=spans[place])


def shown(value: int | float, number_format: str) -> tuple[str, str]:
    """A number as its format shows it, and its shortest exact text."""
    exact = format(Decimal(repr(value)), "f") if isinstance(value, float) else str(value)
    if isinstance(value, float) and value.is_integer():
        exact = exact.removesuffix(".0")
    places = _places(number_format)
    if places is None:
        return exact, exact
    rounded = Decimal(f"{value:.{DIGITS}g}" if isinstance(value, float) else exact)
    if not rounded.is_finite():
        return exact, exact
    return format(rounded.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP, _WIDE), "f"), exact


@cache
def _places(number_format: str) -> int | None:
    """How many decimals a format shows; ``None`` when it shows something else than a rounded number."""
    found = _PLAIN.fullmatch(_ASIDE.sub("", number_format.split(";")[0]))
    if found is None or not {"#", "0"} & set(found[0]) or ",." in found[0] or found[0].endswith(","):
        return None
    places = len(found.group(1) or "")
    return places if places <= MOST_PLACES else None


def _unescaped(text: str) -> str:
    """Text with the signs that a workbook writes as ``_xHHHH_``."""
    if "_x" not in text:
        return text
    plain = _CONTROL.sub("", _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text))
    return plain.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
