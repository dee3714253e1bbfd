"""The main figures of a disclosure, found by what its cells mean: what an agency page and the index tell first."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from yusuan.axes import Point, Space, national_space
from yusuan.forms import Standard
from yusuan.publish.flow import SPENDING, TOTAL, Figures, Flow, at, figures_of, flow_of, key_figures, parts
from yusuan.publish.site.values import Summary
from yusuan.sheet import Disclosure
from yusuan.words import say

SOURCE_LEVEL = 2
"""Sources of money are compared down to this level of their tree; finer ones are not published alike."""


@dataclass(frozen=True, slots=True)
class Main:
    """Main figures of one disclosure (分): the total, and each split as name → amount, the largest first."""

    total: int | None
    key: Mapping[str, int]
    sources: Mapping[str, int]
    functions: Mapping[str, int]
    kinds: Mapping[str, int]
    classes: Mapping[str, int]
    travel: Mapping[str, int]
    travel_total: int | None
    flow: Flow


def space_of(standard: Standard | None) -> Space:
    """The code trees of a standard, the national ones without it."""
    return standard.space if standard is not None else national_space()


def main_figures(disclosure: Disclosure, standard: Standard | None, lang: str) -> Main:
    """The main figures, words of the page in ``lang``."""
    figures, space = own_figures(disclosure), space_of(standard)
    kinds = parts(figures, space, SPENDING, "kind", deepest=3)
    total = figures.get(TOTAL, figures.get(SPENDING))
    return Main(
        total,
        dict(key_figures(figures)),
        _sources(figures, space, total if total is not None else 0, lang),
        _named(space, "exp_func_code", parts(figures, space, SPENDING, "exp_func_code", deepest=1)),
        _named(space, "kind", kinds),
        _named(space, "dep_bgt_eco_code", _classes(figures, space, kinds)),
        {say(word, lang): amount for word, amount in _travel(figures, "travel")},
        next((amount for _, amount in _travel(figures, "travel_total")), None),
        flow_of(figures, space, lang),
    )


def own_figures(disclosure: Disclosure) -> Figures:
    """Slices of the disclosure's own account (分): of a budget what it budgets, of final accounts what was spent.

    Forms that print several accounts side by side name them; here the own one stands without its name.
    """
    figures = figures_of(disclosure)
    found = {point: amount for point, amount in figures.items() if point.get("account") is None}
    for point, amount in figures.items():
        if point.get("account") == frozenset({disclosure.kind}):
            found.setdefault(point.without("account"), amount)
    for point, amount in figures.items():
        account = "".join(point.get("account") or ())
        # a table of its own tells what it is about only by its economic codes, as that of the 三公 does
        if account.endswith(f".{disclosure.kind}") and point.get("dep_bgt_eco_code") is not None:
            found.setdefault(point.without("account"), amount)
    return found


def summary_of(disclosure: Disclosure, standard: Standard | None, href: str) -> Summary:
    """The line of the index for a disclosure; names stand in Chinese, as in its forms."""
    main, agency = main_figures(disclosure, standard, "zh"), disclosure.agency
    return Summary(
        agency.code if agency else "",
        (agency.name if agency else "") or disclosure.file or say("site_unnamed", "zh"),
        disclosure.fiscal_year,
        disclosure.kind,
        agency.parent_name if agency else "",
        href,
        main.total,
        main.travel_total,
        main.sources,
        main.functions,
        main.classes,
        main.travel,
    )


def _classes(figures: Figures, space: Space, kinds: Mapping[str, int]) -> dict[str, int]:
    found: dict[str, int] = {}
    for kind in kinds:
        for code, amount in parts(
            figures, space, Point({"kind": frozenset({kind})}), "dep_bgt_eco_code", deepest=1
        ).items():
            found[code] = found.get(code, 0) + amount
    return found


def _sources(figures: Figures, space: Space, total: int, lang: str) -> dict[str, int]:
    """Sources of this year with what was carried over, or of both years together where only those make the total."""
    together = _named(space, "fund_type_code", parts(figures, space, TOTAL, "fund_type_code", deepest=SOURCE_LEVEL))
    current = parts(figures, space, at(TOTAL, "vintage", "current"), "fund_type_code", deepest=SOURCE_LEVEL)
    found = _named(space, "fund_type_code", current)
    carried = figures.get(at(TOTAL, "vintage", "carryover"), 0)
    if carried:
        found[say("site_carryover", lang)] = carried
    told = sum(found.values()) == total or sum(together.values()) != total
    return found if found and told else together


def _named(space: Space, axis: str, amounts: Mapping[str, int]) -> dict[str, int]:
    found: dict[str, int] = {}
    for code, amount in sorted(amounts.items(), key=lambda part: (-part[1], part[0])):
        name = space[axis][code].name
        found[name] = found.get(name, 0) + amount
    return found


@cache
def _points(key: str) -> tuple[tuple[str, tuple[Point, ...]], ...]:
    raw = tomllib.loads((files("yusuan") / "publish" / "site" / "figures.toml").read_text(encoding="utf-8"))
    return tuple(
        (entry["word"], tuple(Point({axis: frozenset(codes) for axis, codes in p.items()}) for p in entry["points"]))
        for entry in raw[key]
    )


def _travel(figures: Figures, key: str) -> list[tuple[str, int]]:
    found = []
    for word, points in _points(key):
        amounts = [figures[point] for point in points if point in figures]
        found += [(word, amounts[0])] if amounts else []
    return found
