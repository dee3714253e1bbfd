"""Which columns of a form set must agree, add up or bound each other: derived from their Points, once per form set.

The column axes (fund source, vintage, kind, project type, the two economic classifications) are cut into *atoms*, the
smallest slices that the columns tell apart; a column is then a set of atoms. The two economic classifications are one
joint axis: only the pairs that 财预〔2017〕98号 lets occur exist. A form whose total is printed as the sum of its
columns says that nothing of its scope lies elsewhere: such atoms are *closed*. Two columns with the same live atoms
are equal; one whose atoms are those of others together is their sum; one inside another is not larger.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from yusuan.axes import Point, Space
from yusuan.membership import axis_bits
from yusuan.pairing import Pairing

CLOSED_AXES = ("fund_type_code", "vintage", "kind", "pro_type")
"""Axes whose members are all known; of the economic codes any may be missing from our lists."""


@dataclass(frozen=True, slots=True)
class View:
    """Columns of one form that are read together (a block, a breakdown group): ``members`` are column numbers."""

    form: str
    name: str
    members: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Closure:
    """Form ``form`` prints column ``total`` as the sum of ``parts``."""

    form: str
    total: int
    parts: tuple[int, ...]
    gapped: bool = False
    """Whether the form is known to lack places for some of its scope."""


@dataclass(frozen=True, slots=True)
class Identity:
    """The sum of columns ``left`` equals (or, when ``bound``, does not exceed) the sum of ``right``.

    ``assumes`` names the forms whose closure it needs beyond the Points; ``sure`` is false when it also needs a
    correspondence of economic codes that is not verified.
    """

    left: tuple[int, ...]
    right: tuple[int, ...]
    bound: bool
    assumes: tuple[str, ...]
    sure: bool


@dataclass(frozen=True)
class Atoms:
    """The columns as sets of atoms (bits): ``whole`` all, ``live`` those that no closure excludes."""

    whole: tuple[int, ...]
    live: tuple[int, ...]
    unsure: int
    """Atoms that exist only where an unverified correspondence is wrong."""
    closed: Mapping[str, int]
    """Form → atoms that it excludes."""


def identities_of(
    points: tuple[Point, ...],
    views: tuple[View, ...],
    closures: tuple[Closure, ...],
    space: Space,
    pairing: Pairing,
    *,
    bounds: bool = True,
) -> tuple[Identity, ...]:
    """All identities: those that hold whatever a form has no place for, then those that need its gaps to be empty.

    Without ``bounds`` only equalities and sums.
    """
    cut = cut_axes(points, space, pairing)
    firm = close(cut, tuple(c for c in closures if not c.gapped))
    found = dict.fromkeys(derive(firm, views, bounds=bounds))
    if any(c.gapped for c in closures):
        found.update(dict.fromkeys(derive(close(cut, closures), views, bounds=bounds)))
    return tuple(found)


def cut_axes(points: tuple[Point, ...], space: Space, pairing: Pairing) -> Atoms:
    """Cut the column axes into atoms."""
    everything = (1 << len(points)) - 1
    masks = {everything}
    for axis in CLOSED_AXES:
        tree = space[axis]
        columns = axis_bits(points, tree)
        here = {columns.at(code) for code in tree.members if not tree.children.get(code)}
        masks = {left & right for left in masks for right in here}
        masks.discard(0)
    # money of last year or of the adjusted budget is none of this year's, and a column that names no account is of it
    account = axis_bits(points, space["account"])
    masks = {left & right for left in masks for right in {account.left_open, *account.named.values()}} - {0}
    dep = axis_bits(points, space["dep_bgt_eco_code"])
    gov = axis_bits(points, space["gov_bgt_eco_code"])
    certain = {dep.at(d) & gov.at(g) for d, g in pairing.allowed if d in dep.tree and g in gov.tree}
    governmental = {gov.at(g) for g in gov.tree.members}
    doubtful = {dep.at(d) & mask for mask in governmental for d in pairing.doubtful if d in dep.tree} - certain
    live = {left & right for left in masks for right in certain} - {0}
    loose = {left & right for left in masks for right in doubtful} - live - {0}
    order = sorted(live) + list(loose)
    whole = _transpose(order, len(points))
    unsure = ((1 << len(order)) - 1) ^ ((1 << len(live)) - 1)
    return Atoms(whole, tuple(bits & ~unsure for bits in whole), unsure, {})


_DIGITS = tuple(bytes(48 + (value >> bit & 1) for value in range(256)) for bit in range(8))


def _transpose(rows: Sequence[int], width: int) -> tuple[int, ...]:
    """Columns of a bit matrix given by its rows; bit i of a column is row i. Done on whole byte strings for speed."""
    size = (width + 7) // 8
    packed = b"".join(row.to_bytes(size, "little") for row in reversed(rows))
    return tuple(int(packed[c // 8 :: size].translate(_DIGITS[c % 8]) or b"0", 2) for c in range(width))


def close(cut: Atoms, closures: tuple[Closure, ...]) -> Atoms:
    """The atoms without those that the printed totals exclude."""
    closed: dict[str, int] = {}
    dead = cut.unsure
    for closure in closures:
        rest = cut.whole[closure.total]
        for part in closure.parts:
            rest &= ~cut.whole[part]
        closed[closure.form] = closed.get(closure.form, 0) | rest
        dead |= rest
    return Atoms(cut.whole, tuple(bits & ~dead for bits in cut.whole), cut.unsure, closed)


def derive(atoms: Atoms, views: tuple[View, ...], *, bounds: bool) -> Iterator[Identity]:
    """Every equality, sum and bound between columns of different views."""
    groups: dict[int, list[int]] = {}
    for view in views:
        for column in view.members:
            bits = atoms.live[column]
            if bits and column not in groups.setdefault(bits, []):
                groups[bits].append(column)
    for members in groups.values():
        for other in members[1:]:
            yield _identity(atoms, members[:1], (other,), bound=False)
    printed = [tuple((atoms.live[c], c) for c in view.members if atoms.live[c]) for view in views]
    ranked = [tuple(sorted(view, key=lambda pair: -pair[0].bit_count())) for view in printed]
    nest = nest_of(groups)
    for bits, members in groups.items():
        yield from _sums(atoms, ranked, bits, nest.inside[bits], members[0])
    yield from _exchanges(atoms, printed)
    if bounds:
        yield from _bounds(atoms, groups, nest)
        yield from _covers(atoms, printed, ranked, groups, nest)


@dataclass(frozen=True)
class Nest:
    """Which live sets lie strictly inside which: the larger sets of each, smallest first, and the columns inside."""

    larger: Mapping[int, list[int]]
    inside: Mapping[int, set[int]]


def nest_of(groups: Mapping[int, list[int]]) -> Nest:
    """The nesting of live sets (bits → columns)."""
    larger: dict[int, list[int]] = {}
    inside: dict[int, set[int]] = {bits: set() for bits in groups}
    sizes = sorted(groups, key=int.bit_count)
    for index, bits in enumerate(sizes):
        larger[bits] = [other for other in sizes[index + 1 :] if bits & other == bits]
        for other in larger[bits]:
            inside[other].update(groups[bits])
    return Nest(larger, inside)


def _identity(atoms: Atoms, left: Sequence[int], right: Sequence[int], *, bound: bool) -> Identity:
    one, shared_left = _together(atoms, left)
    other, shared_right = _together(atoms, right)
    differing = one & ~other | shared_left
    if not bound:
        differing |= other & ~one | shared_right
    firm, assumes = differing & ~atoms.unsure, []
    for form, bits in atoms.closed.items():
        if not firm:
            break
        if firm & bits:
            assumes.append(form)
            firm &= ~bits
            differing &= ~bits
    return Identity(tuple(left), tuple(right), bound, tuple(assumes), not differing & atoms.unsure)


def _together(atoms: Atoms, columns: Sequence[int]) -> tuple[int, int]:
    """All atoms of several columns, and those that more than one of them holds."""
    union, shared = 0, 0
    for column in columns:
        shared |= union & atoms.whole[column]
        union |= atoms.whole[column]
    return union, shared


Columns = tuple[tuple[int, int], ...]
"""(live atoms, column) of a view."""


def _disjoint_tops(view: Columns, bits: int, inside: set[int]) -> tuple[int, tuple[int, ...]]:
    """The largest columns of a view (largest first) strictly inside ``bits`` without overlap, and what they hold."""
    free, chosen = bits, []
    for mine, column in view:
        if column in inside and mine & free == mine:
            free ^= mine
            chosen.append(column)
    return bits ^ free, tuple(chosen)


def _sums(atoms: Atoms, views: Sequence[Columns], bits: int, inside: set[int], left: int) -> Iterator[Identity]:
    blocks = []
    for view in views:
        held, chosen = _disjoint_tops(view, bits, inside)
        if held == bits:
            yield _identity(atoms, (left,), chosen, bound=False)
        elif held:
            blocks.append((held, chosen))
    for chosen in islice(_exact_covers(bits, blocks, 4), 2):
        yield _identity(atoms, (left,), chosen, bound=False)


def _exact_covers(bits: int, blocks: list[tuple[int, tuple[int, ...]]], depth: int) -> Iterator[tuple[int, ...]]:
    if not bits:
        yield ()
        return
    if not depth:
        return
    low = bits & -bits
    for held, chosen in blocks:
        if held & low and not held & ~bits:
            for rest in _exact_covers(bits & ~held, blocks, depth - 1):
                yield (*chosen, *rest)


def _exchanges(atoms: Atoms, views: Sequence[Columns]) -> Iterator[Identity]:
    """Sums equal to sums: the finest columns of two views that cut the same money differently, several on each side
    (capital outlays of organs and institutions in one classification, of two kinds in the other)."""
    finest = [_finest(view) for view in views]
    for index, one in enumerate(finest):
        for other in finest[index + 1 :]:
            for left, right in _tangles(one, other):
                if len(left) > 1 and len(right) > 1:
                    yield _identity(atoms, left, right, bound=False)


def _finest(view: Columns) -> Columns:
    """Columns of a view that hold no smaller one of it, when they do not overlap."""
    least = [pair for pair in view if not any(o[0] & pair[0] == o[0] != pair[0] for o in view)]
    seen, apart = 0, []
    for pair in dict.fromkeys(least):
        if not pair[0] & seen:
            seen |= pair[0]
            apart.append(pair)
    return tuple(apart)


def _tangles(one: Columns, other: Columns) -> Iterator[tuple[list[int], list[int]]]:
    """Groups of columns of two views that overlap one another and hold the same atoms together."""
    waiting = list(one)
    while waiting:
        bits, column = waiting.pop()
        mine, theirs, left, grown = bits, 0, [column], True
        right: list[int] = []
        rest = list(other)
        while grown:
            grown = False
            for pool, side, reach in ((rest, right, mine), (waiting, left, theirs)):
                for pair in [p for p in pool if p[0] & reach]:
                    pool.remove(pair)
                    side.append(pair[1])
                    grown = True
                    if pool is rest:
                        theirs |= pair[0]
                    else:
                        mine |= pair[0]
        if mine == theirs:
            yield sorted(left), sorted(right)


def _bounds(atoms: Atoms, groups: Mapping[int, list[int]], nest: Nest) -> Iterator[Identity]:
    for bits, larger in nest.larger.items():
        above: list[int] = []
        for other in larger:
            if not any(mid & other == mid for mid in above):
                above.append(other)
        for other in above:
            yield _identity(atoms, groups[bits][:1], groups[other][:1], bound=True)


def _covers(
    atoms: Atoms, printed: Sequence[Columns], ranked: Sequence[Columns], groups: Mapping[int, list[int]], nest: Nest
) -> Iterator[Identity]:
    """Bounds by columns that cover one column together though none does alone: two of them, or all that a view prints
    inside it and one more."""
    columns = dict(pair[::-1] for view in printed for pair in view)
    for bits, members in groups.items():
        widest = {found for view in printed if (found := _widest(view, bits)) is not None}
        pairs = islice(_covering_pairs(bits, sorted((column, live) for live, column in widest)), 3)
        views = islice(_covering_views(bits, ranked, nest.inside[bits], columns), 2)
        for cover in (*pairs, *views):
            yield _identity(atoms, members[:1], cover, bound=True)


def _covering_views(
    bits: int, views: Sequence[Columns], inside: set[int], columns: Mapping[int, int]
) -> Iterator[tuple[int, ...]]:
    for view in views:
        held, chosen = _disjoint_tops(view, bits, inside)
        missing = bits & ~held
        if len(chosen) > 1 and missing:
            able = [
                (live.bit_count(), c) for c, live in columns.items() if live & missing == missing and not live & held
            ]
            if able:
                yield (*chosen, min(able)[1])


def _covering_pairs(bits: int, columns: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    for index, (first, a) in enumerate(columns):
        missing = bits & ~a
        for second, b in columns[index + 1 :]:
            if missing & b == missing and not a & b and (a | b) & ~bits:
                yield first, second


def _widest(view: Columns, bits: int) -> tuple[int, int] | None:
    """The column of a view that holds most, but not all, of ``bits``."""
    best, size = None, 0
    for pair in view:
        shared = pair[0] & bits
        if shared and shared != bits and (most := shared.bit_count()) > size:
            best, size = pair, most
    return best
