"""How a finding on the explanation names its place: chapter, page, the words as printed."""

from __future__ import annotations

from yusuan.amount import FEN, Scale
from yusuan.finding import CellRef, Finding, Severity, Verdict
from yusuan.prose import FINE, Figure, Prose, Statement

QUOTED = 90
"""Characters of a quotation."""


def quote(text: str, start: int, end: int) -> str:
    """The sentence around the characters ``start`` to ``end``, cut to what a message can hold."""
    left = max(text.rfind("。", 0, start) + 1, start - QUOTED // 2)
    stop = text.find("。", max(end - 1, start))
    right = min(len(text) if stop < 0 else stop + 1, max(end, left + QUOTED))
    return ("…" if left and text[left - 1] != "。" else "") + text[left:right] + ("…" if right < len(text) else "")


def place_of(prose: Prose, number: int, start: int = 0, end: int | None = None, *, subject: str = "") -> CellRef:
    """The words of a paragraph as findings name places."""
    paragraph = prose.paragraphs[number]
    stop = len(paragraph.text) if end is None else end
    source = paragraph.lines(start, stop)[0] if paragraph.sources else None
    chapter = paragraph.path[-1] if paragraph.path else ""
    words = quote(paragraph.text, start, stop)
    return CellRef(None, "说明", "", subject, (chapter,) if chapter else (), words, None, source)


def statement_place(prose: Prose, statement: Statement) -> CellRef:
    """Where a statement stands; its comparison is quoted with it."""
    end = max([statement.end, *(c.end for c in statement.comparisons)])
    cell = place_of(prose, statement.paragraph, statement.start, end, subject=statement.subject)
    amount = statement.figure.amount if statement.figure is not None and statement.figure.money else None
    return CellRef(None, cell.title, "", cell.row_name, cell.column, cell.text, amount, cell.source)


def told(
    rule: str, severity: Severity, cells: list[CellRef], verdict: Verdict = "fails", /, **values: object
) -> Finding:
    """A finding whose message gets the page, the chapter and the quotation of its first place.

    Text recognised from a picture may be misread: what it contradicts is a warning that nobody can sign yet.
    """
    first = cells[0]
    if any(cell.source is not None and cell.source.confidence is not None for cell in cells) and severity == "error":
        severity, verdict = "warning", "cannot_tell"
    page = first.source.page if first.source is not None else None
    shown = {
        "page": page if page is not None else "—",
        "chapter": first.column[0] if first.column else "",
        "quote": first.text,
        **values,
    }
    return Finding(rule, severity, verdict, tuple(cells), shown)


def money(amount: int, like: Figure) -> str:
    """An amount (分) printed in the unit and with the decimals of a figure, two at least for 万元."""
    decimals = max(_decimals(like), 2 if FEN[like.unit] > FEN["元"] else 0)
    return f"{Scale(like.unit, decimals).format(amount)}{like.unit}"


def percent(value: int, like: Figure) -> str:
    """A percentage (ten-thousandths) with the decimals of a figure."""
    decimals = _decimals(like)
    step = FINE // int(10**decimals)
    steps = (abs(value) + step // 2) // step
    sign = "-" if value < 0 and steps else ""
    whole, part = divmod(steps, int(10**decimals))
    return f"{sign}{whole}.{part:0{decimals}d}%" if decimals else f"{sign}{whole}%"


def _decimals(figure: Figure) -> int:
    digits = "".join(c for c in figure.text if c.isdigit() or c == ".")
    return len(digits.partition(".")[2])
