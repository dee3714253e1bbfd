"""Findings on relations that do not hold, with the single figure that could explain each."""

from __future__ import annotations

from collections.abc import Mapping

from yusuan.figures import Figures
from yusuan.finding import Finding, Severity, Suspect
from yusuan.relations import Relation
from yusuan.sheet import Place
from yusuan.tested import Outcome, Tested


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
