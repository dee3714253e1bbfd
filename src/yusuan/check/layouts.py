"""Check a disclosure that no form set declares: what its tables state, what they must agree on, what they leave out.

A figure that could as well be misread is told as such. An error rests on words that leave no other reading and on
tables whose other figures agree.
"""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from yusuan.agreements import Agreement, agreement_of, private
from yusuan.amount import FEN
from yusuan.check.arithmetic import arithmetic_findings
from yusuan.check.changes import change_findings
from yusuan.check.codes import name_findings
from yusuan.check.structure import has_unread
from yusuan.figures import Figures
from yusuan.finding import CellRef, Finding, Report
from yusuan.forms import Standard
from yusuan.lexicon import squeeze
from yusuan.locate import locate_tested
from yusuan.relations import Relation
from yusuan.sheet import Disclosure, Sheet
from yusuan.tested import Tested, regimes_of, test_relations

LOCATING = 3.0
"""Longest search (seconds) for wrong cells; ``yusuan locate`` takes more time and tells more."""

ORDER = {"error": 0, "warning": 1, "info": 2}

_UNIT_IN_HEAD = re.compile(rf"[(（]({'|'.join(sorted(FEN, key=len, reverse=True))})[)）]")
WITHHELD = re.compile(r"(?:保密|涉密|秘密).{0,60}(?:剔除|不予公开|不公开|未公开|不列入|除外|不含)")
"""A note that part of the rows is not published for secrecy."""


def check_layout(disclosure: Disclosure, standard: Standard, notes: Sequence[str] = ()) -> Report:
    """Every finding on the tables, the gravest first; ``notes`` are sentences of the explanation."""
    started = time.perf_counter()
    figures = Figures(disclosure)
    agreement = agreement_of(disclosure, standard.space)
    tested = test_relations(figures, agreement.relations, standard)
    incomplete = incomplete_sheets(tested)
    if incomplete:
        kept = [r for r in agreement.relations if not _rests_on(r, incomplete)]
        tested = test_relations(figures, kept, standard)
    located = locate_tested(figures, tested, seconds=LOCATING, together=False)
    findings = [_rounded(f, disclosure) for f in arithmetic_findings(figures, tested, located)]
    told = any(WITHHELD.search(squeeze(n)) for s in disclosure.sheets for n in s.notes) or any(
        WITHHELD.search(squeeze(note)) for note in notes
    )
    findings += _incomplete(figures, incomplete, told=told)
    findings += change_findings(figures)
    for sheet in disclosure.sheets:
        if _comparable(sheet):
            findings += name_findings(sheet, standard)
        findings += _understood(sheet)
    findings += _whole(disclosure, agreement)
    if not figures.amounts:
        findings.append(Finding("no_figures", "warning", "cannot_tell", ()))
    findings.sort(key=lambda f: (ORDER[f.severity], f.form or "", f.rule))
    agency = disclosure.agency.name if disclosure.agency else ""
    summary = _summary(figures, tested, standard)
    summary["seconds"] = round(time.perf_counter() - started, 4)
    verdict = (
        "inconsistent" if any(o.verdict == "fails" and o.relation.sure for o in tested.outcomes) else "cannot_tell"
    )
    return Report(
        disclosure.file, disclosure.sha256, tuple(findings), summary, disclosure.standard, agency, standard.scale,
        verdict,
    )  # fmt: skip


def _rounded(finding: Finding, disclosure: Disclosure) -> Finding:
    """One figure printed twice with last digits that differ by one is told, but no error: sums are often balanced."""
    if finding.rule != "relation_same_slice" or finding.severity != "error":
        return finding
    quantum = max(s.scale.quantum for s in disclosure.sheets)
    return replace(finding, severity="warning") if abs(finding.difference or 0) <= quantum else finding


def _summary(figures: Figures, tested: Tested, standard: Standard) -> dict[str, int | float]:
    sheets = figures.disclosure.sheets
    places = {place for o in tested.outcomes for place in (*o.relation.left, *o.relation.right)}
    cells = sum(len(sheet.cells) for sheet in sheets)
    checked = sum((s, r, c) in places for s, sheet in enumerate(sheets) for r, c in sheet.cells)
    tally = tested.tally()
    regimes_of(figures, standard)
    return {
        "sheets": len(sheets), "cells": cells, "cells_checked": checked, "cells_unchecked": cells - checked,
        "relations": len(tested.outcomes), "held": tally.get("holds", 0), "failed": tally.get("fails", 0),
        "rounding": tally.get("rounding", 0), "not_applicable": tally.get("not_applicable", 0),
        "cannot_tell": tally.get("cannot_tell", 0),
    }  # fmt: skip


Incomplete = dict[tuple[int, int], list[Relation]]
"""(sheet, total row) → sums of rows that fall short of it."""


def incomplete_sheets(tested: Tested) -> Incomplete:
    """Totals that exceed the rows listed under them in two columns or more: rows are left out, for whatever reason."""
    short: Incomplete = {}
    for outcome in tested.outcomes:
        if outcome.relation.basis != "row_sum" or outcome.verdict != "fails":
            continue
        s, row, _ = outcome.relation.left[0]
        if outcome.left > outcome.right >= 0:
            short.setdefault((s, row), []).append(outcome.relation)
    return {key: relations for key, relations in short.items() if len(relations) > 1}


def _rests_on(relation: Relation, incomplete: Incomplete) -> bool:
    """Whether a relation needs a listing that is not complete."""
    if relation.basis == "row_sum":
        s, row, _ = relation.left[0]
        return (s, row) in incomplete
    sheets = {s for s, _ in incomplete}
    return relation.basis == "parts" and any(p[0] in sheets for p in (*relation.left, *relation.right))


def _incomplete(figures: Figures, incomplete: Incomplete, *, told: bool) -> Iterator[Finding]:
    for (s, _), relations in incomplete.items():
        cells = tuple(figures.ref(relation.left[0]) for relation in relations)
        left = sum(figures.amounts.get(relations[0].left[0], 0) for _ in (0,))
        right = sum(figures.amounts.get(p, 0) for p in relations[0].right)
        rule = "rows_withheld" if told else "rows_missing"
        values = {"columns": ["/".join(c.column[-1:]) for c in cells], "amount": left - right}
        form = figures.disclosure.sheets[s].form
        yield Finding(rule, "info" if told else "warning", "cannot_tell", cells, values, form=form)


def _comparable(sheet: Sheet) -> bool:
    """Whether the figures of a table are slices that other tables print too."""
    points = (cell.point for cell in sheet.cells.values() if cell.point is not None)
    return any(not private(point) for point in points)


def _understood(sheet: Sheet) -> Iterator[Finding]:
    """What of a table was not understood, and what must not be left unsaid."""
    place = (CellRef(sheet.form, sheet.title, "", "", (), "", None, sheet.source),)
    money = any(cell.point is not None for cell in sheet.cells.values()) or any(c.point for c in sheet.columns)
    figures = [cell for cell in sheet.cells.values() if cell.amount is not None]
    if not money:
        return
    lost = Counter(sheet.columns[c.column].labels[-1] for c in figures if c.point is None)
    if lost and _comparable(sheet):
        yield Finding("not_understood", "info", "cannot_tell", place, {"labels": list(lost)}, form=sheet.form)
    if not sheet.unit_label and figures and not _unit_in_heads(sheet):
        known = sheet.title or "、".join(column.labels[-1] for column in sheet.columns[:3])
        yield Finding("unit_unsaid", "warning", "cannot_tell", place, {"forms": [known]}, form=sheet.form)
    if not figures and not sheet.notes and not has_unread(sheet):
        yield Finding("empty_unsaid", "warning", "fails", place, {}, basis="财预〔2016〕143号", form=sheet.form)
    for stray in sheet.strays:
        cell = CellRef(sheet.form, sheet.title, "", "", (), stray.text, None, stray.source)
        yield Finding(f"stray_{stray.kind}", "info", "cannot_tell", (cell,), {"text": stray.text}, form=sheet.form)


def _unit_in_heads(sheet: Sheet) -> bool:
    """Whether heads of columns say the unit that the table was read by, and none another: 预算数（万元）."""
    heads = [label for column in sheet.columns for label in column.labels]
    return {found for head in heads for found in _UNIT_IN_HEAD.findall(squeeze(head))} == {sheet.scale.unit}


def _whole(disclosure: Disclosure, agreement: Agreement) -> Iterator[Finding]:
    for a, b in agreement.apart:
        values = {"first": disclosure.sheets[a].title, "second": disclosure.sheets[b].title}
        yield Finding("tables_apart", "info", "cannot_tell", (), values, form=disclosure.sheets[a].form)
    for stray in disclosure.strays:
        cell = CellRef(None, "", "", "", (), stray.text, None, stray.source)
        yield Finding(f"stray_{stray.kind}", "info", "cannot_tell", (cell,), {"text": stray.text})
    if disclosure.fiscal_year is None:
        yield Finding("year_unsaid", "info", "cannot_tell", (), {})
    units = {sheet.scale.unit for sheet in disclosure.sheets if sheet.unit_label}
    assert units <= set(FEN)
