"""The figures of one disclosure as an explanation asks for them: by slice, along an axis, project by project."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from yusuan.amount import Scale
from yusuan.axes import Point
from yusuan.explain.outline import FigureOf, Slices
from yusuan.figures import Figures
from yusuan.forms import Standard
from yusuan.sheet import Disclosure, Place

Key = frozenset[tuple[str, frozenset[str]]]


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
        return frozenset([agency.code, *above])

    @cached_property
    def keys(self) -> tuple[Mapping[Key, list[Place]], Mapping[Key, list[Place]]]:
        """Slice → cells that print it for the whole agency; and for units inside it, theirs apart."""
        own: dict[Key, list[Place]] = {}
        units: dict[Key, list[Place]] = {}
        for s, sheet in enumerate(self.disclosure.sheets):
            for (r, c), cell in sheet.cells.items():
                if cell.point is None or sheet.rows[r].role == "blank":
                    continue
                account = cell.point.get("account")
                if account is not None and account != frozenset({self.disclosure.kind}):
                    continue
                agency = cell.point.get("agency_code")
                target = own if agency is None or agency <= self.mine else units
                key = frozenset(cell.point.without("agency_code", "account").parts.items())
                target.setdefault(key, []).append((s, r, c))
        return own, units

    def slice(self, point: Point, *, last: bool = False) -> Amount | None:
        """Amount of a slice; a blank that a form has for it is zero, ``None`` when no form prints it or what is
        printed is no amount."""
        key = frozenset(point.parts.items())
        amounts, unread = self.figures.amounts, self.figures.unread
        found = [p for p in self.keys[0].get(key, ()) if p not in unread]
        if found:
            first = [p for p in found if p in amounts] or found
            sheet = first[0][0]
            place = [p for p in first if p[0] == sheet][-1] if last else first[0]
            return Amount(amounts.get(place, 0), (place,), self.disclosure.sheets[sheet].scale)
        if key in self.keys[0]:
            return None
        parts = self.keys[1].get(key, [])
        parts = [p for p in parts if p[0] == parts[0][0]]
        if not parts or not unread.isdisjoint(parts):
            return None
        return Amount(sum(amounts.get(p, 0) for p in parts), tuple(parts), self.disclosure.sheets[parts[0][0]].scale)

    def total(self, slices: Slices, *, last: bool = False) -> Amount | None:
        """Amount of slices together; ``None`` when one of them is not known."""
        found = [amount for point in slices if (amount := self.slice(point, last=last)) is not None]
        if len(found) < len(slices):
            return None
        places = tuple(place for amount in found for place in amount.places)
        return Amount(sum(amount.fen for amount in found), places, found[0].scale)

    def figure(self, figure: FigureOf) -> Amount | None:
        """The first of the figure's slices that the forms print."""
        for slices in figure.points:
            found = self.total(slices, last=figure.last)
            if found is not None:
                return found
        return None

    def along(self, figure: FigureOf, axis: str, level: int, within: Iterable[str]) -> list[Member]:
        """What the forms list of a figure at one level of an axis, zeros left out, in the order of the codes."""
        tree, above = self.standard.space[axis], set(within)
        for point, *rest in figure.points:
            if rest:
                continue
            base = frozenset(point.without(axis).parts.items())
            found: dict[str, Amount] = {}
            for index in self.keys:
                for key in index:
                    code = next((next(iter(m)) for a, m in key if a == axis and len(m) == 1), "")
                    if not code or frozenset(part for part in key if part[0] != axis) != base:
                        continue
                    if code in found or tree.level(code) != level or (above and not above & set(tree.path(code))):
                        continue
                    amount = self.slice(Point({**point.parts, axis: frozenset({code})}))
                    if amount is not None:
                        found[code] = amount
            if found:
                return [self._member(axis, code, found[code]) for code in sorted(found) if found[code].fen]
        return []

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
