"""Test every derived relation on the printed figures, and tell which single figure could explain a failure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from yusuan.axes import EVERYTHING, Point
from yusuan.check.figures import Figures
from yusuan.finding import Finding, Severity, Suspect, Verdict
from yusuan.forms import Standard
from yusuan.relations import Relation
from yusuan.sheet import Place

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

    def tally(self) -> Mapping[str, int]:
        """Counts by verdict."""
        return Counter(outcome.verdict for outcome in self.outcomes)

    def failed(self) -> list[Outcome]:
        """Outcomes that do not hold."""
        return [o for o in self.outcomes if o.verdict in ("fails", "rounding")]


def test_relations(figures: Figures, relations: Iterable[Relation], standard: Standard) -> Tested:
    """Both sides of every relation, with a verdict that knows rounding and the template's gaps.

    A part need not be smaller than its whole where amounts can be negative; a cell that is no amount tells nothing.
    """
    quanta = [sheet.scale.quantum for sheet in figures.disclosure.sheets]
    live: frozenset[str] | None = None
    get = figures.amounts.get
    negative = any(amount < 0 for amount in figures.amounts.values())
    outcomes, exact = [], 0
    for relation in relations:
        if figures.unread and not figures.unread.isdisjoint((*relation.left, *relation.right)):
            outcomes.append(Outcome(relation, 0, 0, 0, "cannot_tell"))
            continue
        if relation.bound and negative:
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
    return Tested(tuple(outcomes), exact >= SUMS_FOR_A_HABIT * (1 + off))


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


def arithmetic_findings(figures: Figures, tested: Tested) -> list[Finding]:
    """A finding for every relation that does not hold, culprits named where one figure explains it."""
    failed = tested.failed()
    suspects = suspects_of(figures, tested)
    return [_finding(figures, outcome, tested.adds_up, suspects) for outcome in failed]


def _finding(figures: Figures, outcome: Outcome, adds_up: bool, suspects: Mapping[Place, Suspect]) -> Finding:
    relation = outcome.relation
    severity: Severity = "error" if relation.sure else "warning"
    verdict = outcome.verdict
    habit = verdict == "rounding" and adds_up
    if verdict == "rounding":
        verdict, severity = ("fails", "warning") if adds_up else ("rounding", "info")
    places = (*relation.left, *relation.right)
    shown = [p for p in places if p in relation.left or figures.amounts.get(p) or len(places) <= 4 or p in suspects]
    cells = tuple(figures.ref(place) for place in shown)
    terms = tuple(1 if place in relation.left else -1 for place in shown)
    named = tuple(suspects[p] for p in places if p in suspects)
    values = {"bound": relation.bound, "assumes": list(relation.assumes), "sure": relation.sure, "habit": habit,
              "blank": len(places) - len(shown)}  # fmt: skip
    return Finding(
        f"relation_{relation.basis}", severity, verdict, cells, values, outcome.right, outcome.left, named,
        relation.basis, terms, figures.disclosure.sheets[places[0][0]].form,
    )  # fmt: skip


def suspects_of(figures: Figures, tested: Tested) -> Mapping[Place, Suspect]:
    """Cells whose change alone would make every failed relation of their group hold without breaking another."""
    touching: dict[Place, list[Relation]] = {}
    for outcome in tested.outcomes:
        if outcome.relation.sure and outcome.verdict != "not_applicable":
            for place in {*outcome.relation.left, *outcome.relation.right}:
                touching.setdefault(place, []).append(outcome.relation)
    failed = [o for o in tested.failed() if o.relation.sure]
    found: dict[Place, Suspect] = {}
    for group in _groups(failed):
        places = dict.fromkeys(p for o in group for p in (*o.relation.left, *o.relation.right))
        mends = {}
        for place in places:
            proposed = _mend(figures, place, group, touching[place])
            if proposed is not None:
                mends[place] = proposed
        for place, proposed in mends.items():
            found[place] = Suspect(figures.ref(place), proposed, len(mends) == 1)
    return found


def _groups(failed: list[Outcome]) -> list[list[Outcome]]:
    """Failed relations that share cells, directly or through others."""
    groups: list[tuple[set[Place], list[Outcome]]] = []
    for outcome in failed:
        mine = {*outcome.relation.left, *outcome.relation.right}
        joined, rest = [outcome], []
        for places, members in groups:
            if places & mine:
                mine |= places
                joined += members
            else:
                rest.append((places, members))
        groups = [*rest, (mine, joined)]
    return [members for _, members in groups]


def _mend(figures: Figures, place: Place, group: list[Outcome], touching: list[Relation]) -> int | None:
    """The amount of one cell that makes all failed relations of its group hold and breaks none, or ``None``."""
    if any(place not in o.relation.left and place not in o.relation.right for o in group):
        return None
    equal = next((o for o in group if not o.relation.bound), None)
    now = figures.amounts.get(place, 0)
    if equal is None:
        return None
    sign = 1 if place in equal.relation.left else -1
    proposed = now - sign * (equal.left - equal.right)
    if proposed < 0:
        return None
    step = proposed - now
    for relation in touching:
        gap = sum(figures.amounts.get(p, 0) for p in relation.left) - sum(
            figures.amounts.get(p, 0) for p in relation.right
        )
        gap += step * (1 if place in relation.left else -1)
        if gap > 0 if relation.bound else gap != 0:
            return None
    return proposed
