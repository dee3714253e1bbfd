"""The explanation (说明) of a disclosure: lines to chapters of paragraphs, paragraphs to statements."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from yusuan.prose import Comparison, Figure, Paragraph, Prose, Statement
from yusuan.read.grid import Line
from yusuan.read.prose.chapters import place_paragraphs
from yusuan.read.prose.paragraphs import join_lines
from yusuan.read.prose.statements import read_statements
from yusuan.read.prose.titles import whole_of

__all__ = ["prose_json", "read_prose"]


def read_prose(lines: Iterable[Line]) -> Prose:
    """The explanation in the lines of a document; nothing is thrown away, furniture and labels are marked."""
    paragraphs, entries = place_paragraphs(join_lines(lines))
    agency, year, kind, scope = whole_of(paragraphs)
    statements = read_statements(paragraphs, agency, kind, year)
    return Prose(tuple(paragraphs), tuple(statements), tuple(entries), agency, year, kind, scope)


def prose_json(prose: Prose) -> list[dict[str, object]]:
    """The paragraphs in the published schema, each with its statements; money in 分, all else in ten-thousandths."""
    made: list[dict[str, object]] = []
    stated: dict[int, list[tuple[int, Statement]]] = defaultdict(list)
    for index, statement in enumerate(prose.statements):
        stated[statement.paragraph].append((index, statement))
    for number, paragraph in enumerate(prose.paragraphs):
        entry: dict[str, object] = {
            "kind": paragraph.kind,
            "text": paragraph.text,
            "path": list(paragraph.path),
            "page": paragraph.page,
            "lines": [source.as_json() for source in paragraph.sources],
        }
        if number in stated:
            entry["statements"] = [_statement_json(i, s, paragraph) for i, s in stated[number]]
        made.append(entry)
    return made


def _figure_json(figure: Figure | None) -> dict[str, object] | None:
    if figure is None:
        return None
    return {"text": figure.text, "amount": figure.amount, "quantum": figure.quantum, "unit": figure.unit}


def _statement_json(number: int, statement: Statement, paragraph: Paragraph) -> dict[str, object]:
    return {
        "number": number,
        "subject": statement.subject,
        "point": statement.point.as_json() if statement.point is not None else None,
        "topic": statement.topic or None,
        "account": statement.account,
        "side": statement.side or None,
        "year": statement.year,
        "figure": _figure_json(statement.figure),
        "comparisons": [_comparison_json(c) for c in statement.comparisons],
        "share": _figure_json(statement.share),
        "completion": _figure_json(statement.completion),
        "part_of": statement.whole,
        "text": paragraph.text[statement.start : statement.end],
        "lines": [source.as_json() for source in paragraph.lines(statement.start, statement.end)],
    }


def _comparison_json(comparison: Comparison) -> dict[str, object]:
    return {
        "direction": comparison.direction,
        "against": comparison.against,
        "change": _figure_json(comparison.change),
        "percent": _figure_json(comparison.percent),
        "base": _figure_json(comparison.base),
    }
