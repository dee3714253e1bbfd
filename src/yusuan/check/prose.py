"""Findings on the explanation (说明): figures against each other and the tables, words against figures, and residue.

Severity error is kept for what the text itself, or the text and a table, contradict beyond rounding.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from yusuan.axes import Point
from yusuan.check.prose_contents import contents_findings
from yusuan.check.prose_figures import figure_findings
from yusuan.check.prose_sense import sense_findings
from yusuan.check.prose_sums import sum_findings
from yusuan.check.prose_tables import listed_classes, table_findings
from yusuan.check.prose_text import text_findings
from yusuan.finding import CellRef, Finding
from yusuan.prose import Prose


class Lookup(Protocol):
    """The tables as the explanation asks them: printed amounts of a slice in an account."""

    def __call__(self, point: Point, account: str) -> Sequence[tuple[int, int, CellRef]]:
        """(amount 分, quantum 分, cell) of every printed figure with this meaning; empty when there is none."""


def prose_findings(prose: Prose, lookup: Lookup | None = None) -> list[Finding]:
    """Every finding on the explanation, in the order of its paragraphs within each family of rules."""
    found = [
        *figure_findings(prose),
        *sum_findings(prose),
        *sense_findings(prose),
        *text_findings(prose),
        *contents_findings(prose),
    ]
    found += listed_classes(prose)
    if lookup is not None:
        found += table_findings(prose, lookup)
    return found
