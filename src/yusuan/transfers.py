"""Money inside one department: grants to its own units and what they hand up, which a plain roll-up counts twice.

部门 = Σ 单位. A grant from the department to a unit is expenditure of the one (对附属单位补助支出) and income of the
other (上级补助收入); the roll-up names such money and does not strike it out, because the ledger does not say who is
party to it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from yusuan.finding import Finding
from yusuan.forms import Standard
from yusuan.ledger import Ledger


@cache
def _pairs() -> list[dict[str, Any]]:
    raw = tomllib.loads((files("yusuan") / "standards" / "heuristics.toml").read_text(encoding="utf-8"))
    found: list[dict[str, Any]] = raw["internal"]
    return found


def transfer_findings(ledger: Ledger, standard: Standard, department: str) -> list[Finding]:
    """A note for every kind of internal transfer that the department's units show (分 on both sides)."""
    units = frozenset((*ledger.departments().get(department, ()), department))
    found = []
    for pair in _pairs():
        income = _sum(ledger, standard, units, pair["income"])
        spending = _sum(ledger, standard, units, pair["spending"])
        if income or spending:
            values = {"amount": income, "spending": spending, "income_name": _names(standard, pair["income"]),
                      "spending_name": _names(standard, pair["spending"])}  # fmt: skip
            found.append(Finding("internal_transfer", "info", "cannot_tell", (), values))
    return found


def _sum(ledger: Ledger, standard: Standard, units: frozenset[str], place: Mapping[str, list[str]]) -> int:
    total = 0
    for fact in ledger.facts():
        if fact.agency_code in units:
            codes = fact._asdict()
            inside = all(
                set(standard.space[axis].path(str(codes[axis]))) & set(members) for axis, members in place.items()
            )
            total += fact.amount if inside else 0
    return total


def _names(standard: Standard, place: Mapping[str, list[str]]) -> str:
    return "、".join(standard.space[axis][code].name for axis, codes in place.items() for code in codes)
