"""The compiled explanation as it is published: held to the figures by the grammar that reads other people's
explanations, and as the paragraphs that every artefact has to give back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from yusuan.chapters import Explanation, Passage
from yusuan.check.document import ORDER
from yusuan.check.opened import Printed, with_explanation
from yusuan.check.prose import prose_findings
from yusuan.finding import CellRef, Finding, Report
from yusuan.read.grid import Line
from yusuan.read.prose import read_prose
from yusuan.sheet import Disclosure, Source
from yusuan.words import say


def held_to_figures(report: Report, disclosure: Disclosure, explanation: Explanation) -> Report:
    """The report with what the grammar finds in the explanation. What still waits for the preparer's words is one
    warning of its own: it is marked as open wherever it is printed."""
    if not explanation.chapters:
        return report
    told = [*_told(explanation)]
    lines = [Line(text, Source("", line=n), heading=int(passage is None)) for n, (text, passage) in enumerate(told)]
    found = with_explanation(report, disclosure, read_prose(lines))
    found = _own_words(found, disclosure, explanation)
    waiting = {n for n, (_, passage) in enumerate(told) if passage is not None and passage.kind == "open"}
    kept = [f for f in found.findings if not _all_at(f, waiting)]
    if waiting:
        asked = [told[n][0] for n in sorted(waiting)]
        values = {"count": len(asked), "asked": asked}
        kept.append(Finding("explanation_open", "warning", "cannot_tell", (), values))
    return replace(found, findings=tuple(sorted(kept, key=lambda finding: ORDER[finding.severity])))


def copied(explanation: Explanation, before: Mapping[str, Any]) -> Finding | None:
    """A warning where the preparer's own words are those of last year's release (its record), sentence for sentence."""
    former = {str(each["text"]) for each in before["prose"] if each.get("own")}
    same = {
        p.key: None for chapter in explanation.all() for p in chapter.passages
        if p.kind == "own" and len(p.text) >= TOLD and p.text in former
    }  # fmt: skip
    return Finding("explanation_copied", "warning", "cannot_tell", (), {"keys": [*same]}) if same else None


TOLD = 10
"""Characters from which words say something of a year."""

NEUTRAL = ("prose_table", "prose_table_unit")
"""What the preparer's own words are held to wherever they stand: the figures of the tables."""


def _own_words(report: Report, disclosure: Disclosure, explanation: Explanation) -> Report:
    """The report with what the preparer's own words say of the agency in chapters that are not about its money."""
    own = [p.text for chapter in explanation.all() for p in chapter.passages if p.kind == "own"]
    texts = [explanation.title, say("release_neutral_chapter", "zh"), *own]
    lines = [Line(text, Source("", line=-n), heading=int(n < 2)) for n, text in enumerate(texts)]
    known = {finding.values.get("figure") for finding in report.findings}
    more = [
        finding
        for finding in prose_findings(read_prose(lines), Printed.of(disclosure))
        if finding.rule in NEUTRAL and finding.values.get("figure") not in known
    ]
    return replace(report, findings=(*more, *report.findings))


def _told(explanation: Explanation) -> Iterator[tuple[str, Passage | None]]:
    """Everything that is printed in its order: text and passage, ``None`` for a title."""
    yield explanation.title, None
    for chapter in explanation.all():
        yield f"{chapter.number}{chapter.title}", None
        yield from ((passage.text, passage) for passage in chapter.passages)


def _all_at(finding: Finding, lines: set[int]) -> bool:
    def line(cell: CellRef) -> int | None:
        return cell.source.line if cell.source is not None and not cell.source.file else None

    return bool(finding.cells) and all(line(cell) in lines for cell in finding.cells)


def explanation_record(explanation: Explanation) -> list[dict[str, Any]]:
    """The explanation as a record holds it: a heading or paragraph each, with the titles above it; the title of the
    whole is the affair of each format."""
    found: list[dict[str, Any]] = []
    path: list[str] = []
    for chapter in explanation.all():
        path = [*path[: chapter.level - 1], chapter.title]
        found.append({"kind": "heading", "text": f"{chapter.number}{chapter.title}", "path": [*path]})
        found += [
            {"kind": "body", "text": passage.text, "path": [*path], "key": passage.key,
             "open": passage.kind == "open", "own": passage.kind == "own"}
            for passage in chapter.passages
        ]  # fmt: skip
    return found
