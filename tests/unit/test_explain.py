"""The explanation compiled from forms: its figures, its questions, the preparer's texts, and what the checks say."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from publish_example import ledger_of

from yusuan.chapters import Explanation
from yusuan.check.opened import Printed
from yusuan.check.prose import prose_findings
from yusuan.commands.compile import compiled
from yusuan.explain import completed, explain, read_texts, texts, texts_file
from yusuan.explain.compose import numeral, percent
from yusuan.explain.outline import OutlineError, merged, outline_from, outline_of, read_outline
from yusuan.explain.texts import parse_texts
from yusuan.finding import Finding
from yusuan.forms import Standard
from yusuan.ledger import Ledger
from yusuan.read.grid import Line
from yusuan.read.prose import read_prose
from yusuan.sheet import Agency, Cell, Disclosure, Sheet, Source
from yusuan.standard import list_standards, load_standard
from yusuan.words import InputError

HUNAN, NATIONAL = "hunan/2025", "national/2026"
BUDGETS = [name for name in list_standards() if load_standard(name).kind == "budget"]


@cache
def base(name: str = HUNAN) -> Ledger:
    return ledger_of(load_standard(name))


def altered(ledger: Ledger, year: int, amount: Callable[[int], int], *, regime: str | None = None) -> Ledger:
    facts = [fact._replace(amount=amount(fact.amount)) for fact in ledger.facts()]
    agencies = [replace(a, regime=regime or a.regime) for a in ledger.agencies.values()]
    return Ledger.of(
        year, agencies, [f for f in facts if f.amount], projects=list(ledger.projects.values()), goals=ledger.goals
    )


@cache
def made(name: str = HUNAN, year: int | None = None, tenths: int = 10, regime: str | None = None) -> Disclosure:
    standard = load_standard(name)
    ledger = altered(base(name), year or standard.fiscal_year, lambda fen: fen * tenths // 10, regime=regime)
    return compiled(ledger, standard, "104012")[0]


def findings(explanation: Explanation, disclosure: Disclosure) -> list[Finding]:
    heads = {explanation.title, *(f"{c.number}{c.title}" for c in explanation.all())}
    lines = [
        Line(text, Source("a.docx", line=n), heading=1 if text in heads else 0)
        for n, text in enumerate(texts(explanation), start=1)
    ]
    return prose_findings(read_prose(lines), Printed.of(disclosure))


LAST = {"last.abroad": "90.5", "last.vehicles": "0", "last.reception": "29.50万元"}


def answers(explanation: Explanation) -> dict[str, str]:
    """An answer to every question."""
    return {
        p.key: LAST.get(p.key, "120.00")
        if p.key.startswith("last.")
        else "工作安排有调整"
        if p.key.startswith("reason.")
        else "没有。"
        for p in explanation.open
    }


def explained(disclosure: Disclosure, standard: Standard, previous: Disclosure | None) -> Explanation:
    """With every question answered, those that an answer raises too."""
    own: dict[str, str] = {}
    for _ in range(3):
        own |= answers(explain(disclosure, standard, previous=previous, own=own))
    found = explain(disclosure, standard, previous=previous, own=own)
    assert not found.open
    return found


def said(explanation: Explanation, start: str) -> str:
    return next(text for text in texts(explanation) if start in text)


SUMMED = ("personnel", "operating", "groups", "targets")
"""Passages that name their cells without an amount, or add them up."""


def test_every_figure_of_the_example_is_the_printed_one() -> None:
    disclosure, standard = made(), load_standard(HUNAN)
    found = explain(disclosure, standard)
    assert found.title == "示例省对外科技交流中心2025年单位预算公开说明"
    assert said(found, "收入预算按来源分") == (
        "收入预算按来源分：一般公共预算拨款收入250.99万元，占收入预算的57.33%；"
        "事业收入130.00万元，占收入预算的29.69%；上年结转结余56.80万元，占收入预算的12.97%。"
    )
    passages = [p for c in found.all() for p in c.passages if p.places]
    assert len(passages) > 12
    for passage in passages:
        for s, r, c in passage.places:
            cell = disclosure.sheets[s].cells[r, c]
            assert passage.key in SUMMED or cell.text in passage.text, (passage.text, cell)


def test_the_order_is_that_of_the_place() -> None:
    hunan = [c.title for c in explain(made(), load_standard(HUNAN)).chapters]
    assert hunan[0] == "单位基本概况" and hunan[1] == "单位预算单位构成" and hunan[-1] == "名词解释"
    national = [c.title for c in explain(made(NATIONAL), load_standard(NATIONAL)).chapters]
    assert national == ["单位概况", "预算情况说明", "其他重要事项", "名词解释"]


def test_changes_against_last_year_and_their_reasons() -> None:
    standard = load_standard(HUNAN)
    found = explain(made(), standard, previous=made(year=2024, tenths=8))
    assert said(found, "本单位收入预算") == "2025年本单位收入预算437.79万元，比2024年预算增加87.56万元，增长25.00%。"
    assert {p.key for p in found.open} >= {"reason.income", "reason.spending", "reason.three", "reason.abroad"}
    assert not any(p.key.startswith("last.") for p in found.open)
    less = explain(made(), standard, previous=made(year=2024, tenths=20), own={"reason.income": "项目结束。"})
    assert "比2024年预算减少437.79万元，下降50.00%。" in said(less, "本单位收入预算")
    assert said(less, "收入预算减少的") == "收入预算减少的主要原因是项目结束。"
    same = explain(made(), standard, previous=made(year=2024))
    assert said(same, "本单位收入预算").endswith("437.79万元，与2024年预算持平。")
    assert not any(p.key.startswith("reason.") for p in same.open)


def test_money_of_last_year_that_is_gone_is_told() -> None:
    standard = load_standard(HUNAN)
    previous = made(year=2024)
    sheets = [
        replace(sheet, cells={
            at: replace(cell, amount=7_700_000)
            if cell.point and dict(cell.point.without("agency_code").parts) == FUND else cell
            for at, cell in sheet.cells.items()
        })
        for sheet in previous.sheets
    ]  # fmt: skip
    found = explain(made(), standard, previous=replace(previous, sheets=tuple(sheets)))
    assert said(found, "政府性基金预算拨款安排") == (
        "2025年本单位没有使用政府性基金预算拨款安排的支出，比2024年预算减少7.70万元，下降100.00%，相关表格为空表。"
    )
    assert {p.key for p in found.open} >= {"reason.fund"}
    full = explained(made(), standard, replace(previous, sheets=tuple(sheets)))
    assert [f for f in findings(full, made()) if f.severity == "error"] == []


FUND = {"kind": frozenset({"spending"}), "fund_type_code": frozenset({"12"})}


def test_a_figure_of_last_year_may_be_given() -> None:
    own = {"last.income": "400.00", "last.three": "0"}
    found = explain(made(), load_standard(HUNAN), own=own)
    assert "比2024年预算增加37.79万元，增长9.45%" in said(found, "本单位收入预算")
    assert said(found, "“三公”经费预算5.20").endswith("比2024年预算增加5.20万元。")
    assert "last.income" not in {p.key for p in found.open}
    with pytest.raises(InputError, match="四百"):
        explain(made(), load_standard(HUNAN), own={"last.income": "四百"})


def test_only_questions_are_left_open_and_the_checks_find_each() -> None:
    disclosure = made()
    found = explain(disclosure, load_standard(HUNAN))
    errors = [f for f in findings(found, disclosure) if f.severity == "error"]
    assert {f.rule for f in errors} == {"prose_placeholder"}
    assert len(errors) == len(found.open) > 5
    assert all(p.text.startswith("【待填：") for p in found.open)


@pytest.mark.parametrize("name", BUDGETS)
@pytest.mark.parametrize("tenths", [0, 5, 10, 13])
def test_an_answered_explanation_passes_the_checks(name: str, tenths: int) -> None:
    standard = load_standard(name)
    disclosure = made(name)
    previous = made(name, standard.fiscal_year - 1, tenths) if tenths else None
    found = explained(disclosure, standard, previous)
    assert [f for f in findings(found, disclosure) if f.severity == "error"] == []


@pytest.mark.parametrize("seed", range(12))
def test_any_ledger_passes_the_checks(seed: int) -> None:
    chance, standard = random.Random(seed), load_standard(HUNAN)

    def shaken(fen: int) -> int:
        return chance.choice((0, 1, fen, fen + 1, chance.randrange(1, 10**11)))

    regime = chance.choice(("organ", "assimilated", "institution"))
    disclosure = compiled(altered(base(), 2025, shaken, regime=regime), standard, "104012")[0]
    previous = compiled(altered(base(), 2024, shaken, regime=regime), standard, "104012")[0]
    found = explained(disclosure, standard, chance.choice((previous, None)))
    assert [f for f in findings(found, disclosure) if f.severity == "error"] == []


def test_a_chapter_that_has_nothing_to_say_is_left_out() -> None:
    standard, ledger = load_standard(HUNAN), base()
    funds = standard.space["fund_type_code"]
    facts = [f._replace(fund_type_code="121" if "11" in funds.path(f.fund_type_code) else f.fund_type_code)
             for f in ledger.facts()]  # fmt: skip
    moved = Ledger.of(2025, list(ledger.agencies.values()), facts, projects=list(ledger.projects.values()))
    disclosure = compiled(moved, standard, "104012")[0]
    found = explained(disclosure, standard, None)
    assert [f for f in findings(found, disclosure) if f.severity == "error"] == []
    general = next(c for c in found.chapters if c.title == "一般公共预算拨款支出")
    assert [p.text for p in general.passages] == ["2025年本单位没有使用一般公共预算拨款安排的支出。"]
    assert general.chapters == ()
    assert "2025年本单位政府性基金预算支出307.79万元" in said(found, "本单位政府性基金预算支出")
    assert [c.number for c in found.chapters] == [f"{numeral(n)}、" for n in range(1, len(found.chapters) + 1)]


def test_a_department_tells_of_all_its_units() -> None:
    standard, ledger = load_standard(HUNAN), base()
    first = ledger.agencies["104012"]
    units = [first, replace(first, code="104013", name="示例省科技情报所", regime="organ")]
    facts = [*ledger.facts(), *(f._replace(agency_code="104013", pro_code="") for f in ledger.facts())]
    both = Ledger.of(2025, units, facts, projects=list(ledger.projects.values()), goals=ledger.goals)
    disclosure = compiled(both, standard, "104")[0]
    found = explained(disclosure, standard, None)
    assert [f for f in findings(found, disclosure) if f.severity == "error"] == []
    assert said(found, "预算单位共") == (
        "纳入2025年本部门预算编制范围的预算单位共2个：示例省对外科技交流中心、示例省科技情报所。"
    )
    assert "科学技术支出739.48万元" in said(found, "支出预算按功能分类")
    assert "本单位" not in "".join(texts(found))


def test_last_year_may_stand_in_the_forms_themselves() -> None:
    disclosure, standard = made(), load_standard(HUNAN)
    sheet = disclosure.sheets[13]
    point = sheet.columns[0].point
    assert point is not None
    last = replace(point, parts={**point.parts, "account": frozenset({"prior_budget"})})
    columns = (*sheet.columns, replace(sheet.columns[0], point=last))
    cell = Cell(0, len(sheet.columns), "4.00", 4_000_000, last)
    changed = replace(sheet, columns=columns, cells={**sheet.cells, (0, len(sheet.columns)): cell})
    sheets = (*disclosure.sheets[:13], changed, *disclosure.sheets[14:])
    found = explain(replace(disclosure, sheets=sheets), standard)
    assert said(found, "“三公”经费预算5.20").endswith("比2024年预算增加1.20万元，增长30.00%。")


def test_a_blank_of_a_read_form_is_no_zero_beside_its_parts() -> None:
    disclosure, standard = made(), load_standard(HUNAN)
    sheets = []
    for sheet in disclosure.sheets:
        cells = {at: replace(c, exact=None) for at, c in sheet.cells.items()}
        if sheet.form == "14":
            cells = {at: replace(c, text="", amount=None) if at[1] == 0 else c for at, c in cells.items()}
        sheets.append(replace(sheet, cells=cells))
    found = explain(replace(disclosure, sheets=tuple(sheets)), standard)
    assert "three" in {p.key for p in found.open}
    assert "因公出国（境）费5.00万元。" in texts(found) and "都没有安排预算" not in "".join(texts(found))


def test_running_costs_are_told_of_organs_only() -> None:
    standard = load_standard(HUNAN)
    assert said(explain(made(), standard), "没有机关运行经费") == "本单位是事业单位，没有机关运行经费。"
    found = explain(made(regime="organ"), standard)
    assert "）5.55万元" in said(found, "机关运行经费（即")
    disclosure = made()
    assert disclosure.agency is not None
    unknown = replace(disclosure, agency=replace(disclosure.agency, regime=None))
    assert "running" in {p.key for p in explain(unknown, standard).open}


def test_what_no_form_prints_is_asked_for() -> None:
    disclosure, standard = made(), load_standard(HUNAN)
    fewer = replace(disclosure, sheets=tuple(s for s in disclosure.sheets if s.form != "14"))
    keys = {p.key for p in explain(fewer, standard).open}
    assert {"three", "abroad", "vehicles_bought", "reception"} <= keys or {"three", "abroad", "reception"} <= keys
    assert not any("“三公”经费预算0.00" in text for text in texts(explain(fewer, standard)))


def test_a_list_that_does_not_add_up_is_left_out() -> None:
    disclosure, standard = made(), load_standard(HUNAN)
    sheets = []
    for sheet in disclosure.sheets:
        cells = {
            at: replace(cell, amount=cell.amount + 5_000_000)
            if cell.amount and cell.point and cell.point.get("fund_type_code") == frozenset({"31"}) else cell
            for at, cell in sheet.cells.items()
        }  # fmt: skip
        sheets.append(replace(sheet, cells=cells))
    found = explain(replace(disclosure, sheets=tuple(sheets)), standard)
    assert said(found, "收入预算按来源分").startswith("收入预算按来源分：本年收入380.99万元，占收入预算的87.03%；上年")
    fewer = with_other_carryover(disclosure, sheets)
    assert not any("按来源分" in text for text in texts(explain(fewer, standard)))


def with_other_carryover(disclosure: Disclosure, sheets: Sequence[Sheet]) -> Disclosure:
    """With a carry-over that adds up with nothing."""
    carried = frozenset({("kind", frozenset({"budget"})), ("vintage", frozenset({"carryover"}))})
    changed = []
    for sheet in sheets:
        cells = {
            at: replace(cell, amount=cell.amount + 7_000_000)
            if cell.amount and cell.point and frozenset(cell.point.without("agency_code").parts.items()) == carried
            else cell
            for at, cell in sheet.cells.items()
        }
        changed.append(replace(sheet, cells=cells))
    return replace(disclosure, sheets=tuple(changed))


def test_bad_input_is_refused() -> None:
    standard = load_standard(HUNAN)
    with pytest.raises(InputError, match="2024 年的"):
        explain(made(), standard, previous=made(year=2023))
    other = replace(made(year=2024), agency=Agency("999001", "别的单位"))
    with pytest.raises(InputError, match="999001"):
        explain(made(), standard, previous=other)
    with pytest.raises(InputError, match="只能由预算"):
        explain(replace(made(), kind="final"), standard)
    with pytest.raises(InputError, match="没有公开表"):
        explain(replace(made(), sheets=()), standard)


OWN: Mapping[str, str] = {
    "structure": "内设3个处室。\n\n[附注] 编制20名。\n# 不是提示\n\\结尾",
    "purchases": "没有政府采购预算。",
    "补充.“三公”经费预算": "比上年从紧安排。",
    "former_key": "以前写的。",
}


def _escaped(text: str) -> list[str]:
    return [f"\\{line}" if line.startswith(("[", "#", "\\")) else line for line in text.splitlines()]


def test_texts_survive_being_compiled_again(tmp_path: Path) -> None:
    disclosure, standard = made(), load_standard(HUNAN)
    first = explain(disclosure, standard)
    file = tmp_path / "说明.txt"
    file.write_text(texts_file(first), encoding="utf-8-sig", newline="\r\n")
    assert read_texts(file) == {} and completed(file.read_bytes(), first) == (file.read_bytes(), 0)
    lines = file.read_text(encoding="utf-8-sig").splitlines()
    marks = [line for line in lines if line.startswith("[")]
    assert [mark.partition("]")[0][1:] for mark in marks] == [p.key for p in first.open]
    for key, text in {**OWN, "last.income": "400"}.items():
        mark = next((n for n, line in enumerate(lines) if line.startswith(f"[{key}]")), len(lines))
        lines[mark:] = [lines[mark] if mark < len(lines) else f"[{key}]", *_escaped(text), *lines[mark + 1 :]]
    file.write_text("\n".join(["# 我的记号", *lines]), encoding="utf-8-sig", newline="\r\n")
    assert read_texts(file) == {**OWN, "last.income": "400"}
    second = explain(disclosure, standard, own=read_texts(file))
    assert second.unused == ("former_key",)
    held, added = completed(file.read_bytes(), second)
    assert added == 1 and held.startswith(file.read_bytes()) and b"[reason.income]" in held[file.stat().st_size :]
    file.write_bytes(held)
    assert b"\n" not in held.replace(b"\r\n", b"") and explain(disclosure, standard, own=read_texts(file)) == second
    assert [p.text for c in second.all() for p in c.passages if p.key == "structure"] == [
        "内设3个处室。", "[附注] 编制20名。", "# 不是提示", "\\结尾",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("先写的字\n[a] 题\n", "第 1 行"),
        ("[a] 题\n一\n[a] 题\n", "第 3 行.*第 1 行"),
        ("# 提示\n[题目\n", "第 2 行"),
        ("[a]\n字\x07\n", "第 2 行.*U\\+0007"),
    ],
)
def test_faults_of_a_file_of_texts_name_their_line(text: str, words: str) -> None:
    with pytest.raises(InputError, match=words) as raised:
        parse_texts(text, "a.txt")
    assert all("a.txt, line" in sentence for sentence in raised.value.sentences("en"))


def test_a_file_of_texts_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="读不了"):
        read_texts(tmp_path / "none.txt")
    (tmp_path / "gbk.txt").write_bytes("[a] 题\n职责".encode("gbk"))
    with pytest.raises(InputError, match="第 1 行不是 UTF-8"):
        read_texts(tmp_path / "gbk.txt")
    assert parse_texts("") == {}


def test_hostile_text_stays_text() -> None:
    own = {"structure": "<script>alert(1)</script>{income}\n=cmd()", "reason.income": "{own}{0}"}
    found = explain(made(), load_standard(HUNAN), previous=made(year=2024, tenths=8), own=own)
    assert "<script>alert(1)</script>{income}" in texts(found)
    turned = explain(made(), load_standard(HUNAN), own={"structure": "a\u202eb\x1b[31mc"})
    assert "ab[31mc" in texts(turned)
    assert said(found, "收入预算增加的") == "收入预算增加的主要原因是{own}{0}。"


def test_numerals_and_shares() -> None:
    assert [numeral(n) for n in (1, 10, 11, 20, 21)] == ["一", "十", "十一", "二十", "二十一"]
    assert [percent(1, 3), percent(-1, 8), percent(1, 20_000), percent(3, 2)] == [
        "33.33%", "-12.50%", "0.01%", "150.00%",
    ]  # fmt: skip


def test_every_outline_loads_and_faults_are_named() -> None:
    for name in list_standards():
        assert outline_of(name).chapters
    with pytest.raises(OutlineError, match="unknown key 'titel'"):
        read_outline("titel = 'x'", "a.toml")
    base_tables = {
        "title": "", "words": {}, "figures": {"a": {"label": "", "points": [{"kind": ["budget"]}]}}, "lists": {},
        "passages": {"p": {"text": "{b}"}}, "glossary": {}, "chapters": [],
    }  # fmt: skip
    with pytest.raises(OutlineError, match="unknown figure 'b'; known: a"):
        outline_from(merged(base_tables, {}), "a.toml")
