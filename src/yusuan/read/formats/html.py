"""Web pages as grids and lines: tables with their spans, the text around them, menus left out where that can be told.

The page is only parsed: no script runs, no link, frame, style sheet or picture is followed. Tables that merely lay out
a page are entered; text that a program put at absolute places (PDF turned into HTML) is put back into rows.
"""

from __future__ import annotations

import codecs
import re
from pathlib import Path
from typing import Any

from lxml import etree
from lxml import html as lxml_html

from yusuan.read.formats.html_place import placed_items
from yusuan.read.formats.html_style import Styles, class_rules, points
from yusuan.read.formats.html_table import HtmlTable, is_layout
from yusuan.read.grid import Doubt, Grid, Line, Material, file_name
from yusuan.sheet import Source
from yusuan.words import InputError

_UNREAD = (
    "script style head title template noscript svg math canvas audio video map select option button input textarea "
    "datalist object embed applet iframe frame frameset link meta"
)
UNREAD = frozenset(_UNREAD.split())
"""Elements without text of the page."""
FRAMES = ("iframe", "frame", "object", "embed")
_BLOCKS = (
    "address article aside blockquote body caption center dd details dialog div dl dt fieldset figcaption figure "
    "footer form h1 h2 h3 h4 h5 h6 header hr html legend li main nav ol p pre section summary table tbody td tfoot th "
    "thead tr ul"
)
BLOCKS = frozenset(_BLOCKS.split())
LARGEST_PAGE, MOST_ELEMENTS = 32 << 20, 1_000_000
"""Bytes and elements of one page."""
DEEPEST = 250
"""Levels of elements; pages with many unclosed elements stay well below."""
ASIDE = frozenset(("nav", "footer", "aside"))
_ASIDE_NAME = re.compile(
    r"(?:^|[\s_-])(?:top|main|sub|site|page)?[_-]?(?:nav\w*|menu\w*|footer|foot|header|head|breadcrumbs?|crumbs?|"
    r"position|location|toolbar|sidebar|share|copyright|friendlinks?|flinks?\w*|pagination|pager)(?:[\s_-]|$)",
    re.IGNORECASE,
)
LINKED, LEAST_LINKS = 0.5, 3
"""Share of linked characters and number of links from which a part of a page is a menu."""
_META = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([\w-]{2,20})""", re.IGNORECASE)
_DECLARED = re.compile(r"^\s*<\?xml[^>]*\?>")
_BLANK = re.compile(r"[ \t\r\n\f]+")


def read_html(path: Path) -> Material:
    """What a web page holds, in reading order; raises ``InputError`` when it is too large or nested too deep."""
    file = file_name(path)
    if path.stat().st_size > LARGEST_PAGE:
        raise InputError("read_too_large", file=file, limit=f"{LARGEST_PAGE >> 20} MiB")
    made = Material(file, "html", [])
    root = _parsed(decode_page(path.read_bytes()), file)
    if root is not None:
        _Reader(made, root).read()
    return made


def decode_page(data: bytes) -> str:
    """The text of a page: by its mark, by what it declares, or as UTF-8 or GB18030, whichever fits."""
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"),
    ):  # fmt: skip
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, "replace")
    declared = _META.search(data[:8192])
    name = declared[1].decode("ascii", "replace").lower() if declared else "utf-8"
    if name in ("gb2312", "gbk", "gb_2312-80", "x-gbk", "hz-gb-2312"):
        name = "gb18030"
    for encoding in (name, "utf-8", "gb18030"):
        try:
            return data.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            continue
    try:
        return data.decode(name, "replace")
    except LookupError:
        return data.decode("gb18030", "replace")


def _parsed(text: str, file: str) -> Any:
    parser = lxml_html.HTMLParser(
        no_network=True, huge_tree=False, remove_comments=True, remove_pis=True, encoding="utf-8"
    )
    data = _DECLARED.sub("", text).replace("\0", "").encode("utf-8", "replace")
    try:
        root = lxml_html.document_fromstring(data, parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        root = None
    if root is None:
        return None
    depth = {root: 1}
    for element in root.iterdescendants():
        depth[element] = depth[element.getparent()] + 1
        if len(depth) > MOST_ELEMENTS:
            raise InputError("read_too_many_cells", file=file, limit=MOST_ELEMENTS)
    cut = any("xcessive depth" in entry.message for entry in parser.error_log)
    if cut or max(depth.values()) > DEEPEST:
        raise InputError("html_too_deep", file=file)
    return root


class _Reader:
    """One page on its way into the material."""

    def __init__(self, made: Material, root: Any) -> None:
        self.made, self.root = made, root
        sheets = "\n".join(element.text_content() for element in root.iter("style"))
        self.styles = Styles(class_rules(sheets))
        self.number = 0
        self.buffer: list[str] = []
        self.heading, self.size = 0, 0.0
        self.hidden = self.menus = 0
        self.counts: dict[Any, tuple[int, int, int, int]] = {}
        self.whole = 0

    def read(self) -> None:
        """All items and doubts of the page."""
        body = self.root.find(".//body")
        body = self.root if body is None else body
        frames = sum(1 for element in self.root.iter(*FRAMES))
        placed = placed_items(body, self.styles, self.made.file)
        if placed is not None:
            self.made.items, self.made.pages = placed
        else:
            self._count(body)
            self._enter(body, 0.0)
            self._flush()
        for kind, count in (
            ("html_frame_not_followed", frames), ("html_hidden", self.hidden), ("html_menu_left_out", self.menus),
        ):  # fmt: skip
            if count:
                self.made.doubts.append(Doubt(kind, None, {"count": count}))

    def _count(self, body: Any) -> None:
        """Characters, linked characters, links and forms below every element."""
        nothing = (0, 0, 0, 0)
        for element in reversed(list(body.iter(etree.Element))):
            shown = element.tag not in UNREAD
            characters = _length(element.text) if shown else 0
            linked = links = forms = 0
            for child in element:
                more = self.counts.get(child, nothing)
                characters, linked, links, forms = (a + b for a, b in zip((characters, linked, links, forms), more))
                characters += _length(child.tail) if shown else 0
            if element.tag == "a":
                linked, links = characters, links + 1
            self.counts[element] = (characters, linked, links, forms + (element.tag == "form"))
        self.whole = self.counts[body][0]

    def _menu(self, element: Any) -> bool:
        """Whether a part of the page is there to move about in the site."""
        characters, linked, links, forms = self.counts.get(element, (0, 0, 0, 0))
        if element.tag not in BLOCKS or element.tag in ("body", "html", "main", "article"):
            return False
        if 2 * characters > self.whole:
            return False
        if links >= LEAST_LINKS and linked >= LINKED * characters and element.tag != "table":
            return True
        named = _ASIDE_NAME.search(f"{element.get('class') or ''} {element.get('id') or ''}"[:400])
        role = element.get("role") in ("navigation", "contentinfo", "search")
        if not (named or role or element.tag in ASIDE) or 10 * characters > 3 * self.whole:
            return False
        return role or element.tag in ASIDE or links + forms > 0

    def _enter(self, element: Any, size: float) -> None:
        """The text and tables of an element, top to bottom."""
        if not isinstance(element.tag, str) or element.tag in UNREAD:
            return
        if self.styles.hidden(element):
            self.hidden += bool(element.text_content().strip())
            return
        if self._menu(element):
            self.menus += 1
            return
        size = points(self.styles.of(element).get("font-size")) or size
        if element.tag == "table" and not is_layout(element):
            self._table(element)
            return
        block = element.tag in BLOCKS
        if block:
            self._flush()
        level = int(element.tag[1]) if re.fullmatch(r"h[1-6]", element.tag) else 0
        self.heading = level or self.heading
        if element.tag == "br":
            self._flush()
        self._text(element.text, size)
        for child in element:
            self._enter(child, size)
            self._text(child.tail, size)
        if block:
            self._flush()
        if level:
            self.heading = 0

    def _text(self, text: str | None, size: float) -> None:
        if text:
            self.buffer.append(text)
            if text.strip():
                self.size = max(self.size, size)

    def _flush(self) -> None:
        text = _BLANK.sub(" ", "".join(self.buffer)).strip(" ")
        if text.strip():
            self.number += 1
            source = Source(self.made.file, line=self.number)
            self.made.items.append(Line(text, source, round(self.size, 2), self.heading))
        self.buffer, self.size = [], 0.0

    def _table(self, element: Any) -> None:
        self._flush()
        for caption in element.iterchildren("caption"):
            self._enter(caption, 0.0)
            self._flush()
        table = HtmlTable(element, self.styles, self.made.file, self.number)
        grid = table.grid()
        self.hidden += table.hidden
        self.number = table.number
        if grid.rows:
            self.made.items.append(grid)
        _check_cells(self.made)
        for nested in table.nested:
            self._enter(nested, 0.0)
        self._flush()


def _check_cells(made: Material) -> None:
    from yusuan.read.text import LARGEST_CELLS

    last = made.items[-1] if made.items else None
    if isinstance(last, Grid) and sum(len(r.cells) for g in made.grids[-1:] for r in g.rows) > LARGEST_CELLS:
        raise InputError("read_too_many_cells", file=made.file, limit=LARGEST_CELLS)


def _length(text: str | None) -> int:
    return len("".join(text.split())) if text else 0
