"""A printed layout fitted to a page: paper, size of type and widths of columns, from the words that stand in them.

Widths are reckoned in em: a Chinese character is one, a Latin letter or digit 0.56.
"""

from __future__ import annotations

from math import sqrt
from typing import Any
from unicodedata import east_asian_width

from yusuan.publish.layout import Box, Layout

A4, A3 = (841.9, 595.3), (1190.6, 841.9)
"""Landscape (width, height) in points."""

MARGIN = 40.0
LARGEST, SMALLEST = 10.0, 6.8
"""Sizes of type in points; below the smallest a larger paper is taken."""

TINIEST = 5.2
PADDING = 0.9
NAME_AT_MOST = 17.0
TEXT_AT_MOST = 22.0


def ems(text: str) -> float:
    """Width of a text on one line."""
    return sum(1.0 if east_asian_width(sign) in "WF" else 0.56 for sign in text)


def fitted(layout: Layout) -> dict[str, Any]:
    """A form as the typesetter's template reads it; boxes are counted from its first head row."""
    widths = natural_widths(layout)
    whole = sum(widths)
    portrait = layout.portrait or len(widths) <= 2
    page = (A4[1], A4[0]) if portrait else A4
    size = min(LARGEST, (page[0] - 2 * MARGIN) / whole)
    if size < SMALLEST:
        page = A4 if portrait else A3
        size = min(LARGEST, (page[0] - 2 * MARGIN) / whole)
    if size < SMALLEST and page is A4:
        page = A3
        size = min(LARGEST, (page[0] - 2 * MARGIN) / whole)
    above = {box.kind: box.text for box in layout.boxes if box.kind in ("filler", "unit")}
    top, rows = layout.head.start, len(layout.body)
    dense = rows > 24
    return {
        "label": layout.label, "title": layout.title, "filler": above.get("filler", ""), "unit": above.get("unit", ""),
        "page": page, "margin": MARGIN, "size": round(max(TINIEST, size), 2), "pad": 2.2 if dense else 3.4,
        "columns": [round(width, 3) for width in widths],
        "head": [_cell(box, 0) for box in boxes_of(layout, layout.head)] or [_blank(len(widths))],
        "body": [_cell(box, 0) for box in boxes_of(layout, layout.body)],
        "notes": [box.text for box in layout.boxes if box.kind == "note" and box.text],
    } | {"top": top}  # fmt: skip


def boxes_of(layout: Layout, rows: range) -> list[Box]:
    """The boxes that begin in these rows, rows counted from the first head row."""
    start = layout.head.start
    found = [box._replace(row=box.row - start) for box in layout.boxes if box.row in rows]
    return sorted(found, key=lambda box: (box.row, box.column))


def _cell(box: Box, _: int) -> dict[str, Any]:
    return {
        "x": box.column, "y": box.row, "w": box.width, "h": box.height, "align": box.align, "indent": box.level,
        "strong": box.strong or box.kind == "head", "text": box.text,
    }  # fmt: skip


def _blank(width: int) -> dict[str, Any]:
    return _cell(Box("head", "", 0, 0, 1, max(1, width)), 0)


def natural_widths(layout: Layout) -> list[float]:
    """What each column asks for, in em: figures on one line, names on few, long texts by the root of their length."""
    widths = [2.4 + PADDING] * max(1, len(layout.roles))
    texts = [0.0] * len(widths)
    for box in (*boxes_of(layout, layout.head), *boxes_of(layout, layout.body)):
        if box.width > 1:
            continue
        width = ems(box.text)
        if box.kind == "head":
            wanted = max(2.0, min(width, 4.0) if width > 4 else width / (2 if width > 2 else 1))
        elif box.kind == "amount":
            wanted = width
        elif box.kind == "text":
            texts[box.column] = max(texts[box.column], width)
            wanted = min(TEXT_AT_MOST, max(3.0, 1.25 * sqrt(width)))
        elif layout.roles[box.column] in ("name", "owner"):
            wanted = min(NAME_AT_MOST, width) + box.level
        else:
            wanted = min(NAME_AT_MOST, width)
        widths[box.column] = max(widths[box.column], wanted + PADDING)
    return widths
