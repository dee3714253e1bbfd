"""Test every derived relation on the printed figures of a disclosure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from math import exp, lgamma, log

from yusuan.axes import EVERYTHING, Point
from yusuan.codes import Tree
from yusuan.correspondence import read_links
from yusuan.figures import Figures
from yusuan.finding import Verdict
from yusuan.forms import Standard
from yusuan.plan import ALL_REGIMES
from yusuan.relations import Relation
from yusuan.sheet import Place
from yusuan.signs import signed_places

EXACT = 0.75
"""Chance at most that a sum of figures comes out exactly when each figure was rounded alone: that of two parts."""

CHANCE = 1 / 300
"""How unlikely that must be for so many sums as there are, before a disclosure is taken to add up what it prints."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """A tested relation: both sides in 分, the most that rounding alone can explain, and the verdict."""

    relation: Relation
    left: int
    right: int
    slack: int
    verdict: Verdict


@dataclass(frozen=True)
class Tested:
    """All outcomes of a disclosure; ``adds_up`` when its sums show that printed figures are added exactly."""

    outcomes: tuple[Outcome, ...]
    adds_up: bool
    signed: frozenset[Place] = frozenset()
    """Cells that may print a negative amount."""

    def tally(self) -> Mapping[str, int]:
        """Counts by verdict."""
        return Counter(outcome.verdict for outcome in self.outcomes)

    def failed(self) -> list[Outcome]:
        """Outcomes that do not hold."""
        return [o for o in self.outcomes if o.verdict in ("fails", "rounding")]


def test_relations(figures: Figures, relations: Iterable[Relation], standard: Standard) -> Tested:
    """Both sides of every relation, with a verdict that knows rounding and the template's gaps.

    A part need not be smaller than its whole where the law lets amounts be negative; a cell that is no amount tells
    nothing.
    """
    quanta = [sheet.scale.quantum for sheet in figures.disclosure.sheets]
    live: frozenset[str] | None = None
    get = figures.amounts.get
    signed = signed_places(figures.disclosure, standard.space)
    outcomes = []
    exact: set[tuple[int, ...]] = set()
    for relation in relations:
        if figures.unread and not figures.unread.isdisjoint((*relation.left, *relation.right)):
            outcomes.append(Outcome(relation, 0, 0, 0, "cannot_tell"))
            continue
        if relation.bound and signed and not signed.isdisjoint((*relation.left, *relation.right)):
            outcomes.append(Outcome(relation, 0, 0, 0, "not_applicable"))
            continue
        left = sum([get(place, 0) for place in relation.left])
        right = sum([get(place, 0) for place in relation.right])
        difference = max(0, left - right) if relation.bound else abs(left - right)
        if not difference:
            outcomes.append(Outcome(relation, left, right, 0, "holds"))
            if not relation.bound and len(relation.right) > 1:
                parts = [amount for p in relation.right if (amount := get(p))]
                if len(parts) > 1:
                    exact.add(tuple(sorted(parts)))
            continue
        slack = _slack(relation, quanta, figures.amounts)
        verdict: Verdict = "rounding" if difference <= slack else "fails"
        if verdict == "fails" and relation.assumes:
            live = live_gaps(figures, standard) if live is None else live
            if live.intersection(relation.assumes):
                verdict = "not_applicable"
        outcomes.append(Outcome(relation, left, right, slack, verdict))
    off = _culprits([{*o.relation.left, *o.relation.right} for o in outcomes if o.verdict == "rounding"])
    return Tested(tuple(outcomes), _by_chance(off, len(exact) + off) < CHANCE, signed)


def _culprits(off: list[set[Place]]) -> int:
    """How many cells are enough to be in all the sums that are off: a single wrong figure is in several."""
    count = 0
    while off:
        often = Counter(place for places in off for place in places)
        worst = max(often, key=lambda p: (often[p], p))
        off = [places for places in off if worst not in places]
        count += 1
    return count


def _by_chance(off: int, sums: int) -> float:
    """The chance that of so many sums no more are off, if each figure had been rounded alone."""

    def of(k: int) -> float:
        ways = lgamma(sums + 1) - lgamma(k + 1) - lgamma(sums - k + 1)
        return exp(ways + k * log(1 - EXACT) + (sums - k) * log(EXACT))

    return sum(of(k) for k in range(off + 1))


def _slack(relation: Relation, quanta: list[int], printed: Container[Place]) -> int:
    """The difference that rounding each figure alone can make: half a last digit a printed figure, none when both sides
    are one figure of one unit (they round alike)."""
    places = (*relation.left, *relation.right)
    if len(relation.left) == 1 and len(relation.right) == 1 and quanta[places[0][0]] == quanta[places[1][0]]:
        return 0
    return sum(quanta[place[0]] for place in places if place in printed) // 2


def live_gaps(figures: Figures, standard: Standard) -> frozenset[str]:
    """Forms whose template lacks a place for money that another form shows."""
    gaps = [(form.number, gap.point) for form in standard.forms.values() for gap in form.gaps if gap.point is not None]
    shown = {axes: _shown(figures, axes) for axes in {tuple(gap.parts) for _, gap in gaps}}
    return frozenset(
        number
        for number, gap in gaps
        if any(form != number and standard.space.inside(point, gap) for form, point in shown[tuple(gap.parts)])
    )


def _shown(figures: Figures, axes: tuple[str, ...]) -> list[tuple[str | None, Point]]:
    """What all money shown is on some axes, each slice once a form."""
    found = set()
    for (s, r, c), amount in figures.amounts.items():
        if amount:
            sheet = figures.disclosure.sheets[s]
            column, row = sheet.columns[c].point, sheet.rows[r].point
            point = column or sheet.cells[r, c].point or EVERYTHING
            chosen = row.parts if row and column is not None else {}
            found.add((sheet.form, tuple([chosen.get(axis, point.parts.get(axis)) for axis in axes])))
    parts = [(form, {axis: codes for axis, codes in zip(axes, members) if codes}) for form, members in found]
    return [(form, Point(mine)) for form, mine in parts if len(mine) == len(axes)]


def regimes_of(figures: Figures, standard: Standard) -> tuple[str, ...]:
    """Regimes that the governmental economic columns show at work; both when none or both are."""
    seen: set[str] = set()
    tree = standard.space["gov_bgt_eco_code"]
    paid = {regime: classes_of(regime, tree) for regime in ALL_REGIMES}
    for (s, r, c), amount in figures.amounts.items():
        cell = figures.disclosure.sheets[s].cells[r, c]
        codes = cell.point.get("gov_bgt_eco_code") if cell.point else None
        if amount and codes:
            seen.update(regime for regime, classes in paid.items() if tree.covers(classes, codes))
    return tuple(seen) if len(seen) == 1 else ALL_REGIMES


def classes_of(regime: str, tree: Tree) -> frozenset[str]:
    """Governmental economic 类 through which only this regime is paid, by the correspondence of codes."""
    return frozenset(tree.path(link.gov)[0] for link in read_links() if link.regime == regime and link.gov in tree)
