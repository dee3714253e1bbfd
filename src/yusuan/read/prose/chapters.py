"""Paragraphs with their place in the tree of chapters; the list of contents told apart from the text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from statistics import median

from yusuan.prose import Entry, Paragraph
from yusuan.read.prose.paragraphs import Block, fold, numbering, tidy

LONGEST_TITLE = 60
"""Characters of a chapter's title; a longer numbered paragraph is text."""

_LEADER = re.compile(r"(?:[.…·。‥\s]{3,}|\s)(\d{1,3})$|[.…·。‥]{3,}$")
_CONTENTS = re.compile(r"目录|目次")
_LABEL = re.compile(r"表$|^(?:图|表)\d|单位：|^注：|^备注|^公开\d|^附件\d*$")
_RUN_IN = re.compile(r"([^。：；，]{2,32}?)(?:[。：]|的?说明。)")
_UP_TO_FIGURE = re.compile(r"[^\d，。；：“”]*“?[^\d，。；：]{2,40}")


def squeeze_title(text: str) -> str:
    """A title for comparison: no numbering, blanks, quotes, dots or punctuation."""
    plain = fold(text)
    plain = plain[len(numbering(plain)[1]) :]
    return re.sub(r"[\s“”\"'‘’《》：:。.．…·、，,（）()\-—]", "", plain)


def place_paragraphs(blocks: Sequence[Block]) -> tuple[list[Paragraph], list[Entry]]:
    """The paragraphs with kind and chapter path, and the entries of the list of contents."""
    listed = _contents(blocks)
    sizes = [block.size for block in blocks if block.size and not block.furniture and len(block.text()[0]) > 40]
    usual = median(sizes) if sizes else 0.0
    stack: list[tuple[int, str]] = []
    made: list[Paragraph] = []
    entries: list[Entry] = []
    for number, block in enumerate(blocks):
        text, starts = block.text()
        level, printed = numbering(text)
        kind, title = "body", ""
        if block.furniture:
            kind, level = "furniture", 0
        elif number in listed:
            kind = "contents"
            entries.extend(_entry(_spaced(block), level, printed, number))
        else:
            kind, level, title = _kind(block, text, level, printed, usual)
            if level:
                while stack and stack[-1][0] >= level:
                    stack.pop()
                stack.append((level, title))
        path = tuple(name for _, name in stack) if kind in ("body", "heading") else ()
        sources = tuple(line.source for line in block.lines)
        made.append(Paragraph(text, kind, path, printed, title, level, sources, starts, block.size))
    return made, entries


def _kind(block: Block, text: str, level: int, printed: str, usual: float) -> tuple[str, int, str]:
    """Kind, level and title of a paragraph of the text."""
    plain = fold(text)
    rest = plain[len(printed) :]
    sentence = bool(re.search(r"[。；，]", rest.rstrip("。"))) or "万元" in rest
    if level and not sentence and len(rest) <= LONGEST_TITLE:
        return "heading", level, rest.rstrip("。：")
    if level:
        run_in = _RUN_IN.match(rest) or _UP_TO_FIGURE.match(rest)
        title = run_in.group(1) if run_in and run_in.re is _RUN_IN else run_in.group() if run_in else rest[:20]
        return "body", level, title.strip("。：“”")
    marked = block.lines[0].heading
    large = usual and block.size > 1.14 * usual
    if not sentence and len(rest) <= LONGEST_TITLE and (marked or large):
        if _LABEL.search(rest):
            return "label", 0, ""
        return "heading", marked or 1, rest
    if not re.search(r"[。；，：]", rest) or _LABEL.search(rest[:8]) or rest.endswith("表"):
        return "label", 0, ""
    return "body", 0, ""


def _contents(blocks: Sequence[Block]) -> set[int]:
    """Numbers of the blocks that make up the list of contents."""
    found: set[int] = set()
    first = opening = ""
    inside = marked = False
    last_page: int | None = None
    for number, block in enumerate(blocks):
        if block.furniture:
            continue
        text = block.text()[0]
        plain = _spaced(block)
        if not inside:
            inside = bool(_CONTENTS.fullmatch(re.sub(r"\s", "", plain)))
            if inside:
                found.add(number)
            continue
        title = squeeze_title(_LEADER.sub("", plain))
        level, printed = numbering(text)
        page = block.lines[0].source.page
        if len(found) > 2 and page != last_page and not level and not _LEADER.search(plain):
            break
        last_page = page
        if len(found) == 1:
            marked = bool(block.lines[0].heading)
        elif block.lines[0].heading and not marked:
            break
        if len(found) > 2 and (title == first or (level == 1 and printed == opening)):
            break
        if not _LEADER.search(plain) and (len(plain) > 2 * LONGEST_TITLE or re.search(r"[。；]", plain)):
            break
        first, opening = first or title, opening or printed
        found.add(number)
    if len(found) < 3:
        return set()
    return found


def _spaced(block: Block) -> str:
    """The words of a block with their blanks, which part a title from the number of its page."""
    return fold(" ".join(line.text.strip() for line in block.lines))


def _entry(plain: str, level: int, printed: str, number: int) -> list[Entry]:
    if _CONTENTS.fullmatch(re.sub(r"\s", "", plain)) or not level:
        return []
    leader = _LEADER.search(plain)
    page = int(leader.group(1)) if leader and leader.group(1) else None
    title = tidy(plain[: leader.start()] if leader else plain)[len(printed) :]
    return [Entry(printed, title.strip(" .…·。"), page, number, level)]
