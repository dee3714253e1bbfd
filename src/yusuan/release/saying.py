"""The explanation read back: every heading and paragraph of the record stands in an artefact, in its order."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from yusuan.prose import Prose
from yusuan.release.record import Difference, same_words
from yusuan.words import say

GETA = "〓"
"""Stands in a PDF for a character that its fonts have no picture for; a finding names each."""

SHOWN = 40
"""Characters by which a paragraph is named."""


def passages_of(record: Mapping[str, Any]) -> list[str]:
    """Headings and paragraphs of the explanation of a record."""
    return [str(each["text"]) for each in record["prose"]]


def text_of(prose: Prose | None) -> str:
    """What a document says outside its tables, page numbers and the list of contents left out."""
    paragraphs = prose.paragraphs if prose is not None else ()
    return _bare("".join(p.text for p in paragraphs if p.kind not in ("contents", "furniture")))


def unsaid(passages: Sequence[str], text: str) -> Iterator[Difference]:
    """The passages that a text does not give back after those before them."""
    reached = 0
    for passage in passages:
        start, end = _found(_bare(passage), text, reached)
        if start < 0:
            shown = passage if len(passage) <= SHOWN else passage[:SHOWN] + "…"
            yield Difference(say("release_explanation", "zh"), "", "", shown, None)
        else:
            reached = end


def _found(passage: str, text: str, reached: int) -> tuple[int, int]:
    start = text.find(passage, reached)
    if start >= 0 or GETA not in text:
        return start, start + len(passage)
    pattern = "".join(sign if sign.isascii() and sign.isalnum() else f"[{GETA}{re.escape(sign)}]" for sign in passage)
    match = re.compile(pattern).search(text, reached)
    return match.span() if match is not None else (-1, -1)


def _bare(text: str) -> str:
    """Text by which two printings are held equal, without signs that have no picture."""
    return "".join(sign for sign in same_words(text) if unicodedata.category(sign)[0] != "C")
