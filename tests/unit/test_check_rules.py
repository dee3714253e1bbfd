"""Every rule of the check: one text in which it speaks, one in which it is silent.

The text is the example as the program prints it, without a fault. A case changes it in one place; the rule must speak
then and only then. The rules that already speak of the example as it is (it has a carry-over, travel abroad …) have a
case that makes them silent.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from publish_example import example

from yusuan.check.document import check_disclosure
from yusuan.finding import Finding, Report
from yusuan.publish.workbook import write_workbook
from yusuan.read.document import read_disclosure
from yusuan.sheet import Disclosure

SOURCE = Path(__file__).resolve().parents[2] / "src" / "yusuan"


class Text:
    """The example as lines of fields, to be changed."""

    def __init__(self, lines: list[list[str]]) -> None:
        self.lines = [list(line) for line in lines]

    def start(self, title: str) -> int:
        return next(i for i, line in enumerate(self.lines) if line[0] == title)

    def at(self, title: str, label: str) -> int:
        """The first line below a title that has a field; the total row is the one above the department's."""
        found = [i for i in range(self.start(title), len(self.lines) - 1) if label in self.lines[i]]
        return next(i for i in found if label != "合计" or "示例省科学技术厅" in self.lines[i + 1])

    def put(self, title: str, label: str, field: int, text: str) -> None:
        line = self.lines[self.at(title, label)]
        line += [""] * (field + 1 - len(line))
        line[field] = text

    def drop(self, title: str, label: str) -> None:
        del self.lines[self.at(title, label)]

    def insert(self, title: str, label: str, fields: list[str]) -> None:
        self.lines.insert(self.at(title, label) + 1, fields)

    def replace(self, old: str, new: str) -> None:
        assert any(old in field for line in self.lines for field in line), old
        self.lines = [[field.replace(old, new) for field in line] for line in self.lines]

    def shift(self, title: str, first: int, last: int, at: int) -> None:
        """Lose one empty field of some body lines."""
        for i in range(self.start(title) + first, self.start(title) + last + 1):
            assert self.lines[i][at] == ""
            del self.lines[i][at]
            self.lines[i].append("")


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> list[list[str]]:
    disclosure, standard = example()
    file = tmp_path_factory.mktemp("rules") / "forms.xlsx"
    write_workbook(disclosure, standard, file)
    found: list[list[str]] = []
    for sheet in openpyxl.load_workbook(file).worksheets:
        for row in sheet.iter_rows(values_only=True):
            found.append([f"{v:.2f}" if isinstance(v, int | float) and v >= 0.1 else str(v or "") for v in row])
        found.append([""])
    return found


def checked(lines: list[list[str]], file: Path) -> tuple[Disclosure, Report]:
    file.write_text("\n".join("\t".join(line) for line in lines), encoding="utf-8")
    disclosure = read_disclosure(file)
    return disclosure, check_disclosure(disclosure, example()[1])


@pytest.fixture(scope="module")
def silent(lines: list[list[str]], tmp_path_factory: pytest.TempPathFactory) -> Report:
    return checked(lines, tmp_path_factory.mktemp("rules") / "a.txt")[1]


SPEAKING = {"heuristic", "carry_over_outside", "template_gap", "narrative_absent", "not_itemised", "wording_department",
            "wording_varies", "target_crowded"}  # fmt: skip
"""Rules that speak of the example as it is."""


def test_the_example_is_without_fault(silent: Report) -> None:
    assert {finding.rule for finding in silent.findings} == SPEAKING
    assert not [finding for finding in silent.findings if finding.severity == "error"]


INCOME, SPENDING, GOV = "收入总表", "支出总表", "支出预算分类汇总表（按政府预算经济分类）"
WHOLE, PUBLIC, TARGETS, AGENCY = "收支总表", "一般公共预算支出表", "其他资金绩效目标表", "部门整体支出绩效目标表"
WAGES = "一般公共预算基本支出表—人员经费（工资福利支出）（按部门预算经济分类）"
WAGES_GOV = "一般公共预算基本支出表—人员经费（工资福利支出）（按政府预算经济分类）"
FUND, TRIPS, FISCAL = "政府性基金预算支出表", "一般公共预算“三公”经费支出表", "财政拨款收支总表"
PROJECT = "科技交流发展资金"

Change = Callable[[Text], None]


def exchange(text: Text) -> None:
    """Two labels of 09 change places."""
    one, other = text.lines[text.start(WAGES) + 2], text.lines[text.start(WAGES) + 3]
    one[17], one[16] = "", "住房公积金"
    other[17], other[16] = other[16], ""


def sink(text: Text) -> None:
    """The head of 08 stands six columns to the right and loses its end."""
    line = text.lines[text.start(WAGES_GOV) + 3]
    labels = [field for field in line if field]
    line[:] = [""] * 6 + labels[: len(line) - 6]


def phantom(text: Text) -> None:
    for i in range(text.start("政府性基金预算支出分类汇总表（按政府预算经济分类）") + 2, len(text.lines)):
        if len(text.lines[i]) < 10:
            return
        text.lines[i].append("")


def wording(text: Text) -> None:
    """Texts of 22 one column beside their labels, and a column too many."""
    start = text.start(TARGETS)
    for i in range(start + 2, start + 8):
        line = text.lines[i]
        if len(line) < 10:
            break
        line.insert(10 if i > start + 4 else len(line), "")


def many(*changes: Change) -> Change:
    def change(text: Text) -> None:
        for one in changes:
            one(text)

    return change


def put(title: str, label: str, field: int, value: str) -> Change:
    return lambda text: text.put(title, label, field, value)


def drop(title: str, label: str) -> Change:
    return lambda text: text.drop(title, label)


def insert(title: str, label: str, *fields: str) -> Change:
    return lambda text: text.insert(title, label, list(fields))


def swap(old: str, new: str) -> Change:
    return lambda text: text.replace(old, new)


def cut(title: str) -> Change:
    """A whole form goes."""

    def change(text: Text) -> None:
        start = text.start(title)
        end = next(i for i in range(start, len(text.lines)) if i > start + 3 and text.lines[i] == [""])
        del text.lines[start:end]

    return change


SPEAKS: dict[str, Change] = {
    "relation_column_sum": put(SPENDING, "206", 4, "222.81"),
    "relation_row_sum": put(SPENDING, "206", 3, "146.95"),
    "relation_same_row": put(INCOME, "104", 2, "438.79"),
    "relation_same_slice": put(GOV, "合计", 5, "437.80"),
    "relation_parts": put(FISCAL, "(一) 一般公共预算拨款", 1, "251.00"),
    "relation_inside": put(FISCAL, "(四) 科学技术支出", 3, "400.00"),
    "joint_contradiction": many(
        *(
            put(TRIPS, row, c, text)
            for row in ("合计", "104", "104012")
            for c, text in ((2, "116.95"), (3, "116.70"), (7, "0.25"))
        )
    ),
    "form_missing": cut("国有资本经营预算支出表"),
    "total_row_missing": drop(SPENDING, "合计"),
    "row_not_understood": insert(SPENDING, "2210203", "", "不知所云", "", "", ""),
    "row_repeated": insert(SPENDING, "2060302", "2060302", "社会公益研究", "", "", ""),
    "empty_without_sentence": drop(FUND, "说明：本单位无相关情况，故为空表。"),
    "form_unreadable": lambda text: text.lines[text.start(FUND) + 6].__setitem__(1, "合计 12.00 3.00 9.00"),
    "no_figures": lambda text: text.lines.__setitem__(slice(None), text.lines[text.start(FUND) : text.start(FUND) + 8]),
    "sentence_on_filled": insert(TRIPS, "104012", "说明：本单位无相关情况，故为空表。"),
    "note_missing": drop(PUBLIC, "注：支出包括当年预算和上年结转安排的所有支出。"),
    "repair_columns_shifted": lambda text: text.shift(INCOME, 5, 7, 8),
    "repair_head_moved": sink,
    "repair_head_truncated": sink,
    "repair_head_displaced": sink,
    "repair_labels_exchanged": exchange,
    "repair_head_different": put(SPENDING, "科目编码", 6, "债务还本"),
    "repair_label_differs": put(SPENDING, "科目编码", 5, "事业单位经营性支出"),
    "repair_phantom_columns": phantom,
    "repair_label_by_wording": wording,
    "code_short": put(PUBLIC, "20603", 0, "03"),
    "stray_orphan": put(FISCAL, "(八) 节能环保支出", 1, "1.00"),
    "stray_orphan_text": put(SPENDING, "206", 9, "见附件"),
    "stray_not_amount": put(SPENDING, "206", 4, "二百二十二"),
    "stray_unknown_line": put(FISCAL, "(八) 节能环保支出", 0, "(四) 彩票"),
    "stray_missing_line": put(FISCAL, "(八) 节能环保支出", 2, ""),
    "stray_unknown_table": many(
        lambda text: text.lines.__delitem__(slice(0, text.start(WHOLE))),
        lambda text: text.lines.insert(0, ["项目", "收入预算数", "支出预算数"]),
    ),
    "number_for_text": put(TARGETS, PROJECT, 5, "88100"),
    "negative_amount": put(SPENDING, "206", 7, "-1.00"),
    "title_differs": lambda text: text.lines[text.start(SPENDING)].__setitem__(0, "支出 总表（）"),
    "agency_differs": put(SPENDING, "填报单位：示例省对外科技交流中心", 0, "填报单位：示例省图书馆"),
    "agency_unsaid": put(SPENDING, "填报单位：示例省对外科技交流中心", 0, ""),
    "agency_unknown": many(
        lambda text: text.lines.__delitem__(slice(0, text.start(WHOLE))), swap("填报单位：示例省对外科技交流中心", "")
    ),
    "agency_name_differs": put(GOV, "示例省科学技术厅", 4, "示例省科技厅"),
    "year_unknown": swap("2025年", ""),
    "year_differs": swap("2025年", "2024年"),
    "unit_unsaid": put(SPENDING, "单位：万元", 4, ""),
    "unit_differs": put(FUND, "单位：万元", 4, "单位：元"),
    "code_level": put(GOV, "机构运行", 2, ""),
    "code_unknown": swap("20605", "20698"),
    "code_name": put(SPENDING, "2210201", 1, "购房补贴"),
    "code_parent_missing": drop(SPENDING, "20605"),
    "target_copied": put(TARGETS, PROJECT, 5, "全年举办参观日4场以上、讲座6场以上、培训班1期。"),
    "target_indicator_copied": put(TARGETS, PROJECT, 10, "三年内建成稳定的对外科技交流活动体系"),
    "target_unmeasurable": swap("参与交流的科研人员≥200人次", "使交流更好"),
    "target_cost_fixed": swap("项目总成本≤60万元", "总成本不超过预算，成本控制率=100%"),
    "target_unfinished": swap("对外科技交流活动体系。", "对外科技交流活动体系以及相应的管理"),
    "target_style": swap("项目总成本≤60万元", "项目总成本小于等于60万元"),
    "target_terms": swap("参与人员满意率≥92%", "参与人员满意度≥92%"),
    "target_told_differently": put(AGENCY, "示例省对外科技交流中心", 13, "开放实验室参观会≥4场"),
}

SILENCES: dict[str, Change] = {
    "heuristic": many(
        put(WAGES, "合计", 7, "400.00"), put(WAGES, "104", 7, "400.00"), put(WAGES, "104012", 7, "400.00"),
        put(TRIPS, "合计", 3, ""), put(TRIPS, "104", 3, ""), put(TRIPS, "104012", 3, ""),
    ),
    "carry_over_outside": many(*(put(INCOME, row, c, "") for row in ("合计", "104", "104012") for c in (16, 17))),
    "not_itemised": many(*(put(SPENDING, row, 3, "190.99") for row in ("合计", "104", "104012"))),
    "wording_department": many(swap("一、部门预算报表", "一、单位预算报表"), cut(AGENCY)),
    "wording_varies": many(swap("备注：", "注："), swap("金额单位：", "单位："), swap("说明：", "注：")),
    "target_crowded": swap("，外语培训班=1期，行业调研报告≥2篇", ""),
    "template_gap": lambda text: text.lines.__setitem__(
        slice(None), text.lines[text.start(INCOME) : text.start(GOV) - 2]
    ),
}  # fmt: skip

ELSEWHERE = {
    "repair_label_unproven": "the published example below",
    "row_hidden": "a workbook only (test_read_workbook)",
    "formula_without_value": "a workbook only (test_read_workbook)",
    "narrative_absent": "a text file has no narrative (test_check_layouts)",
    "rows_withheld": "of layouts no form set declares (test_check_layouts)",
    "rows_missing": "test_check_layouts",
    "not_understood": "test_check_layouts",
    "empty_unsaid": "test_check_layouts",
    "tables_apart": "test_check_layouts",
    "year_unsaid": "test_check_layouts",
    "place_missing": "of compiling (test_places)",
    "internal_transfer": "of compiling",
}


@pytest.mark.parametrize("rule", SPEAKS)
def test_a_rule_speaks_when_it_must(rule: str, lines: list[list[str]], silent: Report, tmp_path: Path) -> None:
    assert rule not in {finding.rule for finding in silent.findings}
    text = Text(lines)
    SPEAKS[rule](text)
    _, report = checked(text.lines, tmp_path / "a.txt")
    found = [finding for finding in report.findings if finding.rule == rule]
    assert found, sorted({finding.rule for finding in report.findings} - SPEAKING)
    assert all(isinstance(finding, Finding) and finding.severity in ("error", "warning", "info") for finding in found)


@pytest.mark.parametrize("rule", SILENCES)
def test_a_rule_is_silent_when_it_has_nothing_to_say(
    rule: str, lines: list[list[str]], silent: Report, tmp_path: Path
) -> None:
    assert rule in {finding.rule for finding in silent.findings}
    text = Text(lines)
    SILENCES[rule](text)
    _, report = checked(text.lines, tmp_path / "a.txt")
    assert rule not in {finding.rule for finding in report.findings}


def test_texts_without_a_provable_label(example_file: Path, silent: Report) -> None:
    report = check_disclosure(read_disclosure(example_file), example()[1])
    assert "repair_label_unproven" in {finding.rule for finding in report.findings}
    assert "repair_label_unproven" not in {finding.rule for finding in silent.findings}


def rules_of_the_check() -> set[str]:
    """Every rule that the program can put into a finding, from its source."""
    found: set[str] = set()
    for file in (SOURCE / "check").glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("Finding", "_finding") and node.args:
                first = node.args[0]
                if isinstance(first, ast.Constant) and isinstance(first.value, str):
                    found.add(first.value)
    return found


def test_every_rule_has_a_case() -> None:
    missing = rules_of_the_check() - set(SPEAKS) - set(SILENCES) - set(ELSEWHERE)
    assert not missing
