"""The empty ledger workbook: headings that explain themselves, lists to choose from, and a page of help.

A finance clerk fills in this workbook and nothing else. Every sheet shows one example row, marked and grey, that
reading passes over.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from yusuan.axes import Space
from yusuan.ledgerbook import CODED_AXES, choices, example_mark, heading, tables
from yusuan.publish.ledger import width_of, write_head
from yusuan.publish.output import deliver, refuse_existing
from yusuan.words import catalogue, say

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.worksheet import Worksheet

LISTED: tuple[str, ...] = (
    *CODED_AXES, "fund_type_code", "vintage", "kind", "pro_type", "regime", "axis",
)  # fmt: skip
"""Columns with a list to choose from."""

LAST_ROW = 5_000
"""Last row that offers lists."""

LONGEST_COMMENT = 600


@dataclass(frozen=True)
class Draft:
    """The workbook being written: its styles, and where the list of each column stands."""

    book: Workbook
    styles: Mapping[str, object]
    lists: dict[str, str] = field(default_factory=dict)


def write_template(path: Path, space: Space, *, force: bool = False) -> None:
    """Write an empty ledger workbook for the code trees of ``space``; refuses to overwrite unless ``force``."""
    refuse_existing(path, force=force)
    deliver(path, template_bytes(space), force=force)


def template_bytes(space: Space) -> bytes:
    """The empty ledger workbook."""
    from xlsxwriter import Workbook

    stream = io.BytesIO()
    book = Workbook(stream, {"strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"created": datetime(2025, 1, 1), "title": say("ledger_help_title", "zh")})
    grey = {"italic": True, "font_color": "#7F7F7F", "bg_color": "#F2F2F2"}
    draft = Draft(book, {
        "example": book.add_format({**grey, "num_format": "@"}),
        "text": book.add_format({"num_format": "@"}),
        "money": book.add_format({"num_format": "#,##0.00"}),
        "title": book.add_format({"bold": True, "font_size": 14}),
        "bold": book.add_format({"bold": True, "valign": "top"}),
        "wrap": book.add_format({"text_wrap": True, "valign": "top"}),
    })  # fmt: skip
    sheets = {key: book.add_worksheet(form.sheet) for key, form in tables().items()}
    _write_help(draft, book.add_worksheet(say("ledger_sheet_help", "zh")))
    _write_lists(draft, book.add_worksheet(say("ledger_sheet_lists", "zh")), space)
    for key, sheet in sheets.items():
        _write_table(draft, sheet, key)
    sheets["agencies"].activate()
    book.close()
    return stream.getvalue()


def _write_lists(draft: Draft, sheet: Worksheet, space: Space) -> None:
    """The hidden sheet that the drop-downs draw on."""
    name = say("ledger_sheet_lists", "zh")
    for c, column in enumerate(LISTED):
        words = choices(column, space)
        sheet.write_string(0, c, heading(column))
        for r, word in enumerate(words, 1):
            sheet.write_string(r, c, word)
        letter = chr(ord("A") + c)
        draft.lists[column] = f"='{name}'!${letter}$2:${letter}${len(words) + 1}"
    sheet.hide()


def _write_table(draft: Draft, sheet: Worksheet, key: str) -> None:
    columns = tables()[key].columns
    write_head(draft.book, sheet, columns)
    for c, column in enumerate(columns):
        style = draft.styles["money" if column == "amount" else "text"]
        sheet.set_column(c, c, width_of(column), style)
        hint = hint_of(key, column)
        if hint:
            sheet.write_comment(0, c, hint, {"x_scale": 2.2, "y_scale": 1.2})
        sheet.write_string(1, c, example_of(key, column, c), draft.styles["example"])
        if column in LISTED:
            sheet.data_validation(2, c, LAST_ROW - 1, c, _validation(column, draft.lists[column]))


def _validation(column: str, source: str) -> dict[str, object]:
    """A list to choose from; a code outside the list is asked about, a word outside it refused."""
    coded = column in CODED_AXES
    return {
        "validate": "list", "source": source, "ignore_blank": True,
        "error_type": "warning" if coded else "stop",
        "error_title": say("ledger_choose_title", "zh"),
        "error_message": say("ledger_choose_code" if coded else "ledger_choose_word", "zh"),
    }  # fmt: skip


def hint_of(key: str, column: str) -> str:
    """What a heading's comment says: the hint for this column of this table, or for this column anywhere."""
    for name in (f"ledger_hint_{key}_{column}", f"ledger_hint_{column}"):
        if name in catalogue():
            return say(name, "zh")[:LONGEST_COMMENT]
    return ""


def example_of(key: str, column: str, place: int) -> str:
    """The example row's cell; the first one marks the row."""
    if place == 0:
        return example_mark()
    for name in (f"ledger_example_{key}_{column}", f"ledger_example_{column}"):
        if name in catalogue():
            return say(name, "zh")
    return ""


def _write_help(draft: Draft, sheet: Worksheet) -> None:
    sheet.set_column(0, 0, 30)
    sheet.set_column(1, 1, 96)
    sheet.write_string(0, 0, say("ledger_help_title", "zh"), draft.styles["title"])
    row = 2
    for topic in help_topics():
        title, _, body = topic.partition("|")
        sheet.write_string(row, 0, title, draft.styles["bold"])
        sheet.write_string(row, 1, body, draft.styles["wrap"])
        row += 1
    for key, form in tables().items():
        row += 1
        sheet.write_string(row, 0, form.sheet, draft.styles["bold"])
        for column in form.columns:
            row = _help_line(draft, sheet, row + 1, (column, hint_of(key, column), column in form.required))
    sheet.freeze_panes(1, 0)


def _help_line(draft: Draft, sheet: Worksheet, row: int, line: tuple[str, str, bool]) -> int:
    column, hint, required = line
    words: Sequence[str] = (say("ledger_help_required", "zh") if required else "", hint, f"[{column}]")
    sheet.write_string(row, 0, f"  {heading(column)}")
    sheet.write_string(row, 1, " ".join(filter(None, words)), draft.styles["wrap"])
    return row


def help_topics() -> list[str]:
    """Topics of the help sheet, each a title and a text."""
    keys = sorted(key for key in catalogue() if key.startswith("ledger_topic_"))
    return [say(key, "zh") for key in keys]
