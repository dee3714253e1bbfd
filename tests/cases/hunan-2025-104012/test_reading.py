"""The published disclosure as a whole: every form tied, every figure in its cell, every departure told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from yusuan.cli import main
from yusuan.read.canonical import disclosure_json
from yusuan.read.document import read_disclosure
from yusuan.sheet import Disclosure, Sheet
from yusuan.standard import load_standard

HERE = Path(__file__).parent
CELLS = json.loads((HERE / "cells.json").read_text(encoding="utf-8"))
FORMS = [f"{number:02d}" for number in range(1, 24)]
REALIGNED = {"02": "columns_shifted", "08": "head_moved", "09": "labels_exchanged"}


@pytest.fixture(scope="module")
def disclosure(seed_file: Path) -> Disclosure:
    return read_disclosure(seed_file)


@pytest.fixture(scope="module")
def sheets(disclosure: Disclosure) -> dict[str, Sheet]:
    return {sheet.form or "": sheet for sheet in disclosure.sheets}


def kinds(sheet: Sheet) -> dict[str, Any]:
    return {repair.kind: repair for repair in sheet.repairs}


def test_command_reads_every_form(seed_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "forms.json"
    assert main(["read", str(seed_file), "-o", str(file)]) == 0
    read = json.loads(file.read_text(encoding="utf-8"))
    assert [sheet["form"] for sheet in read["sheets"]] == FORMS
    assert (read["agency"]["code"], read["agency"]["parent_code"], read["fiscal_year"]) == ("104012", "104", 2025)
    assert (read["kind"], read["scope"], read["standard"]) == ("budget", "unit", "hunan/2025")
    assert sum(cell["amount"] is not None for sheet in read["sheets"] for cell in sheet["cells"]) == 401
    assert not any(sheet["not_understood"] for sheet in read["sheets"])
    capsys.readouterr()
    assert main(["read", str(seed_file), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == read


def test_titles_are_those_of_the_forms(sheets: dict[str, Sheet]) -> None:
    forms = load_standard("hunan/2025").forms
    assert {number: sheet.title for number, sheet in sheets.items()} == {n: form.title for n, form in forms.items()}


def test_every_figure_stands_in_its_cell(sheets: dict[str, Sheet]) -> None:
    """``cells.json``: per form and row the printed figures by money column, taken from the text by hand."""
    assert sum(len(row) for rows in CELLS.values() for row in rows) == 401
    for number in FORMS:
        rows = CELLS.get(number, [])
        sheet = sheets[number]
        assert len(sheet.rows) == len(rows), number
        wanted = {(r, int(c)): text for r, row in enumerate(rows) for c, text in row.items()}
        found = {place: cell.text.strip() for place, cell in sheet.cells.items() if cell.text.strip()}
        assert found == wanted, number
        for place, text in wanted.items():
            assert sheet.cells[place].amount == round(float(text) * 100) * 10_000, (number, place)


def test_every_figure_is_found_where_it_was_printed(seed_file: Path, disclosure: Disclosure) -> None:
    lines = [line.split("\t") for line in seed_file.read_text(encoding="utf-8").split("\n")]
    seen = set()
    for sheet in disclosure.sheets:
        for cell in sheet.cells.values():
            if cell.amount is not None:
                assert cell.source is not None and cell.source.line is not None and cell.source.column is not None
                assert lines[cell.source.line - 1][cell.source.column - 1] == cell.text
                seen.add((cell.source.line, cell.source.column))
    assert len(seen) == 401


def test_units_and_codes(sheets: dict[str, Sheet]) -> None:
    assert {(sheet.scale.unit, sheet.scale.decimals) for sheet in sheets.values()} == {("万元", 2)}
    relations = (HERE / "relations.toml").read_text(encoding="utf-8")
    for number in ("03", "04", "05", "07", "08", "09", "10", "11", "12"):
        codes = [row.code or row.name for row in sheets[number].rows]
        assert f'"{number}" = {json.dumps(codes, ensure_ascii=False)}' in relations, number


def test_shift_of_form_02(sheets: dict[str, Sheet]) -> None:
    shift = kinds(sheets["02"])["columns_shifted"]
    assert shift.settled
    assert (shift.values["from"], shift.values["to"], abs(shift.values["step"]), shift.values["left"]) == (6, 11, 1, 0)
    assert shift.values["broken"] >= 5
    paths = [column.labels[-1] for column in sheets["02"].columns]
    printed = {paths[c]: cell.text for (r, c), cell in sheets["02"].cells.items() if r == 0 and cell.text and c > 2}
    assert printed == {"事业收入": "130.00", "小计": "56.80", "一般公共预算": "56.80"}


def test_head_of_form_08(sheets: dict[str, Sheet]) -> None:
    found = kinds(sheets["08"])
    assert found["head_moved"].settled and found["head_moved"].values["left"] == 0
    assert found["head_displaced"].values["steps"] == [3, 6]
    assert found["head_truncated"].values["lost"] == ["合计", "工资福利支出", "其他对事业单位补助"]
    figures = {c for (_, c), cell in sheets["08"].cells.items() if cell.amount}
    assert [sheets["08"].columns[c].labels[-2:] for c in sorted(figures)] == [
        ("总计",), ("对事业单位经常性补助", "合计"), ("对事业单位经常性补助", "工资福利支出"),
    ]  # fmt: skip


def test_labels_of_form_09(sheets: dict[str, Sheet]) -> None:
    exchange = kinds(sheets["09"])["labels_exchanged"]
    assert exchange.settled and exchange.values["left"] == 0
    assert len(exchange.values["moved"]) == 2
    totals = {sheets["09"].columns[c].labels[-1]: cell.text for (r, c), cell in sheets["09"].cells.items() if r == 0}
    assert (totals["住房公积金"], totals["其他社会保障缴费"]) == ("24.45", "1.60")


def test_codes_of_form_07(sheets: dict[str, Sheet]) -> None:
    completed = [(row.repair.origin, row.code, row.repair.settled) for row in sheets["07"].rows if row.repair]
    assert completed == [
        ("03", "20603", True),
        ("05", "20605", True),
        ("05", "20805", True),
        ("11", "21011", True),
        ("02", "22102", True),
    ]


def test_phantom_columns(sheets: dict[str, Sheet]) -> None:
    phantom = {n: kinds(s)["phantom_columns"].values for n, s in sheets.items() if "phantom_columns" in kinds(s)}
    assert {n: (values["printed"], values["expected"]) for n, values in phantom.items()} == {
        "16": (19, 18), "21": (24, 19), "22": (20, 18), "23": (22, 21),
    }  # fmt: skip


def test_nothing_else_was_realigned(sheets: dict[str, Sheet]) -> None:
    moving = {"columns_shifted", "head_moved", "labels_exchanged"}
    assert {n: k for n, s in sheets.items() for k in kinds(s) if k in moving} == REALIGNED


def test_texts_that_no_label_claims(sheets: dict[str, Sheet]) -> None:
    """Two benefit texts a row stand where no label can be proved; the texts of the other indicators can be placed."""
    for number, rows in (("22", (1, 2)), ("23", (1,))):
        sheet = sheets[number]
        for row in rows:
            texts = {c: cell for (r, c), cell in sheet.words.items() if r == row}
            unproven = [cell for cell in texts.values() if cell.repair and cell.repair.kind == "label_unproven"]
            assert len(unproven) == 2
            for cell in unproven:
                assert cell.repair is not None and not cell.repair.settled
                candidates = cell.repair.values["candidates"]
                assert isinstance(candidates, list) and len(candidates) >= 3
            sure = {sheet.texts[c].labels[-1] for c, cell in texts.items() if cell not in unproven}
            assert {"经济成本指标", "数量指标", "质量指标", "时效指标", "社会公众或服务对象满意度指标"} <= sure


def test_json_leaves_nothing_out(disclosure: Disclosure) -> None:
    """Every realignment in the values is in the published JSON, with the text as printed."""
    shown = disclosure_json(disclosure)
    for sheet, told in zip(disclosure.sheets, shown["sheets"]):
        assert [repair["kind"] for repair in told["repairs"]] == [repair.kind for repair in sheet.repairs]
        texts = {(cell["row"], cell["column"]): cell["text"] for cell in told["cells"]}
        assert texts == {place: cell.text for place, cell in sheet.cells.items()}
        assert len(told["texts"]) == len(sheet.words)
