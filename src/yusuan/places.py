"""Facts that a form has no place for: money that its total counts and none of its columns or lines shows.

The published templates have such gaps; a set compiled from facts that fall into one cannot add up, and says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache

from yusuan.axes import Point
from yusuan.finding import Finding
from yusuan.forms import Form, Standard
from yusuan.ledger import Fact, Ledger

Slice = tuple[tuple[str, str], ...]
"""(axis, code) pairs of a fact, amount and agency left out."""

AXES = ("fund_type_code", "vintage", "kind", "pro_type", "dep_bgt_eco_code", "gov_bgt_eco_code", "exp_func_code")


def slice_of(fact: Fact, ledger: Ledger) -> Slice:
    """The fact's place on the axes that choose columns and lines; money without a project counts as other money."""
    project = ledger.projects.get(fact.pro_code)
    codes = {**fact._asdict(), "pro_type": project.pro_type if project else "other"}
    return tuple((axis, str(codes[axis])) for axis in AXES if codes[axis])


@cache
def forms_without(standard: Standard, place: Slice) -> tuple[str, ...]:
    """Forms whose total counts a fact of this slice while none of the parts of that total does."""
    tree = standard.space["exp_func_code"]
    codes = {axis: frozenset({code}) for axis, code in place}
    function = dict(place).get("exp_func_code", "")
    if function and function not in tree:
        roots = [step for step in (tree.parent_by_scheme(function),) if step in tree]
        codes["exp_func_code"] = frozenset(step for step in roots if step)
    point = Point(codes)
    return tuple(form.number for form in standard.forms.values() if _lacks(standard, form, point))


def _lacks(standard: Standard, form: Form, point: Point) -> bool:
    places: set[tuple[int, int]] = set()
    if form.blocks:
        for b, block in enumerate(form.blocks):
            places |= {(b, line.index) for line in block.lines if standard.space.inside(point, line.point)}
    else:
        places = {(0, c) for c, leaf in enumerate(form.money()) if standard.space.inside(point, leaf.point)}
    return any(s.total in places and not places.intersection(s.parts) for s in form.sums)


def place_findings(ledger: Ledger, standard: Standard, agencies: Iterable[str]) -> list[Finding]:
    """A warning for every form and slice without a place, with the money concerned (分)."""
    wanted = frozenset(agencies)
    lost: dict[tuple[str, Slice], int] = {}
    for fact in ledger.facts():
        if fact.agency_code in wanted and fact.amount:
            place = slice_of(fact, ledger)
            for form in forms_without(standard, place):
                lost[form, place] = lost.get((form, place), 0) + fact.amount
    return [_finding(standard, form, dict(place), amount) for (form, place), amount in lost.items()]


def _finding(standard: Standard, form: str, place: Mapping[str, str], amount: int) -> Finding:
    words = []
    for axis in ("kind", "fund_type_code", "dep_bgt_eco_code", "gov_bgt_eco_code", "exp_func_code"):
        code = place.get(axis, "")
        tree = standard.space[axis]
        name = tree[code].name if code in tree else ""
        words.append(name if axis in ("kind", "fund_type_code") else f"{code} {name}".strip())
    values = {"form": form, "amount": amount, "slice": " · ".join(words)}
    return Finding("place_missing", "warning", "fails", (), values, form=form)
