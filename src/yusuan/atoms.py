"""The atoms of a disclosure: the smallest slices of a ledger that its printed figures tell apart.

Every figure is the sum of the facts inside its Point; facts that stand in exactly the same figures are one atom, so a
ledger behind the disclosure is an amount per atom. A blank is a zero and amounts are not negative: whatever lies inside
a blank cell does not exist. Nor does what a form would have to list and does not: a form lists every member that has
money. What is left is small, because the axes are crossed one by one and every place proved empty is dropped at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import product
from typing import NamedTuple

import numpy as np

from yusuan.amount import LARGEST
from yusuan.axes import Point, Space
from yusuan.codes import Member, Tree
from yusuan.figures import Figures as Printed
from yusuan.forms import Standard
from yusuan.listing import document_space
from yusuan.pairing import pair_codes
from yusuan.sheet import Cell, Disclosure, Place, Sheet

SPENDING = "spending"
"""The kind below which every fact has a function and economic codes."""

LOOSE: tuple[int, ...] = (0, 1, 2)
"""How much is admitted beyond what code lists and correspondence tell (see ``Cutter``), least first."""

REGIMES: tuple[str, ...] = ("institution", "organ")
"""Regimes that the correspondence of economic codes tells apart."""

ROW_AXES: tuple[str, ...] = ("agency_code", "exp_func_code", "pro_code")

Key = tuple[str | None, str | None, str | None]
"""Members that a row names on ``ROW_AXES``."""


class Location(NamedTuple):
    """A place of a fact on every axis; empty where the fact names no member."""

    kind: str
    agency_code: str
    exp_func_code: str
    pro_code: str
    pro_type: str
    vintage: str
    fund_type_code: str
    dep_bgt_eco_code: str
    gov_bgt_eco_code: str


@dataclass(frozen=True, slots=True)
class Figure:
    """One printed slice: its Point, the cells that print it, and the least and most it can be (分): 0 and ``LARGEST``
    where every cell of it is withheld or unreadable."""

    point: Point
    places: tuple[Place, ...]
    low: int
    high: int


@dataclass(frozen=True)
class Figures:
    """What a disclosure prints: slices with money, empty slices, and per sheet what it does not list."""

    money: tuple[Figure, ...]
    empty: tuple[Point, ...]
    listings: tuple[tuple[tuple[Point, ...], frozenset[Key]], ...]
    """(column Points, finest listed rows) of every form that lists rows."""
    quantum: int
    """分 in the finest printed digit."""


def figures_of(
    disclosure: Disclosure,
    standard: Standard,
    space: Space,
    *,
    rounded: bool = False,
    hidden: frozenset[Place] = frozenset(),
) -> Figures:
    """The figures of all understood sheets: exact in the finest printed unit, or each within half of its last digit.

    Cells that are withheld or no amount tell nothing, and no more do the ``hidden`` ones.
    """
    hidden = hidden | Printed(disclosure).unread
    sheets = [(i, s) for i, s in enumerate(disclosure.sheets) if s.form in standard.forms]
    finest = min((s.scale.quantum for _, s in sheets), default=1)
    found: dict[Point, list[tuple[Place, int, int]]] = {}
    for number, sheet in sheets:
        for cell in sheet.cells.values():
            # a slice that names an account is last year's, say, and none of this ledger
            if cell.point is None or cell.point.get("account"):
                continue
            place = (number, cell.row, cell.column)
            low, high = (0, LARGEST) if place in hidden else _range(cell, sheet, finest, rounded)
            found.setdefault(cell.point, []).append((place, low, high))
    money, empty = [], []
    for point, cells in found.items():
        low, high = max(low for _, low, _ in cells), min(high for _, _, high in cells)
        if low == high == 0:
            empty.append(point)
        else:
            places = sorted((p for p, _, _ in cells), key=lambda p: p in hidden)
            money.append(Figure(point, tuple(places), low, high))
    listings = tuple(made for _, sheet in sheets if (made := _listing(sheet, standard, space)) is not None)
    return Figures(tuple(money), tuple(empty), listings, finest)


def _range(cell: Cell, sheet: Sheet, finest: int, rounded: bool) -> tuple[int, int]:
    """The least and most 分 behind a printed amount."""
    amount, quantum = cell.amount or 0, sheet.scale.quantum
    blank = cell.amount is None or (not amount and not rounded)
    if blank or not (rounded or quantum > finest):
        return amount, amount
    half = quantum // 2
    return (max(0, amount - half), amount + quantum - half - 1) if amount >= 0 else (amount - half, amount + half)


def _listing(sheet: Sheet, standard: Standard, space: Space) -> tuple[tuple[Point, ...], frozenset[Key]] | None:
    """Columns and finest listed rows of a form; ``None`` when it lists none or some of it was not understood."""
    form = standard.forms[sheet.form or ""]
    if form.blocks or any(stray.amount for stray in sheet.strays):
        return None
    keys = set()
    for row in sheet.rows:
        parts = row.point.parts if row.point else {}
        if any(len(codes) != 1 for codes in parts.values()):
            return None
        if row.role != "blank":
            keys.add(tuple(next(iter(parts[axis])) if axis in parts else None for axis in ROW_AXES))
    coarse = {above for key in keys for above in _around(key, space) if above != key}  # type: ignore[arg-type]
    columns = tuple(c.point for c in sheet.columns if c.point is not None and not c.point.get("account"))
    return columns, frozenset(keys - coarse)  # type: ignore[arg-type]


def _around(key: Key, space: Space) -> Iterator[Key]:
    """Every row that would hold a row (or fact) at ``key``, itself included."""
    agency, function, project = key
    yield from product(
        (None, *path_of(space["agency_code"], agency or "")),
        (None, *path_of(space["exp_func_code"], function or "")),
        (None, project),
    )


def path_of(tree: Tree, code: str) -> tuple[str, ...]:
    """The member and its ancestors; a code that the tree does not hold stands alone, an empty one nowhere."""
    if not code:
        return ()
    return tree.path(code) if code in tree else (code,)


@dataclass(frozen=True)
class World:
    """Where facts of the disclosure can lie: its agencies with their possible regimes, functions, projects."""

    agencies: tuple[str, ...]
    functions: tuple[str, ...]
    projects: Mapping[str, tuple[tuple[str, str], ...]]
    """Agency → (project, type)."""
    with_projects: frozenset[str]
    """Kinds of expenditure whose projects are listed."""
    regimes: Mapping[str, tuple[str, ...]]
    standard: Standard

    @property
    def unlisted(self) -> tuple[tuple[str, str], ...]:
        """No project, and a project of each type that no form lists. Money without one counts as the last type."""
        return tuple(("", kind) for kind in reversed(list(self.standard.space["pro_type"].members)))


def placed_space(disclosure: Disclosure, standard: Standard) -> Space:
    """The space of the standard with every member that only the disclosure names."""
    space = document_space(disclosure, standard.space)
    agency = disclosure.agency
    if agency is None:
        return space
    tree = space["agency_code"]
    above = agency.parent_code or agency.code
    extra = [Member(above, "")] if above != agency.code else []
    extra.append(Member(agency.code, agency.name, agency.parent_code))
    for sheet in disclosure.sheets:
        codes = {row.code for row in sheet.rows if row.role == "agency"} - {above, agency.code}
        extra += [Member(code, "", above) for code in sorted(codes)]
    return space.with_tree(tree.with_placed(extra))


def world_of(disclosure: Disclosure, standard: Standard, space: Space, figures: Figures) -> World:
    """The members that the disclosure lists, finest first, and the regimes its figures leave possible."""
    listed: dict[str, set[str]] = {"agency_code": set(), "exp_func_code": set()}
    projects: dict[tuple[str, str], set[str]] = {}
    kinds: set[str] = set()
    for sheet in disclosure.sheets:
        form = standard.forms.get(sheet.form or "")
        if form is None:
            continue
        for cell in sheet.cells.values():
            for axis, codes in listed.items():
                codes.update(cell.point.parts.get(axis, ()) if cell.point else ())
        types = form.scope.parts.get("pro_type", frozenset())
        if form.rows is not None and "pro_code" in form.rows.axes:
            kinds |= form.scope.parts.get("kind", frozenset())
        for row in sheet.rows:
            if row.role == "project" and row.point is not None:
                for code, kind in product(row.point.parts["pro_code"], types or _leaves(space["pro_type"])):
                    owners = projects.setdefault((code, kind), set())
                    owners.update(row.point.parts.get("agency_code", ()))
    agencies = _finest(space["agency_code"], listed["agency_code"])
    if not agencies and disclosure.agency is not None:
        agencies = (disclosure.agency.code,)
    above = {agency: {*path_of(space["agency_code"], agency)} for agency in agencies}
    owned = {a: tuple(p for p, owners in projects.items() if not owners or owners & above[a]) for a in agencies}
    regimes = _regimes(agencies, standard, figures)
    functions = _finest(space["exp_func_code"], listed["exp_func_code"]) or ("",)
    return World(agencies, functions, owned, frozenset(kinds), regimes, standard)


def _finest(tree: Tree, codes: set[str]) -> tuple[str, ...]:
    inner = {step for code in codes for step in path_of(tree, code)[:-1]}
    return tuple(sorted(codes - inner))


def _regimes(agencies: tuple[str, ...], standard: Standard, figures: Figures) -> dict[str, tuple[str, ...]]:
    """Regimes whose correspondence of economic codes explains every figure of the agency; all when none does."""
    wanted: dict[str, set[tuple[frozenset[str] | None, frozenset[str]]]] = {agency: set() for agency in agencies}
    for figure in figures.money:
        gov = figure.point.parts.get("gov_bgt_eco_code")
        if figure.low > 0 and gov:
            for agency in agencies if len(agencies) == 1 else figure.point.parts.get("agency_code", ()):
                if agency in wanted:
                    wanted[agency].add((figure.point.parts.get("dep_bgt_eco_code"), gov))
    found = {}
    for agency, slices in wanted.items():
        fits = tuple(r for r in REGIMES if all(_explains(r, dep, gov, standard) for dep, gov in slices))
        found[agency] = fits or REGIMES
    return found


def _explains(regime: str, dep: frozenset[str] | None, gov: frozenset[str], standard: Standard) -> bool:
    deps, govs = standard.space["dep_bgt_eco_code"], standard.space["gov_bgt_eco_code"]
    return any(
        not gov.isdisjoint(path_of(govs, g)) and (dep is None or not dep.isdisjoint(path_of(deps, d)))
        for d, g in pairs_of(standard, (regime,), False)
    )


@dataclass
class Cutter:
    """Figures as bits: which of them a location stands in.

    ``loose`` 1 also admits sources told no finer than a group of them, 2 also pairs of economic codes that no verified
    row of the correspondence speaks against.
    """

    figures: Figures
    space: Space
    world: World
    loose: int = 0
    groups: dict[str, dict[frozenset[str], int]] = field(default_factory=dict)
    unlisted: list[tuple[int, frozenset[Key]]] = field(default_factory=list)
    known: dict[tuple[str, str], int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        bit = 1
        for point in (*(figure.point for figure in self.figures.money), *self.figures.empty):
            bit = self._add(point, bit)
        for columns, rows in self.figures.listings:
            first = bit
            for point in columns:
                bit = self._add(point, bit)
            self.unlisted.append((bit - first, rows))
        self.everything = bit - 1
        self.money = (1 << len(self.figures.money)) - 1
        self.empty = self.everything ^ self.money
        self.crossings = [
            (self.on("agency_code", steps.rows[0][0]), tuple(self._layers(steps))) for steps in self._worlds()
        ]

    def _add(self, point: Point, bit: int) -> int:
        for axis, codes in point.parts.items():
            group = self.groups.setdefault(axis, {})
            group[codes] = group.get(codes, 0) | bit
        return bit << 1

    def on(self, axis: str, code: str) -> int:
        """Figures that admit ``code`` on ``axis``; an empty code is admitted only where the axis is open."""
        if (axis, code) not in self.known:
            path = path_of(self.space[axis], code)
            shut = 0
            for codes, bits in self.groups.get(axis, {}).items():
                if codes.isdisjoint(path):
                    shut |= bits
            self.known[axis, code] = self.everything & ~shut
        return self.known[axis, code]

    def on_rows(self, agency: str, function: str, project: str, pro_type: str) -> int:
        """Figures that admit the row members; what a form lists is not among its unlisted slices."""
        found = self.on("agency_code", agency) & self.on("exp_func_code", function)
        found &= self.on("pro_code", project) & self.on("pro_type", pro_type)
        around = tuple(_around((agency, function, project or None), self.space))
        for bits, rows in self.unlisted:
            if not rows.isdisjoint(around):
                found &= ~bits
        return found

    def signature(self, place: Location) -> int:
        """The figures that a fact at ``place`` stands in, empty and unlisted slices included."""
        found = self.on_rows(place.agency_code, place.exp_func_code, place.pro_code, place.pro_type)
        for axis in ("kind", "vintage", "fund_type_code", "dep_bgt_eco_code", "gov_bgt_eco_code"):
            found &= self.on(axis, getattr(place, axis))
        return found

    def final(self, remaining: Iterable[str]) -> int:
        """Empty slices that no remaining axis can still exclude."""
        still = 0
        for axis in remaining:
            for bits in self.groups.get(axis, {}).values():
                still |= bits
            if axis in ROW_AXES:
                for bits, _ in self.unlisted:
                    still |= bits
        return self.empty & ~still

    def _worlds(self) -> Iterator[Steps]:
        """The axes to cross, agency by agency, expenditure apart from what has neither function nor economic code."""
        kinds, vintages, funds = (_leaves(self.space[a]) for a in ("kind", "vintage", "fund_type_code"))
        if self.loose:
            funds = (*funds, *(code for code in self.space["fund_type_code"].members if code not in funds))
        tree = self.space["kind"]
        spent = [k for k in kinds if SPENDING in tree.path(k)]
        listed = [k for k in spent if self.world.with_projects & set(tree.path(k))]
        outside = [k for k in kinds if k not in spent]
        spending = ([k for k in spent if k not in listed], listed)
        for agency in self.world.agencies:
            projects = self.world.projects[agency]
            none = self.world.unlisted
            pairs = pairs_of(self.world.standard, self.world.regimes[agency], self.loose > 1)

            def spent_on(functions: tuple[str, ...]) -> Iterator[Steps]:
                for chosen, owned in zip(spending, (none[:1], (*none, *projects))):  # noqa: B023
                    rows = tuple((agency, f, *p) for f in functions for p in owned)  # noqa: B023
                    yield Steps(tuple(chosen), rows, vintages, funds, pairs)  # noqa: B023

            functions = self._listed(agency)
            if len(functions) < len(self.world.functions) and (
                not functions or any(self._crossed(self._layers(steps)) for steps in spent_on(("",)))
            ):
                functions = self.world.functions
            yield from spent_on(functions)
            rows = tuple((agency, "", *p) for p in (*none, *projects))
            yield Steps(tuple(outside), rows, vintages, funds, (("", ""),))

    def _listed(self, agency: str) -> tuple[str, ...]:
        """The functions that some form lists for the agency. Where money without any function has no place beside what
        is printed, no more has money of the others: each stands in all those figures and some more."""
        keys = {key for _, rows in self.unlisted for key in rows if key[1] is not None}
        named = {function: _around((agency, function, None), self.space) for function in self.world.functions}
        return tuple(function for function, around in named.items() if not keys.isdisjoint(around))

    def _layers(self, steps: Steps) -> Iterator[Layer]:
        """One axis after the other."""
        later = ["vintage", "fund_type_code", "dep_bgt_eco_code", "gov_bgt_eco_code"]
        yield [((k,), self.on("kind", k)) for k in steps.kinds], self.final((*ROW_AXES, "pro_type", *later))
        yield [(row, self.on_rows(*row)) for row in steps.rows], self.final(later)
        yield [((v,), self.on("vintage", v)) for v in steps.vintages], self.final(later[1:])
        yield [((f,), self.on("fund_type_code", f)) for f in steps.funds], self.final(later[2:])
        dep, gov = "dep_bgt_eco_code", "gov_bgt_eco_code"
        yield [((d, g), self.on(dep, d) & self.on(gov, g)) for d, g in steps.pairs], self.empty

    def atoms(self) -> tuple[int, ...]:
        """Signatures of all atoms: the figures with money that each stands in."""
        found: set[int] = set()
        for _, layers in self.crossings:
            found |= self._crossed(layers)
        return tuple(sorted(found))

    def _crossed(self, layers: Iterable[Layer]) -> set[int]:
        """What is left of the figures when the layers are crossed one by one and places proved empty are dropped."""
        masks = {self.everything}
        for values, settled in layers:
            distinct = {mask for _, mask in values}
            crossed = {left & right for left in masks for right in distinct}
            masks = {mask for mask in crossed if not mask & settled and mask & self.money}
        return masks

    def locations(self, signature: int) -> list[Location]:
        """Every location whose facts stand in exactly these figures."""
        found: list[Location] = []
        for around, layers in self.crossings:
            partial: list[tuple[tuple[str, ...], int]] = [((), around)] if around & signature == signature else []
            for values, settled in layers:
                if not partial:
                    break
                fitting = [(v, mask) for v, mask in values if mask & signature == signature]
                crossed = [((*a, *b), left & right) for a, left in partial for b, right in fitting]
                partial = [(v, mask) for v, mask in crossed if not mask & settled]
            found += [Location(*v) for v, mask in partial if mask == signature]
        return found


Layer = tuple[list[tuple[tuple[str, ...], int]], int]
"""Members of an axis with the figures that admit them, and the empty slices settled once it is crossed."""


class Steps(NamedTuple):
    """Members to cross: kinds, (agency, function, project, type) rows, vintages, funds, economic pairs."""

    kinds: tuple[str, ...]
    rows: tuple[tuple[str, str, str, str], ...]
    vintages: tuple[str, ...]
    funds: tuple[str, ...]
    pairs: tuple[tuple[str, str], ...]


def _leaves(tree: Tree) -> tuple[str, ...]:
    return tuple(code for code in tree.members if not tree.children.get(code))


@cache
def pairs_of(standard: Standard, regimes: tuple[str, ...], loose: bool) -> tuple[tuple[str, str], ...]:
    """The economic pairs that agencies of these regimes can have; ``loose`` lets a doubtful code pair with any."""
    space = standard.space
    pairing = pair_codes(space, REGIMES if loose else regimes)
    pairs = {(d, g) for d, g in pairing.allowed if d in space["dep_bgt_eco_code"] and g in space["gov_bgt_eco_code"]}
    if loose:
        pairs |= set(product(sorted(pairing.doubtful), space["gov_bgt_eco_code"].members))
    return tuple(sorted(pairs))


AT_ONCE = 4096
"""Atoms whose bits are laid out at once."""


def members_of(atoms: Sequence[int], figures: Figures) -> list[tuple[int, ...]]:
    """The atoms (by position) that each figure with money is the sum of."""
    inside: list[list[int]] = [[] for _ in figures.money]
    size = len(inside) // 8 + 1
    for start in range(0, len(atoms), AT_ONCE):
        raw = b"".join(atom.to_bytes(size, "little") for atom in atoms[start : start + AT_ONCE])
        bits = np.unpackbits(np.frombuffer(raw, np.uint8).reshape(-1, size), axis=1, bitorder="little")
        figure, atom = np.nonzero(bits[:, : len(inside)].T)
        ends = np.searchsorted(figure, np.arange(len(inside) + 1)).tolist()
        numbers = (atom + start).tolist()
        for members, low, high in zip(inside, ends, ends[1:]):
            members += numbers[low:high]
    return [tuple(members) for members in inside]
