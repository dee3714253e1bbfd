"""Which columns of a form set must agree, add up or bound each other: derived from their Points, once per form set.

The column axes (fund source, vintage, kind, project type, the two economic classifications) are cut into *atoms*, the
smallest slices that the columns tell apart; a column is then a set of atoms. The two economic classifications are one
joint axis: only the pairs that 财预〔2017〕98号 lets occur exist. A form whose total is printed as the sum of its
columns says that nothing of its scope lies elsewhere: such atoms are *closed*. Two columns with the same live atoms
are equal; one whose atoms are those of others together is their sum; one inside another is not larger.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from yusuan.axes import Point, Space
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
    """Column ``left`` equals (or, when ``bound``, does not exceed) the sum of ``right``.

    ``assumes`` names the forms whose closure it needs beyond the Points; ``sure`` is false when it also needs a
    correspondence of economic codes that is not verified.
    """

    left: int
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
    points: tuple[Point, ...], views: tuple[View, ...], closures: tuple[Closure, ...], space: Space, pairing: Pairing
) -> tuple[Identity, ...]:
    """All identities: those that hold whatever a form has no place for, then those that need its gaps to be empty."""
    cut = cut_axes(points, space, pairing)
    firm = close(cut, tuple(c for c in closures if not c.gapped))
    found = dict.fromkeys(derive(firm, views))
    if any(c.gapped for c in closures):
        found.update(dict.fromkeys(derive(close(cut, closures), views)))
    best: dict[tuple[int, tuple[int, ...], bool], Identity] = {}
    for identity in found:
        key = (identity.left, tuple(sorted(identity.right)), identity.bound)
        if key not in best or len(identity.assumes) < len(best[key].assumes):
            best[key] = identity
    return tuple(best.values())


def cut_axes(points: tuple[Point, ...], space: Space, pairing: Pairing) -> Atoms:
    """Cut the column axes into atoms."""
    everything = (1 << len(points)) - 1
    masks = {everything}
    for axis in CLOSED_AXES:
        tree = space[axis]
        leaves = [code for code in tree.members if not tree.children.get(code)]
        here = {_mask(points, axis, tree.path(code)) for code in leaves}
        masks = {left & right for left in masks for right in here}
        masks.discard(0)
    economic = {
        axis: {code: _mask(points, axis, space[axis].path(code)) for code in space[axis].members}
        for axis in ("dep_bgt_eco_code", "gov_bgt_eco_code")
    }
    dep, gov = economic["dep_bgt_eco_code"], economic["gov_bgt_eco_code"]
    certain = {dep[d] & gov[g] for d, g in pairing.allowed if d in dep and g in gov}
    doubtful = {dep[d] & mask for mask in set(gov.values()) for d in pairing.doubtful if d in dep} - certain
    live = {left & right for left in masks for right in certain} - {0}
    loose = {left & right for left in masks for right in doubtful} - live - {0}
    order = sorted(live) + sorted(loose)
    whole = [0] * len(points)
    for index, signature in enumerate(order):
        bit = 1 << index
        while signature:
            low = signature & -signature
            whole[low.bit_length() - 1] |= bit
            signature ^= low
    unsure = ((1 << len(order)) - 1) ^ ((1 << len(live)) - 1)
    return Atoms(tuple(whole), tuple(bits & ~unsure for bits in whole), unsure, {})


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


def _mask(points: tuple[Point, ...], axis: str, path: tuple[str, ...]) -> int:
    found = 0
    for index, point in enumerate(points):
        codes = point.parts.get(axis)
        if codes is None or not codes.isdisjoint(path):
            found |= 1 << index
    return found


def derive(atoms: Atoms, views: tuple[View, ...]) -> Iterator[Identity]:
    """Every equality, sum and bound between columns of different views."""
    groups: dict[int, list[int]] = {}
    for view in views:
        for column in view.members:
            bits = atoms.live[column]
            if bits and column not in groups.setdefault(bits, []):
                groups[bits].append(column)
    for members in groups.values():
        for other in members[1:]:
            yield _identity(atoms, members[0], (other,), bound=False)
    for bits, members in groups.items():
        yield from _sums(atoms, views, bits, members[0])
    yield from _bounds(atoms, groups)
    yield from _covers(atoms, views, groups)


def _identity(atoms: Atoms, left: int, right: tuple[int, ...], *, bound: bool) -> Identity:
    together = 0
    for column in right:
        together |= atoms.whole[column]
    differing = atoms.whole[left] & ~together
    if not bound:
        differing |= together & ~atoms.whole[left]
        overlap, seen = 0, 0
        for column in right:
            overlap |= seen & atoms.whole[column]
            seen |= atoms.whole[column]
        differing |= overlap
    sure = True
    assumes = []
    for form, bits in atoms.closed.items():
        if differing & bits & ~atoms.unsure:
            assumes.append(form)
            differing &= ~bits
    if differing:
        sure = not differing & atoms.unsure
    return Identity(left, right, bound, tuple(assumes), sure)


def _disjoint_tops(atoms: Atoms, view: View, bits: int) -> tuple[int, tuple[int, ...]]:
    """The largest columns of a view inside ``bits`` that do not overlap, and what they hold together."""
    inside = [c for c in view.members if atoms.live[c] and atoms.live[c] & ~bits == 0]
    inside.sort(key=lambda c: -atoms.live[c].bit_count())
    held, chosen = 0, []
    for column in inside:
        mine = atoms.live[column]
        if not mine & held:
            held |= mine
            chosen.append(column)
    return held, tuple(chosen)


def _sums(atoms: Atoms, views: tuple[View, ...], bits: int, left: int) -> Iterator[Identity]:
    blocks = []
    for view in views:
        without = View(view.form, view.name, tuple(c for c in view.members if atoms.live[c] != bits))
        held, chosen = _disjoint_tops(atoms, without, bits)
        if held == bits:
            yield _identity(atoms, left, chosen, bound=False)
        elif held:
            blocks.append((held, chosen))
    found = 0
    for chosen in _exact_covers(bits, blocks, 4):
        yield _identity(atoms, left, chosen, bound=False)
        found += 1
        if found == 2:
            return


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


def _bounds(atoms: Atoms, groups: Mapping[int, list[int]]) -> Iterator[Identity]:
    sizes = sorted(groups, key=int.bit_count)
    for index, bits in enumerate(sizes):
        above: list[int] = []
        for larger in sizes[index + 1 :]:
            if bits & ~larger == 0 and bits != larger and not any(mid & ~larger == 0 for mid in above):
                above.append(larger)
        for larger in above:
            yield _identity(atoms, groups[bits][0], (groups[larger][0],), bound=True)


def _covers(atoms: Atoms, views: tuple[View, ...], groups: Mapping[int, list[int]]) -> Iterator[Identity]:
    """Bounds by two or three columns that cover one column together though none does alone."""
    for bits, members in groups.items():
        best: dict[str, int] = {}
        for view in views:
            for column in view.members:
                mine = atoms.live[column]
                if mine & bits and bits & ~mine:
                    name = f"{view.form}/{view.name}"
                    if name not in best or (atoms.live[best[name]] & bits).bit_count() < (mine & bits).bit_count():
                        best[name] = column
        columns = sorted(set(best.values()))
        found = 0
        for i, first in enumerate(columns):
            for second in columns[i + 1 :]:
                a, b = atoms.live[first], atoms.live[second]
                if a & b or bits & ~(a | b) or (a | b) & ~bits == 0:
                    continue
                yield _identity(atoms, members[0], (first, second), bound=True)
                found += 1
                if found == 3:
                    break
            if found == 3:
                break
