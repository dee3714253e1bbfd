"""Explanations read: lines to paragraphs, chapters, statements with their meaning."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from yusuan.prose import Prose, Statement
from yusuan.read.grid import Line
from yusuan.read.prose import prose_json, read_prose
from yusuan.sheet import Source

SHARED = Path(__file__).resolve().parents[2] / ".." / "shared" / "documents"

LEFT, RIGHT, SIZE = 72.0, 522.0, 12.0


def printed(page: int, *texts: str, top: float = 100.0, indent: Sequence[int] = ()) -> list[Line]:
    """Lines of a page set solid from the left edge; ``indent`` are the lines that begin a paragraph."""
    made = []
    for n, text in enumerate(texts):
        left = LEFT + (2 * SIZE if n in indent else 0)
        right = min(left + SIZE * len(text), RIGHT)
        box = (left, top + 20 * n, right, top + 20 * n + SIZE)
        made.append(Line(text, Source("a.pdf", page, box), SIZE))
    return made


def plain(*texts: str) -> Prose:
    return read_prose([Line(text, Source("a.docx", line=n)) for n, text in enumerate(texts, start=1)])


def only(prose: Prose) -> Statement:
    (statement,) = prose.statements
    return statement


FULL = "本单位依法承担全县水务工作，按照规定编制预算并向社会公开，接受各方面监督"


def test_a_sentence_goes_on_over_lines_and_pages() -> None:
    head = [Line("某县水务局预算", Source("a.pdf", p, (200, 40, 300, 52)), SIZE) for p in (1, 2, 3)]
    foot = [Line(f"- {p} -", Source("a.pdf", p, (290, 780, 310, 792)), SIZE) for p in (1, 2, 3)]
    body = [
        *printed(1, "本单位" + FULL[:35], FULL[:37], indent=(0,), top=700),
        *printed(2, FULL[:10] + "。", "第二段由此开始，" + FULL[:28], "到此为止。", indent=(1,)),
        *printed(3, "第三段。", indent=(0,)),
    ]
    lines = sorted([*head, *foot, *body], key=lambda line: (line.source.page or 0, (line.source.box or (0, 0))[1]))
    prose = read_prose(lines)
    texts = [p.text for p in prose.paragraphs if p.kind == "body"]
    assert texts == [
        "本单位" + FULL[:35] + FULL[:37] + FULL[:10] + "。",
        "第二段由此开始，" + FULL[:28] + "到此为止。",
        "第三段。",
    ]
    assert sum(p.kind == "furniture" for p in prose.paragraphs) == 6
    first = next(p for p in prose.paragraphs if p.kind == "body")
    assert [source.page for source in first.sources] == [1, 1, 2]
    assert [source.page for source in first.lines(len(first.text) - 3, len(first.text))] == [2]


def test_blanks_that_justify_a_line_are_not_kept() -> None:
    prose = plain("本 年 收 入 合 计 2946.25 万 元 ， 其中 ： 事业收入 6.2 万元 。")
    assert prose.paragraphs[0].text == "本年收入合计2946.25万元，其中：事业收入6.2万元。"


def test_chapters_by_their_numbering() -> None:
    prose = plain(
        "第三部分 情况说明", "一、收支情况", "（一）收入预算。2026年收入预算1.00万元。", "1.其中一项", "说到这一项。",
        "二、采购情况", "没有采购。",
    )  # fmt: skip
    paths = {p.text: p.path for p in prose.paragraphs}
    assert paths["说到这一项。"] == ("情况说明", "收支情况", "收入预算", "其中一项")
    assert paths["没有采购。"] == ("情况说明", "采购情况")


def test_the_list_of_contents_is_not_the_text() -> None:
    prose = plain("目  录", "第一部分 概况......1", "一、职能......2", "第一部分 概况", "一、职能", "承担水务工作。")
    assert [(e.number, e.title, e.page) for e in prose.entries] == [("第一部分", "概况", 1), ("一、", "职能", 2)]
    assert [p.kind for p in prose.paragraphs] == ["contents"] * 3 + ["heading"] * 2 + ["body"]


@pytest.mark.parametrize(
    ("text", "point", "side"),
    [
        ("2026年收支总预算9.00万元。", {}, "both"),
        ("本年收入合计9.00万元。", {"vintage": ["current"]}, "income"),
        ("财政拨款收入9.00万元。", {"fund_type_code": ["1"]}, "income"),
        ("2026年一般公共预算财政拨款支出预算为9.00万元。", {"fund_type_code": ["11"]}, "expenditure"),
        ("一般公共预算财政拨款基本支出9.00万元。", {"fund_type_code": ["11"], "kind": ["basic"]}, "expenditure"),
        ("行政运行（2013301）9.00万元。", {"exp_func_code": ["2013301"]}, "expenditure"),
        ("（二）2080505-机关事业单位基本养老保险缴费支出9.00万元。", {"exp_func_code": ["2080505"]}, "expenditure"),
        (
            "社会保障和就业支出（类）行政事业单位养老支出（款）机关事业单位职业年金缴费支出（项）9.00万元。",
            {"exp_func_code": ["2080506"]},
            "expenditure",
        ),
        ("一般公共服务（类）支出9.00万元。", {"exp_func_code": ["201"]}, "expenditure"),
        ("公务接待费9.00万元。", {"kind": ["spending"], "dep_bgt_eco_code": ["30217"]}, "expenditure"),
    ],
)
def test_what_a_subject_means(text: str, point: dict[str, list[str]], side: str) -> None:
    statement = only(plain(text))
    assert statement.point is not None
    assert statement.point.as_json() == point
    assert statement.side == side
    assert statement.figure is not None and statement.figure.amount == 9_000_000


def test_what_is_not_understood_is_kept() -> None:
    statement = only(plain("援滇干部工作经费3.00万元。"))
    assert statement.point is None and statement.subject == "援滇干部工作经费"


def test_chapters_narrow_what_a_subject_means() -> None:
    prose = plain("一、一般公共预算支出情况", "其他情况如下。", "基本支出5.00万元。")
    point = prose.statements[-1].point
    assert point is not None and point.as_json() == {"fund_type_code": ["11"], "kind": ["basic"]}


def test_the_title_is_the_subject_when_the_sentence_has_none() -> None:
    prose = plain("（一）因公出国（境）经费", "2026年预算安排0.00万元，与上年持平。")
    statement = prose.statements[0]
    assert statement.topic == "abroad"
    assert [(c.direction, c.against) for c in statement.comparisons] == [(0, "prior_budget")]


def test_figures_of_a_comparison() -> None:
    statement = only(plain("2026年收入预算90.00万元，比2025年初预算数100.00万元减少10.00万元，下降10.00%。"))
    (comparison,) = statement.comparisons
    assert comparison.direction == -1 and comparison.against == "prior_budget"
    assert comparison.base is not None and comparison.base.amount == 100_000_000
    assert comparison.change is not None and comparison.change.text == "10.00万元"
    assert comparison.percent is not None and comparison.percent.amount == 100_000


def test_a_change_of_a_part_is_not_a_change_of_the_whole() -> None:
    prose = plain("支出预算100.00万元，比上年增加10.00万元，主要是基本支出增加4.00万元，项目支出增加6.00万元。")
    assert [c.change.text for c in prose.statements[0].comparisons if c.change] == ["10.00万元"]


def test_budget_and_final_accounts_of_one_subject() -> None:
    prose = plain(
        "某县水务局2024年度部门决算",
        "1、一般公共服务支出（类）财政事务（款）行政运行（项）。主要用于：基本支出。年初预算为1560.05万元，"
        "支出决算为1511.89万元，完成预算的96.91%。决算数小于预算数的主要原因：人员减少。",
    )
    budget, final = prose.statements
    assert (budget.account, final.account) == ("budget", "final")
    assert budget.point == final.point and final.point is not None
    assert final.completion is not None and final.completion.text == "96.91%"
    assert [(c.direction, c.against) for c in final.comparisons] == [(-1, "budget")]


def test_parts_of_a_whole_over_paragraphs() -> None:
    prose = plain("2026年支出预算合计10.00万元，其中：", "基本支出6.00万元，占60%；", "项目支出4.00万元，占40%。")
    assert [s.whole for s in prose.statements] == [None, 0, 0]
    assert [s.share.text for s in prose.statements if s.share] == ["60%", "40%"]


def test_the_percentage_of_a_reason_is_no_percentage_of_the_change() -> None:
    statement = only(plain("会议费预算支出1469.73万元，比上年预算增加164.48万元，主要原因按规定统一压减10%。"))
    assert [c.percent for c in statement.comparisons] == [None]


@pytest.mark.parametrize(
    ("text", "amount", "quantum", "unit"),
    [
        ("收入预算１，２３４．５０万元。", 1_234_500_000, 10_000, "万元"),
        ("收入预算1.2亿元。", 12_000_000_000, 1_000_000_000, "亿元"),
        ("共有车辆3辆。", 30_000, 10_000, "辆"),
        ("公务接待费为0。", 0, 1_000_000, "万元"),
    ],
)
def test_figures(text: str, amount: int, quantum: int, unit: str) -> None:
    figure = only(plain(text)).figure
    assert figure is not None
    assert (figure.amount, figure.quantum, figure.unit) == (amount, quantum, unit)


def test_thresholds_are_no_amounts() -> None:
    prose = plain("单位价值100万元以上的设备、单价50万元（含）以上设备没有。")
    assert not prose.statements


def test_what_the_titles_tell() -> None:
    prose = plain("上海市某某区财政局", "2024年度部门决算", "第一部分 上海市某某区财政局概况", "截至2023年12月。")
    assert (prose.agency, prose.year, prose.kind, prose.scope) == ("上海市某某区财政局", 2024, "final", "department")


def test_the_explanation_as_json() -> None:
    (paragraph,) = prose_json(plain("2026年收入预算90.00万元，比上年增加10.00万元。"))
    statements = paragraph["statements"]
    assert isinstance(statements, list)
    assert statements[0]["point"] == {} and statements[0]["account"] == "budget"
    assert statements[0]["figure"] == {"text": "90.00万元", "amount": 90_000_000, "quantum": 10_000, "unit": "万元"}
    assert statements[0]["comparisons"][0]["direction"] == 1
    assert paragraph["lines"] == [{"file": "a.docx", "line": 1}]


def test_hostile_text_is_read_in_bounds() -> None:
    many = "其中：基本支出1.00万元，占1%，增加2.00万元，增长3%；" * 400
    prose = plain("预算" * 200_000, "（" * 20_000, "1" * 20_000 + "万元", "比上年" * 7_000 + "1.00万元", *[many] * 20)
    assert prose.statements
    assert len(prose.statements) <= 5_000


def test_a_published_explanation() -> None:
    pdf = pytest.importorskip("yusuan.read.formats.pdf")
    file = SHARED / "putuo-2024-final-02" / "full.pdf"
    if not file.is_file():
        pytest.skip("the published documents are not here")
    prose = read_prose(pdf.read_pdf(file).lines)
    assert (prose.agency, prose.year, prose.kind) == ("上海市普陀区财政局", 2024, "final")
    totals = [s for s in prose.statements if s.subject == "收入支出总计"]
    assert [s.figure.text for s in totals if s.figure] == ["2995.39万元"]
    items = [s for s in prose.statements if s.point and "exp_func_code" in s.point.parts and s.account == "final"]
    assert sum(len(code) == 7 for s in items if s.point for code in s.point.parts["exp_func_code"]) == 11
    assert totals[0].comparisons[0].percent is not None
