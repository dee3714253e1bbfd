"""Figures that cannot be meant: units, vehicles that cost and do not exist, operating funds beyond their whole."""

from __future__ import annotations

import re
from collections.abc import Iterator

from yusuan.check.prose_figures import budget_of
from yusuan.check.prose_place import money, statement_place, told
from yusuan.finding import Finding
from yusuan.prose import Prose, prose_words

OWN = ("budget", "final")
"""Accounts of the year itself."""

GENERAL = (frozenset({"11"}), frozenset({"111"}))
"""The general public budget, and appropriations from it."""


def sense_findings(prose: Prose) -> Iterator[Finding]:
    """Findings on figures that make no sense beside others."""
    yield from _running(prose)
    yield from _no_vehicles(prose)
    yield from _huge(prose)
    yield from _slips_of_unit(prose)
    yield from _covered(prose)


def _running(prose: Prose) -> Iterator[Finding]:
    """机关运行经费 is part of 公用经费 of basic expenditure, never more."""
    public = frozenset({"302", "310"})
    running = next((s for s in prose.statements if s.topic == "running" and s.figure and s.account in OWN), None)
    for statement in prose.statements:
        point, figure = statement.point, statement.figure
        if running is None or running.figure is None or point is None or figure is None or statement.detail:
            continue
        if point.get("dep_bgt_eco_code") != public or not point.get("fund_type_code") or statement.account not in OWN:
            continue
        if 2 * (running.figure.amount - figure.amount) > running.figure.quantum + figure.quantum:
            cells = [statement_place(prose, running), statement_place(prose, statement)]
            yield told("prose_running", "warning", cells, running=running.figure.text, public=figure.text)
            return


def _no_vehicles(prose: Prose) -> Iterator[Finding]:
    """Money to run vehicles and no vehicle."""
    cars = next((s for s in prose.statements if s.topic == "cars" and s.figure and s.whole is None), None)
    run = next((s for s in prose.statements if s.topic == "vehicles_run" and s.figure and s.account in OWN), None)
    if cars is None or run is None or cars.figure is None or run.figure is None or run.year != prose.year:
        return
    if not cars.figure.amount and run.figure.amount > 0 and cars.figure.unit in ("辆", "台"):
        cells = [statement_place(prose, cars), statement_place(prose, run)]
        yield told("prose_no_vehicles", "info", cells, cars=cars.figure.text, money=run.figure.text)


def _huge(prose: Prose) -> Iterator[Finding]:
    """A figure thousands of times the largest total: 元 printed as 万元."""
    totals = [
        s.figure.amount for s in prose.statements
        if s.figure is not None and s.figure.money and s.point is not None and not s.point.parts
    ]  # fmt: skip
    if not totals or not max(totals):
        return
    for statement in prose.statements:
        figure = statement.figure
        if figure is not None and figure.money and figure.amount > 1000 * max(totals):
            place = [statement_place(prose, statement)]
            yield told("prose_unit_huge", "warning", place, figure=figure.text, total=money(max(totals), figure))


def _slips_of_unit(prose: Prose) -> Iterator[Finding]:
    """A small figure in 元 whose partner is in 万元 (年初预算 3.60 万元, 决算 3.58 元), or alone among many in 万元."""
    known = [s for s in prose.statements if s.point is not None and s.figure and s.figure.money and not s.detail]
    yuan = [s for s in known if s.figure and s.figure.unit == "元"]
    if len(known) >= 10 * len(yuan):
        for statement in yuan:
            figure = statement.figure
            if figure and "." in figure.text and 0 < figure.amount < 1_000_000 and budget_of(prose, statement) is None:
                place = [statement_place(prose, statement)]
                yield told("prose_unit_alone", "warning", place, figure=figure.text, count=len(known) - len(yuan))
    for statement in prose.statements:
        figure = statement.figure
        budget = budget_of(prose, statement)
        if figure is None or budget is None or budget.figure is None or figure.unit == budget.figure.unit:
            continue
        if figure.amount and budget.figure.amount and {figure.unit, budget.figure.unit} == {"元", "万元"}:
            ratio = figure.amount / budget.figure.amount
            if not 0.01 < ratio < 100:
                words = {"figure": figure.text, "base": budget.figure.text}
                yield told("prose_unit_slip", "error", [statement_place(prose, statement)], **words)


def _covered(prose: Prose) -> Iterator[Finding]:
    """Targets that cover the whole appropriation, and an amount that is not the appropriation."""
    words = prose_words()["covered"]
    totals = [
        s.figure for s in prose.statements
        if s.figure is not None and s.figure.money and s.point is not None and s.whole is None
        and s.account in OWN and s.point.get("fund_type_code") in GENERAL
        and "kind" not in s.point.parts
    ]  # fmt: skip
    for statement in prose.statements:
        figure = statement.figure
        text = prose.paragraphs[statement.paragraph].text
        if figure is None or not figure.money or not totals or not re.search(words["subject"], statement.subject):
            continue
        if not re.search(words["words"], text[: statement.end]) or "项目" in text[: statement.end]:
            continue
        if all(2 * abs(figure.amount - total.amount) > figure.quantum + total.quantum for total in totals):
            place = [statement_place(prose, statement)]
            yield told("prose_covered", "warning", place, figure=figure.text, total=totals[0].text)
