"""The columns of a form set by their slices, and the identities between them, worked out once per form set."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from yusuan.axes import NODE_AXES, Point
from yusuan.forms import Form, Standard, across_sums
from yusuan.identities import Closure, Identity, View, identities_of
from yusuan.pairing import pair_codes


@dataclass(frozen=True)
class ColumnPlan:
    """The distinct column Points of a form set, where they stand, and the identities between them."""

    points: tuple[Point, ...]
    index: Mapping[Point, int]
    names: Mapping[int, tuple[tuple[str, str], ...]]
    identities: tuple[Identity, ...]


def column_part(point: Point) -> Point:
    """The part of a Point that a column chooses."""
    return point.without(*NODE_AXES)


@cache
def plan_columns(standard: Standard, forms: tuple[str, ...], regimes: tuple[str, ...]) -> ColumnPlan:
    """Column identities of the given forms of a standard for agencies of the given regimes (remembered)."""
    points, views, closures, names = column_views(standard, forms)
    pairing = pair_codes(standard.space, regimes)
    known: tuple[Identity, ...] = ()
    if regimes != ALL_REGIMES:
        known = plan_columns(standard, forms, ALL_REGIMES).identities
    more = identities_of(points, views, closures, standard.space, pairing, bounds=not known)
    found = _best_of((*known, *more))
    return ColumnPlan(points, {point: k for k, point in enumerate(points)}, names, found)


ALL_REGIMES = ("institution", "organ")
"""What holds for both regimes holds for either; a single one only adds equalities and sums."""


def _best_of(identities: Iterable[Identity]) -> tuple[Identity, ...]:
    """Each identity once, in the form that assumes least."""
    best: dict[tuple[tuple[int, ...], tuple[int, ...], bool], Identity] = {}
    for identity in identities:
        key = (identity.left, tuple(sorted(identity.right)), identity.bound)
        known = best.get(key)
        if known is None or (len(identity.assumes), not identity.sure) < (len(known.assumes), not known.sure):
            best[key] = identity
    return tuple(best.values())


def column_views(
    standard: Standard, forms: tuple[str, ...]
) -> tuple[tuple[Point, ...], tuple[View, ...], tuple[Closure, ...], Mapping[int, tuple[tuple[str, str], ...]]]:
    """The distinct column Points of the forms, which columns are read together, which totals are complete, and where
    each Point stands (form, label)."""
    index: dict[Point, int] = {}
    names: dict[int, list[tuple[str, str]]] = {}
    views: list[View] = []
    closures: list[Closure] = []

    def number(point: Point, form: str, label: str) -> int:
        found = index.setdefault(column_part(point), len(index))
        names.setdefault(found, []).append((form, label))
        return found

    for form in (standard.forms[n] for n in forms):
        add = _block_views if form.blocks else _column_views
        add(form, number, views, closures)
    return tuple(index), tuple(views), tuple(dict.fromkeys(closures)), {k: tuple(v) for k, v in names.items()}


Numbering = Callable[[Point, str, str], int]


def gapped(form: Form) -> bool:
    """Whether the form is known to lack places for some of its scope."""
    return any(gap.rule == "place" for gap in form.gaps)


def _block_views(form: Form, number: Numbering, views: list[View], closures: list[Closure]) -> None:
    for b, block in enumerate(form.blocks):
        columns = {line.index: number(line.point, form.number, line.label) for line in block.lines}
        views.append(View(form.number, f"{b}", tuple(dict.fromkeys(columns.values()))))
        for line in block.lines:
            if line.children and not any(child.point.get("exp_func_code") for child in line.children):
                parts = tuple(columns[child.index] for child in line.children)
                closures.append(Closure(form.number, columns[line.index], parts, gapped(form)))
    at = {(b, line.index): line for b, block in enumerate(form.blocks) for line in block.lines}
    for total in across_sums(form):
        found = [number(at[place].point, form.number, at[place].label) for place in (total.total, *total.parts)]
        closures.append(Closure(form.number, found[0], tuple(found[1:]), gapped(form)))


def _column_views(form: Form, number: Numbering, views: list[View], closures: list[Closure]) -> None:
    columns = [number(leaf.point, form.number, leaf.label) for leaf in form.money()]
    seen: set[int] = set()
    for total in form.sums:
        parts = tuple(columns[p] for _, p in total.parts)
        closures.append(Closure(form.number, columns[total.total[1]], parts, gapped(form)))
    alternatives: dict[int, int] = {}
    for total in form.sums:
        alternatives[total.total[1]] = alternatives.get(total.total[1], 0) + 1
    for total in form.sums:
        if alternatives[total.total[1]] > 1:
            members = tuple(columns[p] for _, p in total.parts)
            views.append(View(form.number, f"{total.total[1]}+{len(views)}", members))
            seen.update(p for _, p in total.parts)
    rest = tuple(columns[i] for i in range(len(columns)) if i not in seen)
    views.append(View(form.number, "", tuple(dict.fromkeys(rest))))
