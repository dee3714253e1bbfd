"""A comparison as a page that stands alone, and as a workbook whose changes are live formulas.

Both draw sections: heading, labels of columns, rows. Amounts are whole 分 (any ``int``); all else is text.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from importlib.resources import files
from typing import Any

import jinja2
import xlsxwriter

from yusuan.amount import Scale
from yusuan.publish.output import plain
from yusuan.words import say

Section = tuple[str, list[str], list[list[Any]]]

UNIT = Scale("万元", 2)
PER_UNIT = 1_000_000
"""分 in 万元."""


def difference_page(title: str, sides: Sequence[str], sections: Sequence[Section], lang: str) -> bytes:
    """The comparison as one HTML file without scripts or links; text is escaped."""
    environment = jinja2.Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    template = environment.from_string(
        (files("yusuan") / "publish" / "difference.html.jinja").read_text(encoding="utf-8")
    )
    shown = [
        {
            "heading": heading, "labels": list(zip(labels, (_shown(cell)["amount"] for cell in rows[0]))),
            "rows": [[_shown(cell) for cell in row] for row in rows],
        }
        for heading, labels, rows in sections
    ]  # fmt: skip
    page = template.render(
        title=plain(title), sides=[plain(side) for side in sides], sections=shown, note=say("diff_note", lang),
        nothing=say("diff_nothing", lang), lang="zh-CN" if lang == "zh" else "en",
    )  # fmt: skip
    return page.encode("utf-8", "backslashreplace")


def _shown(cell: Any) -> dict[str, Any]:
    if isinstance(cell, int):
        return {"text": UNIT.format(cell), "amount": True, "down": cell < 0}
    return {"text": "—" if cell is None else plain(str(cell)), "amount": cell is None or str(cell).endswith("%"),
            "down": False}  # fmt: skip


def difference_workbook(title: str, sides: Sequence[str], sections: Sequence[Section], lang: str) -> bytes:
    """The comparison as a workbook, a sheet a section; text never becomes a formula, link or number."""
    stream = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(stream, options) as book:
        book.set_properties({"title": title})
        styles = {
            "title": book.add_format({"bold": True, "font_size": 14}),
            "head": book.add_format({"bold": True, "bottom": 1, "text_wrap": True}),
            "text": book.add_format({"text_wrap": True, "valign": "top"}),
            "amount": book.add_format({"num_format": "#,##0.00", "valign": "top"}),
        }
        first = book.add_worksheet(say("diff_title", lang, {"kind": ""})[:20].strip("：: ") or "diff")
        first.write_string(0, 0, title, styles["title"])
        for row, line in enumerate((*sides, say("diff_note", lang)), 2):
            first.write_string(row, 0, plain(line), styles["text"])
        first.set_column(0, 0, 100)
        for number, section in enumerate(sections, 1):
            _sheet(book.add_worksheet(f"{number}"), section, styles)
    return stream.getvalue()


def _sheet(sheet: Any, section: Section, styles: Any) -> None:
    heading, labels, rows = section
    sheet.write_string(0, 0, heading, styles["title"])
    for column, label in enumerate(labels):
        sheet.write_string(2, column, label, styles["head"])
        sheet.set_column(column, column, 16 if rows and isinstance(rows[0][column], int) else 30)
    for r, row in enumerate(rows, 3):
        for c, cell in enumerate(row):
            if not isinstance(cell, int):
                sheet.write_string(r, c, plain("" if cell is None else str(cell)), styles["text"])
            elif c >= 2 and all(isinstance(row[c - n], int) for n in (1, 2)) and row[c - 1] - row[c - 2] == cell:
                formula = f"={_address(r, c - 1)}-{_address(r, c - 2)}"
                sheet.write_formula(r, c, formula, styles["amount"], cell / PER_UNIT)
            else:
                sheet.write_number(r, c, cell / PER_UNIT, styles["amount"])
    sheet.freeze_panes(3, 0)


def _address(row: int, column: int) -> str:
    return f"{chr(ord('A') + column)}{row + 1}"
