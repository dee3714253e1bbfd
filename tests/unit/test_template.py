from pathlib import Path

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from yusuan.axes import national_space
from yusuan.ledger import HEADINGS, SHEETS
from yusuan.publish.template import write_template
from yusuan.read.ledger import read_ledger
from yusuan.read.ledger_columns import scan_facts
from yusuan.words import InputError

SPACE = national_space().at(2025)


@pytest.fixture
def template(tmp_path: Path) -> Path:
    path = tmp_path / "模板.xlsx"
    write_template(path, SPACE)
    return path


def test_sheets_heads_and_examples(template: Path) -> None:
    book = openpyxl.load_workbook(template)
    assert book.sheetnames == [*SHEETS, "科目补充", "填写说明", "选项"]
    assert book["选项"].sheet_state == "hidden"
    for name, columns in SHEETS.items():
        sheet = book[name]
        assert [cell.value for cell in sheet[1]] == [HEADINGS[column] for column in columns]
        assert sheet["A2"].value == "示例"
        assert sheet["A2"].fill.fgColor.rgb == "FFF2F2F2"
        assert sheet.freeze_panes == "A2"
        assert sheet["A1"].comment is not None
        assert sheet.max_row == 2
        assert (sheet.column_dimensions["B"].width or 0) > 10


def choices(book: openpyxl.Workbook, sheet: Worksheet, column: str) -> list[str]:
    letter = next(cell.column_letter for cell in sheet[1] if cell.value == HEADINGS[column])
    (rule,) = [v for v in sheet.data_validations.dataValidation if str(v.sqref).startswith(f"{letter}3:")]
    assert rule.type == "list"
    name, _, cells = str(rule.formula1).lstrip("=").partition("!")
    listed = book[name.strip("'")][cells.replace("$", "")]
    return [row[0].value for row in listed]


def test_lists_to_choose_from(template: Path) -> None:
    book = openpyxl.load_workbook(template)
    facts = book["收支台账"]
    functions = choices(book, facts, "exp_func_code")
    assert "2060301 机构运行" in functions
    assert all(len(entry.split()[0]) == 7 for entry in functions)
    assert "经费拨款" in choices(book, facts, "fund_type_code")
    assert "财政拨款" not in choices(book, facts, "fund_type_code")
    assert choices(book, facts, "vintage") == ["本年", "上年结转结余"]
    assert "30201 办公费" in choices(book, facts, "dep_bgt_eco_code")
    assert "50502 商品和服务支出" in choices(book, facts, "gov_bgt_eco_code")
    assert {"基本支出", "项目支出", "年终结转结余"} <= set(choices(book, facts, "kind"))
    assert choices(book, book["单位信息"], "regime") == ["机关", "参公", "事业"]
    assert choices(book, book["项目与绩效目标"], "pro_type") == ["专项资金", "其他资金"]


def test_untouched_template_holds_no_facts(template: Path) -> None:
    for read in (read_ledger, scan_facts):
        with pytest.raises(InputError) as caught:
            read(template, SPACE)
        assert [key for key, _ in caught.value.problems] == ["ledger_no_facts"]


def test_filled_template_is_read_with_its_lists(template: Path) -> None:
    book = openpyxl.load_workbook(template)
    facts = book["收支台账"]
    words = [choices(book, facts, name)[0] for name in ("exp_func_code", "dep_bgt_eco_code")]
    book["单位信息"].append([2025, "104012", "甲", "104", "乙", "事业"])
    for i, fund in enumerate(choices(book, facts, "fund_type_code")):
        for j, kind in enumerate(choices(book, facts, "kind")):
            facts.append(["104012", words[0], words[1], None, fund, "本年", kind, None, 1 + i + j])
    book["科目补充"].append(["支出功能分类科目编码", "2060398", "某项"])
    book.save(template)
    ledger = read_ledger(template, SPACE)
    assert len(ledger) == len(set(ledger.facts())) > 50
    assert set(ledger.columns["gov_bgt_eco_code"]) == {"50501"}


def test_help_explains_every_column(template: Path) -> None:
    sheet = openpyxl.load_workbook(template)["填写说明"]
    words = {str(row[0].value).strip() for row in sheet.iter_rows() if row[0].value}
    assert {HEADINGS[column] for columns in SHEETS.values() for column in columns} <= words


def test_refuses_to_overwrite(template: Path) -> None:
    with pytest.raises(InputError):
        write_template(template, SPACE)
    write_template(template, SPACE, force=True)
