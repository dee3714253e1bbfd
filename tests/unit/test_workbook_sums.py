from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from publish_example import example

from yusuan.forms import Standard
from yusuan.publish.layout import lay_out_all
from yusuan.publish.sums import formula, formulas, sums_of
from yusuan.publish.workbook import workbook_bytes, write_workbook
from yusuan.read.opening import open_source
from yusuan.sheet import Cell, Disclosure, Row, Sheet, Total


def amounts(disclosure: Disclosure) -> list[dict[tuple[int, int], int]]:
    return [{at: c.amount for at, c in s.cells.items() if c.amount is not None} for s in disclosure.sheets]


def live(data: bytes) -> dict[tuple[str, str], str]:
    book = openpyxl.load_workbook(BytesIO(data))
    return {
        (sheet.title, cell.coordinate): cell.value
        for sheet in book.worksheets
        for row in sheet.iter_rows()
        for cell in row
        if cell.data_type == "f"
    }


def values(source: Any) -> dict[tuple[str, str], object]:
    book = openpyxl.load_workbook(source, data_only=True)
    return {
        (sheet.title, cell.coordinate): cell.value
        for sheet in book.worksheets
        for row in sheet.iter_rows()
        for cell in row
        if cell.value is not None
    }


@pytest.fixture(scope="module")
def data() -> bytes:
    disclosure, standard = example()
    return workbook_bytes(disclosure, standard, formulas=True)


@pytest.mark.parametrize(
    ("spots", "text"),
    [
        ([(8, 2)], "=C9"),
        ([(7, 2), (11, 2)], "=C8+C12"),
        ([(7, 2), (8, 2)], "=C8+C9"),
        ([(7, 2), (8, 2), (9, 2)], "=SUM(C8:C10)"),
        ([(7, 2), (7, 3), (7, 4), (7, 6)], "=SUM(C8:E8,G8)"),
        ([(0, 25), (0, 26), (0, 27)], "=SUM(Z1:AB1)"),
        ([(i, 0) for i in range(0, 9000, 2)], ""),
        ([(i, 0) for i in range(9000)], "=SUM(A1:A9000)"),
    ],
)
def test_natural_formulas(spots: list[tuple[int, int]], text: str) -> None:
    assert formula(spots) == text


def test_sums_of_the_example_add_up_and_lead_in_no_circle() -> None:
    disclosure, standard = example()
    count = 0
    for sheet, sums in zip(disclosure.sheets, sums_of(disclosure, standard)):
        state: dict[tuple[int, int], int] = {}

        def visit(spot: tuple[int, int], sums: Any = sums, state: Any = state) -> None:
            assert state.get(spot) != 1, "circle"
            if state.get(spot) is None:
                state[spot] = 1
                for part in sums.get(spot, ()):
                    visit(part)
                state[spot] = 2

        for total, parts in sums.items():
            visit(total)
            assert sum(sheet.cells[part].amount or 0 for part in parts) == sheet.cells[total].amount
            assert total not in parts and len(set(parts)) == len(parts)
        count += len(sums)
    assert count > 200


def test_only_totals_are_formulas_and_never_a_text(data: bytes) -> None:
    disclosure, standard = example()
    found = live(data)
    expected = sum(
        len(formulas(x, y)) for x, y in zip(lay_out_all(disclosure, standard), sums_of(disclosure, standard))
    )
    assert len(found) == expected > 200
    assert all(re.fullmatch(r"=(SUM\([A-Z0-9:,]+\)|[A-Z]+\d+(\+[A-Z]+\d+)*)", text) for text in found.values())
    assert not live(workbook_bytes(disclosure, standard))


def test_cached_values_are_the_printed_figures(data: bytes, tmp_path: Path) -> None:
    disclosure, standard = example()
    assert values(BytesIO(data)) == values(BytesIO(workbook_bytes(disclosure, standard)))
    assert workbook_bytes(disclosure, standard, formulas=True) == data
    path = tmp_path / "forms.xlsx"
    write_workbook(disclosure, standard, path, formulas=True)
    assert path.read_bytes() == data
    assert amounts(open_source(path).disclosure) == amounts(disclosure)


@pytest.mark.skipif(shutil.which("soffice") is None, reason="no LibreOffice")
def test_a_spreadsheet_program_calculates_the_same(data: bytes, tmp_path: Path) -> None:
    """The cached values are spoilt first, so that every figure of a total is the program's own."""
    disclosure, _ = example()
    book = openpyxl.load_workbook(BytesIO(data))
    source = tmp_path / "uncached.xlsx"
    book.save(source)
    assert None in {openpyxl.load_workbook(source, data_only=True)[s][a].value for s, a in live(data)}
    home = f"-env:UserInstallation={(tmp_path / 'home').as_uri()}"
    out = tmp_path / "out"
    command = ["soffice", "--headless", home, "--convert-to", "xlsx", "--outdir", str(out), str(source)]
    subprocess.run(command, check=True, capture_output=True, timeout=180)
    again = values(out / "uncached.xlsx")
    printed = values(BytesIO(data))
    for at in live(data):
        told, meant = again[at], printed[at]
        assert isinstance(told, (int, float)) and isinstance(meant, (int, float))
        assert round(told, 6) == round(meant, 6), at
    assert amounts(open_source(out / "uncached.xlsx").disclosure) == amounts(disclosure)


def shaken(standard: Standard) -> Disclosure:
    """The example with one part a cent of its unit larger, so that what sums it no longer adds up."""
    disclosure, _ = example()
    sums = sums_of(disclosure, standard)[2]
    parts = next(parts for parts in sums.values() if len(parts) > 1)
    cells = dict(disclosure.sheets[2].cells)
    cell = cells[parts[0]]
    assert cell.amount is not None
    cells[parts[0]] = replace(cell, amount=cell.amount + 10_000)
    sheet = replace(disclosure.sheets[2], cells=cells)
    return replace(disclosure, sheets=(*disclosure.sheets[:2], sheet, *disclosure.sheets[3:]))


def test_a_total_that_does_not_add_up_stays_a_figure() -> None:
    disclosure, standard = example()
    before, after = sums_of(disclosure, standard)[2], sums_of(shaken(standard), standard)[2]
    total, parts = next((t, p) for t, p in before.items() if len(p) > 1)
    assert after.get(total) != parts


def test_words_in_a_part_and_stated_totals() -> None:
    disclosure, _ = example()
    sheet = next(sheet for sheet in disclosure.sheets if len(sheet.columns) > 2)

    def made(part: Cell, *totals: Total) -> Disclosure:
        cells = {
            (0, 0): Cell(0, 0, "0.03", 30_000), (1, 0): Cell(1, 0, "0.01", 10_000),
            (2, 0): Cell(2, 0, "0.02", 20_000), (3, 0): part,
        }  # fmt: skip
        rows = tuple(Row("", f"=行{i}", 1, "function", None) for i in range(4))
        bare = Sheet(None, "=表", sheet.scale, rows, sheet.columns[:1], cells, totals=totals)
        return replace(disclosure, sheets=(bare,), standard=None)

    total = Total((0, 0), ((1, 0), (2, 0), (3, 0)), "said")
    blank, word = Cell(3, 0, ""), Cell(3, 0, "=1+1")
    assert sums_of(made(blank, total), None) == ({(0, 0): ((1, 0), (2, 0), (3, 0))},)
    assert sums_of(made(word, total), None) == ({},)
    assert sums_of(made(blank, replace(total, sure=False)), None) == ({},)
    circle = (Total((1, 0), ((2, 0), (2, 0)), "said"), Total((1, 0), ((1, 0),), "said"))
    assert sums_of(made(blank, *circle), None) == ({},)
    text = workbook_bytes(made(word, total), None, formulas=True)
    assert not live(text)
    assert len(live(workbook_bytes(made(blank, total), None, formulas=True))) == 1


def test_totals_that_would_depend_on_each_other_take_one_way() -> None:
    disclosure, _ = example()
    sheet = disclosure.sheets[0]
    cells = {(0, 0): Cell(0, 0, "1.00", 1_000_000), (1, 0): Cell(1, 0, "1.00", 1_000_000)}
    rows = tuple(Row("", name, 1, "function", None) for name in "甲乙")
    totals = (Total((0, 0), ((1, 0),), "said"), Total((1, 0), ((0, 0),), "said"))
    bare = Sheet(None, "表", sheet.scale, rows, sheet.columns[:1], cells, totals=totals)
    assert sums_of(replace(disclosure, sheets=(bare,)), None) == ({(0, 0): ((1, 0),)},)
