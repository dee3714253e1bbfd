"""The workbook of a disclosure as an official would print it: cover, contents, one sheet a form, findings.

Every form fits one page width on A4, repeats its heads, and links back to the contents. The same disclosure gives the
same bytes; no text can start a formula. Where asked, printed totals are live sums of the cells they are the sums of.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import xlsxwriter

from yusuan.amount import Scale
from yusuan.finding import CellRef, Finding
from yusuan.forms import Standard
from yusuan.publish.fitting import WISHES, natural_widths
from yusuan.publish.layout import Box, Layout, lay_out_all
from yusuan.publish.output import deliver, plain, refuse_existing, risky
from yusuan.publish.sums import formulas as formulas_of
from yusuan.publish.sums import number_shown, sums_of
from yusuan.sheet import Disclosure
from yusuan.words import say

Message = Callable[[Finding, str], str]
"""Renders a finding in a language (zh, en)."""

SONG, HEI, KAI = "宋体", "黑体", "楷体"
LINE = 13.5
"""Height in points of one line of 10-point text."""

OPTIONS = {
    "in_memory": True, "strings_to_formulas": False, "strings_to_numbers": False, "strings_to_urls": False,
}  # fmt: skip

STYLES: Mapping[str, Mapping[str, object]] = {
    "label": {"font_name": SONG, "align": "right"},
    "title": {"font_name": HEI, "font_size": 16, "align": "center"},
    "filler": {"font_name": SONG, "align": "left"},
    "unit": {"font_name": SONG, "align": "right"},
    "head": {"font_name": SONG, "bold": True, "border": 1, "text_wrap": True, "align": "center", "bg_color": "#F2F2F2"},
    "stub": {"font_name": SONG, "border": 1, "text_wrap": True},
    "amount": {"font_name": SONG, "border": 1, "align": "right", "shrink": True},
    "text": {"font_name": SONG, "border": 1, "text_wrap": True, "align": "left"},
    "note": {"font_name": SONG, "text_wrap": True, "align": "left"},
    "cover": {"font_name": HEI, "font_size": 26, "align": "center", "text_wrap": True},
    "cover_label": {"font_name": SONG, "font_size": 16, "align": "right"},
    "cover_text": {"font_name": SONG, "font_size": 16, "align": "left", "text_wrap": True},
    "link": {"font_name": SONG, "font_color": "#1F4E9E", "align": "left"},
    "entry": {"font_name": SONG, "font_size": 12, "font_color": "#1F4E9E", "align": "left"},
    "entry_label": {"font_name": SONG, "font_size": 12, "align": "left"},
    "section": {"font_name": HEI, "font_size": 12, "align": "left"},
    "quiet": {"font_name": SONG, "font_size": 9, "font_color": "#7F7F7F", "align": "left"},
    "error": {"font_name": SONG, "border": 1, "align": "center", "font_color": "#9C0006", "bg_color": "#FFE3E3"},
    "warning": {"font_name": SONG, "border": 1, "align": "center", "font_color": "#7A5200", "bg_color": "#FFF3D1"},
    "info": {"font_name": SONG, "border": 1, "align": "center", "font_color": "#1F4E79", "bg_color": "#E3EEF9"},
}
"""Looks by kind of box; 10-point text centred vertically unless told otherwise."""

LIMITS: Mapping[str, tuple[float, float, float]] = {
    "part": (4.5, 4.5, 6), "agency": (9, 9, 12), "code": (10, 12, 16), "name": (16, 40, 52), "money": (8, 12, 20),
    "text": (9, 30, 44), "owner": (14, 30, 40), "blank": (8, 12, 16),
}  # fmt: skip
"""Column widths by role: least, most for its content alone, most when a table is stretched to the page."""

NARROW = 30.0
"""Names wrap at this width in a table that is wider than the page, so that its print stays legible."""

SMALL, SHORT, TIGHT = 0.8, 24, WISHES[2]
"""A table that would be printed smaller than this gets columns as narrow as those of the PDF, unless it has so many
rows that wrapped names would cost it a page."""

PAGE = {True: 88.0, False: 132.0}
"""Width of an A4 page (portrait, landscape) in characters at full size."""


def write_workbook(
    disclosure: Disclosure,
    standard: Standard | None,
    path: Path | str,
    *,
    findings: Sequence[Finding] = (),
    message: Message | None = None,
    lang: str = "zh",
    force: bool = False,
    formulas: bool = False,
) -> None:
    """Write the workbook to ``path``; raises ``InputError`` (file_exists) unless ``force``.

    ``message`` renders a finding in words; without it a finding is shown by the name of its rule. With ``formulas``
    a total that is exactly the sum of other printed cells of its sheet is written as that sum.
    """
    refuse_existing(Path(path), force=force)
    data = workbook_bytes(disclosure, standard, findings=findings, message=message, lang=lang, formulas=formulas)
    deliver(Path(path), data, force=force)


def workbook_bytes(
    disclosure: Disclosure,
    standard: Standard | None,
    *,
    findings: Sequence[Finding] = (),
    message: Message | None = None,
    lang: str = "zh",
    formulas: bool = False,
) -> bytes:
    """The workbook as bytes, its totals live sums with ``formulas``."""
    target = BytesIO()
    with xlsxwriter.Workbook(target, OPTIONS) as file:
        year = disclosure.fiscal_year or (standard.fiscal_year if standard is not None else 0) or 2000
        file.set_properties({"title": cover_title(disclosure, standard), "created": datetime(year, 1, 1)})
        layouts = lay_out_all(disclosure, standard)
        names = sheet_names(layouts)
        book = Book(file, lang)
        book.cover(disclosure, standard)
        book.contents(disclosure, standard, layouts, names)
        live = sums_of(disclosure, standard) if formulas else ({},) * len(layouts)
        for layout, name, sums in zip(layouts, names, live):
            book.form(layout, name, formulas_of(layout, sums))
        if findings:
            book.findings(findings, layouts, names, message or (lambda finding, _: finding.rule))
    return target.getvalue()


def cover_title(disclosure: Disclosure, standard: Standard | None) -> str:
    """The title of the whole set (2025年省级单位预算公开表)."""
    year = disclosure.fiscal_year if disclosure.fiscal_year is not None else ""
    if standard is not None:
        return standard.cover.format(year=year)
    return say("book_title", "zh", {"year": year})


def sheet_names(layouts: Sequence[Layout]) -> tuple[str, ...]:
    """A worksheet name for each layout: number and title, at most 31 characters, unique whatever the case."""
    taken = {say(key, "zh").casefold() for key in ("book_cover", "book_contents", "book_findings")}
    found = []
    for index, layout in enumerate(layouts, 1):
        plain = re.sub(r"[\[\]:*?/\\\x00-\x1f]", "", f"{layout.number or index} {layout.title}")
        name = stem = plain[:31].strip("' ")
        count = 1
        while name.casefold() in taken or not name:
            count += 1
            name = f"{stem[:27]}({count})"
        taken.add(name.casefold())
        found.append(name)
    return tuple(found)


@dataclass
class Book:
    """The workbook while it is written; formats are made once for each look that occurs."""

    file: Any
    lang: str
    known: dict[tuple[object, ...], Any] = field(default_factory=dict)

    def look(
        self, kind: str, align: str = "", level: int = 0, strong: bool = False, number: str = "", text: str = ""
    ) -> Any:
        """The format of a kind of box; an empty ``align`` keeps its own, and no ``text`` becomes a formula."""
        key = (kind, align, level, strong, number, risky(text))
        found = self.known.get(key)
        if found is None:
            settings: dict[str, object] = {"font_size": 10, "valign": "vcenter", **STYLES[kind]}
            settings |= {"align": align} if align else {}
            settings |= {"indent": level} if level else {}
            settings |= {"bold": True} if strong else {}
            settings |= {"num_format": number} if number else {}
            settings |= {"quote_prefix": True} if risky(text) else {}
            found = self.known[key] = self.file.add_format(settings)
        return found

    def sheet(self, name: str, *, portrait: bool) -> Any:
        """A new A4 worksheet that fits one page width."""
        made = self.file.add_worksheet(name)
        made.set_paper(9)
        if not portrait:
            made.set_landscape()
        made.fit_to_pages(1, 0)
        made.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.7)
        made.center_horizontally()
        made.hide_gridlines(2)
        return made

    def cover(self, disclosure: Disclosure, standard: Standard | None) -> None:
        """The cover: title of the set, code and name of the agency."""
        sheet = self.sheet(say("book_cover", "zh"), portrait=False)
        sheet.set_column(0, 0, 52)
        sheet.set_column(1, 1, 72)
        sheet.set_row(0, 150)
        sheet.set_row(1, 90)
        sheet.set_row(2, 60)
        sheet.merge_range(1, 0, 1, 1, cover_title(disclosure, standard), self.look("cover"))
        if disclosure.agency is not None:
            listed = (("book_agency_code", disclosure.agency.code), ("book_agency_name", disclosure.agency.name))
            for row, (key, text) in enumerate(listed, 3):
                sheet.set_row(row, 42)
                sheet.write_string(row, 0, say(key, "zh"), self.look("cover_label"))
                sheet.write_string(row, 1, plain(text), self.look("cover_text", text=text))
        sheet.print_area(0, 0, 6, 1)

    def contents(
        self, disclosure: Disclosure, standard: Standard | None, layouts: Sequence[Layout], names: Sequence[str]
    ) -> None:
        """The contents: a link to every form; a form without figures says so."""
        sheet = self.sheet(say("book_contents", "zh"), portrait=True)
        sheet.set_column(0, 0, 6)
        sheet.set_column(1, 1, 14)
        sheet.set_column(2, 2, 84)
        sheet.set_row(0, 36)
        title = say("book_contents_title", "zh", {"title": cover_title(disclosure, standard)})
        sheet.merge_range(0, 0, 0, 2, title, self.look("title"))
        if standard is not None and standard.contents:
            sheet.set_row(1, 26)
            sheet.merge_range(1, 0, 1, 2, standard.contents, self.look("section"))
        for row, (layout, name) in enumerate(zip(layouts, names), 2):
            sheet.set_row(row, 21)
            sheet.write_number(row, 0, row - 1, self.look("entry_label", "center"))
            sheet.write_string(row, 1, plain(layout.label), self.look("entry_label", text=layout.label))
            sheet.write_url(
                row, 2, link_to(name), self.look("entry", text=layout.title), string=plain(layout.title or name)
            )
        sheet.print_area(0, 0, len(layouts) + 1, 2)

    def form(self, layout: Layout, name: str, live: Mapping[tuple[int, int], str]) -> None:
        """One form. The first row holds the way back and is not printed; the grid begins below it."""
        sheet = self.sheet(name, portrait=layout.portrait)
        widths = column_widths(layout)
        for column, width in enumerate(widths):
            sheet.set_column(column, column, width)
        for row, height in enumerate(row_heights(layout, widths), 1):
            sheet.set_row(row, height)
        sheet.write_url(0, 0, link_to(say("book_contents", "zh")), self.look("link"), string=say("book_back", "zh"))
        for box in layout.boxes:
            self.box(sheet, box, layout.scale, live.get((box.row, box.column), ""))
        bottom = max(layout.body.stop, layout.notes.stop)
        sheet.print_area(1, 0, bottom, max(0, len(widths) - 1))
        sheet.repeat_rows(1, layout.head.stop)
        sheet.freeze_panes(layout.head.stop + 1, layout.stubs if layout.stubs > 1 else 0)
        sheet.set_footer(f'&C&"{SONG}"&9' + say("book_footer", "zh"))

    def box(self, sheet: Any, box: Box, scale: Scale, live: str = "") -> None:
        """One box of a form; an amount as the number that prints or its ``live`` sum, everything else as text."""
        row, column, text = box.row + 1, box.column, plain(box.text)
        if box.kind == "amount":
            number = number_shown(text) if box.amount is not None else ""
            shape = self.look("amount", "", 0, box.strong, number or number_format(scale), "" if number else text)
            if not box.text:
                sheet.write_blank(row, column, None, shape)
            elif box.amount is None or not number:
                sheet.write_string(row, column, text, shape)
            elif live:
                sheet.write_formula(row, column, live, shape, box.amount / scale.fen)
            else:
                sheet.write_number(row, column, box.amount / scale.fen, shape)
            return
        shape = self.look(box.kind, box.align, box.level, box.strong, text=text)
        if box.width > 1 or box.height > 1:
            sheet.merge_range(row, column, row + box.height - 1, column + box.width - 1, text, shape)
        elif box.text:
            sheet.write_string(row, column, text, shape)
        else:
            sheet.write_blank(row, column, None, shape)

    def findings(
        self, findings: Sequence[Finding], layouts: Sequence[Layout], names: Sequence[str], message: Message
    ) -> None:
        """The last sheet: what the check found, each with a link to its first cell."""
        sheet = self.sheet(say("book_findings", "zh"), portrait=False)
        scale = layouts[0].scale if layouts else Scale()
        keys = ("number", "severity", "form", "place", "message", "actual", "expected", "basis")
        widths = (6, 8, 24, 34, 58, 13, 13, 26)
        sheet.set_row(0, 36)
        sheet.merge_range(0, 0, 0, len(keys) - 1, say("book_findings", self.lang), self.look("title"))
        sheet.set_row(1, 22)
        for column, (key, width) in enumerate(zip(keys, widths)):
            sheet.set_column(column, column, width)
            label = say(f"book_finding_{key}", self.lang, {"unit": scale.unit})
            sheet.write_string(1, column, label, self.look("head"))
        for row, finding in enumerate(findings, 2):
            cells = [place_words(cell) for cell in finding.cells]
            home = home_of(finding, layouts, names)
            told = (home or finding.form or "", "\n".join(cells), message(finding, self.lang), finding.basis)
            texts = tuple(map(plain, told))
            sheet.set_row(row, max(18, 5 + LINE * max(lines(t, w) for t, w in zip(texts, (24, 34, 58, 26)))))
            sheet.write_number(row, 0, row - 1, self.look("text", "center"))
            sheet.write_string(row, 1, say(f"severity_{finding.severity}", self.lang), self.look(finding.severity))
            self.linked(sheet, row, texts[0], cell_link(finding, layouts, names) or (link_to(home) if home else None))
            sheet.write_string(row, 3, texts[1], self.look("text", text=texts[1]))
            sheet.write_string(row, 4, texts[2], self.look("text", text=texts[2]))
            self.amount(sheet, row, 5, finding.actual, scale)
            self.amount(sheet, row, 6, finding.expected, scale)
            sheet.write_string(row, 7, texts[3], self.look("text", text=texts[3]))
        sheet.freeze_panes(2, 0)
        sheet.repeat_rows(1)
        sheet.print_area(0, 0, len(findings) + 1, len(keys) - 1)

    def linked(self, sheet: Any, row: int, text: str, link: str | None) -> None:
        """The form of a finding, as a link when its cell stands on a sheet."""
        if link is None:
            sheet.write_string(row, 2, text, self.look("text", text=text))
        else:
            sheet.write_url(row, 2, link, self.look("text", text=text), string=text or "→")

    def amount(self, sheet: Any, row: int, column: int, amount: int | None, scale: Scale) -> None:
        """An amount of a finding."""
        shape = self.look("amount", "", 0, False, number_format(scale))
        if amount is None:
            sheet.write_blank(row, column, None, shape)
        else:
            sheet.write_number(row, column, amount / scale.fen, shape)


def home_of(finding: Finding, layouts: Sequence[Layout], names: Sequence[str]) -> str | None:
    """Name of the sheet a finding is about: that of its form, else of its first cell."""
    places = [cell.place[0] for cell in finding.cells if cell.place is not None]
    numbered = [i for i, layout in enumerate(layouts) if layout.number is not None and layout.number == finding.form]
    return next((names[i] for i in (*numbered, *places) if 0 <= i < len(names)), None)


def place_words(cell: CellRef) -> str:
    """Row and column of a cell in words (206 科学技术支出 / 基本支出-小计)."""
    row = " ".join(filter(None, (cell.row_code, cell.row_name)))
    return " / ".join(filter(None, (cell.title, row, "-".join(cell.column))))


def cell_link(finding: Finding, layouts: Sequence[Layout], names: Sequence[str]) -> str | None:
    """Internal link to the first cell of a finding that stands on a sheet."""
    for cell in finding.cells:
        if cell.place is None or not 0 <= cell.place[0] < len(layouts):
            continue
        index, *place = cell.place
        for box in layouts[index].boxes:
            if box.kind == "amount" and box.place == tuple(place):
                a1 = xlsxwriter.utility.xl_rowcol_to_cell(box.row + 1, box.column)
                return link_to(names[index], a1)
    return None


def link_to(name: str, a1: str = "A1") -> str:
    """Internal link to a cell of a worksheet."""
    quoted = name.replace("'", "''")
    return f"internal:'{quoted}'!{a1}"


def number_format(scale: Scale) -> str:
    """Number format of amounts: as many decimals as the form prints, no thousands separator."""
    return "0." + "0" * scale.decimals if scale.decimals else "0"


def measure(text: str) -> int:
    """Width of a text in half-width characters: GBK gives two bytes to exactly the full-width ones."""
    return len(text.encode("gbk", "replace"))


def lines(text: str, width: float) -> int:
    """Lines that a text takes in a column ``width`` digits of the default font wide (a digit is a little wider)."""
    room = max(2, int(width * 1.04))
    return sum(max(1, -(-measure(piece) // room)) for piece in text.split("\n")) if text else 1


def column_widths(layout: Layout) -> list[float]:
    """Column widths from content within the limits of each role, stretched towards the page when there is room."""
    needs = [LIMITS[role][0] for role in layout.roles]
    for box in layout.boxes:
        if box.row < layout.head.start or box.width > 1 or box.kind == "note" or not box.text:
            continue
        most = LIMITS[layout.roles[box.column]][1]
        needs[box.column] = max(needs[box.column], min(most, wish(box)))
    room = PAGE[layout.portrait] / sum(needs) if needs else 1
    pairs = list(zip(layout.roles, needs))
    if room < SMALL and len(layout.body) <= SHORT:
        # an em is two half-width characters
        return [2 * em for em in natural_widths(layout, TIGHT)]
    if room <= 1:
        return [max(NARROW, need * room) if role == "name" and need > NARROW else need for role, need in pairs]
    return [min(max(need, LIMITS[role][2]), need * room) for role, need in pairs]


def wish(box: Box) -> float:
    """Width that a box would like: figures and stubs on one line, heads on about three, texts on about eight."""
    size = measure(box.text)
    if box.kind == "head":
        return size / 3 + 2
    if box.kind == "text":
        return size / 8 + 4
    return size + 2 + 2 * box.level


def row_heights(layout: Layout, widths: Sequence[float]) -> Iterator[float]:
    """Height of every row from the first: enough for the wrapped lines of its boxes, at most what a sheet allows."""
    count = max(layout.body.stop, layout.notes.stop)
    found = [18.0] * count
    found[:3] = [15.0, 33.0, 18.0]
    for row in layout.head:
        found[row] = 20.0
    ends = [sum(widths[:i]) for i in range(len(widths) + 1)]
    for box in layout.boxes:
        if box.row < layout.head.start or not box.text or box.kind == "amount":
            continue
        width = ends[box.column + box.width] - ends[box.column] - 2 * box.level
        count = lines(box.text, width)
        if count == 1:
            continue
        need = 5 + LINE * count
        last = box.row + box.height - 1
        have = sum(found[box.row : last])
        found[last] = min(409.0, max(found[last], need - have))
    yield from found
