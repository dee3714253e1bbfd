"""What a web page says about how its elements are shown: only what reading needs - hidden or not, where, how large.

Inline styles and plain class rules of the page's own style sheets count; sheets elsewhere are never fetched.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

_CLASS = re.compile(r"[a-zA-Z]{0,20}\.([\w-]{1,80})")
_LENGTH = re.compile(r"(-?\d{0,6}(?:\.\d{0,6})?)\s*(px|pt|em|rem|mm|cm|in)?")
_POINTS = {"px": 0.75, "pt": 1.0, "mm": 72 / 25.4, "cm": 72 / 2.54, "in": 72.0, "em": 10.5, "rem": 12.0, "": 0.75}
WANTED = frozenset(
    (
        "display",
        "visibility",
        "position",
        "left",
        "top",
        "bottom",
        "font-size",
        "text-indent",
        "padding-left",
        "transform",
    )
)
MOST_STYLE = 4 << 20
"""Characters of style sheets that are looked at."""


def declarations(text: str) -> dict[str, str]:
    """Property → value of a style attribute or the body of a rule, wanted properties only."""
    found = {}
    for part in text.split(";"):
        name, colon, value = part.partition(":")
        name = name.strip().lower()
        if colon and name in WANTED:
            found[name] = value.replace("!important", "").strip().lower()
    return found


def class_rules(sheets: str) -> dict[str, dict[str, str]]:
    """Class → what its rules declare; rules for media (print, narrow screens) and nested selectors are left out."""
    found: dict[str, dict[str, str]] = {}
    for selector, body in _rules(_uncommented(sheets[:MOST_STYLE])):
        declared = declarations(body)
        for name in selector.split(",") if declared else ():
            match = _CLASS.fullmatch(name.strip())
            if match:
                found.setdefault(match[1], {}).update(declared)
    return found


def _uncommented(text: str) -> str:
    parts, at = [], 0
    while (start := text.find("/*", at)) >= 0:
        parts.append(text[at:start])
        end = text.find("*/", start + 2)
        at = len(text) if end < 0 else end + 2
    parts.append(text[at:])
    return "".join(parts).replace("<!--", " ").replace("-->", " ")


def _rules(text: str) -> Iterator[tuple[str, str]]:
    """(selector, body) of the rules outside of any block that begins with @."""
    at = depth = 0
    selector, silent = "", 0
    for brace in re.finditer(r"[{}]", text):
        between = text[at : brace.start()]
        at = brace.end()
        if brace[0] == "{":
            depth += 1
            selector = between.rpartition(";")[2].strip()
            silent = depth if selector.startswith("@") and not silent else silent
        elif depth:
            if not silent and selector:
                yield selector, between
            silent = 0 if silent == depth else silent
            depth, selector = depth - 1, ""


def points(value: str | None) -> float | None:
    """A CSS length in points; ``None`` for percentages and whatever else is no length."""
    found = _LENGTH.fullmatch((value or "").strip())
    if found is None or found[1] in ("", "-", ".", "-."):
        return None
    return float(found[1]) * _POINTS[found[2] or ""]


class Styles:
    """The styles of one page."""

    def __init__(self, rules: Mapping[str, Mapping[str, str]]) -> None:
        self.rules = rules
        self.known: dict[tuple[str | None, str | None], Mapping[str, str]] = {}

    def of(self, element: Any) -> Mapping[str, str]:
        """What an element's classes and its own style declare."""
        key = element.get("class"), element.get("style")
        if key not in self.known:
            self.known[key] = self._declared(*key)
        return self.known[key]

    def _declared(self, classes: str | None, inline: str | None) -> Mapping[str, str]:
        made: dict[str, str] = {}
        for name in (classes or "").split()[:40]:
            made.update(self.rules.get(name, {}))
        return made | declarations(inline or "")

    def hidden(self, element: Any) -> bool:
        """Whether an element is not shown."""
        if element.get("hidden") is not None or element.tag in ("template", "noscript"):
            return True
        made = self.of(element)
        return made.get("display") == "none" or made.get("visibility") in ("hidden", "collapse")
