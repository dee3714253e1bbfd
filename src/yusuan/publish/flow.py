"""Where the money comes from and where it goes, taken from what the cells of a disclosure mean.

Figures are found by their Points, never by the form that prints them, so any standard feeds the same chart. A layer
whose parts are not published, or do not fit their total, is left out or completed by an unlisted rest.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files

from yusuan.axes import Point, Space
from yusuan.sheet import Cell, Disclosure
from yusuan.words import say

TOTAL = Point({"kind": frozenset({"budget"})})
SPENDING = Point({"kind": frozenset({"spending"})})
YEAREND = Point({"kind": frozenset({"yearend"})})
LEAST = 2
"""A breakdown of fewer parts than this is not worth a bar chart."""


@dataclass(frozen=True, slots=True)
class Place:
    """A node of the flow chart; ``layer`` counts from the sources (0) to the economic classes."""

    id: str
    name: str
    layer: int
    amount: int
    path: str = ""


@dataclass(frozen=True, slots=True)
class Stream:
    """Money from one node to another (分)."""

    origin: str
    target: str
    amount: int


@dataclass
class Flow:
    """The chart while it is put together; empty when the disclosure does not show how its money flows."""

    places: dict[str, Place] = field(default_factory=dict)
    streams: list[Stream] = field(default_factory=list)

    def place(self, id: str, name: str, layer: int, amount: int, path: str = "") -> None:  # noqa: A002
        """Add a node, or more money to one."""
        known = self.places.get(id)
        self.places[id] = Place(id, name, layer, amount + (known.amount if known else 0), path)

    def stream(self, origin: str, target: str, amount: int) -> None:
        """Add money that flows."""
        self.streams.append(Stream(origin, target, amount))


@dataclass(frozen=True, slots=True)
class Share:
    """One part of a breakdown."""

    name: str
    amount: int


@dataclass(frozen=True, slots=True)
class Breakdown:
    """Expenditure split one way; ``word`` names the split."""

    word: str
    shares: tuple[Share, ...]


Figures = Mapping[Point, int]
"""Printed amount (分) of each slice of the whole agency."""


def figures_of(disclosure: Disclosure) -> Figures:
    """Every printed slice of the whole agency and its amount; a blank is nothing, what no reader understood is absent.

    A slice restricted to the agency itself is one of the whole; slices printed only unit by unit are added up.
    """
    agency = disclosure.agency
    whole: set[str | None] = (
        {agency.code, agency.parent_code if disclosure.scope == "unit" else None} if agency else set()
    )
    found: dict[Point, int] = {}
    units: dict[tuple[int, Point], int] = {}
    for index, sheet in enumerate(disclosure.sheets):
        for cell in sheet.cells.values():
            amount = _amount(cell)
            if cell.point is None or amount is None or "pro_code" in cell.point.parts:
                continue
            codes = cell.point.get("agency_code")
            if codes is None or codes <= whole:
                found.setdefault(cell.point.without("agency_code"), amount)
            else:
                key = (index, cell.point.without("agency_code"))
                units[key] = units.get(key, 0) + amount
    for (_, point), amount in units.items():
        found.setdefault(point, amount)
    return found


def _amount(cell: Cell) -> int | None:
    return 0 if cell.amount is None and not cell.text.strip() else cell.amount


@cache
def _key_figures() -> tuple[tuple[str, tuple[Point, ...]], ...]:
    raw = tomllib.loads((files("yusuan") / "publish" / "assets" / "figures.toml").read_text(encoding="utf-8"))
    return tuple(
        (entry["word"], tuple(Point({axis: frozenset(codes) for axis, codes in p.items()}) for p in entry["points"]))
        for entry in raw["figures"]
    )


def key_figures(figures: Figures) -> tuple[tuple[str, int], ...]:
    """(word, amount) of the figures a reader asks for first, as far as they are published."""
    found = []
    for word, points in _key_figures():
        amounts = [figures[point] for point in points if point in figures]
        found += [(word, amounts[0])] if amounts else []
    return tuple(found)


def parts(figures: Figures, space: Space, base: Point, axis: str, *, deepest: int) -> dict[str, int]:
    """The published parts of ``base`` along ``axis``, coarsest first refined while finer parts add up to theirs.

    Only slices of a single member down to level ``deepest`` of its tree; zero parts are left out.
    """
    tree = space[axis]
    found: dict[str, int] = {}
    rest = base.without(axis)
    for point, amount in figures.items():
        codes = point.get(axis)
        if not amount or codes is None or len(codes) != 1 or len(point.parts) != len(rest.parts) + 1:
            continue
        if point.without(axis) == rest:
            (code,) = codes
            if code in tree and tree.level(code) <= deepest and _within(space, base, axis, code):
                found[code] = amount

    def refined(code: str) -> dict[str, int]:
        below = [c for c in found if c != code and tree.within(c, code)]
        nearest = [c for c in below if not any(o != c and tree.within(c, o) for o in below)]
        if nearest and sum(found[c] for c in nearest) == found[code]:
            return {k: v for c in nearest for k, v in refined(c).items()}
        return {code: found[code]}

    tops = [c for c in found if not any(o != c and tree.within(c, o) for o in found)]
    return {code: amount for top in tops for code, amount in refined(top).items()}


def _within(space: Space, base: Point, axis: str, code: str) -> bool:
    admitted = base.get(axis)
    return admitted is None or (code not in admitted and space[axis].covers(admitted, frozenset({code})))


def at(point: Point, axis: str, code: str) -> Point:
    """``point`` restricted to one member of an axis."""
    return Point({**point.parts, axis: frozenset({code})})


def flow_of(figures: Figures, space: Space, lang: str) -> Flow:
    """The chart: sources → all money → functions → kinds of expenditure → economic classes."""
    flow = Flow()
    total = figures.get(TOTAL) or figures.get(SPENDING)
    if not total or total < 0 or not _sources(flow, figures, space, total, lang):
        return Flow()
    flow.place("total", say("page_flow_total", lang), 1, total)
    yearend = figures.get(YEAREND, 0)
    functions = parts(figures, space, SPENDING, "exp_func_code", deepest=1)
    kinds = parts(figures, space, SPENDING, "kind", deepest=3)
    axis, first = ("exp_func_code", functions) if functions else ("kind", kinds)
    _spread(flow, space, "total", 2, axis, first, total - yearend, lang)
    if yearend > 0:
        flow.place("yearend", space["kind"]["yearend"].name, 2, yearend)
        flow.stream("total", "yearend", yearend)
    for code, amount in functions.items():
        inside = parts(figures, space, at(SPENDING, "exp_func_code", code), "kind", deepest=3)
        if inside:
            _spread(flow, space, f"exp_func_code:{code}", 3, "kind", inside, amount, lang)
    if functions:
        _rest_to_kinds(flow, space, kinds)
    for kind in kinds:
        place = flow.places.get(f"kind:{kind}")
        classes = parts(figures, space, Point({"kind": frozenset({kind})}), "dep_bgt_eco_code", deepest=1)
        if place is not None and classes:
            _spread(flow, space, place.id, 4, "dep_bgt_eco_code", classes, place.amount, lang)
    return flow if _sound(flow) else Flow()


def _rest_to_kinds(flow: Flow, space: Space, kinds: Mapping[str, int]) -> None:
    """What the kinds hold beyond the listed functions comes from the functions that are not listed."""
    if "rest2" not in flow.places:
        return
    for code, name, amount, path in _named(space, "kind", kinds):
        known = flow.places.get(f"kind:{code}")
        missing = amount - (known.amount if known else 0)
        if missing > 0:
            flow.place(f"kind:{code}", name, 3, missing, path)
            flow.stream("rest2", f"kind:{code}", missing)


def _sound(flow: Flow) -> bool:
    """Whether no stream is negative and no node gives more than it has."""
    left = {place.id: place.amount for place in flow.places.values()}
    for stream in flow.streams:
        left[stream.origin] -= stream.amount
    return all(stream.amount > 0 for stream in flow.streams) and all(amount >= 0 for amount in left.values())


def _sources(flow: Flow, figures: Figures, space: Space, total: int, lang: str) -> bool:
    current = at(TOTAL, "vintage", "current")
    earlier = at(TOTAL, "vintage", "carryover")
    found = _named(space, "fund_type_code", parts(figures, space, current, "fund_type_code", deepest=9))
    carried = figures.get(earlier, 0)
    if carried > 0:
        old = _named(space, "fund_type_code", parts(figures, space, earlier, "fund_type_code", deepest=2))
        name = space["vintage"]["carryover"].name
        if sum(amount for _, _, amount, _ in old) == carried:
            found += [(f"old:{code}", f"{name}·{part}", amount, path) for code, part, amount, path in old]
        else:
            found.append(("old", name, carried, ""))
    rest = total - sum(amount for _, _, amount, _ in found)
    if rest < 0 or not found:
        return False
    if rest:
        found.append(("rest", say("page_flow_rest", lang), rest, ""))
    for code, name, amount, path in found:
        flow.place(f"fund:{code}", name, 0, amount, path)
        flow.stream(f"fund:{code}", "total", amount)
    return True


def _named(space: Space, axis: str, amounts: Mapping[str, int]) -> list[tuple[str, str, int, str]]:
    tree = space[axis]
    paths = {code: " › ".join(tree[step].name for step in tree.path(code)) for code in amounts}
    return [(code, tree[code].name, amount, paths[code]) for code, amount in amounts.items()]


def _spread(
    flow: Flow, space: Space, origin: str, layer: int, axis: str, amounts: Mapping[str, int], whole: int, lang: str
) -> None:
    """Money of one node to its parts; what they leave goes to an unlisted rest of the layer."""
    for code, name, amount, path in _named(space, axis, amounts):
        flow.place(f"{axis}:{code}", name, layer, amount, f"{code} {path}" if code.isdigit() else path)
        flow.stream(origin, f"{axis}:{code}", amount)
    rest = whole - sum(amounts.values())
    if rest:
        flow.place(f"rest{layer}", say("page_flow_rest", lang), layer, rest)
        flow.stream(origin, f"rest{layer}", rest)


def breakdowns(figures: Figures, space: Space) -> tuple[Breakdown, ...]:
    """Expenditure by function, by kind and by economic class, largest part first."""
    kinds = parts(figures, space, SPENDING, "kind", deepest=3)
    classes: dict[str, int] = {}
    for kind in kinds:
        inside = parts(figures, space, Point({"kind": frozenset({kind})}), "dep_bgt_eco_code", deepest=1)
        for code, amount in inside.items():
            classes[code] = classes.get(code, 0) + amount
    functions = parts(figures, space, SPENDING, "exp_func_code", deepest=1)
    government = parts(figures, space, SPENDING, "gov_bgt_eco_code", deepest=1)
    found = (
        ("page_by_function", "exp_func_code", functions),
        ("page_by_kind", "kind", kinds),
        ("page_by_class", "dep_bgt_eco_code", classes),
        ("page_by_government_class", "gov_bgt_eco_code", government),
    )
    return tuple(
        Breakdown(word, _shares(space, axis, amounts)) for word, axis, amounts in found if len(amounts) >= LEAST
    )


def _shares(space: Space, axis: str, amounts: Mapping[str, int]) -> tuple[Share, ...]:
    listed: Iterable[tuple[str, int]] = sorted(amounts.items(), key=lambda part: (-part[1], part[0]))
    return tuple(Share(space[axis][code].name, amount) for code, amount in listed)
