"""Lines back to paragraphs: running heads and page numbers set aside, sentences joined over lines and pages."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from statistics import median

from yusuan.read.grid import Line

LONGEST = 20_000
"""Characters after which no more lines are joined to a paragraph."""

REPEATED = 3
"""Pages on which a line must stand at one height to be a running head or foot."""

NUMBERINGS: tuple[tuple[int, re.Pattern[str]], ...] = (
    (1, re.compile(r"第[一二三四五六七八九十]{1,3}(?:部分|章|篇)")),
    (2, re.compile(r"第[一二三四五六七八九十]{1,3}节|[一二三四五六七八九十]{1,3}[、．.]")),
    (3, re.compile(r"（[一二三四五六七八九十]{1,3}）")),
    (4, re.compile(r"\d{1,2}(?:[.．](?!\d)|、)|第[一二三四五六七八九十]{1,3}条")),
    (5, re.compile(r"（\d{1,2}）|\d{1,2}）")),
    (6, re.compile(r"[①-⑳]")),
)
"""Level of a chapter by its printed numbering, outermost first."""

_ENDS = "。；：！？…"
_PAGE_NUMBER = re.compile(r"[-—–－~·\s]*(?:第|共)?\s*\d{1,4}\s*(?:页|/\s*\d{1,4})?(?:共\d+页)?[-—–－~·\s]*")
_CLOSED = re.compile(r"单位：(?:人民币)?[千百万亿]?元$|表$|[.…·‥]{3,}\s?\d*$")
"""Ends of lines that no sentence runs over: the unit of a table, its title, the leader of a list of contents."""


def fold(text: str) -> str:
    """The text with full-width letters and digits plain and punctuation full-width, character for character."""
    return _THOUSANDS.sub(",", _COMMA.sub("，", "".join(map(_folded, text))))


_THOUSANDS = re.compile(r"(?<=\d)，(?=\d{3}(?:[.，,]|[万亿]?元))")
_COMMA = re.compile(r"(?<!\d),|,(?!\d)")


_PUNCTUATION = {"(": "（", ")": "）", ":": "：", ";": "；", "%": "%", "％": "%", "．": ".", "﹒": ".", "﹪": "%"}
_KEPT = "，；：（）！？。、“”‘’"
MANY = 8192
"""Characters whose plain form is remembered."""


@lru_cache(maxsize=MANY)
def _folded(char: str) -> str:
    if char in _KEPT:
        return char
    if char in _PUNCTUATION:
        return _PUNCTUATION[char]
    plain = unicodedata.normalize("NFKC", char)
    return plain if len(plain) == 1 else char


def tidy(text: str) -> str:
    """The text without the blanks that only justify a line: one blank is left between Latin letters or digits."""
    return re.sub(r"(?<![A-Za-z0-9.,])\s+|\s+(?![A-Za-z0-9])", "", re.sub(r"\s+", " ", text.strip()))


def numbering(text: str) -> tuple[int, str]:
    """Level and printed numbering at the start of a text; (0, "") when there is none."""
    plain = fold(text[:12])
    for level, pattern in NUMBERINGS:
        found = pattern.match(plain)
        if found:
            return level, text[: found.end()]
    return 0, ""


@dataclass
class Block:
    """A paragraph in the making."""

    lines: list[Line] = field(default_factory=list)
    furniture: bool = False

    def text(self) -> tuple[str, tuple[int, ...]]:
        """The joined text and where each line starts in it."""
        joined = ""
        starts = []
        for line in self.lines:
            piece = tidy(line.text)
            if joined and joined[-1].isascii() and joined[-1].isalpha() and piece[:1].isascii() and piece[:1].isalpha():
                joined += " "
            starts.append(len(joined))
            joined += piece
        return joined, tuple(starts)

    @property
    def size(self) -> float:
        """Type size in points of its first line; 0 when not told."""
        return self.lines[0].size


def join_lines(lines: Iterable[Line]) -> list[Block]:
    """Blocks of lines that make a paragraph each, furniture in blocks of its own, all in reading order."""
    kept = [line for line in lines if line.text.strip()]
    furniture = _furniture(kept)
    edges = _edges([line for line in kept if id(line) not in furniture])
    blocks: list[Block] = []
    open_block: Block | None = None
    length = 0
    for line in kept:
        if id(line) in furniture:
            blocks.append(Block([line], furniture=True))
        elif open_block is not None and length < LONGEST and _continues(open_block, line, edges):
            open_block.lines.append(line)
            length += len(line.text)
        else:
            open_block, length = Block([line]), len(line.text)
            blocks.append(open_block)
    return blocks


def _furniture(lines: Sequence[Line]) -> set[int]:
    """Identities of page numbers and of lines that stand at one height of several pages."""
    pages: dict[int, list[Line]] = defaultdict(list)
    for line in lines:
        if line.source.page is not None and line.source.box is not None:
            pages[line.source.page].append(line)
    found: set[int] = set()
    seen: Counter[tuple[str, int]] = Counter()
    edge: list[tuple[Line, tuple[str, int]]] = []
    for page in pages.values():
        page = sorted(page, key=lambda line: line.source.box[1] if line.source.box else 0.0)
        for place in {0, 1, len(page) - 2, len(page) - 1} & set(range(len(page))):
            line = page[place]
            box = line.source.box
            if box is None:
                continue
            plain = re.sub(r"\d+", "#", fold(tidy(line.text)))
            key = (plain, round(box[1] / 12))
            seen[key] += 1
            edge.append((line, key))
            if place in (0, len(page) - 1) and _PAGE_NUMBER.fullmatch(fold(line.text)):
                found.add(id(line))
    found |= {id(line) for line, key in edge if seen[key] >= REPEATED and numbering(key[0])[0] != 2}
    return found


Box = tuple[float, float, float, float]
Edges = dict[int | None, tuple[float, float]]


def _edges(lines: Sequence[Line]) -> Edges:
    """Left and right edge of the type area of each page, told from its long lines and from the other pages."""
    pages: dict[int | None, list[tuple[float, float]]] = defaultdict(list)
    for line in lines:
        if line.source.box is not None:
            pages[line.source.page].append((line.source.box[0], line.source.box[2]))
    found: Edges = {}
    for page, spans in pages.items():
        widest = max(right - left for left, right in spans)
        long = [(left, right) for left, right in spans if right - left >= 0.75 * widest]
        found[page] = (min(left for left, _ in long), max(right for _, right in long))
    if not found:
        return found
    full = [edge for page, edge in found.items() if len(pages[page]) > 5] or list(found.values())
    left, right = median(edge[0] for edge in full), median(edge[1] for edge in full)
    for page, (a, b) in found.items():
        if b - a < 0.8 * (right - left):
            found[page] = (left, right)
        elif 0 < a - left < 60:
            found[page] = (left, b)
    return found


def _continues(block: Block, line: Line, edges: Edges) -> bool:
    """Whether the line goes on with the paragraph."""
    last = block.lines[-1]
    here, there = line.source.box, last.source.box
    if here is None or there is None or line.heading or last.heading:
        return False
    size = min(line.size or here[3] - here[1], 1.3 * (here[3] - here[1]))
    left = edges[line.source.page][0]
    plain = fold(tidy(last.text))
    number = numbering(tidy(line.text))[0]
    head = numbering(tidy(block.lines[0].text))[0]
    ended = plain[-1:] in _ENDS or bool(_CLOSED.search(plain))
    title = bool(head) and not re.search("[。，；：]", plain)
    first = block.lines[0].source.box or there
    hangs = here[0] < first[0] - 0.25 * size and not title
    indented = here[0] > left + 1.2 * size and not hangs
    short = there[2] < edges[last.source.page][1] - (1.6 if ended or indented else 5) * size
    together = line.source.page == last.source.page
    if number and (ended or short or here[0] > left + 0.8 * size or title):
        return False
    if _other_type(here, there) and (ended or short or indented or number):
        return False
    pitch = here[1] - there[1]
    if together and (pitch < -size or (pitch > 3.2 * size and (ended or short))):
        return False
    centred = abs((here[0] + here[2]) - (there[0] + there[2])) < 2 * size and here[0] > left + 2 * size
    if abs(here[0] - first[0]) < (0.6 if title else 0.3) * size and here[0] > left + 1.5 * size and head != 1:
        return False
    if short:
        # A title that is set in the middle runs over to a second line set in the middle.
        wide = there[2] - there[0] > 0.6 * (edges[last.source.page][1] - left)
        return together and centred and (head == 1 or wide) and not ended and not number
    return not (ended and (indented or bool(_CLOSED.search(plain))))


def _other_type(here: Box, there: Box) -> bool:
    """Whether two lines are printed in type of clearly different size; boxes tell it better than single glyphs."""
    one, two = here[3] - here[1], there[3] - there[1]
    return abs(one - two) > 0.2 * max(one, two)
