"""The explanation (预算说明) that is to be published, as values: chapters of passages, before any file format.

Compiled by ``explain``; typeset by ``publish`` as PDF, DOCX and page; the read explanation of others is ``prose``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from yusuan.sheet import Place

Kind = Literal["paragraph", "item", "open", "own"]
"""A computed paragraph, an entry of a list, a place that waits for the preparer's words, the preparer's own words."""


@dataclass(frozen=True, slots=True)
class Passage:
    """One paragraph. ``key`` names it in the preparer's file of texts; ``places`` are the printed cells that its
    figures come from. An ``open`` passage says in brackets what is asked for and is printed marked."""

    text: str
    kind: Kind = "paragraph"
    key: str = ""
    places: tuple[Place, ...] = ()


@dataclass(frozen=True, slots=True)
class Chapter:
    """A chapter: numbering as printed (一、 or （一）), title, depth from 1, passages, chapters below it."""

    number: str
    title: str
    level: int
    passages: tuple[Passage, ...] = ()
    chapters: tuple[Chapter, ...] = ()

    def all(self) -> Iterator[Chapter]:
        """This chapter and those below it in printed order."""
        yield self
        for chapter in self.chapters:
            yield from chapter.all()


@dataclass(frozen=True, slots=True)
class Explanation:
    """A whole explanation: title, chapters, the titles (``parts``) under which a document prints the explanation and
    the forms, or nothing, and the keys of the preparer's texts that had no use."""

    title: str
    chapters: tuple[Chapter, ...]
    parts: tuple[str, ...] = ()
    unused: tuple[str, ...] = ()

    def all(self) -> Iterator[Chapter]:
        """Every chapter in printed order, outer before inner."""
        for chapter in self.chapters:
            yield from chapter.all()

    @property
    def open(self) -> tuple[Passage, ...]:
        """The passages that wait for the preparer's words."""
        return tuple(p for chapter in self.all() for p in chapter.passages if p.kind == "open")
