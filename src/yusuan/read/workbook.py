"""Workbooks (.xlsx) as grids: shown text, merged areas, hidden rows, stored values of formulas. Nothing is executed."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal, localcontext
from itertools import groupby
from pathlib import Path
from typing import Any

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

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")


def read_workbook(path: Path) -> list[Grid]:
    """The grids of a workbook, one a worksheet; raises ``InputError`` when it cannot be opened."""
    import openpyxl

    file = file_name(path)
    _count(path, file)
    try:
        # opened as a stream: the library would go by the suffix of the name
        with path.open("rb") as stream:
            book = openpyxl.load_workbook(stream, data_only=True, keep_links=False)
        formulas = None
        if _has_formulas(path):
            with path.open("rb") as stream:
                formulas = openpyxl.load_workbook(stream, keep_links=False)
    except Exception:
        raise InputError("read_workbook_damaged", file=file) from None
    return [
        _grid(sheet, formulas[sheet.title] if formulas else None, file)
        for sheet in book.worksheets
        if sheet.sheet_state == "visible"
    ]


def _count(path: Path, file: str) -> None:
    import python_calamine

    try:
        with path.open("rb") as stream:
            book = python_calamine.CalamineWorkbook.from_filelike(stream)
        total = 0
        for name in book.sheet_names:
            sheet = book.get_sheet_by_name(name)
            total += sheet.total_height * sheet.total_width if sheet.total_height < 2**21 else LARGEST_CELLS + 1
            if total > LARGEST_CELLS:
                raise InputError("read_too_many_cells", file=file, limit=LARGEST_CELLS)
    except InputError:
        raise
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt | SystemExit):
            raise
        raise InputError("read_workbook_damaged", file=file) from None


def _has_formulas(path: Path) -> bool:
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if name.startswith("xl/worksheets/") and name.endswith(".xml"):
                with archive.open(name) as part:
                    tail = b""
                    while block := part.read(1 << 20):
                        if b"<f>" in tail + block or b"<f " in tail + block or b"<f/" in tail + block:
                            return True
                        tail = block[-3:]
    return False


def _grid(sheet: Any, formulas: Any, file: str) -> Grid:
    spans = {
        (r.min_row, r.min_col): (r.max_row - r.min_row + 1, r.max_col - r.min_col + 1)
        for r in sheet.merged_cells.ranges
    }
    rows: list[GridRow] = []
    for number, cells in _filled_rows(sheet, formulas, spans, file):
        if rows and number > rows[-1].number + 1:
            rows.append(GridRow(number - 1))
        rows.append(GridRow(number, cells, hidden=bool(sheet.row_dimensions[number].hidden)))
    return Grid(sheet.title, rows, file, Source(file, sheet=sheet.title))


def _filled_rows(
    sheet: Any, formulas: Any, spans: dict[tuple[int, int], tuple[int, int]], file: str
) -> Iterator[tuple[int, dict[int, GridCell]]]:
    """The rows that hold something, top to bottom; styled but empty cells far away cost nothing."""
    stored = sorted(sheet._cells.items())
    for number, row in groupby(stored, key=lambda entry: entry[0][0]):
        made = ((place[1] - 1, _cell(cell, formulas, spans, file, sheet.title)) for place, cell in row)
        cells = {column: cell for column, cell in made if cell is not None}
        if cells:
            yield number, cells


def _cell(
    cell: Any, formulas: Any, spans: dict[tuple[int, int], tuple[int, int]], file: str, sheet: str
) -> GridCell | None:
    source = Source(file, sheet=sheet, a1=cell.coordinate)
    span = spans.get((cell.row, cell.column), (1, 1))
    value = cell.value
    if value is None or value == "":
        if formulas is not None and str(formulas[cell.coordinate].value or "").startswith("="):
            return GridCell("", source, formula=True, span=span)
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        text = _unescaped(str(value))
        return GridCell(text, source, span=span) if text.strip() else None
    text, exact = shown(value, str(cell.number_format))
    return GridCell(text, source, exact if exact != text else None, span=span)


def shown(value: int | float, number_format: str) -> tuple[str, str]:
    """A number as its format shows it, and its shortest exact text."""
    exact = format(Decimal(repr(value)), "f") if isinstance(value, float) else str(value)
    if isinstance(value, float) and value.is_integer():
        exact = exact.removesuffix(".0")
    found = _PLAIN.fullmatch(_ASIDE.sub("", number_format.split(";")[0]))
    if found is None or not {"#", "0"} & set(found[0]) or ",." in found[0] or found[0].endswith(","):
        return exact, exact
    places = len(found.group(1) or "")
    rounded = Decimal(f"{value:.{DIGITS}g}" if isinstance(value, float) else exact)
    if not rounded.is_finite() or places > MOST_PLACES:
        return exact, exact
    with localcontext(prec=max(rounded.adjusted(), 0) + places + 2):
        return format(rounded.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP), "f"), exact


def _unescaped(text: str) -> str:
    """Text with the signs that a workbook writes as ``_xHHHH_``."""
    if "_x" not in text:
        return text
    plain = _CONTROL.sub("", _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text))
    return plain.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
