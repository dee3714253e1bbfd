"""Columns that compare two others: the difference and the percentage must follow from the figures they compare."""

from __future__ import annotations

from collections.abc import Iterator

from yusuan.amount import AmountError, fold, parse_amount, printed_decimals
from yusuan.figures import Figures
from yusuan.finding import Finding
from yusuan.sheet import Sheet

LEAST = 2
"""Figures at least that must follow from a pair of columns before others are said not to."""


def change_findings(figures: Figures) -> Iterator[Finding]:
    """Findings on columns of differences and percentages, where the table leaves no doubt what they compare."""
    for number, sheet in enumerate(figures.disclosure.sheets):
        yield from _sheet(figures, number, sheet)


def _sheet(figures: Figures, number: int, sheet: Sheet) -> Iterator[Finding]:
    for c, column in enumerate(sheet.texts):
        if column.role not in ("change", "ratio"):
            continue
        pair, judged = _compared(sheet, c, column.role)
        if pair is None:
            continue
        for r, told in judged:
            if told[0]:
                continue
            cells = tuple(figures.ref((number, r, k)) for k in pair)
            values = {"column": column.labels[-1], "text": sheet.words[r, c].text, "expected": told[1]}
            yield Finding(f"{column.role}_differs", "error", "fails", cells, values, form=sheet.form)


Judged = list[tuple[int, tuple[bool, str]]]
"""(row, whether the printed figure follows and what would)."""


def _compared(sheet: Sheet, c: int, role: str) -> tuple[tuple[int, int] | None, Judged]:
    """The columns (this year, last year) that a column of differences or percentages compares: the pair from which
    most of its figures follow, as long as they are many and few do not."""
    best: tuple[tuple[int, int] | None, Judged] = (None, [])
    most = LEAST - 1
    for this, last in _pairs(sheet):
        told = ((r, _told(sheet, r, c, role, this, last)) for r in range(len(sheet.rows)))
        judged = [(r, answer) for r, answer in told if answer is not None]
        held = sum(answer[0] for _, answer in judged)
        if held > most and held * 3 >= len(judged) * 2:
            best, most = ((this, last), judged), held
    return best


def _pairs(sheet: Sheet) -> Iterator[tuple[int, int]]:
    """Columns of this year with columns of last year; any two where accounts are not told."""
    accounts = [_account(sheet, c) for c in range(len(sheet.columns))]
    for this, mine in enumerate(accounts):
        for last, other in enumerate(accounts):
            if this != last and not mine.startswith("prior") and (other.startswith("prior") or not (mine and other)):
                yield this, last


def _account(sheet: Sheet, c: int) -> str:
    """The account of a column, empty when it was not understood."""
    point = sheet.columns[c].point
    return next(iter(point.parts.get("account", ("",)))).rpartition(".")[2] if point is not None else ""


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
