"""Workbooks as people lay them out: however the forms stand in them, the same cells come out."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter
from publish_example import example

from yusuan.check.document import check_disclosure
from yusuan.publish.workbook import write_workbook
from yusuan.read.document import read_disclosure
from yusuan.read.workbook import read_workbook, shown
from yusuan.sheet import Disclosure
from yusuan.words import InputError

Told = dict[tuple[str, int, int], int | None]
Value = Any
Change = Callable[[Value, int, int], Value]
"""(value, row, column) → what stands in the cell instead."""


def told(disclosure: Disclosure) -> Told:
    return {
        (sheet.form or "", *place): cell.amount for sheet in disclosure.sheets for place, cell in sheet.cells.items()
    }


class Forms:
    """The worksheets of the example workbook as plain values."""

    def __init__(self, folder: Path) -> None:
        file = folder / "written.xlsx"
        disclosure, standard = example()
        write_workbook(disclosure, standard, file)
        self.disclosure = disclosure
        self.sheets: list[Any] = openpyxl.load_workbook(file).worksheets

    @property
    def front(self) -> list[Any]:
        """Cover and contents."""
        return self.sheets[: -len(self.disclosure.sheets)]

    @property
    def forms(self) -> list[Any]:
        return self.sheets[-len(self.disclosure.sheets) :]


@pytest.fixture(scope="module")
def forms(tmp_path_factory: pytest.TempPathFactory) -> Forms:
    return Forms(tmp_path_factory.mktemp("workbook"))


def same(value: Value, row: int, column: int) -> Value:
    return value


def copy(source: Any, target: Any, *, down: int = 0, right: int = 0, change: Change = same, merge: bool = True) -> int:
    """Copy a worksheet's values elsewhere; returns its height."""
    for row in source.iter_rows():
        for cell in row:
            value = change(cell.value, cell.row, cell.column)
            if value is not None and type(cell).__name__ != "MergedCell":
                made = target.cell(cell.row + down, cell.column + right, value)
                if isinstance(value, int | float):
                    made.number_format = cell.number_format
    if merge:
        for area in source.merged_cells.ranges:
            target.merge_cells(
                start_row=area.min_row + down, end_row=area.max_row + down,
                start_column=area.min_col + right, end_column=area.max_col + right,
            )  # fmt: skip
    return int(source.max_row)


def book_of(forms: Forms, file: Path, **how: Any) -> Path:
    """The whole workbook copied in one way."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for source in [*forms.front, *forms.forms]:
        copy(source, book.create_sheet(source.title), **how)
    book.save(file)
    return file


def number_as(text: Callable[[float], str]) -> Change:
    return lambda value, row, column: text(value) if isinstance(value, int | float) else value


WIDE = str.maketrans("0123456789.", "０１２３４５６７８９．")


@pytest.mark.parametrize(
    "change",
    [
        same,
        number_as(lambda number: f"{number:.2f}"),
        number_as(lambda number: f"{number:,.2f}"),
        number_as(lambda number: f"{number * 1000:,.2f}"),
        number_as(lambda number: f"{number:.2f}".translate(WIDE)),
        number_as(lambda number: f" {number:.2f}\u3000"),
        number_as(lambda number: f"￥{number:.2f}"),
    ],
    ids=["as-written", "text", "thousands", "large", "full-width", "spaces", "sign"],
)
def test_numbers_however_they_are_stored(
    forms: Forms, tmp_path: Path, change: Change, request: pytest.FixtureRequest
) -> None:
    wanted = told(forms.disclosure)
    if request.node.callspec.id == "large":
        wanted = {place: amount and amount * 1000 for place, amount in wanted.items()}
    found = read_disclosure(book_of(forms, tmp_path / "a.xlsx", change=change))
    assert told(found) == wanted


def test_heads_without_merged_cells(forms: Forms, tmp_path: Path) -> None:
    assert told(read_disclosure(book_of(forms, tmp_path / "a.xlsx", merge=False))) == told(forms.disclosure)


def test_tables_that_do_not_start_in_the_first_cell(forms: Forms, tmp_path: Path) -> None:
    found = read_disclosure(book_of(forms, tmp_path / "a.xlsx", down=3, right=2))
    assert told(found) == told(forms.disclosure)
    assert not [repair for sheet in found.sheets for repair in sheet.repairs]


@pytest.mark.parametrize("gap", [0, 2])
def test_all_forms_on_one_sheet(forms: Forms, tmp_path: Path, gap: int) -> None:
    book = openpyxl.Workbook()
    down = 0
    for source in [*forms.front, *forms.forms]:
        down += copy(source, book.active, down=down) + gap
    book.save(tmp_path / "a.xlsx")
    found = read_disclosure(tmp_path / "a.xlsx")
    assert [sheet.form for sheet in found.sheets] == [sheet.form for sheet in forms.disclosure.sheets]
    assert told(found) == told(forms.disclosure)


def test_forms_side_by_side_in_any_order(forms: Forms, tmp_path: Path) -> None:
    """The order of worksheets decides nothing."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for source in [*reversed(forms.forms), *forms.front]:
        copy(source, book.create_sheet(source.title))
    book.save(tmp_path / "a.xlsx")
    assert told(read_disclosure(tmp_path / "a.xlsx")) == told(forms.disclosure)


def title_row(source: Any) -> int:
    """The row above the reporting agency, which holds the title."""
    for row in source.iter_rows():
        if any(str(cell.value or "").startswith("填报单位") for cell in row):
            return int(row[0].row) - 1
    raise AssertionError(source.title)


def test_titles_that_only_the_sheet_names_tell(forms: Forms, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for source, sheet in zip(forms.forms, forms.disclosure.sheets):
        upto = title_row(source)
        name = f"{int(sheet.form or 0)}.{sheet.title}"[:31].replace("/", "")
        if sum(name == other.title for other in book.worksheets):
            name = source.title
        drop = lambda value, row, column, upto=upto: None if row <= upto else value  # noqa: E731
        copy(source, book.create_sheet(name), change=drop)
    book.save(tmp_path / "a.xlsx")
    found = read_disclosure(tmp_path / "a.xlsx")
    assert [sheet.form for sheet in found.sheets] == [sheet.form for sheet in forms.disclosure.sheets]
    assert told(found) == told(forms.disclosure)


@pytest.mark.parametrize("dash", ["—", "-", "--", "  "])
def test_dashes_for_nothing(forms: Forms, tmp_path: Path, dash: str) -> None:
    """A dash in a blank money cell is no amount and no stray."""
    source = forms.forms[2]
    upto = title_row(source)

    def change(value: Value, row: int, column: int) -> Value:
        return dash if value is None and row > upto + 3 and 3 <= column <= 8 else value

    book = openpyxl.Workbook()
    copy(source, book.active, change=change)
    book.save(tmp_path / "a.xlsx")
    (sheet,) = read_disclosure(tmp_path / "a.xlsx").sheets
    wanted = {place[1:]: amount for place, amount in told(forms.disclosure).items() if place[0] == sheet.form}
    assert {place: cell.amount for place, cell in sheet.cells.items()} == wanted
    assert not sheet.strays


def test_hidden_rows_and_sheets(forms: Forms, tmp_path: Path) -> None:
    """Hidden rows are read and told; a hidden worksheet is not part of what is published."""
    file = book_of(forms, tmp_path / "a.xlsx")
    book = openpyxl.load_workbook(file)
    hidden = book.worksheets[-1]
    hidden.sheet_state = "hidden"
    third = book.worksheets[len(forms.front) + 2]
    row = next(cell.row for (cell,) in third.iter_rows(max_col=1) if str(cell.value) == "2060302")
    third.row_dimensions[row].hidden = True
    book.save(file)
    found = read_disclosure(file)
    assert [sheet.form for sheet in found.sheets] == [sheet.form for sheet in forms.disclosure.sheets][:-1]
    assert [r.code for sheet in found.sheets for r in sheet.rows if r.hidden] == ["2060302"]
    left = {place: amount for place, amount in told(forms.disclosure).items() if place[0] != "23"}
    assert told(found) == left
    report = check_disclosure(found, example()[1])
    assert "row_hidden" in {finding.rule for finding in report.findings}


def with_formulas(forms: Forms, file: Path) -> Path:
    """Every number as a formula with its stored value."""
    book = xlsxwriter.Workbook(file)
    two = book.add_format({"num_format": "0.00"})
    for source in [*forms.front, *forms.forms]:
        sheet = book.add_worksheet(source.title)
        for row in source.iter_rows():
            for cell in row:
                if isinstance(cell.value, int | float):
                    sheet.write_formula(cell.row - 1, cell.column - 1, f"={cell.value}+0", two, cell.value)
                elif cell.value is not None:
                    sheet.write_string(cell.row - 1, cell.column - 1, str(cell.value))
    book.close()
    return file


def test_formulas_with_their_stored_values(forms: Forms, tmp_path: Path) -> None:
    found = read_disclosure(with_formulas(forms, tmp_path / "a.xlsx"))
    assert told(found) == told(forms.disclosure)
    assert not [cell for sheet in found.sheets for cell in sheet.cells.values() if cell.repair]


def test_formulas_without_stored_values_are_blank_and_told(forms: Forms, tmp_path: Path) -> None:
    def change(value: Value, row: int, column: int) -> Value:
        return f"={value}" if isinstance(value, int | float) else value

    book = openpyxl.Workbook()
    copy(forms.forms[13], book.active, change=change)
    book.save(tmp_path / "a.xlsx")
    found = read_disclosure(tmp_path / "a.xlsx")
    (sheet,) = found.sheets
    silent = [cell for cell in sheet.cells.values() if cell.repair and cell.repair.kind == "formula_without_value"]
    printed = [cell for cell in forms.disclosure.sheets[13].cells.values() if cell.amount]
    assert len(silent) == len(printed) > 0
    assert not any(cell.amount for cell in sheet.cells.values())
    rules = [finding.rule for finding in check_disclosure(found, example()[1]).findings]
    assert rules.count("formula_without_value") == len(printed)


def test_cells_keep_their_address(forms: Forms, tmp_path: Path) -> None:
    file = book_of(forms, tmp_path / "a.xlsx", down=1, right=1)
    book = openpyxl.load_workbook(file)
    for sheet in read_disclosure(file).sheets:
        for cell in sheet.cells.values():
            if cell.amount is not None:
                assert cell.source is not None and cell.source.sheet and cell.source.a1
                assert f"{book[cell.source.sheet][cell.source.a1].value:.2f}" == cell.text


@pytest.mark.parametrize(
    ("value", "number_format", "text", "exact"),
    [
        (1.005, "0.00", "1.01", "1.005"),
        (0.125, "0.00", "0.13", "0.125"),
        (12.345, "0.00", "12.35", "12.345"),
        (-12.345, "0.00", "-12.35", "-12.345"),
        (1.0049999999999997, "0.00", "1.01", "1.0049999999999997"),
        (2.5, "0", "3", "2.5"),
        (1234.5, "#,##0", "1235", "1234.5"),
        (12.3, "#.00", "12.30", "12.3"),
        (0.5, ".00", "0.50", "0.5"),
        (12.3, "0.##", "12.3", "12.3"),
        (1234567.8, "0.00,,", "1234567.8", "1234567.8"),
        (12345.6, "0!.0,", "12345.6", "12345.6"),
        (12345.6, "0.00E+00", "12345.6", "12345.6"),
        (12345.6, "yyyy-mm-dd", "12345.6", "12345.6"),
        (12345.678, '_ ¥* #,##0.00_ ;_ ¥* -#,##0.00_ ;_ ¥* "-"??_ ;_ @_ ', "12345.68", "12345.678"),
        (1234.567, '#,##0.00"万元"', "1234.57", "1234.567"),
        (1e300, "0.00", "1" + "0" * 300 + ".00", "1" + "0" * 300),
        (float("inf"), "0.00", "Infinity", "Infinity"),
        (2.675, "#,##0.00", "2.68", "2.675"),
        (12, "General", "12", "12"),
        (12.0, "General", "12", "12"),
        (0.1, "0.00", "0.10", "0.1"),
        (1e-7, "General", "0.0000001", "0.0000001"),
        (12345678901.25, "0.00_ ;[Red]-0.00", "12345678901.25", "12345678901.25"),
        (3, "0", "3", "3"),
        (0.5, "0%", "0.5", "0.5"),
    ],
)
def test_numbers_as_their_format_shows_them(value: float, number_format: str, text: str, exact: str) -> None:
    assert shown(value, number_format) == (text, exact)


def test_an_unrounded_number_keeps_both_values(forms: Forms, tmp_path: Path) -> None:
    """What is printed counts for the check; what the cell holds is kept beside it."""

    def change(value: Value, row: int, column: int) -> Value:
        return 5.2049 if value == 5.2 else value

    book = openpyxl.Workbook()
    copy(forms.forms[13], book.active, change=change)
    book.save(tmp_path / "a.xlsx")
    (sheet,) = read_disclosure(tmp_path / "a.xlsx").sheets
    found = {(cell.text, cell.amount, cell.exact) for cell in sheet.cells.values() if cell.exact != cell.amount}
    assert found == {("5.20", 5_200_000, 5_204_900)}


def test_damaged_parts_are_refused(forms: Forms, tmp_path: Path) -> None:
    file = book_of(forms, tmp_path / "a.xlsx")
    whole = file.read_bytes()
    for cut in (len(whole) // 4, len(whole) // 2, len(whole) - 10):
        file.write_bytes(whole[:cut])
        with pytest.raises(InputError):
            read_disclosure(file)


@cache
def truth(folder: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((folder / "gt_main.json").read_text(encoding="utf-8"))
    return found


def test_rendered_tables_with_known_truth(rendered: Path) -> None:
    """17 tables laid out by other programs: every money cell right."""
    found = {sheet.form or "": sheet for sheet in read_disclosure(rendered / "main.xlsx").sheets}
    assert sorted(found) == sorted(table["id"].removeprefix("T") for table in truth(rendered))
    seen = 0
    for table in truth(rendered):
        number = table["id"].removeprefix("T")
        sheet = found[number]
        body = [row for row in table["body"] if any(row)]
        assert len(sheet.rows) == len(body), number
        blocks = sheet.columns[0].point is None
        stub = table["ncols"] - len(sheet.columns) - len(sheet.texts)
        for r, row in enumerate(body):
            for c in range(len(sheet.columns)):
                text = row[2 * c + 1] if blocks else row[stub + c]
                cell = sheet.cells.get((r, c))
                amount = cell.amount if cell else None
                assert amount == (round(float(text) * 100) * 10_000 if text else None), (number, r, c, text)
                seen += bool(text)
    assert seen > 350


@pytest.mark.parametrize("address", ["A1048576", "XFD1048576"])
def test_empty_cells_far_away_cost_nothing(forms: Forms, tmp_path: Path, address: str) -> None:
    file = book_of(forms, tmp_path / "a.xlsx")
    book = openpyxl.load_workbook(file)
    for sheet in book.worksheets:
        sheet[address].number_format = "0.00"
    book.save(file)
    before = time.monotonic()
    assert told(read_disclosure(file)) == told(forms.disclosure)
    assert time.monotonic() - before < 20


def test_escaped_signs(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active["A1"] = "甲_x000D_乙_x005F_x000D_丙_x0001__xD83D__xDE00_"
    book.active["A5"] = "丁"
    book.save(tmp_path / "a.xlsx")
    (grid,) = read_workbook(tmp_path / "a.xlsx")
    assert [(row.number, row.text(0)) for row in grid.rows] == [(1, "甲\r乙_x000D_丙😀"), (4, ""), (5, "丁")]
