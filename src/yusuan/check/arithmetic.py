"""Findings on relations that do not hold, with the single figure that could explain each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from yusuan.figures import Figures
from yusuan.finding import Finding, Severity, Suspect
from yusuan.locate import Group, Located
from yusuan.relations import Relation
from yusuan.sheet import Place
from yusuan.tested import Outcome, Tested


def arithmetic_findings(figures: Figures, tested: Tested, located: Located) -> list[Finding]:
    """A finding for every relation that does not hold, with the cells that the smallest explanation would change."""
    suspects = suspects_of(figures, located)
    moves = {relation: group for group in located.groups if moved(group) for relation in group.relations}
    found = []
    for outcome in tested.failed():
        group = moves.get(outcome.relation)
        finding = _finding(figures, outcome, {} if group else suspects, adds_up=tested.adds_up)
        found.append(replace(finding, values={**finding.values, **_move(figures, group)}) if group else finding)
    return found


def moved(group: Group) -> bool:
    """Whether figures that went astray together explain the group best."""
    return bool(group.explanations) and group.explanations[0].move is not None


def _move(figures: Figures, group: Group) -> dict[str, object]:
    best = group.explanations[0]
    sheet = figures.disclosure.sheets[best.changes[0].place[0]]
    return {"move": best.move, "moved": len(best.changes), "moved_form": sheet.form or sheet.title}


def _finding(figures: Figures, outcome: Outcome, suspects: Mapping[Place, Suspect], *, adds_up: bool) -> Finding:
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


def finding_on(figures: Figures, relation: Relation) -> Finding:
    """A finding on one relation that does not hold, no suspects named."""
    left, right = (sum(figures.amounts.get(p, 0) for p in side) for side in (relation.left, relation.right))
    return _finding(figures, Outcome(relation, left, right, 0, "fails"), {}, adds_up=False)


def suspects_of(figures: Figures, located: Located) -> Mapping[Place, Suspect]:
    """The cells that the smallest explanations would change. Of a group that one cell explains every such cell is a
    suspect, of others the cells of the best explanation."""
    found: dict[Place, Suspect] = {}
    for group in located.groups:
        if moved(group):
            continue
        for explanation in group.explanations[: None if group.size == 1 else 1]:
            for change in explanation.changes:
                found.setdefault(change.place, Suspect(figures.ref(change.place), change.proposed, group.unique))
    return found
