"""A form as a table of a document: merged heads that repeat, figures to the right, type small enough for the page."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from yusuan.publish.docx_xml import attribute, run
from yusuan.publish.fitting import Way, measure_of, ways_of
from yusuan.publish.layout import Box, Layout
from yusuan.publish.workbook import measure

SMALLEST = 5.5
"""Points of the type of a form."""

PAD = 60
"""Twips between a rule and its text at the left and right."""

_TOKENS = re.compile(r"[!-~]+|[（【《“].|.", re.DOTALL)
_HANGING = frozenset("，。、；：！？）】》”")

WIDEST = 0.66
"""Em of a digit in the widest type that stands in where the reader lacks ours."""

RULE = 10
"""Twips of the rule under a row."""

LEADING = 1.25
"""Height of a line to the size of its type."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """How a form fits its page: size of type in points, width of each column and least height of each row from the
    first of the head, both in twips."""

    layout: Layout
    size: float
    widths: tuple[int, ...]
    heights: tuple[int, ...]


def fit(layout: Layout, width: int, height: int) -> Fitted:
    """Fit a form to the room of a page in twips: the largest type whose columns fit, smaller or closer rows where that
    brings the form onto one page."""
    tried = [_fitted(layout, way, width, height) for way in ways_of(layout, width / 20, WIDEST)]
    room = height - RULE * (layout.body.stop - layout.head.start)
    return next((found for found in tried if sum(found.heights) <= room), tried[0])


def _fitted(layout: Layout, way: Way, width: int, height: int) -> Fitted:
    wished, columns = way
    size = max(SMALLEST, int(wished * 2) / 2)
    widths = [int(column * width / sum(columns)) for column in columns]
    widths[-1] += width - sum(widths)
    tall = _heights(layout, widths, size, 440)
    height -= RULE * len(tall)
    tried = size
    while sum(tall) > height and tried >= max(SMALLEST, size - 3):
        low = _heights(layout, widths, tried, int(tried * 20 * LEADING) + 50)
        if sum(low) <= height:
            spare = min(120, (height - sum(low)) // max(1, len(low)))
            return Fitted(layout, tried, tuple(widths), tuple(row + spare for row in low))
        tried -= 0.5
    return Fitted(layout, size, tuple(widths), tuple(tall))


def lines_of(text: str, size: float, width: int) -> int:
    """Lines that a text takes in so many twips."""
    each = max(2, int(width / (size * 10)))
    return sum(max(1, -(-measure(line) // each)) for line in text.split("\n")) if text else 1


def wrapped(text: str, size: float, width: int) -> int:
    """Lines of running text: words and figures stay whole, a mark at the end of a line hangs, and east-asian text
    stands a little apart from other."""
    room = width / (size * 10)
    lines, used, before = 1, 0.0, False
    for token in _TOKENS.findall(text):
        latin = token[0] < "\x7f"
        need = measure(token) + 0.5 * (used > 0 and latin != before)
        before = latin
        if used + need > room and token not in _HANGING:
            more = max(1, -(-need // room))
            lines, used = lines + int(more), need - (more - 1) * room
        else:
            used += need
    return lines


def _heights(layout: Layout, widths: Sequence[int], size: float, least: int) -> list[int]:
    rows = range(layout.head.start, layout.body.stop)
    found = [least] * len(rows)
    for box in layout.boxes:
        if box.row not in rows or not box.text or box.kind == "amount":
            continue
        width = sum(widths[box.column : box.column + box.width]) - 2 * PAD - _indent(box, size)
        need = int(lines_of(box.text, size, width) * size * 20 * LEADING) + 60
        last = box.row + box.height - 1 - rows.start
        above = sum(found[box.row - rows.start : last])
        found[last] = max(found[last], need - above)
    return found


def _indent(box: Box, size: float) -> int:
    return int(box.level * size * 20) if box.align == "left" else 0


def _around(box: Box, fitted: Fitted) -> tuple[int, int]:
    """Twips at both sides of a head by which it wraps into lines of like length."""
    em = fitted.size * 20
    measure = measure_of(box, tuple(width / em for width in fitted.widths))
    room = sum(fitted.widths[box.column : box.column + box.width]) - 2 * PAD
    side = int((room - (measure + 0.15) * em) / 2) if measure else 0
    return max(0, side), max(0, side)


def table(fitted: Fitted, page: int) -> str:
    """The table of a form; ``page`` is the room of a page in twips, and a row that takes most of it may break."""
    layout = fitted.layout
    grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in fitted.widths)
    title = attribute(layout.title)
    rules = "".join(
        f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="000000"/>'
        for side in ("top", "left", "bottom", "right", "insideH", "insideV")
    )
    margins = "".join(
        f'<w:{side} w:w="{width}" w:type="dxa"/>'
        for side, width in (("top", 25), ("left", PAD), ("bottom", 25), ("right", PAD))
    )
    properties = (
        f'<w:tblW w:w="{sum(fitted.widths)}" w:type="dxa"/><w:jc w:val="center"/><w:tblBorders>{rules}</w:tblBorders>'
        f'<w:tblLayout w:type="fixed"/><w:tblCellMar>{margins}</w:tblCellMar>'
        f'<w:tblLook w:val="0020" w:firstRow="1"/><w:tblCaption w:val={title}/>'
    )
    rows = "".join(_rows(fitted, page))
    return f"<w:tbl><w:tblPr>{properties}</w:tblPr><w:tblGrid>{grid}</w:tblGrid>{rows}</w:tbl>"


def _rows(fitted: Fitted, page: int) -> Iterator[str]:
    layout = fitted.layout
    width = len(fitted.widths)
    owner: dict[tuple[int, int], Box] = {}
    for box in layout.boxes:
        for row in range(box.row, box.row + box.height):
            for column in range(box.column, min(width, box.column + box.width)):
                owner[row, column] = box
    for row, height in zip(range(layout.head.start, layout.body.stop), fitted.heights):
        cells = []
        column = 0
        while column < width:
            box = owner.get((row, column)) or Box("stub", "", row, column)
            cells.append(_cell(box, row, fitted))
            column = max(column, box.column) + box.width
        head = "<w:tblHeader/>" if row in layout.head else ""
        whole = f'<w:cantSplit/><w:trHeight w:val="{height}" w:hRule="atLeast"/>' if height < page // 2 else ""
        yield f"<w:tr><w:trPr>{whole}{head}</w:trPr>{''.join(cells)}</w:tr>"


def _cell(box: Box, row: int, fitted: Fitted) -> str:
    span = f'<w:gridSpan w:val="{box.width}"/>' if box.width > 1 else ""
    merge = ""
    if box.height > 1:
        merge = '<w:vMerge w:val="restart"/>' if row == box.row else "<w:vMerge/>"
    shade = '<w:shd w:val="clear" w:color="auto" w:fill="F2F2F2"/>' if box.kind == "head" else ""
    total = sum(fitted.widths[box.column : box.column + box.width])
    text = box.text if row == box.row else ""
    align = "right" if box.kind == "amount" else "center" if box.kind == "head" else box.align
    left, right = (_indent(box, fitted.size), 0) if box.kind != "head" else _around(box, fitted)
    indent = f'<w:ind w:left="{left}" w:right="{right}"/>' if left or right else ""
    half = int(fitted.size * 2)
    bold = "<w:b/>" if box.strong or box.kind == "head" else ""
    look = f'{bold}<w:sz w:val="{half}"/><w:szCs w:val="{half}"/>'
    line = f'<w:spacing w:line="{int(fitted.size * 20 * LEADING)}" w:lineRule="exact"/>'
    inner = run(text, look) if text else ""
    paragraph = (
        f'<w:p><w:pPr><w:pStyle w:val="FormCell"/>{line}{indent}<w:jc w:val="{align}"/>'
        f"<w:rPr>{look}</w:rPr></w:pPr>{inner}</w:p>"
    )
    return (
        f'<w:tc><w:tcPr><w:tcW w:w="{total}" w:type="dxa"/>{span}{merge}{shade}<w:vAlign w:val="center"/></w:tcPr>'
        f"{paragraph}</w:tc>"
    )
