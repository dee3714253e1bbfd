"""Does some ledger print these figures? Answered from how forms are filled, apart from the checker and its relations.

Every place a fact can have is tried: agencies, functions and projects as the rows list them, and the sources, kinds,
vintages and economic codes of the code lists. What the forms of a ledger with one fact there would print is what
``fill`` says; a fact whose cell is blank or whose row is not listed does not exist. The rest is a linear programme.
Economic codes pair as the correspondence allows any regime, those it is not sure of with any code. Amounts need not be
whole 分.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import product

from yusuan.axes import Space
from yusuan.codes import Tree
from yusuan.fill import PLACE_AXES, Blank, blank_of, blanks
from yusuan.forms import Standard
from yusuan.pairing import pair_codes
from yusuan.sheet import Disclosure, Place, Row
from yusuan.solver import ANY, Model, UndecidedError

FUNCTION = PLACE_AXES.index("exp_func_code")
UNIT = 10_000
"""分 in which the solver counts."""

SECONDS = 60.0

Slice = tuple[str, ...]
"""A fact's codes on ``PLACE_AXES``."""


def fits(disclosure: Disclosure, standard: Standard, *, free: Iterable[Place] = ()) -> bool | None:
    """Whether amounts of facts exist that every printed figure but the ``free`` ones is the sum of, each within half
    its last digit; ``None`` when the solver cannot tell."""
    sheets = [s for s in disclosure.sheets if s.form in standard.forms]
    ranges = printed_ranges(disclosure, frozenset(free))
    world = World.of(disclosure, standard)
    columns = set(world.facts({place for place, (_, high) in ranges.items() if high <= 0}))
    rows: dict[Place, list[int]] = {place: [] for place in ranges}
    for j, cells in enumerate(sorted(columns, key=sorted)):
        for place in cells:
            rows[place].append(j)
    if not sheets or any(low > 0 and not rows[place] for place, (low, _) in ranges.items()):
        return False
    if any(high < 0 for _, high in ranges.values()):
        return False
    kept = [place for place in ranges if rows[place]]
    bounds = [(ranges[p][0] / UNIT, ranges[p][1] / UNIT) for p in kept]
    model = Model.of([(0.0, ANY)] * len(columns), bounds, [[(j, 1.0) for j in rows[p]] for p in kept])
    try:
        return model.solve([0.0] * len(columns), seconds=SECONDS) is not None
    except UndecidedError:
        return None


def printed_ranges(disclosure: Disclosure, free: frozenset[Place]) -> dict[Place, tuple[float, float]]:
    """The least and most 分 behind every cell; a blank is nothing at all."""
    found: dict[Place, tuple[float, float]] = {}
    for s, sheet in enumerate(disclosure.sheets):
        half = sheet.scale.quantum / 2
        for (r, c), cell in sheet.cells.items():
            if cell.point is not None:
                low, high = (0.0, 0.0) if cell.amount is None else (cell.amount - half, cell.amount + half)
                found[s, r, c] = (0.0, ANY) if (s, r, c) in free else (max(0.0, low) if high >= 0 else low, high)
    return found


@dataclass(frozen=True)
class World:
    """What the rows of a disclosure list: units, functions and projects of each, and its forms."""

    disclosure: Disclosure
    standard: Standard
    space: Space
    blanks: tuple[tuple[int, Blank], ...]
    rows: tuple[tuple[str, str, str, str], ...]
    """(agency, function, project, project type) that facts can have."""

    @classmethod
    def of(cls, disclosure: Disclosure, standard: Standard) -> World:
        head = disclosure.agency
        above = {head.code, head.parent_code} if head else set()
        codes = {row.code for s in disclosure.sheets for row in s.rows if row.role == "agency"}
        units = sorted(codes - above) or sorted(codes - {head.parent_code} if head else codes)
        functions: dict[str, set[str]] = {unit: {""} for unit in units}
        projects: dict[str, set[tuple[str, str]]] = {unit: set() for unit in units}
        for sheet in disclosure.sheets:
            form = standard.forms.get(sheet.form or "")
            types = form.scope.parts.get("pro_type", frozenset()) if form else frozenset()
            for row in sheet.rows if form else ():
                parts = row.point.parts if row.point else {}
                for unit in parts.get("agency_code", frozenset(units)) & functions.keys() or units:
                    functions[unit] |= parts.get("exp_func_code", frozenset())
                    projects[unit] |= set(product(parts.get("pro_code", ()), types))
        tree, listed = standard.space["exp_func_code"], set[str]().union(*functions.values())
        space = standard.space.with_tree(tree.with_members((code, "") for code in listed if code))
        inner = {step for code in listed for step in space["exp_func_code"].path(code)[:-1]}
        known = tuple(
            (s, blank_of(form, space))
            for s, sheet in enumerate(disclosure.sheets) if (form := standard.forms.get(sheet.form or "")) is not None
        )  # fmt: skip
        kinds = [("", kind) for kind in standard.space["pro_type"].members]
        rows = tuple(
            (unit, function, *project)
            for unit in units for function in sorted(functions[unit] - inner)
            for project in (*sorted(projects[unit]), *kinds)
        )  # fmt: skip
        return cls(disclosure, standard, space, known, rows)

    def facts(self, blank: Container[Place]) -> Iterator[frozenset[Place]]:
        """The cells in which a fact stands, for every place that it can have beside blank cells."""
        for agency, function, project, kind in self.rows:
            cells = [cell for s, form in self.blanks for cell in self._cells(s, form, agency, function, project)]
            shut = sum(1 << i for i, mine in enumerate(cells) if mine is None or any(p in blank for p in mine))
            for bits in self._columns(function, kind):
                if bits and not bits & shut:
                    yield frozenset(place for i in _bits(bits) for place in cells[i] or ())

    def _columns(self, function: str, kind: str) -> set[int]:
        """The columns (lines) of all forms that admit a fact, for every distinct choice on the other axes."""
        numbers = tuple(blank.form.number for _, blank in self.blanks)
        place = (*[""] * FUNCTION, function)
        mine = joined([blank.member.on({FUNCTION}).bits(place) for _, blank in self.blanks], self.standard, numbers)
        return {left & mine for left in slices(self.standard, numbers, bool(function), kind)}

    def _cells(
        self, s: int, blank: Blank, agency: str, function: str, project: str
    ) -> Iterator[tuple[Place, ...] | None]:
        """The cells that each column (line) gives a fact; ``None`` when its row would have to be listed and is not."""
        if blank.form.blocks:
            yield from (((s, *spot),) for spot in blank.spots)
            return
        rows = self._rows_of(s, blank, agency, function, project)
        for c in range(len(blank.points)):
            yield None if rows is None else tuple((s, r, c) for r in rows)

    def _rows_of(self, s: int, blank: Blank, agency: str, function: str, project: str) -> list[int] | None:
        """Rows that hold a fact; ``None`` when the form would have to list a row that it does not."""
        assert blank.form.rows is not None
        sheet, axes = self.disclosure.sheets[s], blank.form.rows.axes
        codes = {"agency_code": agency, "exp_func_code": function, "pro_code": project}
        found = [r for r, row in enumerate(sheet.rows) if self._holds(row, codes)]
        for axis, role in (("exp_func_code", "function"), ("pro_code", "project")):
            if axis in axes and (codes[axis] or axis == "pro_code"):
                points = [row.point for r in found if (row := sheet.rows[r]).role == role]
                if not any(point is not None and codes[axis] in point.parts[axis] for point in points):
                    return None
        return found

    def _holds(self, row: Row, codes: dict[str, str]) -> bool:
        if row.role == "blank":
            return False
        parts = row.point.parts if row.point else {}
        head = self.disclosure.agency
        for axis, named in parts.items():
            path = set(self.space[axis].path(codes[axis]))
            if axis == "agency_code" and head is not None:
                path |= {head.code, head.parent_code or head.code}
            if named.isdisjoint(path):
                return False
        return True


def _bits(bits: int) -> list[int]:
    return [i for i in range(bits.bit_length()) if bits >> i & 1]


@cache
def slices(standard: Standard, forms: tuple[str, ...], spent: bool, pro_type: str) -> set[int]:
    """What each form admits of facts with (or without) a function, whatever the function is."""
    space = standard.space
    kinds = [k for k in leaves(space["kind"]) if spent or "spending" not in space["kind"].path(k)]
    pairing = pair_codes(space, ("institution", "organ"))
    loose = set(product(pairing.doubtful, space["gov_bgt_eco_code"].members))
    choices: list[tuple[tuple[str, ...], Iterable[tuple[str, ...]]]] = [
        (("fund_type_code",), ((code,) for code in leaves(space["fund_type_code"]))),
        (("vintage",), ((code,) for code in leaves(space["vintage"]))),
        (("kind",), ((code,) for code in kinds)),
        (("pro_type",), ((pro_type,),)),
        (("dep_bgt_eco_code", "gov_bgt_eco_code"), pairing.allowed | loose if spent else {("", "")}),
    ]
    found = {-1}
    for axes, values in choices:
        masks = {admitting(standard, forms, dict(zip(axes, value))) for value in values}
        found = {left & right for left in found for right in masks}
    return found


def admitting(standard: Standard, forms: tuple[str, ...], codes: dict[str, str]) -> int:
    """The columns of all forms that admit the codes, whatever stands on the other axes."""
    positions = {PLACE_AXES.index(axis) for axis in codes}
    place = [codes.get(axis, "") for axis in PLACE_AXES]
    return joined([blanks(standard)[number].member.on(positions).bits(place) for number in forms], standard, forms)


def joined(bits: Iterable[int], standard: Standard, forms: Iterable[str]) -> int:
    """The columns of many forms as bits of one number."""
    found = width = 0
    for mine, number in zip(bits, forms):
        found |= mine << width
        width += len(blanks(standard)[number].points)
    return found


def leaves(tree: Tree) -> list[str]:
    return [code for code in tree.members if not tree.children.get(code)]
