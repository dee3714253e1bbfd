"""Which of many Points admit a fact: asked once per code and axis, then a matter of bits.

A Point admits a fact when it admits it on every axis. For a list of Points, what each axis admits at a code is one
integer with a bit per Point; the Points that admit a fact are the bits that all axes leave standing.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field

from yusuan.axes import Point, Space
from yusuan.codes import Tree


@dataclass(frozen=True)
class AxisBits:
    """One axis of a list of Points: which leave it open, and which name each member."""

    tree: Tree
    left_open: int
    named: Mapping[str, int]
    known: dict[str, int] = field(default_factory=dict, repr=False, compare=False)

    def at(self, code: str) -> int:
        """The Points that admit ``code``; a code the tree does not hold is inside nothing that names the axis."""
        found = self.known.get(code)
        if found is None:
            if code not in self.tree:
                return self.left_open
            found = self.known[code] = self.along(self.tree.path(code))
        return found

    def along(self, path: Sequence[str]) -> int:
        """The Points that admit a member whose ancestors and self are ``path``."""
        found = self.left_open
        for step in path:
            found |= self.named.get(step, 0)
        return found


def axis_bits(points: Sequence[Point], tree: Tree) -> AxisBits:
    """The bits of one axis; bit i stands for ``points[i]``."""
    left_open, named = 0, dict[str, int]()
    for index, point in enumerate(points):
        codes = point.parts.get(tree.axis)
        if codes is None:
            left_open |= 1 << index
        for code in codes or ():
            named[code] = named.get(code, 0) | 1 << index
    return AxisBits(tree, left_open, named)


@dataclass(frozen=True)
class Membership:
    """Which of a list of Points admit a place, given as codes on ``axes``."""

    everywhere: int
    axes: tuple[tuple[int, AxisBits], ...]
    """Position in the place → bits, for the axes that some Point names."""
    known: dict[int, tuple[int, ...]] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def of(cls, points: Sequence[Point], space: Space, axes: Sequence[str]) -> Membership:
        """Membership in ``points`` of places on ``axes``; a Point that names another axis admits no such place."""
        everywhere = sum(1 << i for i, point in enumerate(points) if set(point.parts) <= set(axes))
        used = {axis for point in points for axis in point.parts}
        kept = tuple((i, axis_bits(points, space[axis])) for i, axis in enumerate(axes) if axis in used)
        return cls(everywhere, kept)

    def on(self, positions: Container[int]) -> Membership:
        """The same Points asked about some positions of a place only; the other axes are taken to admit anything."""
        return Membership(self.everywhere, tuple(pair for pair in self.axes if pair[0] in positions))

    def bits(self, place: Sequence[str]) -> int:
        """The Points that admit the place, as bits."""
        found = self.everywhere
        for position, axis in self.axes:
            found &= axis.at(place[position])
            if not found:
                return 0
        return found

    def admitting(self, place: Sequence[str]) -> tuple[int, ...]:
        """The Points that admit the place, as indices in order."""
        return self.indices(self.bits(place))

    def indices(self, bits: int) -> tuple[int, ...]:
        """Positions of the bits set (remembered)."""
        found = self.known.get(bits)
        if found is None:
            found = self.known[bits] = tuple(i for i in range(bits.bit_length()) if bits >> i & 1)
        return found
