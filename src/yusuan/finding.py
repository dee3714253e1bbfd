"""Findings as values: what was tested, how it came out, which cells it concerns. Words are rendered elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from yusuan.amount import Scale
from yusuan.sheet import Source

Severity = Literal["error", "warning", "info"]
Verdict = Literal["holds", "fails", "rounding", "cannot_tell", "not_applicable"]


@dataclass(frozen=True, slots=True)
class CellRef:
    """A cell as a finding names it: form, row, column labels, printed text, source."""

    form: str | None
    title: str
    row_code: str
    row_name: str
    column: tuple[str, ...]
    text: str
    amount: int | None
    source: Source | None
    place: tuple[int, int, int] | None = None
    """(sheet, row, column) indices in the disclosure; column counts money columns, ``None`` off the grid."""


@dataclass(frozen=True, slots=True)
class Suspect:
    """A cell that may be wrong, the amount (分) that would mend the relation, and whether no other cell could."""

    cell: CellRef
    proposed: int | None
    unique: bool


@dataclass(frozen=True, slots=True)
class Finding:
    """The outcome of one test. ``rule`` names the message; ``values`` fill it; amounts are 分; ``terms`` gives the
    sign (+1 left, -1 right) of each cell in an arithmetic relation; ``basis`` names why it must hold."""

    rule: str
    severity: Severity
    verdict: Verdict
    cells: tuple[CellRef, ...] = ()
    values: Mapping[str, object] = field(default_factory=dict)
    expected: int | None = None
    actual: int | None = None
    suspects: tuple[Suspect, ...] = ()
    basis: str = ""
    terms: tuple[int, ...] = ()
    form: str | None = None

    @property
    def difference(self) -> int | None:
        """actual − expected in 分."""
        if self.expected is None or self.actual is None:
            return None
        return self.actual - self.expected


@dataclass(frozen=True, slots=True)
class Report:
    """All findings of one disclosure with the tally of what was tested."""

    source: str
    sha256: str
    findings: tuple[Finding, ...]
    summary: Mapping[str, int | float]
    standard: str | None
    agency: str = ""
    scale: Scale = field(default_factory=Scale)
    proof: str = "cannot_tell"
    """Whether one ledger yields all figures: consistent, rounding, inconsistent or cannot_tell."""
