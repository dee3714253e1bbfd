"""Check a disclosure: all families of findings and the tally of what was tested."""

from __future__ import annotations

import time

from yusuan.check.arithmetic import arithmetic_findings
from yusuan.check.codes import code_findings
from yusuan.check.heuristics import heuristic_findings
from yusuan.check.identity import identity_findings
from yusuan.check.structure import structure_findings
from yusuan.check.targets import target_findings
from yusuan.figures import Figures
from yusuan.finding import Finding, Report
from yusuan.forms import Standard
from yusuan.locate import locate_tested
from yusuan.prove import prove_tested
from yusuan.relations import derive_relations, plan_of
from yusuan.sheet import Disclosure
from yusuan.tested import Tested, regimes_of, test_relations

PROVING = 5.0
"""Longest joint proof (seconds); beyond it the summary says that it could not be told."""

LOCATING = 5.0
"""Longest search (seconds) for wrong cells; ``yusuan locate`` takes more time and tells more."""

ORDER = {"error": 0, "warning": 1, "info": 2}


def check_disclosure(disclosure: Disclosure, standard: Standard) -> Report:
    """Every finding on a disclosure, the gravest first.

    ``seconds`` leaves out what depends on the form set alone (its identities, derived once a process).
    """
    figures = Figures(disclosure)
    regimes = regimes_of(figures, standard)
    plan_of(disclosure, standard, regimes)
    started = time.perf_counter()
    relations = derive_relations(disclosure, standard, regimes)
    tested = test_relations(figures, relations, standard)
    located = locate_tested(figures, tested, seconds=LOCATING, together=False)
    findings: list[Finding] = arithmetic_findings(figures, tested, located)
    if not figures.amounts:
        findings.append(Finding("no_figures", "warning", "cannot_tell", ()))
    findings += structure_findings(figures, standard)
    findings += identity_findings(disclosure, standard)
    findings += code_findings(disclosure, standard)
    findings += target_findings(disclosure, standard)
    findings += heuristic_findings(figures, standard)
    places = {place for o in tested.outcomes for place in (*o.relation.left, *o.relation.right)}
    cells = sum(len(sheet.cells) for sheet in disclosure.sheets)
    checked = sum((s, r, c) in places for s, sheet in enumerate(disclosure.sheets) for r, c in sheet.cells)
    tally = tested.tally()
    failed = tally.get("fails", 0) + (tally.get("rounding", 0) if tested.adds_up else 0)
    summary = {
        "sheets": len(disclosure.sheets), "cells": cells, "cells_checked": checked, "cells_unchecked": cells - checked,
        "relations": len(tested.outcomes), "held": tally.get("holds", 0), "failed": failed,
        "rounding": 0 if tested.adds_up else tally.get("rounding", 0), "not_applicable": tally.get("not_applicable", 0),
        "cannot_tell": tally.get("cannot_tell", 0),
        "seconds": round(time.perf_counter() - started, 4),
    }  # fmt: skip
    verdict, joint = _joint(figures, tested, standard, open_question=all(g.rounding for g in located.groups))
    findings += joint
    findings.sort(key=lambda f: (ORDER[f.severity], f.form or "", f.rule))
    agency = disclosure.agency.name if disclosure.agency else ""
    return Report(
        disclosure.file, disclosure.sha256, tuple(findings), summary, disclosure.standard, agency, standard.scale,
        verdict,
    )  # fmt: skip


def _joint(figures: Figures, tested: Tested, standard: Standard, *, open_question: bool) -> tuple[str, list[Finding]]:
    """Whether one ledger yields all figures, and a finding where none does although every relation holds."""
    if figures.unread - figures.withheld:
        return "cannot_tell", []
    if not open_question:
        return "inconsistent", []
    proof = prove_tested(figures, tested, standard, seconds=PROVING)
    if proof.verdict != "inconsistent":
        return proof.verdict, []
    if proof.adjusted:
        return "rounding", []
    cells = tuple(figures.ref(place) for place in proof.conflict)
    form = cells[0].form if cells else None
    return "inconsistent", [Finding("joint_contradiction", "warning", "fails", cells, {"count": len(cells)}, form=form)]
