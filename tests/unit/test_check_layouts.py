"""What is said of disclosures that no form set declares, and what is not said."""

from __future__ import annotations

import pytest

from support.layouts import Texts, lines, read, table
from yusuan.check.layouts import check_layout
from yusuan.check.opened import check_opened
from yusuan.check.render import message
from yusuan.finding import Finding, Report
from yusuan.read.grid import Line
from yusuan.read.prose import read_prose
from yusuan.sheet import Source

HEAD = ["科目编码", "科目名称", "合计", "基本支出", "项目支出"]
ROWS = [
    ["", "合计", "100.00", "70.00", "30.00"],
    ["201", "一般公共服务支出", "80.00", "60.00", "20.00"],
    ["20101", "人大事务", "80.00", "60.00", "20.00"],
    ["208", "社会保障和就业支出", "20.00", "10.00", "10.00"],
    ["20805", "行政事业单位养老支出", "20.00", "10.00", "10.00"],
]
COMPARED = ["科目编码", "科目名称", "2025年执行数", "2026年预算数", "增减额", "增减%"]


def checked(*parts: list[object], title: str = "某市水务局2026年部门预算") -> Report:
    understood = read(*parts, title=title)  # type: ignore[arg-type]
    return check_layout(understood.disclosure, understood.standard)


def of(report: Report, rule: str) -> list[Finding]:
    found = [finding for finding in report.findings if finding.rule == rule]
    assert all(message(finding, lang) for finding in found for lang in ("zh", "en"))
    return found


def spending(rows: Texts = ROWS, title: str = "支出总表") -> list[object]:
    return table(title, [HEAD, *rows])  # type: ignore[return-value]


def with_row(place: int, *texts: str) -> list[list[str]]:
    return [list(texts) if r == place else row for r, row in enumerate(ROWS)]


def test_a_correct_table_gives_no_finding() -> None:
    report = checked(spending())
    assert not report.findings
    assert report.summary["failed"] == 0
    assert report.summary["held"] == 14


def test_one_wrong_figure_is_named_with_its_value() -> None:
    report = checked(spending(with_row(3, "208", "社会保障和就业支出", "20.00", "10.00", "13.00")))
    errors = [finding for finding in report.findings if finding.severity == "error"]
    assert errors
    suspects = {(s.cell.row_code, s.cell.column[-1], s.proposed) for finding in errors for s in finding.suspects}
    assert ("208", "项目支出", 10_000_000) in suspects


LEFT_OUT = [["", "合计", "130.00", "80.00", "50.00"], *ROWS[1:]]


def test_rows_left_out_are_no_error() -> None:
    report = checked(spending(LEFT_OUT))
    assert [finding.severity for finding in of(report, "rows_missing")] == ["warning"]
    assert not [finding for finding in report.findings if finding.severity == "error"]


def test_rows_withheld_for_secrecy_are_told_as_such() -> None:
    note = lines("注：根据国家保密法律法规，部分涉密项目信息公开时予以剔除。")
    report = checked([*spending(LEFT_OUT), *note])
    assert [finding.severity for finding in of(report, "rows_withheld")] == ["info"]
    assert not of(report, "rows_missing")


def test_an_empty_table_must_say_so() -> None:
    empty = spending([["", "合计", "", "", ""]], "政府性基金预算支出表")
    assert of(checked(spending(), empty), "empty_unsaid")
    note = lines("注：本部门2026年没有政府性基金预算安排的支出，故本表为空表。")
    assert not of(checked(spending(), [*empty, *note]), "empty_unsaid")


def test_columns_that_compare_are_worked_out_again() -> None:
    rows = [
        ["", "合计", "80.00", "100.00", "20.00", "25.00%"],
        ["201", "一般公共服务支出", "50.00", "60.00", "10.00", "20.00%"],
        ["208", "社会保障和就业支出", "30.00", "40.00", "10.00", "33.33%"],
        ["210", "卫生健康支出", "0.00", "0.00", "0.00", ""],
    ]
    right = checked(table("一般公共预算支出表", [COMPARED, *rows]))  # type: ignore[arg-type]
    assert not [finding for finding in right.findings if finding.rule in ("change_differs", "ratio_differs")]
    rows[1][4], rows[2][5] = "11.00", "38.33%"
    wrong = checked(table("一般公共预算支出表", [COMPARED, *rows]))  # type: ignore[arg-type]
    assert [f.values["expected"] for f in of(wrong, "change_differs")] == ["10.00"]
    assert [f.values["expected"] for f in of(wrong, "ratio_differs")] == ["33.33%"]


def test_a_column_that_compares_something_else_is_left_alone() -> None:
    rows = [["", "合计", "80.00", "100.00", "7.00", ""], ["201", "一般公共服务支出", "80.00", "100.00", "9.00", ""]]
    assert not of(checked(table("一般公共预算支出表", [COMPARED, *rows])), "change_differs")  # type: ignore[arg-type]


def test_what_was_not_understood_is_listed() -> None:
    head = ["科目编码", "科目名称", "合计", "紫色经费"]
    rows = [["", "合计", "100.00", "7.00"], ["201", "一般公共服务支出", "100.00", "7.00"]]
    found = of(checked(table("支出总表", [head, *rows])), "not_understood")  # type: ignore[arg-type]
    assert [finding.values["labels"] for finding in found] == [["紫色经费"]]


def test_tables_of_one_name_and_differing_figures_are_not_compared() -> None:
    halves = [[*row[:2], *(f"{float(text) / 3:.2f}" for text in row[2:])] for row in ROWS]
    report = checked(spending(), spending(halves, "部门支出总体情况表"))
    assert of(report, "tables_apart")
    assert not [finding for finding in report.findings if finding.severity == "error"]


def test_a_year_that_nothing_tells() -> None:
    assert of(checked(spending(), title="某市水务局部门情况"), "year_unsaid")


@pytest.mark.parametrize("wrong", [False, True])
def test_the_explanation_is_held_against_the_tables(wrong: bool) -> None:
    understood = read(spending())  # type: ignore[arg-type]
    amount = "700.00" if wrong else "70.00"
    texts = [
        "某市水务局2026年部门预算", "一、支出预算情况说明",
        f"2026年支出预算100.00万元，其中：基本支出{amount}万元，项目支出30.00万元。",
    ]  # fmt: skip
    text = [Line(text, Source("a.docx", line=n), heading=int(n < 2)) for n, text in enumerate(texts)]
    report = check_opened(understood.disclosure, understood.standard, read_prose(text))
    assert any(finding.severity == "error" for finding in report.findings) == wrong
