"""Test every derived relation on the printed figures of a disclosure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

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

SUMS_FOR_A_HABIT = 20
"""So many sums of several figures, all exact, tell that a disclosure adds up its printed figures: had each figure been
rounded alone, one sum in four or more would be off by a last digit (chance below 0.75**20, about 0.3 %)."""


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
    outcomes, exact = [], 0
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
            exact += not relation.bound and sum(bool(get(p)) for p in relation.right) > 1
            continue
        slack = _slack(relation, quanta)
        verdict: Verdict = "rounding" if difference <= slack else "fails"
        if verdict == "fails" and relation.assumes:
            live = _live_gaps(figures, standard) if live is None else live
            if live.intersection(relation.assumes):
                verdict = "not_applicable"
        outcomes.append(Outcome(relation, left, right, slack, verdict))
    off = sum(o.verdict == "rounding" for o in outcomes)
    return Tested(tuple(outcomes), exact >= SUMS_FOR_A_HABIT * (1 + off), signed)


def _slack(relation: Relation, quanta: list[int]) -> int:
    """The difference that rounding each figure alone can make: half a last digit a figure, none when both sides are
    one figure of one unit (they round alike)."""
    places = (*relation.left, *relation.right)
    halves = [quanta[s] for s, _, _ in places]
    if len(relation.left) == 1 and len(relation.right) == 1 and halves[0] == halves[1]:
        return 0
    return sum(halves) // 2


def _live_gaps(figures: Figures, standard: Standard) -> frozenset[str]:
    """Forms whose template lacks a place for money that another form shows."""
    gaps = [(form.number, gap.point) for form in standard.forms.values() for gap in form.gaps if gap.point is not None]
    return frozenset(number for number, point in gaps if _shown_elsewhere(figures, standard, number, point))


def _shown_elsewhere(figures: Figures, standard: Standard, number: str, gap: Point) -> bool:
    """Whether another form prints money that is wholly inside the gap."""
    known: dict[Point, bool] = {}
    for (s, r, c), amount in figures.amounts.items():
        sheet = figures.disclosure.sheets[s]
        column, row = sheet.columns[c].point, sheet.rows[r].point
        if not amount or sheet.form == number:
            continue
        if column is None:
            point = sheet.cells[r, c].point or EVERYTHING
        else:
            needed = {a: m for a, m in (row.parts if row else {}).items() if a in gap.parts}
            point = Point({**column.parts, **needed})
        if point not in known:
            known[point] = standard.space.inside(point, gap)
        if known[point]:
            return True
    return False


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
