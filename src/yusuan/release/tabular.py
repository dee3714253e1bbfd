"""The tidy tables of a release read back: a row for each amount, held to the record by form, row and column."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

from yusuan.read.tidy import tidy_rows
from yusuan.release.record import Difference, Table

Key = tuple[str, int, int]
"""Form number (or title), row and column, both from 0."""

def differences(path: Path, tables: Sequence[Table]) -> tuple[int, tuple[Difference, ...]]:
    """How many amounts were compared, and those that the table tells otherwise than the record, in 分 or in yuan."""
    wanted: dict[Key, int] = {
        (table.form or table.title, *place): amount
        for table in tables
        for place, (_, amount) in table.cells.items()
        if amount is not None
    }
    there: dict[Key, int] = {}
    wrong = []
    for row in tidy_rows(path):
        key = (str(row["form"] or row["form_title"]), int(row["row"]) - 1, int(row["column"]) - 1)
        there[key] = int(row["amount_fen"])
        if Decimal(str(row["amount"])) * 100 != there[key]:
            wrong.append(_difference(key, str(there[key]), str(row["amount"])))
    for key in sorted(wanted.keys() | there.keys()):
        if wanted.get(key) != there.get(key):
            wrong.append(_difference(key, _text(wanted.get(key)), _text(there.get(key))))
    return len(wanted), tuple(wrong)


def _text(amount: int | None) -> str | None:
    return None if amount is None else str(amount)


def _difference(key: Key, before: str | None, after: str | None) -> Difference:
    return Difference(key[0], str(key[1] + 1), str(key[2] + 1), before, after)
