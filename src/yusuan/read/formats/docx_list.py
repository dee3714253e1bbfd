"""Automatic numbers of Word paragraphs (一、 （二） 3.): they are printed, but the text of the paragraph lacks them."""

from __future__ import annotations

import re
from typing import Any

from yusuan.read.formats.docx_part import attribute, child, local, number

DIGITS = "〇一二三四五六七八九"
MOST = 9999
_CHINESE = frozenset(
    ("chineseCounting", "chineseCountingThousand", "japaneseCounting", "ideographDigital", "taiwaneseCounting",
     "taiwaneseCountingThousand", "chineseLegalSimplified")
)  # fmt: skip
_PLACE = re.compile(r"%(\d)")
Level = tuple[str, str, int]
"""(number format, text with %1 … %9, first number) of a level."""


def chinese(value: int) -> str:
    """A number (1-9999) in Chinese numerals as lists print it: 十, 十一, 二十, 一百零三."""
    if not 0 < value <= MOST:
        return str(value)
    text, pending = "", False
    for unit, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = value // unit % 10
        if digit:
            text += ("零" if pending and text else "") + DIGITS[digit] + name
        pending = not digit
    return text.removeprefix("一") if text.startswith("一十") else text


def printed(value: int, form: str) -> str:
    """A number as a list of some format prints it."""
    if form in _CHINESE:
        return chinese(value)
    if form in ("lowerLetter", "upperLetter") and value > 0:
        letter = chr(ord("a") + (value - 1) % 26) * min((value - 1) // 26 + 1, 9)
        return letter if form == "lowerLetter" else letter.upper()
    if form.startswith("decimalEnclosedCircle") and 0 < value <= 20:
        return chr(0x245F + value)
    if form == "decimalZero":
        return f"{value:02}"
    if form in ("none", "bullet"):
        return ""
    return str(value)


class Numbering:
    """The lists of a document and how far each has counted."""

    def __init__(self, root: Any | None) -> None:
        abstract: dict[str, dict[int, Level]] = {}
        self.lists: dict[str, tuple[str, dict[int, Level]]] = {}
        self.counts: dict[str, dict[int, int]] = {}
        for element in root if root is not None else ():
            if local(element) == "abstractNum":
                levels = (_level(inner) for inner in element if local(inner) == "lvl")
                abstract[attribute(element, "abstractNumId") or ""] = dict(levels)
            elif local(element) == "num":
                base = child(element, "abstractNumId")
                key = (attribute(base, "val") or "") if base is not None else ""
                restarted = any(local(inner) == "lvlOverride" for inner in element)
                identifier = attribute(element, "numId") or ""
                self.lists[identifier] = (f"num {identifier}" if restarted else key, abstract.get(key, {}))

    def label(self, paragraph: Any) -> str:
        """The number that stands before a paragraph; counts on."""
        properties = child(paragraph, "pPr", "numPr")
        if properties is None:
            return ""
        identifier, level = child(properties, "numId"), child(properties, "ilvl")
        found = self.lists.get((attribute(identifier, "val") or "") if identifier is not None else "")
        if found is None:
            return ""
        key, levels = found
        depth = int(number(attribute(level, "val"))) if level is not None else 0
        if depth not in levels:
            return ""
        form, text, first = levels[depth]
        counts = self.counts.setdefault(key, {})
        counts[depth] = counts.get(depth, first - 1) + 1
        for deeper in [other for other in counts if other > depth]:
            del counts[deeper]
        if form == "bullet":
            return ""

        def place(found: re.Match[str]) -> str:
            other = int(found[1]) - 1
            form, _, first = levels.get(other, ("decimal", "", 1))
            return printed(counts.get(other, first), form)

        return _PLACE.sub(place, text)


def _level(element: Any) -> tuple[int, Level]:
    form, text, first = (child(element, name) for name in ("numFmt", "lvlText", "start"))
    return int(number(attribute(element, "ilvl"))), (
        (attribute(form, "val") or "decimal") if form is not None else "decimal",
        (attribute(text, "val") or "") if text is not None else "",
        int(number(attribute(first, "val"))) if first is not None else 1,
    )
