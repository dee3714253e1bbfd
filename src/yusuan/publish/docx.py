"""The disclosure as a document for word processors: cover, contents, explanation, forms as real tables.

Heads are real headings and the contents a real field that shows its entries at once. No macros, no links to outside;
the same disclosure gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from io import BytesIO
from itertools import groupby
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from docx import Document

from yusuan.chapters import Chapter, Explanation
from yusuan.forms import Standard
from yusuan.publish.docx_styles import LINE, SIZE, font_table, settings, styles
from yusuan.publish.docx_table import Fitted, fit, lines_of, table, wrapped
from yusuan.publish.docx_xml import anchor, bookmarked, clean, element, mark, opening, paragraph, run, simple_field
from yusuan.publish.layout import Layout, lay_out_all
from yusuan.publish.output import deliver, refuse_existing
from yusuan.publish.workbook import cover_title
from yusuan.sheet import Disclosure
from yusuan.words import say

CONTENTS = 'TOC \\o "1-2" \\h \\z \\u'
DEEPEST = 2
"""Levels of headings that the contents list."""

UNUSED = ("thumbnail", "stylesWithEffects", "customXml", "numbering", "webSettings")
"""Relations of the library's blank document that are left out."""

PARTS = {"/word/styles.xml": styles, "/word/fontTable.xml": font_table, "/word/settings.xml": settings}

APPLICATION = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<Properties xmlns='
    '"http://schemas.openxmlformats.org/officeDocument/2006/extended-properties"><Application>yusuan</Application>'
    "</Properties>"
)


@dataclass(frozen=True, slots=True)
class Paper:
    """A page and its margins in twips."""

    width: int
    height: int
    top: int
    right: int
    bottom: int
    left: int

    @property
    def room(self) -> tuple[int, int]:
        """Width and height between the margins."""
        return self.width - self.left - self.right, self.height - self.top - self.bottom


TEXT = Paper(11906, 16838, 2098, 1417, 1984, 1474)
UPRIGHT = Paper(11906, 16838, 1134, 964, 1134, 964)
WIDE = Paper(16838, 11906, 1021, 850, 1021, 850)
ABOVE = 1260
"""Twips that label, title and unit of a form take above its table."""


def write_docx(
    disclosure: Disclosure,
    standard: Standard | None,
    explanation: Explanation | None,
    path: Path | str,
    *,
    lang: str = "zh",
    date: str | None = None,
    forms: bool = True,
    force: bool = False,
) -> None:
    """Write the document to ``path``; raises ``InputError`` (file_exists) unless ``force``."""
    refuse_existing(Path(path), force=force)
    deliver(Path(path), docx_bytes(disclosure, standard, explanation, lang=lang, date=date, forms=forms), force=force)


def docx_bytes(
    disclosure: Disclosure,
    standard: Standard | None,
    explanation: Explanation | None,
    *,
    lang: str = "zh",
    date: str | None = None,
    version: int = 1,
    forms: bool = True,
) -> bytes:
    """The document as bytes. ``date`` is the day of publication (2025-02-10, or words) for the cover, which names a
    ``version`` after the first; ``lang`` is the language of the contents' own heads, the disclosure keeps its Chinese.
    """
    document = Document()
    file = Writing(disclosure, standard, lang, _footer(document))
    explanation = explanation if explanation is not None and explanation.chapters else None
    if explanation is not None:
        file.explanation(explanation)
    if forms:
        title = explanation.parts[1] if explanation is not None and explanation.parts else ""
        file.forms(lay_out_all(disclosure, standard), apart=explanation is not None, title=title)
    body = document.element.body
    for child in list(body):
        body.remove(child)
    for xml in (*file.front(date, version), *file.finished()):
        body.append(element(xml))
    _properties(document, disclosure, cover_title(disclosure, standard), date, lang)
    return _packed(document)


def _footer(document: Any) -> str:
    """Make the footer with the page number; its relation."""
    footer = document.sections[0].footer
    footer.is_linked_to_previous = False
    for child in list(footer._element):
        footer._element.remove(child)
    footer._element.append(element(paragraph(run("— ") + simple_field("PAGE", "1") + run(" —"), "Footer")))
    found = document.sections[0]._sectPr.footerReference_lst[0]
    return str(found.rId)


@dataclass
class Writing:
    """The document while it is written: blocks of the body in order and the entries of the contents with their pages.

    ``page`` and ``used`` estimate where the text stands: the page, and the twips of it that are taken.
    """

    disclosure: Disclosure
    standard: Standard | None
    lang: str
    footer: str
    blocks: list[str] = field(default_factory=list)
    entries: list[tuple[int, str, int]] = field(default_factory=list)
    page: int = 1
    used: int = 0
    last: str = ""

    def section(self, paper: Paper, *, numbered: bool = True, first: bool = False) -> str:
        """Properties of a section that begins on a new page."""
        footer = f'<w:footerReference w:type="default" r:id="{self.footer}"/>' if numbered else ""
        turned = ' w:orient="landscape"' if paper.width > paper.height else ""
        start = '<w:pgNumType w:start="1"/>' if first else ""
        return (
            '<w:sectPr xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">'
            f'{footer}<w:type w:val="nextPage"/><w:pgSz w:w="{paper.width}" w:h="{paper.height}"{turned}/>'
            f'<w:pgMar w:top="{paper.top}" w:right="{paper.right}" w:bottom="{paper.bottom}" w:left="{paper.left}" '
            f'w:header="567" w:footer="{min(800, paper.bottom - 480)}" w:gutter="0"/>{start}</w:sectPr>'
        )

    def close(self, section: str) -> None:
        """End the section before this point."""
        self.last = section
        self.blocks.append(paragraph("", "SectionEnd", section))

    def finished(self) -> list[str]:
        """All blocks, the last section's properties at the end of the body."""
        if not self.blocks:
            return [self.section(TEXT, numbered=False)]
        return [*self.blocks[:-1], paragraph("", "SectionEnd"), self.last]

    def front(self, date: str | None, version: int) -> Iterator[str]:
        """Cover and contents."""
        agency = self.disclosure.agency
        yield paragraph(run(cover_title(self.disclosure, self.standard)), "Title")
        if agency is not None:
            for key, text in (("book_agency_code", agency.code), ("book_agency_name", agency.name)):
                if text:
                    yield paragraph(run(say(key, "zh") + text), "CoverLine")
        told = [_day_words(date)] if date else []
        told += [say("document_version", "zh", {"number": version})] if version > 1 else []
        for number, text in enumerate(told):
            yield paragraph(run(text), "CoverLine", '' if number else '<w:spacing w:before="3600"/>')
        if self.entries:
            yield self.contents()
            yield paragraph("", "SectionEnd", self.section(TEXT, numbered=False))

    def contents(self) -> str:
        """The contents as a field in the frame by which word processors offer to update it."""
        lines = []
        for i, (level, text, page) in enumerate(self.entries, 1):
            inner = run(f"{text}\t") + simple_field(f"PAGEREF {anchor(i)} \\h", str(page))
            linked = f'<w:hyperlink w:anchor="{anchor(i)}" w:history="1">{inner}</w:hyperlink>'
            start = opening(CONTENTS) if i == 1 else ""
            end = mark("end") if i == len(self.entries) else ""
            lines.append(paragraph(start + linked + end, f"TOC{level}"))
        return (
            '<w:sdt><w:sdtPr><w:docPartObj><w:docPartGallery w:val="Table of Contents"/><w:docPartUnique/>'
            f"</w:docPartObj></w:sdtPr><w:sdtContent>{paragraph(run(say('docx_contents', self.lang)), 'TOCHeading')}"
            f"{''.join(lines)}</w:sdtContent></w:sdt>"
        )

    def heading(self, text: str, level: int, style: str = "", look: str = "", label: str = "") -> None:
        """A heading that the contents list after its label, on the page where the text stands."""
        text = " ".join(clean(text).split("\n"))
        inner = run(text)
        if level <= DEEPEST:
            self.entries.append((level, f"{clean(label)}　{text}" if label else text, self.page))
            inner = bookmarked(inner, len(self.entries))
        self.blocks.append(paragraph(inner, style or f"Heading{min(level, 6)}", look))

    def take(self, lines: int, following: int = 0) -> None:
        """Place lines of running text, with so many more on the page of the last."""
        room = TEXT.room[1]
        if self.used and following and self.used + (lines + following) * LINE > room:
            self.page, self.used = self.page + 1, 0
        for _ in range(lines):
            if self.used + LINE > room:
                self.page, self.used = self.page + 1, 0
            self.used += LINE

    def explanation(self, explanation: Explanation) -> None:
        """The explanation with its chapters; what waits for words is marked."""
        title = explanation.parts[0] if explanation.parts else explanation.title
        self.heading(title or say("docx_explanation", "zh"), 1)
        self.used = 760 * wrapped(title, 22, TEXT.room[0]) + 400
        for chapter in explanation.chapters:
            self.chapter(chapter)
        self.close(self.section(TEXT, first=True))
        self.page, self.used = self.page + 1, 0

    def chapter(self, chapter: Chapter) -> None:
        """A chapter, its passages, the chapters below it."""
        title = f"{chapter.number}{chapter.title}"
        self.take(_lines(title), following=1)
        self.heading(title, chapter.level + 1)
        for passage in chapter.passages:
            for text in filter(None, passage.text.split("\n")):
                self.take(_lines(text))
                look = '<w:rStyle w:val="OpenPassage"/><w:highlight w:val="yellow"/>' if passage.kind == "open" else ""
                self.blocks.append(paragraph(run(text, look), "BodyText"))
        for inner in chapter.chapters:
            self.chapter(inner)

    def forms(self, layouts: tuple[Layout, ...], *, apart: bool, title: str = "") -> None:
        """Every form from a new page; pages lie across where the form is wide; ``title`` stands on a page before."""
        if apart and layouts:
            key = "docx_forms" if self.disclosure.kind == "budget" else "docx_forms_accounts"
            self.heading(title or say(key, "zh"), 1, look='<w:spacing w:before="4200"/>')
            self.close(self.section(TEXT))
            self.page += 1
        begun = apart
        for portrait, group in groupby(layouts, key=lambda layout: layout.portrait):
            paper = UPRIGHT if portrait else WIDE
            width, height = paper.room
            for i, layout in enumerate(group):
                self.form(fit(layout, width, height - ABOVE - 280 * len(layout.notes) - 200), paper, fresh=i == 0)
            self.close(self.section(paper, first=not begun))
            begun = True

    def form(self, fitted: Fitted, paper: Paper, *, fresh: bool) -> None:
        """One form: label, title, who fills it in, unit, table, notes."""
        layout = fitted.layout
        above = {box.kind: box.text for box in layout.boxes if box.row < layout.head.start}
        width, height = paper.room
        begin = "" if fresh else "<w:pageBreakBefore/>"
        self.blocks.append(paragraph(run(above.get("label", "")), "FormLabel", begin))
        self.heading(layout.title, 2, "FormTitle", label=layout.label)
        tab = f'<w:tabs><w:tab w:val="right" w:pos="{width}"/></w:tabs>'
        line = f"{_flat(above.get('filler', ''))}\t{_flat(above.get('unit', ''))}"
        self.blocks.append(paragraph(run(line), "FormLine", tab))
        if fitted.widths and fitted.heights:
            self.blocks.append(table(fitted, height))
        notes = [box for box in layout.boxes if box.kind == "note"]
        self.blocks.extend(paragraph(run(box.text), "FormNote") for box in notes)
        below = sum(280 * lines_of(box.text, 10, width) + 40 for box in notes) + 20
        self.page += _pages(fitted, height, below)


def _flat(text: str) -> str:
    return " ".join(text.split())


def _lines(text: str) -> int:
    """Lines of a paragraph of running text, its first indented by two characters."""
    return wrapped("　　" + clean(text), SIZE / 20, TEXT.room[0])


def _pages(fitted: Fitted, height: int, below: int) -> int:
    """Pages that a form takes: rows stay whole where they can, heads repeat, notes follow."""
    depth = len(fitted.layout.head)
    head = sum(fitted.heights[:depth])
    pages, used = 1, ABOVE + head
    for row in (*fitted.heights[depth:], below):
        if used + row > height and row < height // 2:
            pages, used = pages + 1, head
        used += row
        while used > height:
            pages, used = pages + 1, used - height + head
    return pages


def _day(date: str | None) -> datetime | None:
    try:
        return datetime.strptime(date, "%Y-%m-%d") if date else None
    except ValueError:
        return None


def _day_words(date: str) -> str:
    day = _day(date)
    return f"{day.year}年{day.month}月{day.day}日" if day is not None else date


def _properties(document: Any, disclosure: Disclosure, title: str, date: str | None, lang: str) -> None:
    """Properties of the document; its times come from the day of publication or the fiscal year."""
    day = _day(date) or datetime(disclosure.fiscal_year or 2000, 1, 1)
    agency = clean(disclosure.agency.name)[:255] if disclosure.agency is not None else ""
    found = document.core_properties
    found.title, found.author, found.last_modified_by = clean(title)[:255], agency, agency
    found.subject, found.comments, found.keywords = say("docx_subject", lang), "", ""
    found.language, found.revision = "zh-CN", 1
    found.created = found.modified = day


def _packed(document: Any) -> bytes:
    """The document with our own parts in place of the library's, in a package without times of its own."""
    package = document.part.package
    for relations in (package.rels, document.part.rels):
        for key, relation in list(relations.items()):
            if relation.reltype.rsplit("/", 1)[-1] in UNUSED:
                del relations[key]
    raw = BytesIO()
    document.save(raw)
    made = BytesIO()
    with ZipFile(raw) as source, ZipFile(made, "w", ZIP_DEFLATED) as target:
        for name in source.namelist():
            data = source.read(name)
            if f"/{name}" in PARTS:
                data = PARTS[f"/{name}"]()
            elif name == "docProps/app.xml":
                data = APPLICATION.encode("utf-8")
            info = ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            info.compress_type, info.create_system, info.external_attr = ZIP_DEFLATED, 0, 0
            target.writestr(info, data)
    return made.getvalue()
