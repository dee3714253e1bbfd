"""The bundled example as a disclosure, and findings made up to be shown on it."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from yusuan.axes import Space
from yusuan.fill import fill
from yusuan.finding import CellRef, Finding, Severity
from yusuan.forms import Standard
from yusuan.ledger import AGENCY_TEXTS, HEADINGS, PROJECT_TEXTS, Fact, Ledger, Project
from yusuan.sheet import Agency, Disclosure
from yusuan.standard import load_standard


def table(name: str) -> list[dict[str, str]]:
    text = (files("yusuan") / "example" / "ledger" / f"{name}.csv").read_text(encoding="utf-8-sig")
    return list(csv.DictReader(text.splitlines()))


def texts(row: Mapping[str, str], keys: tuple[str, ...]) -> dict[str, str]:
    return {key: row[HEADINGS[key]] for key in keys if row.get(HEADINGS[key])}


def code_named(space: Space, axis: str, name: str) -> str:
    return next(member.code for member in space[axis].members.values() if member.name == name)


def ledger_of(standard: Standard) -> Ledger:
    space = standard.space
    agencies = [
        Agency(row["单位代码"], row["单位名称"], row["上级部门代码"], row["上级部门名称"], "institution")
        for row in table("agencies")
    ]
    facts = [
        Fact(
            row["单位代码"], row["支出功能分类科目编码"],
            row["部门预算支出经济分类编码"], row["政府预算支出经济分类编码"],
            code_named(space, "fund_type_code", row["资金来源"]), code_named(space, "vintage", row["资金年度"]),
            code_named(space, "kind", row["支出类别"]), row["项目代码"], int(row["金额（元）"]) * 100,
        )
        for row in table("facts")
    ]  # fmt: skip
    projects = [
        Project(
            row["项目代码"], row["单位代码"], row["项目名称"], code_named(space, "pro_type", row["项目类型"]),
            texts(row, PROJECT_TEXTS),
        )
        for row in table("projects")
    ]  # fmt: skip
    goals = {row["单位代码"]: texts(row, AGENCY_TEXTS) for row in table("goals")}
    return Ledger.of(2025, agencies, facts, projects=projects, goals=goals)


@cache
def example() -> tuple[Disclosure, Standard]:
    standard = load_standard("hunan/2025")
    return fill(ledger_of(standard), standard, "104012"), standard


def cell_ref(disclosure: Disclosure, sheet: int, row: int, column: int) -> CellRef:
    at = disclosure.sheets[sheet]
    cell = at.cells[row, column]
    line, labels = at.rows[row], at.columns[column].labels
    place = (sheet, row, column)
    return CellRef(at.form, at.title, line.code, line.name, labels, cell.text, cell.amount, cell.source, place)


def made_up_findings(disclosure: Disclosure) -> tuple[Finding, ...]:
    def made(rule: str, severity: Severity, *places: tuple[int, int, int]) -> Finding:
        cells = tuple(cell_ref(disclosure, *place) for place in places)
        basis, form = "预算法 art. 32", cells[0].form
        return Finding(rule, severity, "fails", cells, {}, 379_970_000, 378_970_000, basis=basis, form=form)

    return (
        made("total_of_parts", "error", (2, 0, 0), (2, 3, 0)),
        made("same_point", "warning", (0, 0, 0), (1, 0, 2)),
        made("hostile", "info", (6, 0, 0)),
        Finding("missing_note", "warning", "fails", form="15"),
    )
