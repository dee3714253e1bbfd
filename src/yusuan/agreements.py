"""What must agree between tables whose layout no form set declares: relations from the Points of cells alone.

Sums inside a table are what the table says (``Sheet.totals``). Between tables, figures of one slice are equal; a figure
is the sum of the rows inside it where another table lists them; a fund group is the sum of its funds. Tables whose
figures of one slice mostly differ do not speak of the same money, whatever their titles say: nothing follows then.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from yusuan.axes import Point, Space
from yusuan.forms import Standard
from yusuan.relations import Relation, derive_relations
from yusuan.sheet import Disclosure, Place, Sheet

ROW_AXES = ("exp_func_code", "dep_bgt_eco_code", "gov_bgt_eco_code")
"""Classifications whose rows add up to the rows above them."""

DETAIL = ("function", "economic", "project")
"""Roles of rows that add up when several speak of one slice; totals and agencies tell it once more."""

FUNDS = ("11", "12", "13")
"""What financial appropriations (财政拨款) consist of."""

Key = frozenset[tuple[str, frozenset[str]]]


@dataclass(frozen=True, slots=True)
class Told:
    """A way in which a sheet tells a slice: the cells that add up to it; ``printed`` when one cell prints it."""

    sheet: int
    places: tuple[Place, ...]
    printed: bool


@dataclass(frozen=True)
class Agreement:
    """The relations of a disclosure, and the pairs of sheets whose figures of equal slices mostly differ."""

    relations: tuple[Relation, ...]
    apart: tuple[tuple[int, int], ...] = ()


def key_of(point: Point) -> Key:
    """A slice as a key."""
    return frozenset(point.parts.items())


def stated(disclosure: Disclosure) -> Iterator[Relation]:
    """The sums that the tables themselves state."""
    for s, sheet in enumerate(disclosure.sheets):
        for total in sheet.totals:
            left = ((s, *total.cell),)
            yield Relation(left, tuple((s, *part) for part in total.parts), False, total.basis, (), total.sure)


@dataclass
class Index:
    """Every slice that the sheets tell."""

    space: Space
    amounts: Mapping[Place, int]
    told: dict[Key, list[Told]] = field(default_factory=dict)
    complete: dict[tuple[Key, str], dict[int, int]] = field(default_factory=dict)
    """(slice of a column, axis) → deepest level of codes that each sheet lists, where its rows list all."""

    def add(self, number: int, sheet: Sheet) -> None:
        """Take in one sheet."""
        mine: dict[Key, list[tuple[Place, str]]] = {}
        for (r, c), cell in sheet.cells.items():
            if cell.point is not None and not private(cell.point):
                mine.setdefault(key_of(cell.point), []).append(((number, r, c), sheet.rows[r].role))
        for key, found in mine.items():
            units = [role for _, role in found if role == "agency" or (role == "statement" and _named(key))]
            several = DETAIL if len(units) < 2 else (*DETAIL, *units)
            detail = [place for place, role in found if role in several]
            totals = [place for place, role in found if role not in several]
            ways: list[tuple[Place, ...]] = [(place,) for place in totals]
            if detail:
                ways.append(tuple(detail))
            self.told.setdefault(key, []).extend(Told(number, way, True) for way in ways)
        self._sums(number, sheet, mine)

    def _sums(self, number: int, sheet: Sheet, mine: Mapping[Key, object]) -> None:
        """Slices that the listed rows add up to without a row of their own."""
        for axis in ROW_AXES:
            codes = [
                (r, next(iter(row.point.parts[axis]))) for r, row in enumerate(sheet.rows)
                if row.point is not None and row.role in ("function", "economic") and axis in row.point.parts
            ]  # fmt: skip
            if not codes:
                continue
            tree = self.space[axis]
            depth = max(tree.level(code) for _, code in codes)
            others = [a for a in ROW_AXES if a != axis]
            plain = all(not any(a in (sheet.rows[r].point or Point()).parts for a in others) for r, _ in codes)
            leaves = _leaves(sheet, codes, self.space, axis)
            for c, column in enumerate(sheet.columns):
                if column.point is None:
                    continue
                base = key_of(column.point)
                self.complete.setdefault((base, axis), {})[number] = depth if plain else 9
                sums: dict[str, list[Place]] = {}
                for r, code in leaves:
                    if sheet.cells.get((r, c)) is None or sheet.cells[r, c].point is None:
                        continue
                    for step in tree.path(code):
                        sums.setdefault(step, []).append((number, r, c))
                for code, places in sums.items():
                    key = key_of(_with(column.point, axis, code))
                    if key not in mine and len(column.point.parts.get(axis, ())) == 0:
                        self.told.setdefault(key, []).append(Told(number, tuple(places), False))

    def zero_in(self, key: Key) -> dict[int, None]:
        """The sheets that list all of a column and have no row for a slice of it: nothing is there."""
        found: dict[int, None] = {}
        for item in key:
            axis, codes = item
            if axis not in ROW_AXES or len(codes) != 1:
                continue
            listing = self.complete.get((key - {item}, axis))
            if listing:
                level = self.space[axis].level(next(iter(codes)))
                found.update((sheet, None) for sheet, depth in listing.items() if level <= depth)
        return found


def _named(key: Key) -> bool:
    """Whether a slice is one agency's."""
    return any(axis == "agency_code" for axis, _ in key)


def private(point: Point) -> bool:
    """Whether a slice is one of a table of its own, which no other table prints."""
    return any("." in account for account in point.parts.get("account", ()))


def _with(point: Point, axis: str, code: str) -> Point:
    return Point({**point.parts, axis: frozenset({code})})


def _leaves(sheet: Sheet, codes: list[tuple[int, str]], space: Space, axis: str) -> list[tuple[int, str]]:
    """Rows under which the sheet lists no other row on the axis, agency by agency."""
    tree = space[axis]
    inner: set[tuple[object, object, str]] = set()
    for r, code in codes:
        inner.update((*_others(sheet, r, axis), step) for step in tree.path(code)[:-1])
    return [(r, code) for r, code in codes if (*_others(sheet, r, axis), code) not in inner]


def _others(sheet: Sheet, r: int, axis: str) -> tuple[object, object]:
    parts = sheet.rows[r].point.parts if sheet.rows[r].point else {}  # type: ignore[union-attr]
    economic = tuple(parts.get(a) for a in ROW_AXES if a != axis)
    return parts.get("agency_code"), economic


def index_of(sheets: Iterable[Sheet], space: Space) -> Index:
    """The index of some sheets."""
    listed = list(sheets)
    amounts = {
        (s, r, c): cell.amount
        for s, sheet in enumerate(listed) for (r, c), cell in sheet.cells.items() if cell.amount is not None
    }  # fmt: skip
    index = Index(space, amounts)
    for number, sheet in enumerate(listed):
        index.add(number, sheet)
    return index


def between(index: Index) -> Iterator[Relation]:
    """Relations between cells of different tables, and between equal slices of one."""
    for key, ways in index.told.items():
        printed = [way for way in ways if way.printed]
        if not printed:
            continue
        first = printed[0]
        for way in ways:
            if way is not first and (way.printed or way.sheet != first.sheet):
                yield Relation(first.places, way.places, False, "same_slice" if way.printed else "parts")
        speaking = {way.sheet for way in ways}
        if any(index.amounts.get(p) for p in first.places) and any(s not in speaking for s in index.zero_in(key)):
            yield Relation(first.places, (), False, "parts", (), False)
        yield from _by_fund(index, key, first)


def _by_fund(index: Index, key: Key, first: Told) -> Iterator[Relation]:
    parts = dict(key)
    if parts.get("fund_type_code") != frozenset({"1"}):
        return
    rest = frozenset((a, m) for a, m in key if a != "fund_type_code")
    places: list[Place] = []
    found = 0
    for fund in FUNDS:
        mine = rest | {("fund_type_code", frozenset({fund}))}
        ways = index.told.get(mine)
        if ways:
            best = next((way for way in ways if way.printed), ways[0])
            places += best.places
            found += 1
        elif not index.zero_in(mine):
            return
    if found and any(place[0] != first.sheet for place in places):
        yield Relation(first.places, tuple(places), False, "parts")


def agreement_of(disclosure: Disclosure, space: Space) -> Agreement:
    """Every relation of a disclosure that no form set declares. Of two tables whose equal slices mostly differ none is
    derived; where few figures can tell, what follows is not sure."""
    index = index_of(disclosure.sheets, space)
    made = list(between(index))
    quanta = [sheet.scale.quantum for sheet in disclosure.sheets]
    held, failed = evidence(made, index.amounts, quanta)
    kept = []
    apart = set()
    for relation in made:
        pair = sheets_of(relation)
        if len(pair) == 1 or not pair:
            kept.append(relation)
        elif failed[pair] > held[pair]:
            apart.add((pair[0], pair[-1]))
        else:
            sure = held[pair] >= 3 * failed[pair] and held[pair] > 1
            kept.append(relation if sure else _unsure(relation))
    return Agreement((*stated(disclosure), *dict.fromkeys(kept)), tuple(sorted(apart)))


def disclosure_relations(disclosure: Disclosure, standard: Standard, regimes: tuple[str, ...]) -> list[Relation]:
    """Every relation of a disclosure: from its form set where one declares its forms, else from its Points alone."""
    if standard.forms:
        return derive_relations(disclosure, standard, regimes)
    return list(agreement_of(disclosure, standard.space).relations)


def _unsure(relation: Relation) -> Relation:
    return Relation(relation.left, relation.right, relation.bound, relation.basis, relation.assumes, False)


def sheets_of(relation: Relation) -> tuple[int, ...]:
    """The sheets that a relation ties."""
    return tuple(sorted({place[0] for place in (*relation.left, *relation.right)}))


def evidence(
    relations: Iterable[Relation], amounts: Mapping[Place, int], quanta: list[int]
) -> tuple[Counter[tuple[int, ...]], Counter[tuple[int, ...]]]:
    """How many distinct amounts two sheets agree and disagree on."""
    agree: dict[tuple[int, ...], set[int]] = {}
    differ: dict[tuple[int, ...], set[tuple[int, int]]] = {}
    for relation in relations:
        left = sum(amounts.get(p, 0) for p in relation.left)
        right = sum(amounts.get(p, 0) for p in relation.right)
        if not left and not right:
            continue
        pair = sheets_of(relation)
        slack = sum(quanta[p[0]] for p in (*relation.left, *relation.right) if p in amounts) // 2
        if abs(left - right) <= max(slack, max(quanta[s] for s in pair)):
            agree.setdefault(pair, set()).add(left)
        else:
            differ.setdefault(pair, set()).add((left, right))
    return Counter({k: len(v) for k, v in agree.items()}), Counter({k: len(v) for k, v in differ.items()})
