"""Money of a budget form: whole 分 inside, the printed unit of measure outside.

预算法实施条例 art. 11 makes 元 the unit of account; forms are printed in 元, 千元 or 万元 with a fixed
number of decimals. Between the two nothing may pass through a float, and a blank is not a zero.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

FEN: dict[str, int] = {"元": 100, "千元": 100_000, "万元": 1_000_000, "百万元": 100_000_000, "亿元": 10_000_000_000}
"""分 in one printed unit of measure."""

LARGEST = 10**17
"""An amount of this many 分 (a quadrillion 元) is beyond any public budget and is refused."""

BLANKS = frozenset({"", "-", "--", "—", "——", "–", "―", "─", "/"})
"""Texts printed for 'no amount' after NFKC folding."""

MANY = 8192
"""Printed texts whose amount is remembered: every format of a release prints the same ones."""

_SPACED = re.compile(r"[+-]?\d{1,3}( \d{3})+(\.\d+)?")
_NUMBER = re.compile(r"[+-]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.(\d+))?|[+-]?\.(\d+)")


class AmountError(ValueError):
    """A text that stands where money is expected and is not money."""


@dataclass(frozen=True, slots=True)
class Scale:
    """How a form prints money: the unit of measure and the number of decimals."""

    unit: str = "万元"
    decimals: int = 2

    @property
    def fen(self) -> int:
        """分 in one unit."""
        return FEN[self.unit]

    @property
    def quantum(self) -> int:
        """分 in one unit of the last printed digit; at least one 分."""
        steps: int = 10**self.decimals
        return max(1, self.fen // steps)

    def format(self, amount: int) -> str:
        """Print an amount in this unit, exact digits, half a last digit rounded away from zero."""
        steps = round_half(amount, self.quantum)
        sign, steps = ("-" if steps < 0 else ""), abs(steps)
        if not self.decimals:
            return f"{sign}{steps}"
        places = min(self.decimals, len(str(self.fen)) - 1)
        whole, part = divmod(steps, 10**places)
        return f"{sign}{whole}.{part:0{places}d}{'0' * (self.decimals - places)}"

    def exact(self, amount: int) -> bool:
        """Whether the amount prints without rounding."""
        return amount % self.quantum == 0


def round_half(amount: int, quantum: int) -> int:
    """Steps of ``quantum`` nearest to ``amount``, halves away from zero (the accountant's rounding)."""
    steps = (2 * abs(amount) + quantum) // (2 * quantum)
    return -steps if amount < 0 else steps


def fold(text: str) -> str:
    """Fold full-width digits, signs and spaces to their plain forms (NFKC), for reading only."""
    return unicodedata.normalize("NFKC", text).replace("\u2212", "-").strip()


@lru_cache(maxsize=MANY)
def looks_like_amount(text: str) -> bool:
    """Whether the text is a number as a form prints one, in whatever unit (not a blank or a dash)."""
    try:
        return _digits(text) is not None
    except AmountError:
        return False


@lru_cache(maxsize=MANY)
def parse_amount(text: str, unit: str) -> int | None:
    """Read a printed amount in ``unit`` as 分; a blank or a dash is ``None``, never zero.

    Accepts full-width digits, thousands commas or spaces, a leading ``△`` or ``-`` and brackets for a negative.
    Raises ``AmountError`` for anything else, for parts of a 分, and for amounts beyond ``LARGEST``.
    """
    found = _digits(text)
    if found is None:
        return None
    negative, whole, part = found
    if len(whole) > 20 or len(part) > 12:
        raise AmountError(f"too many digits: {text!r}")
    numerator = int((whole or "0") + part) * FEN[unit]
    scale: int = 10 ** len(part)
    fen, rest = divmod(numerator, scale)
    if rest:
        raise AmountError(f"finer than one 分: {text!r}")
    if fen > LARGEST:
        raise AmountError(f"beyond any public budget: {text!r}")
    return -fen if negative else fen


def _digits(text: str) -> tuple[bool, str, str] | None:
    """Sign, whole part and decimals of a number; ``None`` for a blank. The mark of a note (², ①) is no digit."""
    if not text.isascii() and any(c.isnumeric() and not c.isdecimal() for c in text):
        raise AmountError(f"not an amount: {text!r}")
    plain = fold(text).replace("¥", "")
    if plain in BLANKS:
        return None
    negative = False
    if plain.startswith("(") and plain.endswith(")"):
        negative, plain = True, plain[1:-1].strip()
    if plain.startswith(("△", "▲")):
        if negative:
            raise AmountError(f"twice negative: {text!r}")
        negative, plain = True, plain[1:].strip()
    if _SPACED.fullmatch(plain):
        plain = plain.replace(" ", "")
    if not _NUMBER.fullmatch(plain):
        raise AmountError(f"not an amount: {text!r}")
    plain = plain.replace(",", "")
    if plain[0] in "+-":
        if negative:
            raise AmountError(f"twice negative: {text!r}")
        negative, plain = plain[0] == "-", plain[1:]
    whole, _, part = plain.partition(".")
    return negative, whole, part


def printed_decimals(text: str) -> int:
    """Number of decimals a printed amount shows."""
    _, _, part = fold(text).rstrip(")").partition(".")
    return len(part)


Unit = Literal["元", "千元", "万元", "百万元", "亿元"]
