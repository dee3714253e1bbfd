"""Figures in running text: number, unit, and the words that stand before them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from yusuan.amount import FEN, AmountError, Scale, parse_amount, printed_decimals
from yusuan.prose import FINE, Figure, prose_words

MOST = 400
"""Figures that one paragraph is read for; a longer one is no explanation."""


@dataclass(frozen=True, slots=True)
class Token:
    """A figure at ``start``–``end`` of a folded text."""

    figure: Figure
    start: int
    end: int


@cache
def _pattern() -> re.Pattern[str]:
    units = [*sorted(FEN, key=len, reverse=True), *prose_words()["units"]]
    number = r"-?(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)"
    return re.compile(rf"(?<![\d.,A-Za-z第])({number})\s?({'|'.join(map(re.escape, units))})(?![/／])")


_THRESHOLD = re.compile(r"(?:（含）|\(含\))?(?:及|和)?以[上下内]|（含）|起")
_NOUGHT = re.compile(r"(?:为|是|数|费|共|出)(0(?:\.0+)?)(?=[，；。）]|$)")


def figures(text: str) -> Iterator[Token]:
    """The figures of a folded text, left to right; thresholds (100 万元以上) and years are none."""
    found = [token for match in _pattern().finditer(text) if (token := _token(text, match))]
    for match in _NOUGHT.finditer(text):
        figure = Figure(match.group(1), 0, FEN["万元"] // 10 ** printed_decimals(match.group(1)), "万元")
        found.append(Token(figure, match.start(1), match.end(1)))
    found.sort(key=lambda token: token.start)
    yield from found[:MOST]


def _token(text: str, match: re.Match[str]) -> Token | None:
    number, unit = match.groups()
    if _THRESHOLD.match(text, match.end()):
        return None
    decimals = printed_decimals(number)
    if unit in FEN:
        try:
            amount = parse_amount(number, unit)
        except AmountError:
            return None
        if amount is None:
            return None
        return Token(Figure(match.group(), amount, Scale(unit, decimals).quantum, unit), match.start(), match.end())
    whole, _, part = number.replace(",", "").partition(".")
    if decimals > 4 or len(whole) > 12:
        return None
    amount = int(whole + (part + "0000")[:4]) * (1 if FINE == 10_000 else 0)
    return Token(Figure(match.group(), amount, FINE // int(10**decimals), unit), match.start(), match.end())
