"""Tables of undeclared layouts: what their words mean, whatever the layout."""

from __future__ import annotations

import pytest

from support.layouts import cell, failing, grid, lines, outcomes, parts, read, table
from yusuan.read.grid import Grid, Line

HEAD = ["科目编码", "科目名称", "合计", "基本支出", "项目支出"]
WHOLE = ["", "合计", "100.00", "70.00", "30.00"]
BODY = [
    ["201", "一般公共服务支出", "80.00", "60.00", "20.00"],
    ["20101", "人大事务", "80.00", "60.00", "20.00"],
    ["2010101", "行政运行", "60.00", "60.00", ""],
    ["2010102", "一般行政管理事务", "20.00", "", "20.00"],
    ["208", "社会保障和就业支出", "20.00", "10.00", "10.00"],
    ["20805", "行政事业单位养老支出", "20.00", "10.00", "10.00"],
    ["2080505", "机关事业单位基本养老保险缴费支出", "20.00", "10.00", "10.00"],
]
STATEMENT = [
    ["收入", "", "支出", ""],
    ["项目", "预算数", "项目", "预算数"],
    ["一、一般公共预算拨款收入", "90.00", "一、一般公共服务支出", "80.00"],
    ["二、政府性基金预算拨款收入", "", "二、社会保障和就业支出", "20.00"],
    ["三、事业收入", "5.00", "三、卫生健康支出", ""],
    ["本年收入合计", "95.00", "本年支出合计", "100.00"],
    ["上年结转结余", "5.00", "年终结转结余", ""],
    ["收入总计", "100.00", "支出总计", "100.00"],
]
SPANS = {(0, 0): (1, 2), (0, 2): (1, 2)}


def spending(
    title: str = "支出总表", total_last: bool = False, rows: list[list[str]] | None = None
) -> list[Grid | Line]:
    body = rows or BODY
    return table(title, [HEAD, *body, WHOLE] if total_last else [HEAD, WHOLE, *body])


@pytest.mark.parametrize("last", [False, True])
def test_codes_in_one_cell_total_first_or_last(last: bool) -> None:
    understood = read(spending(total_last=last))
    d = understood.disclosure
    assert parts(d, 0, "行政运行", "基本支出") == {
        "exp_func_code": ["2010101"], "kind": ["basic"], "account": ["budget"]
    }  # fmt: skip
    assert cell(d, 0, "2080505", "项目支出").amount == 10_000_000
    assert not failing(understood)
    assert sum(o.verdict == "holds" for o in outcomes(understood)) > 20


def splits(code: str) -> list[str]:
    return [code[:3], code[3:5], code[5:7]]


@pytest.mark.parametrize("repeated", [True, False], ids=["every part on every row", "each part once"])
def test_codes_split_in_three_cells(repeated: bool) -> None:
    head = [["科目编码", "", "", "科目名称", "合计", "基本支出", "项目支出"], ["类", "款", "项", "", "", "", ""]]
    rows = [["", "", "", *WHOLE[1:]]]
    for code, *rest in BODY:
        piece = splits(code)
        if not repeated:
            piece = ["", *piece[1:]] if len(code) == 5 else ["", "", piece[2]] if len(code) == 7 else piece
        rows.append([*piece, *rest])
    spans = {(0, 0): (1, 3), **{(0, c): (2, 1) for c in range(3, 7)}}
    understood = read(table("支出总表", [*head, *rows], spans=spans))
    codes = [row.code for row in understood.disclosure.sheets[0].rows]
    assert codes == ["", *(row[0] for row in BODY)]
    assert not failing(understood)


@pytest.mark.parametrize("form", ["[{}]{}", "{}-{}", "{} {}"])
def test_codes_before_names_in_one_cell(form: str) -> None:
    rows = [[form.format(code, name), *rest] for code, name, *rest in BODY]
    understood = read(table("支出总表", [["功能分类科目", *HEAD[2:]], ["合计", *WHOLE[2:]], *rows]))
    assert [row.code for row in understood.disclosure.sheets[0].rows][1:] == [row[0] for row in BODY]
    assert not failing(understood)


def test_names_without_codes_are_found_under_the_names_above_them() -> None:
    rows = [[" " * (len(code) // 2 - 1) + name, *rest] for code, name, *rest in BODY]
    understood = read(table("支出总表", [["功能分类科目名称", *HEAD[2:]], ["合计", *WHOLE[2:]], *rows]))
    assert parts(understood.disclosure, 0, "行政运行", "合计")["exp_func_code"] == ["2010101"]
    assert not failing(understood)


def test_a_statement_of_two_sides_agrees_with_the_forms_beside_it() -> None:
    income = ["单位名称", "合计", "一般公共预算", "政府性基金预算", "事业收入", "上年结转结余"]
    agency = ["某市水务局", "100.00", "90.00", "", "5.00", "5.00"]
    understood = read(
        table("收支总表", STATEMENT, spans=SPANS),
        table("收入总表", [income, ["合计", *agency[1:]], agency]),
        spending(),
    )  # fmt: skip
    d = understood.disclosure
    assert parts(d, 0, "一、一般公共预算拨款收入", "预算数")["vintage"] == ["current"]
    assert parts(d, 1, "合计", "一般公共预算")["vintage"] == ["current"]
    assert not failing(understood)
    between = [o for o in outcomes(understood) if len({p[0] for p in (*o.relation.left, *o.relation.right)}) > 1]
    assert len({o.left for o in between if o.left}) >= 5


def test_a_changed_figure_breaks_relations_that_name_it() -> None:
    rows = [list(row) for row in BODY]
    rows[2][2] = "61.00"
    understood = read(table("收支总表", STATEMENT, spans=SPANS), spending(rows=rows))
    sheet = understood.disclosure.sheets[1]
    wrong = next((1, r, 0) for r, row in enumerate(sheet.rows) if row.code == "2010101")
    broken = failing(understood)
    assert broken
    assert all(wrong in (*o.relation.left, *o.relation.right) for o in broken)
    assert all(o.relation.sure for o in broken)


def test_fund_columns_and_a_fund_form_are_one_slice() -> None:
    head = [["收入", "", "支出", "", "", ""], ["项目", "预算数", "项目", "合计", "一般公共预算", "政府性基金预算"]]
    body = [
        ["一、一般公共预算", "80.00", "一、一般公共服务支出", "80.00", "80.00", ""],
        ["二、政府性基金预算", "20.00", "二、社会保障和就业支出", "20.00", "", "20.00"],
        ["收入总计", "100.00", "支出总计", "100.00", "80.00", "20.00"],
    ]
    fund = [HEAD, ["", "合计", "20.00", "", "20.00"], ["208", "社会保障和就业支出", "20.00", "", "20.00"]]
    understood = read(
        table("财政拨款收支总表", [*head, *body], spans={(0, 0): (1, 2), (0, 2): (1, 4)}),
        table("政府性基金预算支出表", fund),
    )
    assert parts(understood.disclosure, 0, "二、社会保障和就业支出", "政府性基金预算") == parts(
        understood.disclosure, 1, "社会保障和就业支出", "合计"
    )
    assert not failing(understood)


def test_a_table_over_two_pages_is_one_with_its_total_once() -> None:
    first = [HEAD, WHOLE, *BODY[:4]]
    again = [HEAD, WHOLE, *BODY[4:]]
    understood = read(table("支出总表", first), table("支出总表", again, page=2))
    assert len(understood.disclosure.sheets) == 1
    assert understood.disclosure.sheets[0].pages == (1, 2)
    assert [row.name for row in understood.disclosure.sheets[0].rows].count("合计") == 1
    assert not failing(understood)


def test_pages_without_a_head_go_on() -> None:
    understood = read(table("支出总表", [HEAD, WHOLE, *BODY[:4]]), [grid(BODY[4:], page=2)])
    assert len(understood.disclosure.sheets[0].rows) == 8
    assert not failing(understood)


def test_another_years_columns_are_another_account() -> None:
    head = ["科目编码", "科目名称", "2025年执行数", "2026年预算数", "增减额", "增减%"]
    rows = [
        ["", "合计", "80.00", "100.00", "20.00", "25.00%"],
        ["201", "一般公共服务支出", "80.00", "100.00", "20.00", "25.00%"],
    ]
    d = read(table("一般公共预算支出表", [head, *rows])).disclosure
    assert parts(d, 0, "合计", "2025年执行数")["account"] == ["prior_final"]
    assert parts(d, 0, "合计", "2026年预算数")["account"] == ["budget"]
    assert [column.role for column in d.sheets[0].texts] == ["change", "ratio"]


def test_of_which_is_no_part_unless_the_figures_say_so() -> None:
    head = ["单位名称", "合计", "财政拨款", "其中：经费拨款", "事业收入"]
    row = ["某市水务局", "100.00", "90.00", "60.00", "10.00"]
    understood = read(table("收入总表", [head, ["合计", *row[1:]], row]))
    sums = {t.parts for t in understood.disclosure.sheets[0].totals if t.basis == "column_sum" and t.cell == (1, 0)}
    assert sums == {((1, 1), (1, 3))}


def test_a_department_and_its_office_of_one_name() -> None:
    head = ["单位名称", "合计", "一般公共预算"]
    rows = [
        ["合计", "100.00", "100.00"],
        ["某市水务局", "100.00", "100.00"],
        [" 某市水务局", "60.00", "60.00"],
        [" 某市水文站", "40.00", "40.00"],
    ]
    understood = read(table("收入总表", [head, *rows]))
    assert not failing(understood)
    assert sum(o.verdict == "holds" for o in outcomes(understood)) == 4


@pytest.mark.parametrize(
    ("unit", "fen"), [("单位：元", 10_000), ("单位：万元", 100_000_000), ("金额单位:千元", 10_000_000)]
)
def test_the_unit_is_told_table_by_table(unit: str, fen: int) -> None:
    understood = read(table("支出总表", [HEAD, WHOLE, *BODY], unit=unit))
    assert cell(understood.disclosure, 0, "合计", "合计").amount == fen


def test_what_is_not_understood_is_kept_and_means_nothing() -> None:
    head = ["科目编码", "科目名称", "合计", "紫色经费"]
    understood = read(
        table("支出总表", [head, ["", "合计", "100.00", "7.00"], ["201", "一般公共服务支出", "100.00", "7.00"]])
    )
    found = cell(understood.disclosure, 0, "合计", "紫色经费")
    assert found.amount == 7_000_000
    assert found.point is None


def test_a_table_without_a_title_agrees_with_nothing() -> None:
    understood = read(
        spending(), lines("第二部分", page=3), [grid([HEAD, ["", "合计", "7.00", "7.00", ""]], page=3, left=60)]
    )
    assert not failing(understood)


def test_year_and_kind_from_titles() -> None:
    final = read(spending("支出决算表"), title="某市水务局2024年度部门决算").disclosure
    assert (final.fiscal_year, final.kind) == (2024, "final")
    assert parts(final, 0, "合计", "合计")["account"] == ["final"]
    budget = read(spending()).disclosure
    assert (budget.fiscal_year, budget.kind) == (2026, "budget")


def test_targets_are_no_slices() -> None:
    rows = [["项目名称", "资金总额", "其中：财政拨款", "绩效指标"], ["水质监测", "10.00", "10.00", "监测次数≥12次"]]
    understood = read(table("项目支出绩效目标表", rows))
    assert all(c.point is None for s in understood.disclosure.sheets for c in s.cells.values())
