"""A printed layout fitted to a page: paper, size of type, widths of columns and air between rows, from the words.

The PDF and the document for word processors take the same columns.
Widths are reckoned in em: a Chinese character is one, a capital three quarters. Columns are first given what they
like; where that makes the type small, heads and names wrap on more lines and empty columns shrink.
"""

from __future__ import annotations

import re
from math import ceil, sqrt
from typing import Any, NamedTuple
from unicodedata import east_asian_width

from yusuan.publish.layout import Box, Layout

A4, A3 = (841.9, 595.3), (1190.6, 841.9)
"""Landscape (width, height) in points."""

MARGIN = 40.0
"""Points at the left and right of a form."""

ABOVE, AROUND = 62.0, 92.0
"""Points that label, title and unit take above a table, and the margins at the top and bottom."""

LARGEST, READABLE, SMALLEST, TINIEST = 10.5, 9.0, 7.2, 5.2
"""Sizes of type in points: columns narrow to reach the readable one, a larger paper is taken below the smallest."""

SMALL = 0.56
"""Em of a small letter or digit in the type of the PDF."""

PADDING = 0.7
"""Em of a column that its text does not get."""

LEADING = 0.35
MOST_LINES = 5
"""Lines on which a head is set at most, where its column alone decides."""

AIR = (5.0, 4.2, 3.4, 2.8, 2.2)
"""Points above and below the text of a row, most first."""


_WHOLE = re.compile(r"[^\s\u2e80-\uffef]{1,17}")
"""What is not broken: figures, words and the marks that stand with them; longer ones break anywhere."""


class Wish(NamedTuple):
    """How wide columns may be in em: heads and names before they wrap, an empty column, the longest text, and texts by
    the root of their length."""

    head: float
    name: float
    empty: float
    text: float
    root: float


WISHES = (
    Wish(4, 17, 2.4, 22, 1.25), Wish(3, 12, 2.2, 18, 1.05), Wish(3, 8.2, 2, 16, 0.95), Wish(2, 8.2, 2, 14, 0.85),
)  # fmt: skip
"""From roomy to tight."""


class Page(NamedTuple):
    """A way to print a form: paper, size of type, widths of columns in em that fill the room together, air."""

    paper: tuple[float, float]
    size: float
    widths: tuple[float, ...]
    air: float


def ems(text: str, small: float = SMALL) -> float:
    """Width of a text on one line, small letters and digits as wide as given."""
    return sum(1.0 if east_asian_width(sign) in "WFA" else 0.74 if sign.isupper() else small for sign in text)


def fitted(layout: Layout) -> dict[str, Any]:
    """A form as the typesetter's template reads it; boxes are counted from its first head row."""
    paper, size, widths, air = page_of(layout)
    above = {box.kind: box.text for box in layout.boxes if box.kind in ("filler", "unit")}
    heads = boxes_of(layout, layout.head) or [Box("head", "", 0, 0, 1, len(widths))]
    half = (paper[1] - AROUND) / 2 / size
    broken = {row for row, height in enumerate(_lines(layout, widths)) if height > half}
    return {
        "label": layout.label, "title": layout.title, "filler": above.get("filler", ""), "unit": above.get("unit", ""),
        "page": paper, "margin": MARGIN, "size": round(size, 2), "pad": air,
        "columns": [round(width, 3) for width in widths],
        "head": [_cell(box, measure_of(box, widths), whole=True) for box in heads],
        "body": [_cell(box, 0, whole=box.row not in broken) for box in boxes_of(layout, layout.body)],
        "notes": [box.text for box in layout.boxes if box.kind == "note" and box.text],
        "top": layout.head.start,
    }  # fmt: skip


def page_of(layout: Layout) -> Page:
    """The roomiest columns with type of a readable size, else the largest type; a form of many rows keeps its names on
    one line where it then takes one page. The larger paper is for what is too small otherwise."""
    turned = layout.portrait or len(layout.roles) <= 2
    papers = ((A4[1], A4[0]), A4, A3) if turned else (A4, A3)
    for paper in papers:
        ways = ways_of(layout, paper[0] - 2 * MARGIN)
        if ways[0][0] >= SMALLEST:
            break
    tried = [Page(paper, max(TINIEST, size), widths, 0) for size, widths in ways]
    fitting = (found for page in tried if (found := _aired(layout, page)) is not None)
    return next(fitting, tried[0]._replace(air=AIR[2]))


Way = tuple[float, tuple[float, ...]]
"""Size of type in points, and the columns in em that fill the room."""


def ways_of(layout: Layout, room: float, small: float = SMALL) -> tuple[Way, ...]:
    """The best way to print a form in so many points, then that with everything on as few lines as possible, unless it
    is too small."""
    tried = [_sized(natural_widths(layout, wish, small), room) for wish in WISHES]
    best = next((way for way in tried if way[0] >= READABLE), max(tried, key=lambda way: way[0]))
    return (best, tried[0]) if tried[0][0] >= SMALLEST else (best,)


def _sized(widths: list[float], room: float) -> Way:
    size = min(LARGEST, room / sum(widths))
    share = room / size / sum(widths)
    return size, tuple(width * share for width in widths)


def _aired(layout: Layout, page: Page) -> Page | None:
    """With as much air as one page allows, in slightly smaller type where that saves a second page; None where nothing
    does."""
    room = page.paper[1] - AROUND - ABOVE - 18 * len(layout.notes)
    for share in (1.0, 0.97, 0.94, 0.91, 0.88):
        widths = tuple(width / share for width in page.widths)
        height = page.size * share * sum(_lines(layout, widths))
        for air in AIR:
            if height + 2 * air * (layout.body.stop - layout.head.start) <= room:
                return Page(page.paper, page.size * share, widths, air)
    return None


def _lines(layout: Layout, widths: tuple[float, ...]) -> list[float]:
    """Em that the text of each row takes, merged cells counted where they end."""
    rows = [0.0] * max(0, layout.body.stop - layout.head.start)
    for box in (*boxes_of(layout, layout.head), *boxes_of(layout, layout.body)):
        width, room = ems(box.text), max(1.0, _room(box, widths) - box.level)
        lines = 1 if width <= room else ceil(width / int(room))
        last = min(len(rows), box.row + box.height) - 1
        rows[last] = max(rows[last], lines + LEADING * (lines - 1) - sum(rows[box.row : last]))
    return rows


def boxes_of(layout: Layout, rows: range) -> list[Box]:
    """The boxes that begin in these rows, rows counted from the first head row."""
    start = layout.head.start
    found = [box._replace(row=box.row - start) for box in layout.boxes if box.row in rows]
    return sorted(found, key=lambda box: (box.row, box.column))


def _room(box: Box, widths: tuple[float, ...]) -> float:
    return sum(widths[box.column : box.column + box.width]) - PADDING


def measure_of(box: Box, widths: tuple[float, ...]) -> float:
    """Em on which a head wraps into lines of like length; zero where it stands on one."""
    width, room = ems(box.text), _room(box, widths)
    return 0 if width <= room or room < 1 else min(room, ceil(width / ceil(width / int(room))) + 0.05)


def _cell(box: Box, measure: float, *, whole: bool) -> dict[str, Any]:
    """``whole``: whether the row of the box stands on one page."""
    return {
        "x": box.column, "y": box.row, "w": box.width, "h": box.height, "align": box.align, "indent": box.level,
        "strong": box.strong or box.kind == "head", "text": box.text, "measure": round(measure, 2),
        "whole": whole,
    }  # fmt: skip


def natural_widths(layout: Layout, wish: Wish = WISHES[0], small: float = SMALL) -> list[float]:
    """What each column asks for, in em: figures on one line, names on few, long texts by the root of their length."""
    widths = [wish.empty + PADDING] * max(1, len(layout.roles))
    for box in (*boxes_of(layout, layout.head), *boxes_of(layout, layout.body)):
        if box.width > 1 or not box.text:
            continue
        width = ems(box.text, small)
        if box.kind == "head":
            wanted = max(_even(width, wish.head), float(ceil(width / MOST_LINES)))
        elif box.kind == "amount" or layout.roles[box.column] in ("code", "agency", "part"):
            wanted = min(width, 20.0)
        elif box.kind == "text":
            wanted = min(wish.text, max(3.0, wish.root * sqrt(width)))
        else:
            wanted = _even(width, wish.name) + box.level
        whole = max((ems(word, small) for word in _WHOLE.findall(box.text)), default=0.0)
        widths[box.column] = max(widths[box.column], max(wanted, whole) + PADDING)
    return widths


def _even(width: float, most: float) -> float:
    """The width of lines of like length, none wider than ``most``."""
    return width if width <= most else float(ceil(width / ceil(width / most)))
