"""What was read of a document, and what was not: tables, cells, relations, doubts, pages that gave nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from yusuan.agreements import agreement_of, disclosure_relations
from yusuan.figures import Figures
from yusuan.finding import Finding, Report
from yusuan.forms import Standard
from yusuan.read.grid import Doubt, Material
from yusuan.read.opening import Opened
from yusuan.sheet import Cell, Sheet
from yusuan.tested import regimes_of, test_relations
from yusuan.words import catalogue, say

UNSURE = 0.6
"""Confidence below which a recognised cell is counted as doubtful."""

SHOWN = 12
"""Items of a list that a line of text names."""


@dataclass(frozen=True, slots=True)
class TableRead:
    """One printed table: its kind is understood when it was tied to a declared form or its figures have a meaning."""

    form: str | None
    title: str
    unit: str
    unit_printed: bool
    pages: tuple[int, ...]
    rows: int
    columns: int
    figures: int
    understood: int
    kind_understood: bool
    columns_not_understood: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """The reading report of a document. ``cells`` are printed money cells, ``figures`` those of them that hold an
    amount, ``understood`` the figures with a meaning; ``low_confidence`` counts recognised cells; ``pages_empty`` are
    (file, page) of pages that gave neither a table nor text."""

    tables: tuple[TableRead, ...]
    tables_not_understood: tuple[str, ...]
    cells: int
    figures: int
    understood: int
    relations: Mapping[str, int]
    strays: Mapping[str, int]
    doubts: tuple[Doubt, ...]
    recognised: int
    low_confidence: int
    tables_apart: tuple[tuple[str, str], ...]
    pages: int
    pages_empty: tuple[tuple[str, int], ...]

    @property
    def tables_found(self) -> int:
        """Printed tables, understood or not."""
        return len(self.tables) + len(self.tables_not_understood)

    @property
    def tables_understood(self) -> int:
        """Tables whose kind is understood."""
        return sum(table.kind_understood for table in self.tables)


def tables_read(opened: Opened) -> tuple[TableRead, ...]:
    """The tables of a document one by one."""
    return tuple(_table(sheet, opened.standard) for sheet in opened.disclosure.sheets)


def reading_of(opened: Opened) -> Reading:
    """Everything about the reading of a document; tests its relations."""
    disclosure, standard = opened.disclosure, opened.standard
    tables = tables_read(opened)
    cells = [cell for sheet in disclosure.sheets for cell in sheet.cells.values() if _printed(cell)]
    sources = [cell.source for sheet in disclosure.sheets for cell in (*sheet.cells.values(), *sheet.words.values())]
    confidence = [s.confidence for s in sources if s is not None and s.confidence is not None]
    strays = Counter(
        stray.kind
        for stray in (*disclosure.strays, *(s for sheet in disclosure.sheets for s in sheet.strays))
        if stray.kind != "unknown_table" and not stray.kind.startswith("doubt_")
    )
    return Reading(
        tables, tuple(stray.text for stray in disclosure.strays if stray.kind == "unknown_table"),
        len(cells), sum(t.figures for t in tables), sum(t.understood for t in tables), _relations(opened),
        dict(sorted(strays.items())), tuple(d for m in opened.materials for d in m.doubts),
        len(confidence), sum(c < UNSURE for c in confidence),
        () if standard.forms else _apart(opened),
        sum(len(m.pages) for m in opened.materials), tuple(_empty(opened.materials)),
    )  # fmt: skip


def _table(sheet: Sheet, standard: Standard) -> TableRead:
    figures = [cell for cell in sheet.cells.values() if cell.amount is not None]
    declared = sheet.form is not None and sheet.form in standard.forms
    lost = Counter("/".join(sheet.columns[c.column].labels[-2:]) for c in figures if c.point is None)
    known = sum(cell.point is not None for cell in figures)
    meant = any(cell.point is not None for cell in sheet.cells.values()) or any(c.point for c in sheet.columns)
    return TableRead(
        sheet.form, sheet.title, sheet.scale.unit, bool(sheet.unit_label), sheet.pages, len(sheet.rows),
        len(sheet.columns), len(figures), known, declared or meant, tuple(lost),
    )  # fmt: skip


def _printed(cell: Cell) -> bool:
    return bool(cell.text.strip()) or cell.amount is not None


def _relations(opened: Opened) -> dict[str, int]:
    figures = Figures(opened.disclosure)
    relations = disclosure_relations(opened.disclosure, opened.standard, regimes_of(figures, opened.standard))
    tested = test_relations(figures, relations, opened.standard)
    tally = tested.tally()
    rounding = tally.get("rounding", 0)
    return {
        "tested": len(tested.outcomes), "held": tally.get("holds", 0),
        "failed": tally.get("fails", 0) + (rounding if tested.adds_up else 0),
        "rounding": 0 if tested.adds_up else rounding, "not_applicable": tally.get("not_applicable", 0),
        "cannot_tell": tally.get("cannot_tell", 0),
    }  # fmt: skip


def _apart(opened: Opened) -> tuple[tuple[str, str], ...]:
    sheets = opened.disclosure.sheets
    return tuple(
        (sheets[a].title, sheets[b].title) for a, b in agreement_of(opened.disclosure, opened.standard.space).apart
    )


def _empty(materials: Sequence[Material]) -> Iterator[tuple[str, int]]:
    for material in materials:
        filled = {item.source.page for item in material.items}
        yield from ((material.file, page) for page in range(1, len(material.pages) + 1) if page not in filled)


def doubt_text(doubt: Doubt, lang: str = "zh") -> str:
    """Where a doubt is and what its values say, without its kind: ``p.3: 12``."""
    values = dict(doubt.values)
    reason = values.get("reason")
    if isinstance(reason, str) and reason in catalogue():
        values["reason"] = _sentence(reason, lang, values)
    told = ", ".join(str(value) for value in values.values())
    place = f"p.{doubt.page}" if doubt.page else ""
    return ": ".join(part for part in (place, told) if part)


def _sentence(key: str, lang: str, values: Mapping[str, object]) -> str:
    try:
        return say(key, lang, {"file": values.get("member", ""), **values})
    except KeyError:
        return key


def doubt_message(doubt: Doubt, lang: str = "zh") -> str:
    """A doubt as a sentence; one of an unknown kind by its name."""
    return doubt_sentences([doubt], lang)[0]


def doubt_sentences(doubts: Sequence[Doubt], lang: str = "zh") -> list[str]:
    """Doubts as sentences, one for all of a kind."""
    texts: dict[str, list[str]] = {}
    for doubt in doubts:
        texts.setdefault(doubt.kind, []).append(doubt_text(doubt, lang))
    told = []
    for kind, several in texts.items():
        key = f"stray_doubt_{kind}"
        text = "; ".join(filter(None, several[:SHOWN])) + (" …" if len(several) > SHOWN else "")
        told.append(say(key, lang, {"text": text}) if key in catalogue() else f"{kind} {text}".strip())
    return told


def with_doubts(report: Report, opened: Opened, lang: str = "zh") -> Report:
    """The report with what the files' doubts say put into its findings on them."""
    waiting: dict[str, list[Doubt]] = {}
    for material in opened.materials:
        for doubt in material.doubts:
            waiting.setdefault(f"stray_doubt_{doubt.kind}", []).append(doubt)
    return replace(report, findings=tuple(_told(finding, waiting, lang) for finding in report.findings))


def _told(finding: Finding, waiting: Mapping[str, list[Doubt]], lang: str) -> Finding:
    doubts = waiting.get(finding.rule)
    if not doubts:
        return finding
    doubt = doubts.pop(0)
    return replace(finding, values={**finding.values, **doubt.values, "text": doubt_text(doubt, lang)})


def doubts_json(opened: Opened, lang: str) -> list[dict[str, Any]]:
    """The doubts of the files of a document."""
    return [
        {"file": m.file, "kind": d.kind, "page": d.page, "values": dict(d.values), "message": doubt_message(d, lang)}
        for m in opened.materials
        for d in m.doubts
    ]


def reading_json(reading: Reading) -> dict[str, Any]:
    """The reading report as part of ``yusuan.disclosure/1``."""
    return {
        "tables": {
            "found": reading.tables_found,
            "understood": reading.tables_understood,
            "not_understood": list(reading.tables_not_understood),
            "each": [_table_json(table) for table in reading.tables],
            "apart": [list(pair) for pair in reading.tables_apart],
        },
        "cells": {"printed": reading.cells, "figures": reading.figures, "understood": reading.understood},
        "relations": dict(reading.relations),
        "not_understood": dict(reading.strays),
        "recognised": {"cells": reading.recognised, "low_confidence": reading.low_confidence},
        "pages": {"count": reading.pages, "empty": [{"file": f, "page": p} for f, p in reading.pages_empty]},
    }


def _table_json(table: TableRead) -> dict[str, Any]:
    told = asdict(table)
    return {name: list(value) if isinstance(value, tuple) else value for name, value in told.items()}


def table_line(table: TableRead, lang: str) -> str:
    """One table in one line."""
    pages = page_range(table.pages)
    values = {
        "title": table.title or say("reading_untitled", lang),
        "page": say("reading_pages_of", lang, {"pages": pages}) if pages else "",
        "unit": table.unit + ("" if table.unit_printed else say("reading_unit_assumed", lang)),
        "rows": table.rows, "columns": table.columns, "figures": table.figures, "understood": table.understood,
        "share": share(table.understood, table.figures),
    }  # fmt: skip
    return say("reading_table", lang, values)


def page_range(pages: Sequence[int]) -> str:
    """Pages as people write them: 3, 5–7."""
    runs: list[list[int]] = []
    for page in sorted(set(pages)):
        if runs and page == runs[-1][-1] + 1:
            runs[-1][1:] = [page]
        else:
            runs.append([page])
    return ", ".join("–".join(map(str, run)) for run in runs)


def share(part: int, whole: int) -> str:
    """A share in percent, never rounded up to all."""
    return "–" if not whole else "100%" if part == whole else f"{min(99.9, 100 * part / whole):.1f}%"


def reading_lines(reading: Reading, lang: str) -> Iterator[str]:
    """The reading report in words."""
    relations = reading.relations
    yield say("reading_tables", lang, {"found": reading.tables_found, "understood": reading.tables_understood})
    for table in reading.tables:
        yield table_line(table, lang)
        if table.columns_not_understood:
            yield say("reading_columns_lost", lang, {"columns": _listed(table.columns_not_understood, lang)})
    for title in reading.tables_not_understood[:SHOWN]:
        yield say("reading_table_lost", lang, {"title": title})
    if (more := len(reading.tables_not_understood) - SHOWN) > 0:
        yield say("reading_more", lang, {"count": more})
    values = {"cells": reading.cells, "figures": reading.figures, "understood": reading.understood,
              "share": share(reading.understood, reading.figures)}  # fmt: skip
    yield say("reading_cells", lang, values)
    yield say("reading_relations", lang, relations)
    for first, second in reading.tables_apart[:SHOWN]:
        yield say("reading_apart", lang, {"first": first, "second": second})
    if reading.recognised:
        yield say("reading_recognised", lang, {"cells": reading.recognised, "unsure": reading.low_confidence})
    if reading.strays:
        told = [f"{_kind(kind, lang)} {count}" for kind, count in reading.strays.items()]
        yield say("reading_strays", lang, {"strays": _listed(told, lang)})
    for sentence in doubt_sentences(reading.doubts, lang):
        yield say("reading_doubt", lang, {"doubt": sentence})
    if reading.pages:
        several = len({file for file, _ in reading.pages_empty}) > 1
        empty = [f"{file} {page}" for file, page in reading.pages_empty] if several else []
        pages = _listed(empty, lang) if several else page_range([page for _, page in reading.pages_empty])
        key = "reading_pages" if reading.pages_empty else "reading_pages_all"
        yield say(key, lang, {"count": reading.pages, "empty": len(reading.pages_empty), "pages": pages})


def _kind(kind: str, lang: str) -> str:
    key = f"reading_stray_{kind}"
    return say(key, lang) if key in catalogue() else kind


def _listed(items: Sequence[str], lang: str) -> str:
    mark = "、" if lang == "zh" else ", "
    return mark.join(items[:SHOWN]) + ("…" if len(items) > SHOWN else "")
