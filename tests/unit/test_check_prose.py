"""Every rule on explanations: a text that breaks it, and the same text mended."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from yusuan.axes import Point
from yusuan.check.prose import prose_findings
from yusuan.check.render import message
from yusuan.finding import CellRef, Finding
from yusuan.read.grid import Line
from yusuan.read.prose import read_prose
from yusuan.sheet import Source
from yusuan.words import catalogue

BUDGET = "安乐县水务局2026年部门预算"
FINAL = "安乐县水务局2026年度部门决算"


def lines(texts: Sequence[str]) -> list[Line]:
    return [Line(text, Source("a.docx", line=n), heading=1 if n == 1 else 0) for n, text in enumerate(texts, start=1)]


def found(*texts: str, title: str = BUDGET) -> list[Finding]:
    return prose_findings(read_prose(lines([title, *texts])))


def rules(findings: Sequence[Finding]) -> set[str]:
    return {finding.rule for finding in findings}


LISTING = "人员经费80.00万元，主要包括：基本工资、津贴补贴、奖金、{name}；公用经费20.00万元，主要包括：办公费、印刷费。"

PURCHASES = (
    "2026年政府采购预算总额{}万元，其中：政府采购货物预算{}万元、政府采购工程预算0万元、政府采购服务预算{}万元。"
)
THREE = (
    "2026年“三公”经费预算数为84.00万元，比2025年预算增加{}万元。其中：因公出国（境）费30.00万元，与2025年预算持平；"
    "公务用车购置及运行费49.00万元，比2025年预算增加21.00万元；公务接待费5.00万元，与2025年预算持平。原因是车辆增加。"
)

MANY = "2026年支出预算合计10.00万元，其中：" + "、".join(f"行政运行（20{n}01）1.00万元" for n in range(101, 111)) + "。"

CASES: dict[str, tuple[str | tuple[str, ...], str | tuple[str, ...]]] = {
    "prose_turn": (
        "2026年收入预算110.00万元，比上年预算增加10.00万元，下降10.00%。",
        "2026年收入预算110.00万元，比上年预算增加10.00万元，增长10.00%。",
    ),
    "prose_direction": (
        "2026年收入预算90.00万元，比2025年初预算数100.00万元增加10.00万元。",
        "2026年收入预算90.00万元，比2025年初预算数100.00万元减少10.00万元。",
    ),
    "prose_change": (
        "2026年收入预算90.00万元，比2025年初预算数100.00万元减少12.00万元。",
        "2026年收入预算90.00万元，比2025年初预算数100.00万元减少10.00万元。",
    ),
    "prose_percent": (
        "2026年收入预算110.00万元，比上年预算增加10.00万元，增长11.00%，主要原因是人员增加。",
        "2026年收入预算110.00万元，比上年预算增加10.00万元，增长10.00%，主要原因是人员增加。",
    ),
    "prose_percent_base": (
        "机关运行经费安排210.32万元，比上年1.43万元，增加0.68%。",
        "机关运行经费安排210.32万元，比上年增加1.43万元，增加0.68%。",
    ),
    "prose_base_zero": (
        "2026年会议费预算10.00万元，比上年预算增加10.00万元，增长100.00%。",
        "2026年会议费预算10.00万元，比上年预算增加10.00万元。",
    ),
    "prose_same": (
        "公务接待费5.00万元，比上年增加1.00万元，与上年持平。",
        "公务接待费5.00万元，比上年增加0.00万元，与上年持平。",
    ),
    "prose_parts": (PURCHASES.format("100.00", "10.00", "80.00"), PURCHASES.format("90.00", "10.00", "80.00")),
    "prose_parts_rounding": (
        PURCHASES.format("251.25", "4.79", "246.47"),
        PURCHASES.format("251.26", "4.79", "246.47"),
    ),
    "prose_changes": (THREE.format("22.00"), THREE.format("21.00")),
    "prose_vehicles": (
        "截至2025年12月31日，共有车辆3辆，其中：机要通信用车1辆、应急保障用车1辆、其他用车0辆。",
        "截至2025年12月31日，共有车辆2辆，其中：机要通信用车1辆、应急保障用车1辆、其他用车0辆。",
    ),
    "prose_share": (
        "2026年支出预算合计100.00万元，其中：基本支出60.00万元，占66.00%；项目支出40.00万元，占40.00%。",
        "2026年支出预算合计100.00万元，其中：基本支出60.00万元，占60.00%；项目支出40.00万元，占40.00%。",
    ),
    "prose_twice": (
        ("2026年基本支出预算60.00万元。", "基本支出预算61.00万元。"),
        ("2026年基本支出预算60.00万元。", "基本支出预算60万元。"),
    ),
    "prose_inside": (
        ("财政拨款收支总预算60.00万元。", "一般公共预算支出预算90.00万元。"),
        ("财政拨款收支总预算90.00万元。", "一般公共预算支出预算90.00万元。"),
    ),
    "prose_zero_total": (
        ("收支总预算0万元。", "财政拨款支出预算90.00万元。"),
        ("收支总预算90万元。", "财政拨款支出预算90.00万元。"),
    ),
    "prose_balance": (
        ("2026年收入预算100.00万元。", "2026年支出预算90.00万元。"),
        ("2026年收入预算100.00万元。", "2026年支出预算100.00万元。"),
    ),
    "prose_balance_change": (
        (
            "2026年收入预算100.00万元，比上年增加10.00万元，因人员增加。",
            "2026年支出预算100.00万元，比上年增加11.00万元，因人员增加。",
        ),
        (
            "2026年收入预算100.00万元，比上年增加10.00万元，因人员增加。",
            "2026年支出预算100.00万元，比上年增加10.00万元，因人员增加。",
        ),
    ),
    "prose_reason_turn": (
        "公务接待费5.00万元，比上年增加1.00万元，减少的主要原因是来访减少。",
        "公务接待费5.00万元，比上年减少1.00万元，减少的主要原因是来访减少。",
    ),
    "prose_parts_codes": (
        MANY.replace("10.00万元", "11.00万元"),
        MANY,
    ),
    "prose_figure_missing": ("2026年政府性基金支出预算支出万元。", "2026年政府性基金支出预算支出0万元。"),
    "prose_year_self": (
        "2025年“三公”经费预算13.85万元，比2025年减少5.45万元，因压减。",
        "2026年“三公”经费预算13.85万元，比2025年减少5.45万元，因压减。",
    ),
    "prose_reason_circular": (
        "公务接待费10.00万元，比上年减少3.00万元，主要原因是公务接待支出下降。",
        "公务接待费10.00万元，比上年减少3.00万元，主要原因是来访人数下降。",
    ),
    "prose_year_text": (
        "纳入本部门2025年部门汇总预算编制范围的有两家。",
        "纳入本部门2026年部门汇总预算编制范围的有两家。",
    ),
    "prose_covered": (
        ("一般公共预算支出预算100.00万元。", "绩效目标全覆盖，涉及当年一般公共预算拨款10.00万元。"),
        ("一般公共预算支出预算100.00万元。", "绩效目标全覆盖，涉及当年一般公共预算拨款100.00万元。"),
    ),
    "prose_running": (
        ("机关运行经费50.00万元。", "一般公共预算基本支出100.00万元，其中：公用经费40.00万元。"),
        ("机关运行经费40.00万元。", "一般公共预算基本支出100.00万元，其中：公用经费40.00万元。"),
    ),
    "prose_unit_huge": (
        ("2026年收入预算100.00万元。", "固定资产金额3,024,759.31万元。"),
        ("2026年收入预算100.00万元。", "固定资产金额3,024,759.31元。"),
    ),
    "prose_unit_missing": (
        "2026年收入预算110.00万元，比2025年预算增加10.00。",
        "2026年收入预算110.00万元，比2025年预算增加10.00万元。",
    ),
    "prose_placeholder": ("安乐县XX局负责水务工作。", "安乐县水务局负责水务工作。"),
    "prose_instruction": ("没有数据的，仍保留该表格式。", "没有数据的，列出空表。"),
    "prose_either": ("事业收入0万元，与上年相比增加（减少）0万元。", "事业收入0万元，与上年相比无变化。"),
    "prose_repeated": ("比上年增加增加10.00万元。", "比上年增加10.00万元。"),
    "prose_punctuation": ("减少了该项支出。。", "减少了该项支出。"),
    "prose_name_doubled": ("安乐县水务局安乐县水务局全面实施绩效管理。", "安乐县水务局全面实施绩效管理。"),
    "prose_other_agency": ("丰乐县水务局开展工作。", "安乐县水务局开展工作。"),
    "prose_year_title": ("第三部分 2025年部门预算说明", "第三部分 2026年部门预算说明"),
    "prose_year_slip": (
        "2026年财政拨款收入100.00万元；2025年财政拨款支出100.00万元。",
        "2026年财政拨款收入100.00万元；2026年财政拨款支出100.00万元。",
    ),
    "prose_date_future": ("截至2026年12月31日，没有车辆。", "截至2025年12月31日，没有车辆。"),
    "prose_date_old": ("截至2022年12月31日，没有车辆。", "截至2025年8月31日，没有车辆。"),
    "prose_reason_missing": (
        "公务接待费5.00万元，比上年减少1.00万元，下降16.67%。",
        "公务接待费5.00万元，比上年减少1.00万元，下降16.67%，主要原因是来访减少。",
    ),
    "prose_reason_hollow": ("收入比上年增加，主要原因是qq。", "收入比上年增加，主要原因是人员增加。"),
    "prose_wording": (("本部门有车。", "本单位有房。"), ("本部门有车。", "本部门有房。")),
    "prose_wording_scope": (("本单位有车。", "本单位有房。"), ("本部门有车。", "本部门有房。")),
    "prose_numbering": (("一、职责", "二、收入", "四、支出"), ("一、职责", "二、收入", "三、支出")),
    "prose_no_vehicles": (
        ("公务用车运行维护费5.00万元。", "截至2025年12月31日，共有车辆0辆。"),
        ("公务用车运行维护费5.00万元。", "截至2025年12月31日，共有车辆1辆。"),
    ),
    "prose_unit_alone": (
        (MANY, "住房公积金（2210201）3.58元。"),
        (MANY, "住房公积金（2210201）3.58万元。"),
    ),
    "prose_listed_class": (LISTING.format(name="水费"), LISTING.format(name="退休费")),
}

FINALS: dict[str, tuple[str, str]] = {
    "prose_direction_budget": (
        "公务接待费年初预算为5.00万元，支出决算为4.00万元，决算数大于预算数的主要原因是来访减少。",
        "公务接待费年初预算为5.00万元，支出决算为4.00万元，决算数小于预算数的主要原因是来访减少。",
    ),
    "prose_completion": (
        "公务接待费年初预算为5.00万元，支出决算为4.00万元，完成预算的90.00%。",
        "公务接待费年初预算为5.00万元，支出决算为4.00万元，完成预算的80.00%。",
    ),
    "prose_unit_slip": (
        "住房公积金（2210201）年初预算为3.60万元，支出决算为3.58元。",
        "住房公积金（2210201）年初预算为3.60万元，支出决算为3.58万元。",
    ),
    "prose_date": ("截至2025年12月31日，没有车辆。", "截至2026年12月31日，没有车辆。"),
}

CONTENTS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "prose_contents_differs": (
        ("目录", "一、主要职能", "二、收支情况", "三、名称解释", "一、主要职能", "二、收支情况", "三、名词解释"),
        ("目录", "一、主要职能", "二、收支情况", "三、名词解释", "一、主要职能", "二、收支情况", "三、名词解释"),
    ),
    "prose_contents_wording": (
        ("目录", "一、主要职能", "二、收支情况", "三、采购", "一、主要职能", "二、收支", "三、采购"),
        ("目录", "一、主要职能", "二、收支情况", "三、采购", "一、主要职能", "二、收支情况", "三、采购"),
    ),
    "prose_contents_missing": (
        ("目录", "一、主要职能", "二、收入", "三、政府采购说明", "一、主要职能", "二、收入"),
        ("目录", "一、主要职能", "二、收入", "三、政府采购说明", "一、主要职能", "二、收入", "三、政府采购说明"),
    ),
}


@pytest.mark.parametrize("rule", CASES)
def test_a_budget_that_breaks_the_rule(rule: str) -> None:
    wrong, right = CASES[rule]
    broken = found(*([wrong] if isinstance(wrong, str) else wrong))
    mended = found(*([right] if isinstance(right, str) else right))
    assert rule in rules(broken)
    assert rule not in rules(mended)
    assert not [finding for finding in mended if finding.severity == "error"]


@pytest.mark.parametrize("rule", FINALS)
def test_final_accounts_that_break_the_rule(rule: str) -> None:
    wrong, right = FINALS[rule]
    assert rule in rules(found(wrong, title=FINAL))
    assert rule not in rules(found(right, title=FINAL))


@pytest.mark.parametrize("rule", CONTENTS)
def test_a_list_of_contents_that_breaks_the_rule(rule: str) -> None:
    wrong, right = CONTENTS[rule]
    assert rule in rules(found(*wrong))
    assert rule not in rules(found(*right))


LONG = "本单位依法承担全县水务工作，按照规定编制预算并公开，接受监督。"


def test_page_numbers_of_the_contents() -> None:
    def page(number: int, *texts: str) -> list[Line]:
        body = [
            Line(t, Source("a.pdf", number, (72, 72 + 20 * n, 72 + 12 * len(t), 84 + 20 * n)))
            for n, t in enumerate(texts)
        ]
        return [*body, Line(str(number), Source("a.pdf", number, (280, 780, 290, 790)))]

    listed = [*page(1, "目录", "一、职能....2", "二、收入....2", "三、支出....3"), *page(2, "一、职能", LONG)]
    material = [*listed, *page(3, "二、收入", LONG), *page(4, "三、支出", LONG)]
    finding = next(f for f in prose_findings(read_prose(material)) if f.rule == "prose_contents_pages")
    assert finding.values["count"] == 2


def table(*cells: tuple[dict[str, list[str]], str, int]):  # type: ignore[no-untyped-def]
    """Tables that print the given amounts (分) to two decimals of 万元."""
    known = {(Point({a: frozenset(m) for a, m in parts.items()}), account): amount for parts, account, amount in cells}

    def lookup(point: Point, account: str) -> list[tuple[int, int, CellRef]]:
        amount = known.get((point, account))
        if amount is None:
            return []
        return [(amount, 10_000, CellRef("07", "支出表", "", "", (), f"{amount / 1_000_000:.2f}", amount, None))]

    return lookup


FUND = {"fund_type_code": ["11"]}


@pytest.mark.parametrize(
    ("rule", "text", "amounts"),
    [
        ("prose_table", "一般公共预算支出预算100.00万元。", [(FUND, "budget", 90_000_000)]),
        ("prose_table_rounding", "一般公共预算支出预算100.00万元。", [(FUND, "budget", 100_010_000)]),
        ("prose_table_unit", "一般公共预算支出预算100.00元。", [(FUND, "budget", 100_000_000)]),
        (
            "prose_table_change",
            "一般公共预算支出预算100.00万元，比上年预算增加5.00万元。",
            [(FUND, "budget", 100_000_000), (FUND, "prior_budget", 90_000_000)],
        ),
        (
            "prose_table_direction",
            "一般公共预算支出预算100.00万元，比上年预算减少10.00万元。",
            [(FUND, "budget", 100_000_000), (FUND, "prior_budget", 90_000_000)],
        ),
    ],
)
def test_text_against_tables(rule: str, text: str, amounts: list[tuple[dict[str, list[str]], str, int]]) -> None:
    prose = read_prose(lines([BUDGET, text]))
    assert rule in rules(prose_findings(prose, table(*amounts)))
    agreeing = [(FUND, "budget", 100_000_000)] if "元" in text else []
    right = read_prose(lines([BUDGET, "一般公共预算支出预算100.00万元，与上年预算持平。"]))
    assert not rules(prose_findings(right, table(*agreeing, (FUND, "prior_budget", 100_000_000))))


def test_listed_classes_without_money() -> None:
    codes = {"30101": 5, "30102": 5, "30103": 5, "30302": 0}
    cells = [
        ({"kind": ["basic"], "dep_bgt_eco_code": [code], "fund_type_code": ["11"]}, "budget", amount * 1_000_000)
        for code, amount in codes.items()
    ]
    prose = read_prose(lines([BUDGET, LISTING.format(name="退休费")]))
    finding = next(f for f in prose_findings(prose, table(*cells)) if f.rule == "prose_listed_empty")
    assert finding.values["names"] == ["退休费"]


def test_every_rule_has_a_message_and_a_case() -> None:
    here = Path(__file__).read_text(encoding="utf-8")
    known = {key for key in catalogue() if key.startswith("prose_")}
    missing = [key for key in known if f'"{key}"' not in here]
    assert not missing
    for wrong, _ in CASES.values():
        for finding in found(*([wrong] if isinstance(wrong, str) else wrong)):
            for lang in ("zh", "en"):
                assert "{" not in message(finding, lang)


def test_a_finding_names_page_words_and_chapter() -> None:
    line = Line("（一）公务接待费。2026年预算5.00万元，比上年减少1.00万元，下降20.00%，因来访减少。",
                Source("a.pdf", 7, (90, 100, 500, 112)))  # fmt: skip
    finding = next(f for f in prose_findings(read_prose([line])) if f.rule == "prose_percent")
    cell = finding.cells[0]
    assert finding.values["page"] == 7
    assert cell.source is not None and cell.source.box == (90, 100, 500, 112)
    assert cell.column == ("公务接待费",) and "下降20.00%" in cell.text
    assert finding.values["expected"] == "16.67%"


def test_recognised_text_is_no_ground_for_an_error() -> None:
    text = "公务接待费5.00万元，比上年减少1.00万元，下降20.00%，因来访减少。"
    line = Line(text, Source("a.png", 1, (90, 100, 500, 112), confidence=0.98))
    finding = next(f for f in prose_findings(read_prose([line])) if f.rule == "prose_percent")
    assert (finding.severity, finding.verdict) == ("warning", "cannot_tell")
