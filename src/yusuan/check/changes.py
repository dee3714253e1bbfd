"""Columns that compare two others: the difference and the percentage must follow from the figures they compare."""

from __future__ import annotations

from collections.abc import Iterator

from yusuan.amount import AmountError, fold, parse_amount, printed_decimals
from yusuan.figures import Figures
from yusuan.finding import Finding
from yusuan.sheet import Sheet


def change_findings(figures: Figures) -> Iterator[Finding]:
    """Findings on columns of differences and percentages, where the table leaves no doubt what they compare."""
    for number, sheet in enumerate(figures.disclosure.sheets):
        yield from _sheet(figures, number, sheet)


def _sheet(figures: Figures, number: int, sheet: Sheet) -> Iterator[Finding]:
    pairs = _pairs(sheet)
    if pairs is None:
        return
    this, last = pairs
    for c, column in enumerate(sheet.texts):
        if column.role not in ("change", "ratio"):
            continue
        judged = [(r, _told(sheet, r, c, column.role, this, last)) for r in range(len(sheet.rows))]
        known = [(r, told) for r, told in judged if told is not None]
        wrong = [(r, told) for r, told in known if not told[0]]
        # a column of which most figures do not follow compares something else
        if len(wrong) * 3 > len(known):
            continue
        for r, (_, expected) in wrong:
            cell = sheet.words[r, c]
            cells = (figures.ref((number, r, this)), figures.ref((number, r, last)))
            values = {"column": column.labels[-1], "text": cell.text, "expected": expected}
            yield Finding(f"{column.role}_differs", "error", "fails", cells, values, form=sheet.form)


def _pairs(sheet: Sheet) -> tuple[int, int] | None:
    """The columns of this year and of last year that are compared: the only pair of one slice in two accounts."""
    found: dict[frozenset[tuple[str, frozenset[str]]], dict[str, int]] = {}
    for c, column in enumerate(sheet.columns):
        if column.point is None:
            continue
        account = next(iter(column.point.parts.get("account", ("",))))
        rest = frozenset(column.point.without("account").parts.items())
        found.setdefault(rest, {}).setdefault(account.rpartition(".")[2], c)
    pairs = [
        (accounts[now], accounts[before])
        for accounts in found.values()
        for now, before in (("budget", "prior_budget"), ("budget", "prior_final"), ("final", "prior_final"))
        if now in accounts and before in accounts
    ]
    return pairs[0] if len(pairs) == 1 else None


def _told(sheet: Sheet, r: int, c: int, role: str, this: int, last: int) -> tuple[bool, str] | None:
    """Whether a printed difference or percentage follows, and what would; ``None`` when it cannot be told."""
    cell = sheet.words.get((r, c))
    now, before = sheet.cells.get((r, this)), sheet.cells.get((r, last))
    if cell is None or now is None or before is None or (now.amount is None and before.amount is None):
        return None
    difference = (now.amount or 0) - (before.amount or 0)
    try:
        if role == "change":
            printed = parse_amount(cell.text, sheet.scale.unit)
            if printed is None:
                return None
            return abs(printed - difference) <= 3 * sheet.scale.quantum // 2, sheet.scale.format(difference)
        return _ratio(cell.text, difference, before.amount or 0, sheet.scale.quantum)
    except AmountError:
        return None


def _ratio(text: str, difference: int, base: int, quantum: int) -> tuple[bool, str] | None:
    plain = fold(text).rstrip("%").strip()
    if base <= 0 or parse_amount(plain, "元") is None:
        return None
    percent = "%" in text
    decimals = printed_decimals(plain)
    printed = (parse_amount(plain, "元") or 0) * (1 if percent or decimals < 4 else 100)
    exact = 10_000 * difference / base
    slack = 10_000 * quantum / base * (1 + abs(difference) / base) + 100 / 10**decimals * 0.51 + 0.01
    return abs(printed - exact) <= slack, f"{exact / 100:.2f}%"
