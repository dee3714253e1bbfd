"""The axes of the ledger and the algebra of Points on them.

A money cell of a form is a slice of one ledger. The slice is its ``Point``: for each axis the members it admits, an
axis left out admitting all. Members form trees (类 → 款 → 项; 部门 → 单位); a member stands for itself and everything
below it, and because code lists are never complete a parent is *more* than its known children: every inner member has
an unnamed rest. Whether listed rows exhaust a parent is therefore known from a form's own listing, never assumed here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from yusuan.codes import CodeError, Tree, read_tree

AXES: tuple[str, ...] = (
    "agency_code", "exp_func_code", "dep_bgt_eco_code", "gov_bgt_eco_code",
    "fund_type_code", "vintage", "kind", "group", "pro_type", "pro_code", "account",
)  # fmt: skip
"""Axis names; national data elements where one exists (see docs/glossary.md)."""


NODE_AXES = ("agency_code", "exp_func_code", "pro_code")
"""Axes that rows choose; all others belong to columns."""


@dataclass(frozen=True, slots=True)
class Point:
    """A slice of the ledger: axis → admitted members (an antichain); an axis left out admits all."""

    parts: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def __hash__(self) -> int:
        return hash(frozenset(self.parts.items()))

    def get(self, axis: str) -> frozenset[str] | None:
        """Members admitted on the axis, ``None`` when all are."""
        return self.parts.get(axis)

    def without(self, *axes: str) -> Point:
        """The same slice with the axes left open."""
        return Point({a: m for a, m in self.parts.items() if a not in axes})

    def as_json(self) -> dict[str, list[str]]:
        """Axis → sorted members."""
        return {axis: sorted(self.parts[axis]) for axis in AXES if axis in self.parts}


EVERYTHING = Point()


@dataclass(frozen=True)
class Space:
    """The trees of all axes, and the algebra of Points on them."""

    trees: Mapping[str, Tree]

    def __getitem__(self, axis: str) -> Tree:
        return self.trees[axis]

    def with_tree(self, tree: Tree) -> Space:
        """The same space with one tree exchanged."""
        return Space(MappingProxyType({**self.trees, tree.axis: tree}))

    def at(self, year: int) -> Space:
        """The space as of a fiscal year."""
        return Space(MappingProxyType({axis: tree.at(year) for axis, tree in self.trees.items()}))

    def point(self, parts: Mapping[str, Iterable[str]]) -> Point:
        """A Point with each axis reduced to an antichain; raises ``CodeError`` for an unknown axis or member."""
        made: dict[str, frozenset[str]] = {}
        for axis, codes in parts.items():
            tree = self.trees.get(axis)
            if tree is None:
                raise CodeError(f"unknown axis {axis!r}; known: {', '.join(self.trees)}")
            codes = tuple(codes)
            for code in codes:
                if code not in tree:
                    raise CodeError(f"unknown member {code!r} on axis {axis}")
            made[axis] = tree.antichain(codes)
        return Point(MappingProxyType(made))

    def meet(self, left: Point, right: Point) -> Point | None:
        """The slice admitted by both; ``None`` when they share nothing."""
        parts = dict(left.parts)
        for axis, codes in right.parts.items():
            mine = parts.get(axis)
            both = codes if mine is None else self.trees[axis].meet(mine, codes)
            if not both:
                return None
            parts[axis] = both
        return Point(MappingProxyType(parts))

    def inside(self, inner: Point, outer: Point) -> bool:
        """Whether every fact of ``inner`` is certainly one of ``outer``."""
        for axis, codes in outer.parts.items():
            mine = inner.parts.get(axis)
            if mine is None or not self.trees[axis].covers(codes, mine):
                return False
        return True

    def equal(self, left: Point, right: Point) -> bool:
        """Whether both admit the same facts."""
        return self.inside(left, right) and self.inside(right, left)

    def disjoint(self, left: Point, right: Point) -> bool:
        """Whether no fact can be in both."""
        return self.meet(left, right) is None

    def union(self, points: Iterable[Point]) -> Point | None:
        """The slice that is exactly the points together, or ``None`` when no Point is.

        Points that differ along one axis join there. Known children never join to their parent: the rest of an open
        parent is not in them.
        """
        stock = list(points)
        if not stock:
            return None
        joined = stock[0]
        for point in stock[1:]:
            if self.inside(point, joined):
                continue
            if self.inside(joined, point):
                joined = point
                continue
            differing = [a for a in AXES if joined.get(a) != point.get(a)]
            if len(differing) != 1:
                return None
            axis = differing[0]
            mine, theirs = joined.get(axis), point.get(axis)
            if mine is None or theirs is None:
                return None
            both = self.trees[axis].antichain(mine | theirs)
            joined = Point(MappingProxyType({**joined.parts, axis: both}))
        return joined


CODE_WIDTHS: Mapping[str, tuple[int, ...]] = MappingProxyType(
    {"exp_func_code": (3, 5, 7), "dep_bgt_eco_code": (3, 5, 7), "gov_bgt_eco_code": (3, 5), "agency_code": (3, 6)}
)
"""Code schemes: lengths of 类/款/项, and of 部门/单位 codes."""


@cache
def national_space() -> Space:
    """The trees that every standard shares: the bundled code lists, and empty ones for agencies and projects."""
    folder = files("yusuan") / "standards" / "codes"
    trees = {}
    for axis in AXES:
        widths = CODE_WIDTHS.get(axis, ())
        file = folder / f"{axis}.csv"
        trees[axis] = read_tree(axis, file, widths) if file.is_file() else Tree(axis, MappingProxyType({}), widths)
    return Space(MappingProxyType(trees))
