"""WordprocessingML in small pieces: runs, paragraphs, fields and bookmarks as text, parsed once a part.

Lengths are in twips (a twentieth of a point) unless a name says otherwise; every text is escaped here.
"""

from __future__ import annotations

import re
from html import escape

from docx.oxml import parse_xml

from yusuan.publish.output import plain

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"

_UNSEEN = re.compile("[\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")


def clean(text: str) -> str:
    """Text as XML can hold it, without control characters and without marks that turn the reading direction."""
    return _UNSEEN.sub("", plain(text))


def element(xml: str) -> object:
    """An element from WordprocessingML text."""
    head, rest = re.match(r"(<[\w:]+)(.*)", xml, re.DOTALL).groups()  # type: ignore[union-attr]
    return parse_xml(f'{head} xmlns:w="{W}"{rest}')


def run(text: str, look: str = "") -> str:
    """A run of text with its run properties; line breaks and tabs are kept as such."""
    made = []
    for i, line in enumerate(clean(text).split("\n")):
        made.append("<w:br/>" if i else "")
        made.append(
            "<w:tab/>".join(f'<w:t xml:space="preserve">{escape(t, quote=False)}</w:t>' for t in line.split("\t"))
        )
    properties = f"<w:rPr>{look}</w:rPr>" if look else ""
    return f"<w:r>{properties}{''.join(made)}</w:r>"


def paragraph(inner: str, style: str, look: str = "") -> str:
    """A paragraph of a style with further paragraph properties."""
    return f'<w:p><w:pPr><w:pStyle w:val="{style}"/>{look}</w:pPr>{inner}</w:p>'


def mark(kind: str, look: str = "") -> str:
    """One mark (begin, separate, end) of a field."""
    properties = f"<w:rPr>{look}</w:rPr>" if look else ""
    return f'<w:r>{properties}<w:fldChar w:fldCharType="{kind}"/></w:r>'


def opening(instruction: str) -> str:
    """The beginning of a field up to its shown result."""
    text = f'<w:r><w:instrText xml:space="preserve"> {escape(instruction, quote=False)} </w:instrText></w:r>'
    return mark("begin") + text + mark("separate")


def simple_field(instruction: str, shown: str) -> str:
    """A whole field with the result it shows until it is updated."""
    return opening(instruction) + run(shown) + mark("end")


def bookmarked(inner: str, number: int) -> str:
    """Text that the contents lead to."""
    return f'<w:bookmarkStart w:id="{number}" w:name="{anchor(number)}"/>{inner}<w:bookmarkEnd w:id="{number}"/>'


def anchor(number: int) -> str:
    """Name of a bookmark of the contents."""
    return f"_Toc{number:08d}"


def attribute(text: str) -> str:
    """A text as a quoted attribute on one line."""
    return f'"{escape(" ".join(clean(text).split()))}"'
