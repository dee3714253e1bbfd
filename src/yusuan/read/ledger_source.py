"""The tables of a ledger file: a workbook, a folder of CSV files or one CSV file, with their headings understood.

Nothing is interpreted here but headings; cells go on as the file gives them, with the row number that its user sees.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

from yusuan.ledgerbook import RECOVERED, Form, element_of, heading, is_example, joined, rearm, squash, tables
from yusuan.read.guard import Kind, guard_file, text_encoding
from yusuan.words import InputError

MOST_ROWS = 5_000_000
MOST_PROBLEMS = 1_000
"""Problems that are named one by one; the rest is counted."""

Problem = tuple[str, Mapping[str, object]]


@dataclass(frozen=True, slots=True)
class Wrong:
    """Why a cell or row cannot be used: a message and its values, the place to be added."""

    key: str
    values: Mapping[str, object] = field(default_factory=dict)


@dataclass
class Faults:
    """Everything wrong with a ledger, raised at once."""

    problems: list[Problem] = field(default_factory=list)
    more: int = 0
    rows: set[tuple[str, int]] = field(default_factory=set)

    def add(self, sheet: str, row: int, wrong: Wrong) -> None:
        """Keep what is wrong in a row."""
        self.rows.add((sheet, row))
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append((wrong.key, {"sheet": sheet, "row": row, **wrong.values}))
        else:
            self.more += 1

    def add_table(self, key: str, **values: object) -> None:
        """Keep what is wrong with a table as a whole."""
        self.problems.append((key, values))

    def stop(self) -> None:
        """Raise ``InputError`` with all problems, if there are any."""
        if self.more:
            self.problems.append(("ledger_more", {"count": self.more}))
        if self.problems:
            raise InputError.several(self.problems)


@dataclass(frozen=True, slots=True)
class Table:
    """One table: its name as the user sees it, where each data element stands, and its filled rows.

    ``unit`` is the unit of its money, ``head`` the row of its headings.
    """

    key: str
    name: str
    columns: Mapping[str, int]
    unit: str
    rows: Iterable[tuple[int, Sequence[object]]]
    head: int = 1

    def cells(self, row: Sequence[object]) -> dict[str, object]:
        """Data element → cell of a row."""
        return {element: row[i] if i < len(row) else "" for element, i in self.columns.items()}


def plain(cell: object) -> str:
    """The text of a cell; a whole number without its decimals."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e21:
        return str(int(cell))
    if isinstance(cell, (datetime, date)):
        return cell.isoformat()
    return str(cell).strip()


def heads_of(form: Form, name: str, cells: Sequence[object], faults: Faults) -> tuple[dict[str, int], str] | None:
    """Where each element stands and the unit of money; ``None`` when the headings cannot be used."""
    found: dict[str, int] = {}
    unknown: list[str] = []
    unit, sound = "元", True
    known = {*form.columns, *RECOVERED} if form.key == "facts" else {*form.columns}
    for i, cell in enumerate(cells):
        text = plain(cell)
        if not text:
            continue
        element = element_of(rearm(text))
        if element is None or element[0] not in known:
            unknown.append(text)
        elif element[0] in found:
            faults.add_table("ledger_column_twice", sheet=name, column=text)
            sound = False
        else:
            found[element[0]] = i
            unit = element[1] if element[0] == "amount" else unit
    missing = [element for element in form.columns if element in form.required - set(found)]
    if missing:
        columns, elements = "、".join(map(heading, missing)), ", ".join(missing)
        faults.add_table("ledger_columns_missing", sheet=name, columns=columns, elements=elements)
    if unknown:
        columns = "、".join(heading(element) for element in form.columns)
        elements = ", ".join(form.columns)
        names = "、".join(unknown[:20])
        faults.add_table("ledger_columns_unknown", sheet=name, unknown=names, columns=columns, elements=elements)
    return (found, unit) if sound and not missing and not unknown else None


def table_of(form: Form, name: str, rows: Iterable[Sequence[object]], faults: Faults) -> Table | None:
    """A table from its raw rows, the first filled one being the headings."""
    numbered = enumerate(rows, 1)
    for head, cells in numbered:
        if any(plain(cell) for cell in cells):
            heads = heads_of(form, name, cells, faults)
            if heads is None:
                return None
            return Table(form.key, name, *heads, _filled(numbered, name, heads[0], faults), head)
    faults.add_table("ledger_table_empty", sheet=name)
    return None


def _filled(
    rows: Iterable[tuple[int, Sequence[object]]], name: str, columns: Mapping[str, int], faults: Faults
) -> Iterator[tuple[int, Sequence[object]]]:
    """Rows that hold something and are no examples; a cell beyond the headings is an error of its own."""
    places = frozenset(columns.values())
    for count, (number, cells) in enumerate(rows):
        if count >= MOST_ROWS:
            raise InputError("ledger_too_many_rows", sheet=name, limit=MOST_ROWS)
        filled = [i for i, cell in enumerate(cells) if cell not in ("", None) and plain(cell)]
        if not filled or is_example(plain(cells[0])):
            continue
        if not places.issuperset(filled):
            column = next(i for i in filled if i not in places) + 1
            faults.add(name, number, Wrong("ledger_no_heading", {"column": column}))
        yield number, cells


def open_tables(path: Path, kind: Kind | None, faults: Faults) -> dict[str, Table]:
    """The tables of a workbook, a folder (``kind`` is ``None``) or a single CSV file."""
    if kind == "xlsx":
        return _workbook(path, faults)
    if kind is None:
        return _folder(path, faults)
    table = table_of(joined(), path.name, _csv_rows(path, path.name), faults)
    return {} if table is None else {"facts": table}


def kind_of(path: Path) -> Kind | None:
    """What the ledger file is; ``None`` for a folder."""
    return None if path.is_dir() else guard_file(path)


def csv_files(folder: Path) -> dict[str, Path]:
    """Table → its CSV file in a folder, under the table's key or its sheet name."""
    found: dict[str, Path] = {}
    for key, form in tables().items():
        for name in (f"{key}.csv", f"{form.sheet}.csv"):
            if (folder / name).is_file():
                found.setdefault(key, folder / name)
    return found


def _folder(path: Path, faults: Faults) -> dict[str, Table]:
    files = csv_files(path)
    for key in ("facts", "agencies"):
        if key not in files:
            faults.add_table("ledger_no_csv", folder=str(path), name=f"{key}.csv", sheet=f"{tables()[key].sheet}.csv")
    found = {}
    for key, file in files.items():
        if guard_file(file) != "text":
            raise InputError("ledger_not_csv", file=str(file))
        table = table_of(tables()[key], file.name, _csv_rows(file, file.name), faults)
        if table is not None:
            found[key] = table
    return found


def _csv_rows(path: Path, name: str) -> Iterator[Sequence[object]]:
    with path.open(encoding=text_encoding(path), newline="") as stream:
        separator = separator_of(stream.readline())
        stream.seek(0)
        try:
            for row in csv.reader(stream, delimiter=separator):
                yield [rearm(cell) for cell in row]
        except csv.Error as error:
            raise InputError("ledger_csv_broken", sheet=name, reason=str(error)) from None


def separator_of(line: str) -> str:
    """What separates the columns of a heading line: a comma unless it has only tabs or semicolons."""
    return next((mark for mark in ",\t;" if mark in line), ",")


def _workbook(path: Path, faults: Faults) -> dict[str, Table]:
    sheets = workbook_rows(path)
    found = {}
    for key, form in tables().items():
        name = next((name for name in sheets if squash(name) in (squash(form.sheet), key)), None)
        if name is None:
            if key in ("facts", "agencies"):
                faults.add_table("ledger_no_sheet", sheet=form.sheet, sheets="、".join(sheets), file=str(path))
            continue
        table = table_of(form, name, sheets[name], faults)
        if table is not None:
            found[key] = table
    return found


def workbook_rows(path: Path) -> dict[str, list[list[object]]]:
    """Sheet → rows from the first one on, of the sheets that a ledger has."""
    from python_calamine import CalamineWorkbook

    wanted = {squash(name) for key, form in tables().items() for name in (key, form.sheet)}
    try:
        book = CalamineWorkbook.from_path(str(path))
        found: dict[str, list[list[object]]] = {}
        for name in book.sheet_names:
            if squash(name) in wanted:
                found[name] = [list(row) for row in book.get_sheet_by_name(name).to_python(skip_empty_area=False)]
            else:
                found.setdefault(name, [])
        return found
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException:  # a panic of the reader's native code is no Exception
        raise InputError("guard_damaged", file=str(path)) from None
