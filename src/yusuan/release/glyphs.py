"""Characters that the fonts of the PDF have no picture for: told as a finding, with where they stand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from yusuan.finding import Finding
from yusuan.publish.pdf import GETA, missing_glyphs
from yusuan.release.edition import Edition
from yusuan.words import say


def with_glyphs(edition: Edition) -> Edition:
    """The edition with a warning when its PDF cannot show a character of it."""
    printed = [*printed_texts(edition)]
    lacking = missing_glyphs(text for _, text in printed)
    if not lacking:
        return edition
    where = dict.fromkeys(place for place, text in printed if not set(lacking).isdisjoint(text))
    shown = [f"{sign}（U+{ord(sign):04X}）" for sign in lacking]
    values = {"count": len(lacking), "signs": shown, "mark": GETA, "where": [*where]}
    found = Finding("glyph_missing", "warning", "fails", (), values)
    findings = edition.report.findings
    first = next((n for n, each in enumerate(findings) if each.severity == "info"), len(findings))
    told = (*findings[:first], found, *findings[first:])
    return replace(edition, report=replace(edition.report, findings=told))


def printed_texts(edition: Edition) -> Iterator[tuple[str, str]]:
    """Everything that the disclosure and its explanation print: where, and the words."""
    yield "", edition.agency[1]
    for sheet in edition.disclosure.sheets:
        yield sheet.title, "".join((sheet.title, sheet.agency_name, *sheet.notes))
        yield sheet.title, "".join(label for column in (*sheet.columns, *sheet.texts) for label in column.labels)
        for row in sheet.rows:
            yield f"{sheet.title} {row.name}".strip(), "".join((row.code, row.name, *row.labels))
        for (r, _), cell in (*sheet.cells.items(), *sheet.words.items()):
            yield f"{sheet.title} {sheet.rows[r].name}".strip(), cell.text
    explanation = say("release_explanation", "zh")
    for chapter in edition.explanation.all():
        yield explanation, chapter.title
        yield from ((explanation, passage.text) for passage in chapter.passages)
