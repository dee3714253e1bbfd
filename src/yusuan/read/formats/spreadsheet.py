"""Old workbooks (.xls, .et) as grids: stored values, merged areas, visible sheets. Nothing is executed.

Figures are given as their number formats show them, with the stored value beside; where the formats cannot be told a
figure is given as it is stored.
"""

from __future__ import annotations

import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from yusuan.read.formats.legacy import converted, rename
from yusuan.read.formats.spreadsheet_biff import Looks, looks_of
from yusuan.read.formats.workbook_parts import letters
from yusuan.read.grid import Doubt, Grid, GridCell, GridRow, Material, file_name
from yusuan.read.guard import MOST_MERGED
from yusuan.read.text import LARGEST_CELLS
from yusuan.read.workbook import DIGITS, read_workbook, shown
from yusuan.sheet import Source
from yusuan.words import InputError

LARGEST_BOOK = 256 << 20
"""Bytes of an old workbook; the format itself allows few more."""
BLANKS = 3
"""Blanks to which one step of a cell's indent amounts."""


def read_spreadsheet(path: Path) -> Material:
    """The visible sheets of an old workbook; one that the reader cannot open goes through LibreOffice.

    Raises ``InputError`` when the workbook is encrypted, too large, or cannot be read at all.
    """
    file = file_name(path)
    if path.stat().st_size > LARGEST_BOOK:
        raise InputError("read_too_large", file=file, limit="256 MiB")
    made = Material(file, "xls", [])
    if not _read(path, made):
        with converted(path, "xlsx") as book:
            made.items = list(read_workbook(book))
        rename(made, file)
        made.doubts = [Doubt("converted", None, {"program": "LibreOffice"})]
    return made


def _read(path: Path, made: Material) -> bool:
    """Whether the reader could open the workbook; its sheets go into ``made``."""
    import python_calamine

    try:
        with path.open("rb") as stream:
            book = python_calamine.load_workbook(stream)
            looks = looks_of(path)
            total = 0
            for about in book.sheets_metadata:
                if about.visible != python_calamine.SheetVisibleEnum.Visible:
                    made.doubts.append(Doubt("sheet_hidden", None, {"sheet": about.name}))
                    continue
                if about.typ != python_calamine.SheetTypeEnum.WorkSheet:
                    continue
                sheet = book.get_sheet_by_name(about.name)
                total += sheet.total_height * sheet.total_width
                if total > LARGEST_CELLS:
                    raise InputError("read_too_many_cells", file=made.file, limit=LARGEST_CELLS)
                made.items.append(_grid(sheet, about.name, made.file, looks.get(about.name, Looks())))
    except (InputError, KeyboardInterrupt, SystemExit):
        raise
    except python_calamine.PasswordError:
        raise InputError("guard_encrypted", file=made.file) from None
    except BaseException:  # a panic of the reader's native code is no Exception
        made.items.clear()
        made.doubts.clear()
        return False
    return True


def _grid(sheet: Any, name: str, file: str, looks: Looks) -> Grid:
    spans = {}
    for (top, left), (bottom, right) in sheet.merged_cell_ranges or ():
        spans[top, left] = (bottom - top + 1, right - left + 1)
        if len(spans) > MOST_MERGED:
            raise InputError("guard_wide_merge", file=file, sheet=name, limit=MOST_MERGED)
    rows: list[GridRow] = []
    for number, values in enumerate(sheet.to_python(skip_empty_area=False), start=1):
        row = GridRow(number, hidden=number - 1 in looks.hidden)
        for column, value in enumerate(values):
            text, exact = stored(value)
            shape = looks.formats.get((number - 1, column))
            if shape is not None and isinstance(value, int | float) and not isinstance(value, bool):
                text, exact = shown(value, shape)
            if text.strip():
                source = Source(file, sheet=name, a1=f"{letters(column)}{number}")
                span = spans.get((number - 1, column), (1, 1))
                indent = float(looks.indents.get((number - 1, column), 0) * BLANKS)
                value_beside = exact if exact != text else None
                row.cells[column] = GridCell(text, source, value_beside, span=span, indent=indent)
        if row.cells:
            if rows and number > rows[-1].number + 1:
                rows.append(GridRow(number - 1))
            rows.append(row)
    return Grid(name, rows, file, Source(file, sheet=name))


def stored(value: object) -> tuple[str, str]:
    """A stored value as text with the digits that spreadsheets show, and its exact text."""
    if isinstance(value, bool):
        return ("TRUE", "TRUE") if value else ("FALSE", "FALSE")
    if isinstance(value, float):
        if not abs(value) < 1e21:
            return str(value), str(value)
        texts = [format(Decimal(digits), "f") for digits in (f"{value:.{DIGITS}g}", repr(value))]
        shown, exact = (text.rstrip("0").rstrip(".") if "." in text else text for text in texts)
        return shown, exact
    if isinstance(value, datetime.datetime) and value.time() == datetime.time():
        value = value.date()
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat(), value.isoformat()
    return str(value), str(value)
