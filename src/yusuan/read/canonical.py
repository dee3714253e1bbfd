"""A disclosure as canonical JSON (``yusuan.disclosure/1``)."""

from __future__ import annotations

from typing import Any

from yusuan.indicators import parse_indicators
from yusuan.sheet import Cell, Column, Disclosure, Repair, Row, Sheet, Stray
from yusuan.words import catalogue, say

SCHEMA = "yusuan.disclosure/1"


def disclosure_json(disclosure: Disclosure) -> dict[str, Any]:
    """The disclosure in the published schema; amounts are 分, blank is null."""
    agency = disclosure.agency
    return {
        "schema": SCHEMA,
        "source": {"file": disclosure.file, "sha256": disclosure.sha256},
        "agency": {"code": agency.code, "name": agency.name, "parent_code": agency.parent_code} if agency else None,
        "fiscal_year": disclosure.fiscal_year,
        "kind": disclosure.kind,
        "scope": disclosure.scope,
        "standard": disclosure.standard,
        "sheets": [_sheet(sheet) for sheet in disclosure.sheets],
        "prose": [],
        "not_understood": [_stray(stray) for stray in disclosure.strays],
    }


def _sheet(sheet: Sheet) -> dict[str, Any]:
    cells = sorted(sheet.cells.values(), key=lambda cell: (cell.row, cell.column))
    return {
        "form": sheet.form,
        "title": sheet.title,
        "unit": sheet.scale.unit,
        "decimals": sheet.scale.decimals,
        "pages": list(sheet.pages),
        "reporter": sheet.agency_name,
        "notes": list(sheet.notes),
        "rows": [_row(row) for row in sheet.rows],
        "columns": [list(column.labels) for column in sheet.columns],
        "cells": [_cell(cell) for cell in cells],
        "texts": [_text(cell, sheet.texts[cell.column]) for _, cell in sorted(sheet.words.items())],
        "repairs": [_repair(repair) for repair in sheet.repairs],
        "not_understood": [_stray(stray) for stray in sheet.strays],
    }


def _row(row: Row) -> dict[str, Any]:
    found: dict[str, Any] = {"code": row.code, "name": row.name, "level": row.level, "role": row.role}
    if len(row.labels) > 1:
        found["labels"] = list(row.labels)
    if row.hidden:
        found["hidden"] = True
    if row.repair:
        found["repair"] = _repair(row.repair)
    return found


def _cell(cell: Cell) -> dict[str, Any]:
    return {
        "row": cell.row,
        "column": cell.column,
        "text": cell.text,
        "amount": cell.amount,
        "exact": cell.exact,
        "point": cell.point.as_json() if cell.point else None,
        "source": cell.source.as_json() if cell.source else None,
        "repair": _repair(cell.repair) if cell.repair else None,
    }


def _text(cell: Cell, column: Column) -> dict[str, Any]:
    return {
        "row": cell.row,
        "column": list(column.labels),
        "text": cell.text,
        "indicators": [part.as_json() for part in parse_indicators(cell.text)],
        "source": cell.source.as_json() if cell.source else None,
        "repair": _repair(cell.repair) if cell.repair else None,
    }


def _repair(repair: Repair) -> dict[str, Any]:
    values = {key: "、".join(map(str, v)) if isinstance(v, list) else v for key, v in repair.values.items()}
    key = f"repair_{repair.kind}"
    try:
        reason = say(key, "zh", values) if key in catalogue() else repair.kind
    except KeyError:
        reason = repair.kind
    return {
        "kind": repair.kind, "from": repair.origin, "reason": reason, "values": dict(repair.values),
        "settled": repair.settled,
    }  # fmt: skip


def _stray(stray: Stray) -> dict[str, Any]:
    source = stray.source.as_json() if stray.source else None
    return {"kind": stray.kind, "text": stray.text, "amount": stray.amount, "source": source}
