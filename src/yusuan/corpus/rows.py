"""The rows of a document's tables and findings, one per cell and one per finding, as columnar files hold them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from yusuan.check.render import cell_json, message
from yusuan.finding import Finding, Report
from yusuan.read.opening import Opened
from yusuan.sheet import Cell, Column, Disclosure, Row, Sheet, Source

DOCUMENT = {
    "document": "text", "file": "text", "sha256": "text", "agency_code": "text", "agency": "text",
    "fiscal_year": "integer", "kind": "text", "scope": "text", "standard": "text",
}  # fmt: skip
"""Columns that say whose row it is; ``file`` and ``sha256`` are those of the file that the cell stands in."""

ADDRESS = {
    "page": "integer", "left": "float", "top": "float", "right": "float", "bottom": "float", "worksheet": "text",
    "a1": "text", "line": "integer", "field": "integer", "confidence": "float",
}  # fmt: skip
"""Columns that say where in the file; a box is in points from the upper left corner of the page."""

CELLS = {
    **DOCUMENT, "sheet": "integer", "form": "text", "title": "text", "unit": "text", **ADDRESS,
    "row": "integer", "row_role": "text", "row_level": "integer", "row_code": "text", "row_name": "text",
    "row_path": "list", "column": "integer", "column_role": "text", "column_path": "list",
    "text": "text", "amount": "integer", "point": "text", "repair": "text",
}  # fmt: skip
"""Columns of a table of cells: ``amount`` in 分, ``point`` as JSON, paths from the outermost label to its own."""

FINDINGS = {
    **DOCUMENT, "rule": "text", "severity": "text", "verdict": "text", "form": "text", "title": "text",
    "message": "text", "row_code": "text", "row_name": "text", "column_path": "list", "text": "text",
    "amount": "integer", **ADDRESS, "expected": "integer", "actual": "integer", "difference": "integer",
    "basis": "text", "cells": "text", "suspects": "text",
}  # fmt: skip
"""Columns of a table of findings; the cell is the first one concerned, ``cells`` and ``suspects`` are JSON."""


def cell_rows(opened: Opened, name: str, digests: Mapping[str, str]) -> Iterator[tuple[Any, ...]]:
    """A row for each printed cell, table by table, top to bottom and left to right; money first, then text."""
    disclosure = opened.disclosure
    for number, sheet in enumerate(disclosure.sheets):
        paths = row_paths(sheet.rows)
        for cells, columns in ((sheet.cells, sheet.columns), (sheet.words, sheet.texts)):
            for (r, c), cell in sorted(cells.items()):
                source = cell.source or sheet.rows[r].line
                about = _document(disclosure, name, source, digests)
                table = (number, sheet.form, sheet.title, sheet.scale.unit)
                yield (*about, *table, *_address(source), *_place(sheet, paths, columns[c], cell), *_told(number, cell))


def _place(sheet: Sheet, paths: list[list[str]], column: Column, cell: Cell) -> tuple[Any, ...]:
    row = sheet.rows[cell.row]
    side_by_side = row.role == "statement" and len(row.labels) > 1
    several = side_by_side and column.role == "money" and cell.column < len(row.labels)
    name = row.labels[cell.column] if several else row.name
    path = [name] if several else paths[cell.row]
    return (cell.row, row.role, row.level, row.code, name, path, cell.column, column.role, list(column.labels))


def _told(sheet: int, cell: Cell) -> tuple[Any, ...]:
    codes = steady(sheet, cell.point.as_json()) if cell.point is not None else None
    point = json.dumps(codes, ensure_ascii=False) if codes is not None else None
    return (cell.text, cell.amount, point, cell.repair.kind if cell.repair else None)


def steady(sheet: int, codes: dict[str, list[str]]) -> dict[str, list[str]]:
    """A slice whose account is a table's own (``something.budget``) with the number of the table in its name, which is
    the same in every run."""
    accounts = codes.get("account")
    if accounts is None:
        return codes
    return {**codes, "account": [f"sheet{sheet}.{a.rpartition('.')[2]}" if "." in a else a for a in accounts]}


def row_paths(rows: tuple[Row, ...]) -> list[list[str]]:
    """For each row the names of the rows it is under, the outermost first, and its own."""
    paths: list[list[str]] = []
    above: list[tuple[int, str]] = []
    for row in rows:
        while above and above[-1][0] >= row.level:
            above.pop()
        above.append((row.level, row.name or row.code))
        paths.append([label for _, label in above])
    return paths


def finding_rows(
    opened: Opened, report: Report, name: str, digests: Mapping[str, str], lang: str
) -> Iterator[tuple[Any, ...]]:
    """A row for each finding, the gravest first."""
    for finding in report.findings:
        first = finding.cells[0] if finding.cells else None
        source = next((cell.source for cell in finding.cells if cell.source is not None), None)
        about = _document(opened.disclosure, name, source, digests)
        form = finding.form or (first.form if first else None)
        cell = (first.row_code, first.row_name, list(first.column), first.text, first.amount) if first else (None,) * 5
        yield (
            *about, finding.rule, finding.severity, finding.verdict, form, first.title if first else None,
            message(finding, lang, report.scale), *cell, *_address(source), *_sums(finding),
        )  # fmt: skip


def _sums(finding: Finding) -> tuple[Any, ...]:
    suspects = [{"cell": cell_json(s.cell), "proposed": s.proposed, "unique": s.unique} for s in finding.suspects]
    cells = [cell_json(cell) for cell in finding.cells]
    return (
        _stored(finding.expected), _stored(finding.actual), _stored(finding.difference), finding.basis or None,
        json.dumps(cells, ensure_ascii=False) if cells else None,
        json.dumps(suspects, ensure_ascii=False) if suspects else None,
    )  # fmt: skip


def _stored(amount: int | None) -> int | None:
    """An amount as 64 bits hold it; sums beyond any budget are left to the message."""
    return amount if amount is not None and abs(amount) < 1 << 63 else None


def _document(disclosure: Disclosure, name: str, source: Source | None, digests: Mapping[str, str]) -> tuple[Any, ...]:
    agency = disclosure.agency
    file = source.file if source is not None else next(iter(digests), disclosure.file)
    return (
        name, file, digests.get(file) or disclosure.sha256, (agency.code or None) if agency else None,
        agency.name if agency else None, disclosure.fiscal_year, disclosure.kind, disclosure.scope, disclosure.standard,
    )  # fmt: skip


def _address(source: Source | None) -> tuple[Any, ...]:
    if source is None:
        return (None,) * len(ADDRESS)
    box = source.box or (None,) * 4
    return (source.page, *box, source.sheet, source.a1, source.line, source.column, source.confidence)
