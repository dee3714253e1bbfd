"""Alter one printed number of a published text at a time, and see whether the check names the spot."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from yusuan.check.document import check_disclosure
from yusuan.finding import CellRef, Finding, Report
from yusuan.forms import Form
from yusuan.read.document import read_disclosure
from yusuan.sheet import Disclosure
from yusuan.standard import load_standard

NUMBER = re.compile(r"\d+\.\d\d")

Spot = tuple[int, int]
"""Line and field of the text, both from 1."""

Place = tuple[int, int, int]


@dataclass(frozen=True)
class Alteration:
    """New texts of some fields: where the number stood and where it stands; ``place`` is the cell it was printed in."""

    kind: str
    form: str
    changes: tuple[tuple[Spot, str], ...]
    place: Place | None = None
    text: str = ""

    @property
    def spots(self) -> frozenset[Spot]:
        return frozenset(spot for spot, _ in self.changes)


@dataclass(frozen=True)
class Outcome:
    """``told``: a finding that the unaltered text does not have; ``named``: one of them names the spot."""

    told: bool
    named: bool
    error: bool
    realigned: bool = False
    """A form was read in another alignment than before: one figure must never bring that about."""


class Subject:
    """A published text, its reading, and every alteration of it."""

    def __init__(self, file: Path) -> None:
        self.standard = load_standard("hunan/2025")
        self.lines = [line.split("\t") for line in file.read_text(encoding="utf-8").split("\n")]
        self.disclosure, self.report = self.checked(self.lines)
        self.before = {signature(f) for f in self.report.findings}

    def checked(self, lines: list[list[str]]) -> tuple[Disclosure, Report]:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "forms.txt"
            file.write_text("\n".join("\t".join(line) for line in lines), encoding="utf-8")
            disclosure = read_disclosure(file)
        return disclosure, check_disclosure(disclosure, self.standard)

    def text(self, spot: Spot) -> str | None:
        line, column = spot
        if not 1 <= line <= len(self.lines) or not 1 <= column <= len(self.lines[line - 1]):
            return None
        return self.lines[line - 1][column - 1]

    def form_at(self, line: int) -> str:
        starts = [(s.source.line or 0, s.form or "") for s in self.disclosure.sheets if s.source]
        return max((start, form) for start, form in starts if start <= line)[1]

    def printed(self) -> dict[Spot, Place]:
        """Every printed number and its cell."""
        return {
            (cell.source.line or 0, cell.source.column or 0): (s, r, c)
            for s, sheet in enumerate(self.disclosure.sheets)
            for (r, c), cell in sheet.cells.items()
            if cell.amount is not None and cell.source
        }

    def alterations(self) -> Iterator[Alteration]:
        for spot, place in self.printed().items():
            yield from self.figures(spot, place)
            yield from self.moves(spot, place)
        yield from self.blanks()

    def figures(self, spot: Spot, place: Place) -> Iterator[Alteration]:
        text = self.text(spot) or ""
        value = Decimal(text)
        new: list[tuple[str, Decimal]] = [
            ("+0.01", value + Decimal("0.01")),
            ("-0.01", value - Decimal("0.01")),
            ("+1", value + 1),
            ("-1", value - 1),
            ("x10", value * 10),
        ]
        for kind, amount in new:
            if amount >= 0:
                yield Alteration(kind, self.form_at(spot[0]), ((spot, f"{amount:.2f}"),), place, text)
        for i in range(len(text) - 1):
            a, b = text[i], text[i + 1]
            if a.isdigit() and b.isdigit() and a != b:
                swapped = text[:i] + b + a + text[i + 2 :]
                yield Alteration("digits", self.form_at(spot[0]), ((spot, swapped),), place, text)

    def moves(self, spot: Spot, place: Place) -> Iterator[Alteration]:
        line, column = spot
        text = self.text(spot) or ""
        ways = {
            "left": (line, column - 1),
            "right": (line, column + 1),
            "up": (line - 1, column),
            "down": (line + 1, column),
        }
        for kind, there in ways.items():
            if kind in ("up", "down") and len(self.lines[there[0] - 1]) < column:
                there_text: str | None = "" if not any(self.lines[there[0] - 1]) else None
            else:
                there_text = self.text(there)
            if there_text == "":
                yield Alteration(kind, self.form_at(line), ((spot, ""), (there, text)), place, text)

    def blanks(self) -> Iterator[Alteration]:
        """1.00 put into every blank money cell of a labelled row, and into every unlabelled one of a statement."""
        for sheet in self.disclosure.sheets:
            form = self.standard.forms[sheet.form or ""]
            for row in sheet.rows:
                line = row.line.line if row.line else None
                if line is None:
                    continue
                for column, labelled in money_fields(form, self.lines[line - 1]):
                    if self.text((line, column)) == "":
                        kind = "blank" if labelled else "unlabelled"
                        yield Alteration(kind, sheet.form or "", (((line, column), "1.00"),))

    def altered(self, alteration: Alteration) -> list[list[str]]:
        lines = [list(line) for line in self.lines]
        for (line, column), text in alteration.changes:
            fields = lines[line - 1]
            fields += [""] * (column - len(fields))
            fields[column - 1] = text
        return lines

    def outcome(self, alteration: Alteration) -> Outcome:
        _, report = self.checked(self.altered(alteration))
        new = [f for f in report.findings if signature(f) not in self.before]
        naming = [f for f in new if arithmetic(f, alteration) and names(f, alteration)]
        realigned = {f.form for f in report.findings if f.rule in REALIGNING}
        before = {f.form for f in self.report.findings if f.rule in REALIGNING}
        return Outcome(bool(new), bool(naming), any(f.severity == "error" for f in naming), realigned != before)


REALIGNING = ("repair_columns_shifted", "repair_head_moved", "repair_labels_exchanged")


def signature(finding: Finding) -> tuple[object, ...]:
    cells = tuple((cell.place, cell.text, cell.form) for cell in finding.cells)
    return (finding.rule, finding.form, cells, finding.actual, finding.expected, str(sorted(finding.values.items())))


def arithmetic(finding: Finding, alteration: Alteration) -> bool:
    """Which findings count: a relation; where the number stands in no money column, that it stands there."""
    if finding.rule.startswith("relation_"):
        return True
    if alteration.kind in ("blank", "unlabelled", "left", "right", "up", "down"):
        return finding.rule in ("stray_orphan", "number_for_text")
    return False


def names(finding: Finding, alteration: Alteration) -> bool:
    return any(_is(cell, alteration) for cell in finding.cells)


def _is(cell: CellRef, alteration: Alteration) -> bool:
    source = cell.source
    if source is not None and cell.text and (source.line, source.column) in alteration.spots:
        return True
    return alteration.place is not None and cell.place == alteration.place


def money_fields(form: Form, line: list[str]) -> Iterator[tuple[int, bool]]:
    """Money fields of a body line (from 1) and whether they have a label."""
    if form.blocks:
        for b in range(len(form.blocks)):
            yield 2 * b + 2, bool(line[2 * b].strip())
        return
    for i, leaf in enumerate(form.leaves()):
        if leaf.role == "money":
            yield i + 1, True
