"""Check a source as it was opened: its tables by form set or by the lexicon, and its explanation against them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from yusuan.agreements import key_of, private
from yusuan.axes import Point
from yusuan.check.document import ORDER, check_disclosure
from yusuan.check.layouts import check_layout
from yusuan.check.prose import prose_findings
from yusuan.figures import Figures
from yusuan.finding import CellRef, Report
from yusuan.forms import Standard
from yusuan.prose import Prose
from yusuan.sheet import Disclosure, Place

GENERAL = frozenset(("account", "agency_code", "fund_type_code", "kind", "vintage"))
"""Axes that do not tell what an expenditure is for."""


@dataclass(frozen=True)
class Printed:
    """The printed figures of the tables by slice and account."""

    figures: Figures
    by_slice: dict[object, list[Place]]

    @classmethod
    def of(cls, disclosure: Disclosure) -> Printed:
        """The figures of a disclosure."""
        found: dict[object, list[Place]] = {}
        main, unread = disclosure.kind, Figures(disclosure).unread
        for s, sheet in enumerate(disclosure.sheets):
            for (r, c), cell in sheet.cells.items():
                if cell.point is not None and (s, r, c) not in unread and not _headed(cell.point):
                    told = next(iter(cell.point.parts.get("account", {main})))
                    account = frozenset({told.rpartition(".")[2]})
                    found.setdefault((key_of(cell.point.without("account")), account), []).append((s, r, c))
        return cls(Figures(disclosure), found)

    def __call__(self, point: Point, account: str) -> Sequence[tuple[int, int, CellRef]]:
        """(amount 分, quantum 分, cell) of every printed figure of a slice."""
        places = self.by_slice.get((key_of(point.without("account")), frozenset({account})), [])
        # a blank stands for nothing where no table prints the slice
        places = [p for p in places if p in self.figures.amounts] or places
        sheets = self.figures.disclosure.sheets
        return [(self.figures.amounts.get(p, 0), sheets[p[0]].scale.quantum, self.figures.ref(p)) for p in places]


def _headed(point: Point) -> bool:
    """Whether a slice of a table of its own is told by that table's title alone: its words name a fund at most, and
    they would pass for the fund's whole expenditure."""
    return private(point) and not set(point.parts) - GENERAL


def check_opened(disclosure: Disclosure, standard: Standard, prose: Prose | None) -> Report:
    """Every finding on tables and explanation, the gravest first."""
    if standard.forms:
        report = check_disclosure(disclosure, standard)
    else:
        notes = [p.text for p in prose.paragraphs] if prose else []
        report = check_layout(disclosure, standard, notes)
    return report if prose is None else with_explanation(report, disclosure, prose)


def with_explanation(report: Report, disclosure: Disclosure, prose: Prose) -> Report:
    """The findings on the tables with those on the explanation, the gravest first."""
    told = bool(prose.statements)
    moot = ("narrative_absent", "no_figures") if told else ()
    findings = [f for f in report.findings if f.rule not in moot]
    findings += prose_findings(prose, Printed.of(disclosure))
    findings.sort(key=lambda f: (ORDER[f.severity], f.form or "", f.rule))
    return replace(report, findings=tuple(findings))
