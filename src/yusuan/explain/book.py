"""The figures of one disclosure as an explanation asks for them: by slice, along an axis, project by project."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from yusuan.amount import Scale
from yusuan.axes import Point
from yusuan.explain.outline import FigureOf, Slices
from yusuan.figures import Figures
from yusuan.forms import Standard
from yusuan.sheet import Disclosure, Place

Key = frozenset[tuple[str, frozenset[str]]]
Index = dict[Key, list[Place]]

LEFT_OUT = ("agency_code", "account")
"""Axes that are told apart otherwise."""


@dataclass(frozen=True)
class Amount:
    """An amount in 分, the cells it comes from, and how their form prints money."""

    fen: int
    places: tuple[Place, ...]
    scale: Scale


@dataclass(frozen=True)
class Member:
    """A member of an axis with its amount: code, name, names from the top joined."""

    code: str
    name: str
    path: str
    amount: Amount


@dataclass(frozen=True)
class ProjectOf:
    """A project that a form lists: name, money, goal of the year as printed (may be empty)."""

    name: str
    amount: Amount
    goal: str


@dataclass(frozen=True)
class Book:
    """The figures of a disclosure."""

    disclosure: Disclosure
    standard: Standard
    listed: dict[str, Mapping[Key, list[str]]] = field(default_factory=dict, repr=False, compare=False)
    """Answers of ``axis``."""

    @cached_property
    def figures(self) -> Figures:
        """Printed amounts by place."""
        return Figures(self.disclosure)

    @cached_property
    def mine(self) -> frozenset[str]:
        """Codes of the agency of which all is told: its own; a unit's department has no other money here."""
        agency = self.disclosure.agency
        if agency is None:
            return frozenset()
        above = [agency.parent_code] if agency.parent_code and self.disclosure.scope == "unit" else []
        return frozenset([agency.code, agency.name, *above])

    @cached_property
    def accounts(self) -> Mapping[str, tuple[Index, Index]]:
        """Account → slice → cells that print it for the whole agency, and for units inside it theirs apart. Cells of
        an account that a table keeps to itself follow those of the account proper."""
        plain: dict[str, tuple[Index, Index]] = {}
        apart: list[tuple[str, int, Key, Place]] = []
        for s, sheet in enumerate(self.disclosure.sheets):
            for (r, c), cell in sheet.cells.items():
                if cell.point is None or sheet.rows[r].role == "blank":
                    continue
                told = next(iter(cell.point.get("account") or ()), self.disclosure.kind)
                own, _, account = told.rpartition(".")
                agency = cell.point.get("agency_code")
                part = 0 if agency is None or agency <= self.mine else 1
                key = frozenset((axis, m) for axis, m in cell.point.parts.items() if axis not in LEFT_OUT)
                if own:
                    apart.append((account, part, key, (s, r, c)))
                else:
                    plain.setdefault(account, ({}, {}))[part].setdefault(key, []).append((s, r, c))
        for account, part, key, place in apart:
            plain.setdefault(account, ({}, {}))[part].setdefault(key, []).append(place)
        return plain

    @property
    def keys(self) -> tuple[Index, Index]:
        """The index of the budget itself."""
        return self.accounts.get(self.disclosure.kind, ({}, {}))

    @cached_property
    def told(self) -> tuple[Point, ...]:
        """Slices with money."""
        amounts = self.figures.amounts
        return tuple(
            Point(dict(key))
            for index in self.keys
            for key, places in index.items()
            if any(amounts.get(place) for place in places)
        )

    def slice(self, point: Point, *, last: bool = False, account: str = "") -> Amount | None:
        """Amount of a slice; a blank that a form has for it is zero, ``None`` when no form prints it, what is printed
        is no amount, or a form that was read leaves it blank and prints money inside it. ``account`` other than the
        budget's own counts only where it is printed."""
        own, units = self.accounts.get(account or self.disclosure.kind, ({}, {}))
        key = frozenset(point.parts.items())
        amounts, unread = self.figures.amounts, self.figures.unread
        found = [p for p in own.get(key, ()) if p not in unread]
        if found:
            first = [p for p in found if p in amounts] or found
            sheet = first[0][0]
            place = [p for p in first if p[0] == sheet][-1] if last else first[0]
            if place not in amounts and (account or self._unsure(place, point)):
                return None
            return Amount(amounts.get(place, 0), (place,), self.disclosure.sheets[sheet].scale)
        if key in own:
            return None
        parts = units.get(key, [])
        parts = [p for p in parts if p[0] == parts[0][0]]
        if not parts or not unread.isdisjoint(parts) or (account and not any(p in amounts for p in parts)):
            return None
        return Amount(sum(amounts.get(p, 0) for p in parts), tuple(parts), self.disclosure.sheets[parts[0][0]].scale)

    def _unsure(self, place: Place, point: Point) -> bool:
        """Whether a blank of a form that was read cannot stand for zero: money is printed inside its slice."""
        s, r, c = place
        if self.disclosure.sheets[s].cells[r, c].exact is not None:
            return False
        return any(self.standard.space.inside(inner, point) for inner in self.told if inner != point)

    def total(self, slices: Slices, *, last: bool = False, account: str = "") -> Amount | None:
        """Amount of slices together; ``None`` when one of them is not known."""
        found = [a for point in slices if (a := self.slice(point, last=last, account=account)) is not None]
        if len(found) < len(slices):
            return None
        places = tuple(place for amount in found for place in amount.places)
        return Amount(sum(amount.fen for amount in found), places, found[0].scale)

    def figure(self, figure: FigureOf, account: str = "") -> Amount | None:
        """The first of the figure's slices that the forms print."""
        for slices in figure.points:
            found = self.total(slices, last=figure.last, account=account)
            if found is not None:
                return found
        return None

    def along(self, figure: FigureOf, axis: str, level: int, within: Iterable[str]) -> list[Member]:
        """What the forms list of a figure at one level of an axis, zeros left out, in the order of the codes."""
        tree, above = self.standard.space[axis], set(within)
        for point, *rest in figure.points:
            if rest:
                continue
            listed = self.axis(axis).get(frozenset(point.without(axis).parts.items()), ())
            codes = [c for c in listed if tree.level(c) == level and (not above or above & set(tree.path(c)))]
            amounts = {code: self.slice(Point({**point.parts, axis: frozenset({code})})) for code in sorted(codes)}
            found = {code: amount for code, amount in amounts.items() if amount is not None}
            if found:
                return [self._member(axis, code, amount) for code, amount in found.items() if amount.fen]
        return []

    def axis(self, axis: str) -> Mapping[Key, list[str]]:
        """Slice without an axis → the single codes on it that forms print for the slice."""
        if axis not in self.listed:
            made: dict[Key, list[str]] = {}
            for key in {key: None for index in self.keys for key in index}:
                code = next((next(iter(m)) for a, m in key if a == axis and len(m) == 1), "")
                if code:
                    made.setdefault(frozenset(part for part in key if part[0] != axis), []).append(code)
            self.listed[axis] = made
        return self.listed[axis]

    def _member(self, axis: str, code: str, amount: Amount) -> Member:
        tree = self.standard.space[axis]
        s, r, _ = amount.places[0]
        printed = self.disclosure.sheets[s].rows[r].name
        names = [(tree[c].name if c in tree else printed if c == code else c) for c in tree.path(code)]
        levels = "类款项"
        path = "".join(f"{name}（{levels[i]}）" for i, name in enumerate(names) if i < len(levels))
        return Member(code, names[-1], path, amount)

    @cached_property
    def projects(self) -> tuple[ProjectOf, ...]:
        """The projects that forms of targets list, in printed order, each name of a form once."""
        found: list[ProjectOf] = []
        seen: set[str] = set()
        for s, sheet in enumerate(self.disclosure.sheets):
            goal = self._column(s, "goal_year")
            rows = [r for r, row in enumerate(sheet.rows) if row.role == "project"]
            if goal is None or not sheet.columns or sheet.columns[0].point is None:
                continue
            names = {sheet.rows[r].name for r in rows} - seen
            for r in rows:
                name, cell = sheet.rows[r].name, sheet.cells.get((r, 0))
                if name in names and cell is not None and (s, r, 0) not in self.figures.unread:
                    amount = Amount(cell.amount or 0, ((s, r, 0),), sheet.scale)
                    words = sheet.words.get((r, goal))
                    found.append(ProjectOf(name, amount, words.text if words is not None else ""))
            seen |= names
        return tuple(found)

    def text(self, data: str) -> str:
        """The text that the forms print for the agency under a heading of the standard; empty when they print none."""
        for s, sheet in enumerate(self.disclosure.sheets):
            column = self._column(s, data)
            for r, row in enumerate(sheet.rows):
                if column is not None and row.role == "agency" and row.code in self.mine:
                    words = sheet.words.get((r, column))
                    if words is not None and words.text.strip():
                        return words.text
        return ""

    def _column(self, sheet: int, data: str) -> int | None:
        form = self.standard.forms.get(self.disclosure.sheets[sheet].form or "")
        heads = form.texts() if form is not None else ()
        return next((c for c, head in enumerate(heads) if head.data == data), None)

    @cached_property
    def units(self) -> tuple[str, ...]:
        """Names of the units of a department as its forms list them."""
        agency = self.disclosure.agency
        found: dict[str, str] = {}
        for sheet in self.disclosure.sheets:
            for row in sheet.rows:
                if row.role == "agency" and row.code and (agency is None or row.code != agency.code):
                    found.setdefault(row.code, row.name)
        return tuple(found.values())
