"""Render findings and reports: words in Chinese or English, as text and as JSON (``yusuan.report/1``)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from yusuan.amount import Scale
from yusuan.coverage import Coverage
from yusuan.finding import CellRef, Finding, Report, Suspect
from yusuan.words import say

SCHEMA = "yusuan.report/1"
SHOWN_TERMS = 6
SHOWN_RELATIONS = 3
LONGEST_TITLE = 18
"""Characters of a table's title inside a sentence."""
_YEAR = re.compile(r"^[（(]?(?:19|20)\d\d年?度?[）)]?\s*(?:年度?)?\s*")


def message(finding: Finding, lang: str = "zh", scale: Scale | None = None) -> str:
    """One finding as a sentence."""
    scale = scale or Scale()
    if finding.rule.startswith("relation_"):
        return _relation(finding, lang, scale)
    values = {key: _value(key, value, lang, scale) for key, value in finding.values.items()}
    if finding.rule == "carry_over_outside":
        silent = finding.values.get("silent")
        values["silent_text"] = say("carry_over_silent", lang, {"forms": values["silent"]}) if silent else ""
    if finding.rule == "heuristic":
        values["zh" if lang == "zh" else "en"] = str(finding.values[lang]).format_map(values)
    if "chapter" in finding.values:
        values["where"] = _where(finding.values.get("page"), finding.values["chapter"], lang)
        values["where_other"] = _where(finding.values.get("other"), "", lang)
    text = say(finding.rule, lang, values)
    if finding.values.get("rivals"):
        text += say("repair_rivals", lang, {"rivals": values["rivals"]})
    return text


def _where(page: object, chapter: object, lang: str) -> str:
    """A place of the explanation: by its page, by its chapter where there are no pages."""
    if isinstance(page, int):
        return say("explanation_page", lang, {"page": page})
    return say("explanation_chapter", lang, {"chapter": chapter}) if chapter else say("explanation_place", lang)


def _value(key: str, value: object, lang: str, scale: Scale) -> str:
    if key in ("amount", "spending") and isinstance(value, int):
        return f"{scale.format(value)} {scale.unit}"
    if isinstance(value, list | tuple):
        mark = "、" if lang == "zh" else ", "
        shown = [_value("", item, lang, scale) for item in value[:8]]
        return mark.join(shown) + ("…" if len(value) > 8 else "")
    return str(value)


def form_text(form: str | None, title: str, lang: str = "zh") -> str:
    """A table as people call it: by its number, or by its title when none is printed; empty when it has neither."""
    if form is not None and not form.startswith("#"):
        return f"{form}表" if lang == "zh" else form
    shown = _short(title)
    return "" if not shown else f"《{shown}》" if lang == "zh" else f"“{shown}”"


def _short(title: str) -> str:
    """A title without the year that all tables of a set share, its middle left out when it is long."""
    bare = _YEAR.sub("", "".join(title.split())) or title
    if len(bare) <= LONGEST_TITLE:
        return bare
    return f"{bare[: LONGEST_TITLE - 8]}…{bare[-7:]}"


def cell_text(cell: CellRef, lang: str = "zh", *, form: bool = True) -> str:
    """A cell as people name it: table, row, column."""
    row = cell.row_name or cell.row_code
    column = "/".join(label for label in cell.column[-2:])
    place = "·".join(part for part in (row, column) if part)
    if not form:
        return f"[{place}]"
    table = form_text(cell.form, cell.title, lang)
    return f"{table}{'' if lang == 'zh' else ' '}[{place}]"


def _side(cells: list[CellRef], lang: str, scale: Scale, total: int, before: CellRef | None = None) -> str:
    if not cells:
        return say("relation_nothing", lang)
    # A long title is not said again for the next cell of the same table; a number is.
    named = [_numbered(cell) or last is None or last.form != cell.form or last.title != cell.title
             for last, cell in zip((before, *cells), cells)]  # fmt: skip
    parts = [f"{cell_text(cell, lang, form=n)} {cell.text.strip() or '—'}" for cell, n in zip(cells, named)]
    if len(parts) > SHOWN_TERMS:
        parts = [*parts[:SHOWN_TERMS], say("relation_more", lang, {"count": len(cells)})]
    shown = " + ".join(parts)
    return f"{shown} = {scale.format(total)}" if len(cells) > 1 else shown


def _numbered(cell: CellRef) -> bool:
    return cell.form is not None and not cell.form.startswith("#")


def _relation(finding: Finding, lang: str, scale: Scale) -> str:
    left = [c for c, sign in zip(finding.cells, finding.terms) if sign > 0]
    right = [c for c, sign in zip(finding.cells, finding.terms) if sign < 0]
    actual, expected = finding.actual or 0, finding.expected or 0
    values = {
        "left": _side(left, lang, scale, actual),
        "right": _side(right, lang, scale, expected, left[0] if left else None),
        "difference": scale.format(abs(actual - expected)),
    }
    text = say(finding.rule, lang, values)
    if finding.verdict == "rounding":
        text += say("relation_rounding", lang)
    if finding.values.get("habit"):
        text += say("relation_habit", lang)
    if not finding.values.get("sure", True):
        text += say("relation_unsure", lang)
    for suspect in finding.suspects[:2]:
        told = {"cell": cell_text(suspect.cell, lang), "unique": say("relation_unique", lang) if suspect.unique else ""}
        if suspect.proposed is None:
            text += say("relation_suspect_open", lang, told)
        else:
            text += say("relation_suspect", lang, {**told, "proposed": scale.format(suspect.proposed)})
    return text


def address(cell: CellRef, lang: str | None = None) -> str:
    """Where a cell was found: worksheet and cell, line and column, or page; without ``lang`` a page as p.3."""
    return _address((cell,), lang)


def _address(cells: Iterable[CellRef], lang: str | None) -> str:
    """The address of the first cell that has one; all pages of its file on which cells stand."""
    sources = [cell.source for cell in cells if cell.source is not None]
    if not sources:
        return ""
    source = sources[0]
    if source.a1:
        return f"{source.sheet}!{source.a1}"
    if source.page is not None:
        pages = _ranges({s.page for s in sources if s.page is not None and s.file == source.file})
        return f"{source.file} {say('page_place_page', lang, {'page': pages}) if lang else f'p.{pages}'}"
    if source.line is not None:
        return f"{source.file}:{source.line}:{source.column or 1}"
    return source.file


def _ranges(pages: set[int]) -> str:
    """Page numbers with runs drawn together: 3–5, 9."""
    starts = sorted(page for page in pages if page - 1 not in pages)
    ends = sorted(page for page in pages if page + 1 not in pages)
    return ", ".join(str(a) if a == b else f"{a}–{b}" for a, b in zip(starts, ends))


def report_json(report: Report, lang: str = "zh") -> dict[str, Any]:
    """The report in the published schema; amounts are 分."""
    return {
        "schema": SCHEMA,
        "source": {"file": report.source, "sha256": report.sha256},
        "standard": report.standard,
        "agency": report.agency,
        "summary": {**report.summary, "proof": report.proof},
        "findings": [_finding_json(finding, lang, report.scale) for finding in report.findings],
    }


def _finding_json(finding: Finding, lang: str, scale: Scale) -> dict[str, Any]:
    return {
        "rule": finding.rule,
        "severity": finding.severity,
        "verdict": finding.verdict,
        "message": message(finding, lang, scale),
        "form": finding.form,
        "cells": [cell_json(cell) for cell in finding.cells],
        "terms": list(finding.terms),
        "expected": finding.expected,
        "actual": finding.actual,
        "difference": finding.difference,
        "suspects": [{"cell": cell_json(s.cell), "proposed": s.proposed, "unique": s.unique} for s in finding.suspects],
        "basis": finding.basis,
        "values": _plain(finding.values),
    }


def _plain(values: Mapping[str, object]) -> dict[str, object]:
    return {key: list(value) if isinstance(value, tuple) else value for key, value in values.items()}


def cell_json(cell: CellRef) -> dict[str, Any]:
    """A cell in the published schema."""
    return {
        "form": cell.form,
        "title": cell.title,
        "row": {"code": cell.row_code, "name": cell.row_name},
        "column": list(cell.column),
        "text": cell.text,
        "amount": cell.amount,
        "source": cell.source.as_json() if cell.source else None,
        "place": list(cell.place) if cell.place else None,
    }


COLOURS = {"error": "\033[31m", "warning": "\033[33m", "info": "\033[2m"}


def report_text(
    report: Report,
    lang: str = "zh",
    *,
    coverage: Coverage | None = None,
    colour: bool = False,
    everything: bool = False,
) -> str:
    """The report for a terminal: findings by severity, form first, file address last."""
    counts = Counter(finding.severity for finding in report.findings)
    lines = [
        f"{report.agency or report.source}  {report.standard or ''}".rstrip(),
        say("report_summary", lang, {**report.summary, "cannot_tell": report.summary.get("cannot_tell", 0)}),
    ]
    if coverage is not None and coverage.figures:
        key, values = coverage.sentence
        lines.append(say(key, lang, values))
    lines.append(say(f"report_proof_{report.proof}", lang))
    shown = [f for f in report.findings if everything or f.severity != "info"]
    told: set[CellRef] = set()
    moves: set[tuple[object, object]] = set()
    for finding in shown:
        if finding.values.get("move") and not everything:
            move = (finding.values["move"], finding.values["moved_form"])
            if move not in moves:
                moves.add(move)
                group = [f for f in shown if (f.values.get("move"), f.values.get("moved_form")) == move]
                lines += _moved(group, lang, report.scale, colour=colour)
            continue
        cause = finding.suspects[0] if len(finding.suspects) == 1 and finding.suspects[0].unique else None
        if cause is None or everything:
            lines.append(_line(finding, lang, report.scale, colour=colour))
        elif cause.cell not in told:
            told.add(cause.cell)
            lines += _cause(cause, [f for f in shown if f.suspects[:1] == (cause,)], lang, report.scale, colour=colour)
    hidden = len(report.findings) - len(shown)
    if not report.findings:
        lines.append(say("report_clean", lang, report.summary))
    else:
        lines.append(say("report_counts", lang, {s: counts.get(s, 0) for s in ("error", "warning", "info")}))
    if hidden:
        lines.append(say("report_more", lang, {"count": hidden}))
    return "\n".join(lines)


def _moved(group: list[Finding], lang: str, scale: Scale, *, colour: bool) -> list[str]:
    """A slip of many figures at once, and the first of the relations that it explains."""
    values = group[0].values
    form = _form_of(group[0], str(values["moved_form"]), lang)
    told = {"form": form, "cause": say(f"cause_{values['move']}", lang), "figures": values["moved"],
            "count": len(group)}  # fmt: skip
    worst = min(group, key=lambda f: ("error", "warning", "info").index(f.severity))
    head = f"[{_mark(worst, lang, colour=colour)}] {say('report_move', lang, told)}"
    return [head, *_first_relations(group, lang, scale)]


def _cause(cause: Suspect, group: list[Finding], lang: str, scale: Scale, *, colour: bool) -> list[str]:
    """One suspect cell with its address, and the first of the relations that it explains."""
    worst = min(group, key=lambda f: ("error", "warning", "info").index(f.severity))
    values = {
        "cell": cell_text(cause.cell, lang), "text": cause.cell.text.strip() or "—", "count": len(group),
        "proposed": "" if cause.proposed is None else scale.format(cause.proposed),
        "unique": say("relation_unique", lang),
    }  # fmt: skip
    where = address(cause.cell, lang)
    told = say("report_suspect_open" if cause.proposed is None else "report_suspect", lang, values)
    head = f"[{_mark(worst, lang, colour=colour)}] {told}{f'  ({where})' if where else ''}"
    return [head, *_first_relations(group, lang, scale)]


def _first_relations(group: list[Finding], lang: str, scale: Scale) -> list[str]:
    bare = [replace(finding, suspects=()) for finding in group[:SHOWN_RELATIONS]]
    lines = [f"    {message(finding, lang, scale)}" for finding in bare]
    if len(group) > SHOWN_RELATIONS:
        lines.append(f"    {say('report_more_relations', lang, {'count': len(group) - SHOWN_RELATIONS})}")
    return lines


def _mark(finding: Finding, lang: str, *, colour: bool) -> str:
    mark = say(f"severity_{finding.severity}", lang)
    if finding.verdict == "cannot_tell":
        mark += f"·{say('verdict_cannot_tell', lang)}"
    return f"{COLOURS[finding.severity]}{mark}\033[0m" if colour else mark


def _line(finding: Finding, lang: str, scale: Scale, *, colour: bool) -> str:
    mark = _mark(finding, lang, colour=colour)
    unnumbered = bool(finding.terms) and not _numbered(finding.cells[0])
    form = "" if unnumbered else _form_of(finding, finding.form, lang)
    where = _address((*(s.cell for s in finding.suspects[:1]), *finding.cells), lang)
    return f"[{mark}] {form}{' ' if form else ''}{message(finding, lang, scale)}{f'  ({where})' if where else ''}"


def _form_of(finding: Finding, form: str | None, lang: str) -> str:
    """A table that a finding is about, by the title that its cells tell when it has no number."""
    title = next((cell.title for cell in finding.cells if cell.form == form), "")
    return form_text(form, title, lang) if form else ""


def severities(findings: Iterable[Finding]) -> Counter[str]:
    """How many findings of each severity."""
    return Counter(finding.severity for finding in findings)
