"""The explanation (说明) of a disclosure as values: chapters of paragraphs, and what the paragraphs state.

A ``Statement`` is one sentence's claim: a subject, its amount, what it is compared with, what it is a part of. Subjects
that are not understood are kept with ``point`` ``None``. Offsets count characters of the paragraph's text.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from yusuan.axes import Point
from yusuan.sheet import Source

ACCOUNTS: tuple[str, ...] = ("budget", "final", "adjusted", "prior_budget", "prior_final")
"""This year's budget, this year's final accounts, the adjusted budget, last year's budget, last year's outturn."""

FINE = 10_000
"""Steps in one unit of a figure that is not money."""


@cache
def prose_words() -> Mapping[str, Any]:
    """The words of explanations, ``standards/prose.toml``."""
    return tomllib.loads((files("yusuan") / "standards" / "prose.toml").read_text(encoding="utf-8"))


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph rejoined from its printed lines.

    ``kind`` is heading, body, contents, label (a title or caption of a table, a cover line) or furniture (page numbers,
    running heads). ``path`` are the titles of its chapters, outermost first, its own title last; ``sources`` are its
    lines, ``starts`` where each begins in ``text``. Blanks between Chinese characters are not kept.
    """

    text: str
    kind: str
    path: tuple[str, ...]
    number: str
    title: str
    level: int
    sources: tuple[Source, ...]
    starts: tuple[int, ...]
    size: float = 0.0

    def lines(self, start: int, end: int) -> tuple[Source, ...]:
        """The printed lines that hold the characters from ``start`` to ``end``."""
        ends = (*self.starts[1:], len(self.text))
        found = [s for s, a, b in zip(self.sources, self.starts, ends) if a < end and b > start]
        return tuple(found or self.sources[:1])

    @property
    def page(self) -> int | None:
        """The page on which it begins."""
        return self.sources[0].page if self.sources else None


@dataclass(frozen=True, slots=True)
class Figure:
    """A printed figure: money in 分, all else in ten-thousandths of its unit; ``quantum`` is one unit of its last
    printed digit on the same scale."""

    text: str
    amount: int
    quantum: int
    unit: str

    @property
    def money(self) -> bool:
        """Whether the figure is an amount of money."""
        return self.unit.endswith("元")


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a figure is compared with: ``direction`` +1 more, -1 less, 0 the same; ``against`` an account.

    ``turn`` is the direction word of the percentage where that is given on its own; ``near`` tells of 基本持平;
    ``bare`` is a direction told in words alone.
    """

    direction: int
    against: str
    change: Figure | None = None
    percent: Figure | None = None
    base: Figure | None = None
    turn: int | None = None
    near: bool = False
    bare: bool = False
    start: int = 0
    end: int = 0


@dataclass(frozen=True, slots=True)
class Statement:
    """One claim of the explanation.

    ``side`` is income, expenditure, both or empty; ``whole`` is the number of the statement of which this is a part,
    ``shared`` what its share is said to be of (a subject, empty when not named) and ``share_of`` the number of that
    statement, when there is one. ``detail`` marks money that only explains another figure. ``paragraph`` is the
    number of the paragraph, ``start``–``end`` the words.
    """

    subject: str
    point: Point | None
    account: str
    side: str
    year: int
    figure: Figure | None
    paragraph: int
    start: int
    end: int
    topic: str = ""
    comparisons: tuple[Comparison, ...] = ()
    share: Figure | None = None
    shared: str = ""
    share_of: int | None = None
    completion: Figure | None = None
    whole: int | None = None
    detail: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the list of contents: numbering and its level, title, printed page number, its paragraph."""

    number: str
    title: str
    page: int | None
    paragraph: int
    level: int = 0


@dataclass(frozen=True, slots=True)
class Prose:
    """An explanation: paragraphs in reading order, what they state, and what its titles tell of the whole.

    ``kind`` is budget or final, ``scope`` unit or department (empty when not told), ``year`` 0 when not told.
    """

    paragraphs: tuple[Paragraph, ...]
    statements: tuple[Statement, ...] = ()
    entries: tuple[Entry, ...] = ()
    agency: str = ""
    year: int = 0
    kind: str = "budget"
    scope: str = ""

    def body(self) -> Iterator[tuple[int, Paragraph]]:
        """Numbered paragraphs and headings of the text proper, the list of contents and furniture left out."""
        for number, paragraph in enumerate(self.paragraphs):
            if paragraph.kind in ("body", "heading"):
                yield number, paragraph

    def parts(self, whole: int) -> list[Statement]:
        """The statements that are parts of statement ``whole``."""
        return [s for s in self.statements if s.whole == whole]

    def words(self, statement: Statement) -> str:
        """The words of a statement as printed."""
        return self.paragraphs[statement.paragraph].text[statement.start : statement.end]
