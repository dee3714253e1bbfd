"""Write a ledger: a workbook for people, CSV or Parquet for programs, each read back as the same ledger.

Names stand where a member has one that people know (资金来源, 支出类别), codes elsewhere. Texts are written as texts,
never as formulas, and amounts as exact 元.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from yusuan.amount import Scale
from yusuan.axes import national_space
from yusuan.ledger import FACT_COLUMNS, REGIMES, Ledger
from yusuan.ledgerbook import JOINED, disarm, heading, mark_word, tables
from yusuan.publish.output import deliver, plain, refuse_existing, risky
from yusuan.sheet import Agency
from yusuan.words import InputError

if TYPE_CHECKING:
    import polars as pl
    from xlsxwriter import Workbook
    from xlsxwriter.worksheet import Worksheet

YUAN = Scale("元", 2)
MOST_SHEET_ROWS = 1_048_575
LONGEST_TEXT = 32_767
LARGEST_NUMBER = 10**15
"""分 beyond which a spreadsheet's number is no longer exact; such an amount is written as text."""

NAMED = frozenset({"fund_type_code", "vintage", "kind", "pro_type"})
"""Columns written as names."""

MONEY = frozenset({"amount", "least", "most"})
"""Columns of 分 inside, exact 元 outside."""

Cell = str | int

Ends = Sequence[tuple[int, int | None]]
"""Least and most (分) of every fact, ``None`` where nothing limits it."""

Beside = Mapping[str, Sequence[Cell]]
"""Further columns of the facts."""


def write_ledger(
    ledger: Ledger, path: Path, *, marks: bool = False, ends: Ends | None = None, force: bool = False
) -> None:
    """Write the ledger as ``path`` says: ``.xlsx``, ``.parquet``, ``.csv``, or a folder of CSV files without a suffix.

    A single ``.csv`` holds the facts with their agencies and projects, but neither targets nor project texts. ``marks``
    adds where each fact comes from, ``ends`` also the least and most it can be. Raises ``InputError`` rather than
    overwrite, unless ``force``.
    """
    suffix = path.suffix.lower()
    beside = _told(ledger, marks, ends)
    if suffix == "":
        _write_folder(ledger, path, beside, force=force)
        return
    formats = {".xlsx": workbook_bytes, ".csv": _single_csv, ".parquet": _parquet}
    if suffix not in formats:
        raise InputError("ledger_suffix", suffix=suffix)
    refuse_existing(path, force=force)
    deliver(path, formats[suffix](ledger, beside), force=force)


def _told(ledger: Ledger, marks: bool, ends: Ends | None) -> Beside:
    """What is told of the facts besides themselves."""
    found: dict[str, Sequence[Cell]] = {}
    if marks or ends is not None:
        found["mark"] = [mark_word(mark) for mark in ledger.marks or ("given",) * len(ledger)]
    if ends is not None:
        found["least"] = [least for least, _ in ends]
        found["most"] = ["" if most is None else most for _, most in ends]
    return found


def rows_of(ledger: Ledger, key: str, beside: Beside) -> Iterator[list[Cell]]:
    """The rows of one table as they are written, headings left out; amounts are 分."""
    if key == "agencies":
        for agency in ledger.agencies.values():
            yield _agency(ledger, agency)
    elif key == "facts":
        yield from _facts(ledger, beside)
    elif key == "projects":
        texts = tables()["projects"].columns[4:]
        for project in ledger.projects.values():
            head = [project.code, project.agency_code, project.name, _name("pro_type", project.pro_type)]
            yield [*head, *(project.texts.get(element, "") for element in texts)]
    elif key == "goals":
        for code, told in ledger.goals.items():
            yield [code, *(told.get(element, "") for element in tables()["goals"].columns[1:])]


def columns_of(key: str, beside: Beside) -> tuple[str, ...]:
    """The columns of one table as they are written."""
    columns = tables()[key].columns
    return (*columns, *beside) if key == "facts" else columns


def _agency(ledger: Ledger, agency: Agency) -> list[Cell]:
    regime = REGIMES.get(agency.regime or "", "")
    return [
        ledger.fiscal_year, agency.code, agency.name, agency.parent_code or "", agency.parent_name, regime,
    ]  # fmt: skip


def _facts(ledger: Ledger, beside: Beside) -> Iterator[list[Cell]]:
    for i, fact in enumerate(ledger.facts()):
        values: tuple[Cell, ...] = fact
        row = [_name(name, value) if name in NAMED else value for name, value in zip(FACT_COLUMNS, values)]
        yield [*row, *(column[i] for column in beside.values())]


def _name(axis: str, code: Cell) -> str:
    """The name of a member, or its code when it has none."""
    tree = national_space()[axis]
    word = str(code)
    return tree[word].name or word if word in tree else word


def workbook_bytes(ledger: Ledger, beside: Beside) -> bytes:
    """The ledger as a workbook."""
    from xlsxwriter import Workbook

    stream = io.BytesIO()
    book = Workbook(stream, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"created": datetime(ledger.fiscal_year, 1, 1)})
    for key in ("agencies", "facts", "projects", "goals"):
        _write_sheet(book, ledger, key, beside)
    book.close()
    return stream.getvalue()


def _write_sheet(book: Workbook, ledger: Ledger, key: str, beside: Beside) -> None:
    columns, form = columns_of(key, beside), tables()[key]
    sheet = book.add_worksheet(form.sheet)
    write_head(book, sheet, columns)
    text, quoted = (book.add_format({"num_format": "@", "quote_prefix": quote}) for quote in (False, True))
    money = book.add_format({"num_format": "#,##0.00"})
    for r, row in enumerate(rows_of(ledger, key, beside), 1):
        if r > MOST_SHEET_ROWS:
            raise InputError("ledger_sheet_full", sheet=form.sheet, rows=len(ledger), limit=MOST_SHEET_ROWS)
        for c, (column, value) in enumerate(zip(columns, row)):
            if column in MONEY and isinstance(value, int) and abs(value) < LARGEST_NUMBER:
                sheet.write_number(r, c, value / 100, money)
            elif column in MONEY and isinstance(value, int):
                sheet.write_string(r, c, YUAN.format(value))
            elif isinstance(value, int):
                sheet.write_number(r, c, value)
            elif len(value) > LONGEST_TEXT:
                raise InputError(
                    "ledger_text_too_long", sheet=form.sheet, row=r + 1, length=len(value), limit=LONGEST_TEXT
                )
            elif value:
                value = plain(value)
                sheet.write_string(r, c, value, quoted if risky(value) else text)


def write_head(book: Workbook, sheet: Worksheet, columns: tuple[str, ...]) -> None:
    """Headings, frozen, over columns of a sensible width."""
    style = book.add_format(
        {"bold": True, "bg_color": "#DCE6F1", "border": 1, "text_wrap": True, "valign": "vcenter", "align": "center"}
    )
    for c, column in enumerate(columns):
        sheet.set_column(c, c, width_of(column))
    sheet.set_row(0, 32)
    for c, column in enumerate(columns):
        sheet.write_string(0, c, heading(column), style)
    sheet.freeze_panes(1, 0)


def width_of(column: str) -> int:
    """Characters a column is wide."""
    wide = {
        "agency_name": 28,
        "parent_name": 24,
        "pro_name": 28,
        "amount": 18,
        "least": 18,
        "most": 18,
        "fund_type_code": 26,
        "kind": 18,
    }
    if column in wide:
        return wide[column]
    return 26 if column.endswith("_eco_code") or column == "exp_func_code" else 16 if len(heading(column)) < 7 else 22


def _print(column: str, value: Cell) -> str:
    """A cell as CSV text: amounts in 元, texts that no spreadsheet takes for a formula."""
    if column in MONEY and isinstance(value, int):
        return YUAN.format(value)
    return disarm(str(value))


def _csv_bytes(columns: tuple[str, ...], rows: Iterator[list[Cell]]) -> bytes:
    """CSV in UTF-8 with its mark, without which spreadsheets garble Chinese."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow(heading(column) for column in columns)
    for row in rows:
        writer.writerow(_print(column, value) for column, value in zip(columns, row))
    return stream.getvalue().encode("utf-8-sig")


def _write_folder(ledger: Ledger, path: Path, beside: Beside, *, force: bool) -> None:
    if path.exists() and not path.is_dir():
        raise InputError("ledger_not_a_folder", file=str(path))
    keys = ("agencies", "facts", "projects", "goals")
    for key in keys:
        refuse_existing(path / f"{key}.csv", force=force)
    for key in keys:
        data = _csv_bytes(columns_of(key, beside), rows_of(ledger, key, beside))
        deliver(path / f"{key}.csv", data, force=force)


def _joined(ledger: Ledger, agency_code: str, pro_code: str) -> list[Cell]:
    """What stands beside a fact when one file holds the ledger: the columns of ``JOINED``."""
    agency, project = ledger.agencies[agency_code], ledger.projects.get(pro_code)
    year, _, *rest = _agency(ledger, agency)
    own = [project.name, _name("pro_type", project.pro_type)] if project else ["", ""]
    return [year, *rest, *own]


def _single_csv(ledger: Ledger, beside: Beside) -> bytes:
    columns = (*columns_of("facts", beside), *JOINED)
    at = FACT_COLUMNS.index("agency_code"), FACT_COLUMNS.index("pro_code")
    rows = rows_of(ledger, "facts", beside)
    return _csv_bytes(columns, ([*row, *_joined(ledger, str(row[at[0]]), str(row[at[1]]))] for row in rows))


def _parquet(ledger: Ledger, beside: Beside) -> bytes:
    import polars as pl

    schema = {name: pl.Int64() if name == "amount" else pl.String() for name in FACT_COLUMNS}
    frame = pl.DataFrame(dict(ledger.columns), schema=schema)
    frame = frame.with_columns(
        pl.Series(name, [None if isinstance(v, str) else v for v in beside[name]], dtype=pl.Int64())
        for name in ("least", "most") if name in beside
    )  # fmt: skip
    money = [name for name in frame.columns if name in MONEY]
    frame = frame.with_columns((pl.col(money).cast(pl.Decimal(38, 2)) / 100).cast(pl.Decimal(20, 2)))
    agencies = {code: [agency.name, agency.parent_code or "", agency.parent_name, agency.regime or ""]
                for code, agency in ledger.agencies.items()}  # fmt: skip
    projects = {code: [project.name, project.pro_type] for code, project in ledger.projects.items()}
    frame = frame.with_columns(
        pl.lit(ledger.fiscal_year).alias("fiscal_year"),
        *_lookups("agency_code", ("agency_name", "parent_code", "parent_name", "regime"), agencies),
        *_lookups("pro_code", ("pro_name", "pro_type"), projects),
    )
    if "mark" in beside:
        frame = frame.with_columns(pl.Series("mark", ledger.marks or ("given",) * len(ledger), dtype=pl.String))
    stream = io.BytesIO()
    frame.write_parquet(stream, metadata={"yusuan": _metadata(ledger)})
    return stream.getvalue()


def _lookups(key: str, columns: tuple[str, ...], told: Mapping[str, list[str]]) -> Iterator[pl.Expr]:
    """Columns that say of each ``key`` what the table tells."""
    import polars as pl

    for i, column in enumerate(columns):
        values = [row[i] for row in told.values()]
        yield pl.col(key).replace_strict(list(told), values, default="", return_dtype=pl.String).alias(column)


def _metadata(ledger: Ledger) -> str:
    """What the columns cannot tell: project texts, targets, and agencies without facts."""
    seen = set(ledger.columns["agency_code"])
    return json.dumps(
        {
            "schema": "yusuan.ledger/1",
            "fiscal_year": ledger.fiscal_year,
            "agencies": [asdict(agency) for code, agency in ledger.agencies.items() if code not in seen],
            "projects": [
                {"code": p.code, "agency_code": p.agency_code, "name": p.name, "pro_type": p.pro_type,
                 "texts": dict(p.texts)}
                for p in ledger.projects.values()
            ],
            "goals": {code: dict(told) for code, told in ledger.goals.items()},
        },
        ensure_ascii=False,
    )  # fmt: skip
