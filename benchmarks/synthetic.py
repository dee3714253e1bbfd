"""Synthetic agencies for the benchmarks: 机关 and 事业 units in departments, every source, kind and vintage."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from yusuan.axes import Space
from yusuan.codes import Tree
from yusuan.ledger import FACT_COLUMNS
from yusuan.pairing import pair_codes

if TYPE_CHECKING:
    import polars as pl

UNITS_PER_DEPARTMENT = 10
OWN_MONEY = ("31", "32", "33", "34", "39")


@dataclass(frozen=True)
class Codes:
    """Codes to draw from; ``pairs`` are (departmental, governmental) by regime and 类 of the departmental one."""

    functions: tuple[str, ...]
    funds: tuple[str, ...]
    pairs: dict[str, dict[str, list[tuple[str, str]]]]


def codes_of(space: Space) -> Codes:
    """The lowest codes of every tree, and the pairs of economic codes that the correspondence allows."""
    dep = space["dep_bgt_eco_code"]
    pairs: dict[str, dict[str, list[tuple[str, str]]]] = {}
    for regime in ("organ", "institution"):
        mine = pairs.setdefault(regime, {})
        for d, g in sorted(pair_codes(space, (regime,)).allowed):
            if dep.level(d) == 2 and space["gov_bgt_eco_code"].level(g) == 2:
                mine.setdefault(dep.path(d)[0], []).append((d, g))
    return Codes(lowest(space["exp_func_code"], 3), lowest(space["fund_type_code"], 1), pairs)


def lowest(tree: Tree, level: int) -> tuple[str, ...]:
    """Members without children, at this level or below."""
    return tuple(code for code in tree.members if not tree.children.get(code) and tree.level(code) >= level)


def synthetic(space: Space, agencies: int, facts: int, seed: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Facts (with pro_type) and units of ``agencies`` agencies with ``facts`` facts each."""
    import polars as pl

    rng = random.Random(seed)
    codes = codes_of(space)
    columns: dict[str, list[str]] = {name: [] for name in (*FACT_COLUMNS[:-1], "pro_type")}
    amounts: list[int] = []
    units = []
    for index in range(agencies):
        parent = f"{100 + index // UNITS_PER_DEPARTMENT}"
        code = f"{parent}{index % UNITS_PER_DEPARTMENT + 1:03d}"
        units.append((code, parent))
        regime = rng.choice(("organ", "institution"))
        functions = rng.sample(codes.functions, rng.randint(2, 6))
        for number in range(facts):
            place = draw(rng, codes, regime, functions, f"{code}{number % 5:04d}")
            for name, value in zip(columns, (code, *place)):
                columns[name].append(value)
            amounts.append(rng.randint(1, 10**9))
    frame = pl.DataFrame({**columns, "amount": pl.Series(amounts, dtype=pl.Int64)})
    return frame, pl.DataFrame(units, schema=["agency_code", "parent_code"], orient="row")


def draw(rng: random.Random, codes: Codes, regime: str, functions: Sequence[str], project: str) -> tuple[str, ...]:
    """One fact's place: function, departmental and governmental code, source, vintage, kind, project, project type."""
    pairs = codes.pairs[regime]
    fund = rng.choices(("1111", rng.choice(codes.funds)), (3, 2))[0]
    vintage = "carryover" if rng.random() < 0.15 else "current"
    kind = rng.choices(("basic", "project", "business", "remit", "subsidy", "yearend", "agent", "transfer"),
                       (60, 28, 2, 1, 1, 3, 3, 2))[0]  # fmt: skip
    if kind in ("business", "remit", "subsidy"):
        fund = rng.choice(OWN_MONEY)
    heads = rng.choices(("301", "302", "303"), (4, 5, 2)) if kind == "basic" else [rng.choice(tuple(pairs))]
    dep, gov = rng.choice(pairs[heads[0]])
    held = kind in ("project", "agent", "transfer")
    special = kind in ("agent", "transfer") or int(project[-1]) < 2
    if held and special:
        fund, vintage = rng.choice(("1111", "1112", "121", "131", fund)), "current"
    function = "" if kind == "yearend" else rng.choice(functions)
    return (
        function, "" if kind == "yearend" else dep, "" if kind == "yearend" else gov, fund, vintage, kind,
        project if held else "", "special" if held and special else "other",
    )  # fmt: skip
