"""A disclosure as open data: tidy tables as CSV, JSON and Parquet, with a Data Package descriptor.

Every table is made once as rows and written three times. The vocabulary of columns is that of fiscal data packages;
titles and types lie in ``standards/opendata.toml``.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from yusuan import __version__
from yusuan.axes import AXES, Point
from yusuan.codes import Tree
from yusuan.forms import Standard
from yusuan.ledger import FACT_COLUMNS, Ledger
from yusuan.publish.output import plain, risky
from yusuan.sheet import Disclosure, Sheet
from yusuan.words import say

Rows = list[dict[str, Any]]
"""Rows of one table: column → text, whole number or ``None``."""

GUARD = "'"
"""Stands before a text that a spreadsheet would take for a formula, in CSV only."""

LICENSES: Mapping[str, tuple[str, str]] = {
    "CC-BY-4.0": ("Creative Commons Attribution 4.0", "https://creativecommons.org/licenses/by/4.0/"),
    "CC0-1.0": ("Creative Commons Zero 1.0", "https://creativecommons.org/publicdomain/zero/1.0/"),
    "notspecified": ("许可未声明 License not specified", ""),
}
NO_LICENSE = "notspecified"
"""What catalogues of open data call a licence that nobody declared: only the agency may grant one."""


@cache
def vocabulary() -> Mapping[str, Any]:
    """Tables and their columns, ``standards/opendata.toml``."""
    return tomllib.loads((files("yusuan") / "standards" / "opendata.toml").read_text(encoding="utf-8"))


def opendata_files(
    disclosure: Disclosure, standard: Standard, *, ledger: Ledger | None = None, license: str = "",  # noqa: A002
    version: str = "1", formats: Sequence[str] = ("csv", "json", "parquet"),
) -> dict[str, bytes]:  # fmt: skip
    """Path → bytes of all files of the package; the same input gives the same bytes.

    ``ledger`` adds the facts of the agency's own ledger; ``license`` is declared, or that none is. Amounts are yuan
    with two decimals as text and, beside them, whole 分.
    """
    tables = {
        "cells": cell_rows(disclosure), "texts": text_rows(disclosure), "forms": form_rows(disclosure),
        "codes": code_rows(disclosure, standard, ledger),
    }  # fmt: skip
    if ledger is not None:
        tables["facts"] = fact_rows(ledger, disclosure)
    made: dict[str, bytes] = {}
    resources = []
    writers = {"csv": csv_bytes, "json": json_bytes, "parquet": parquet_bytes}
    for name, rows in tables.items():
        columns = vocabulary()["tables"][name]["columns"]
        for fmt in formats:
            path = f"{name}.{fmt}"
            made[path] = writers[fmt](rows, columns)
            if fmt != "parquet":
                resources.append(_resource(name, fmt, made[path], len(rows)))
    others = [_attachment(path, data) for path, data in made.items() if not path.endswith(".csv")]
    made["datapackage.json"] = _json(_package(disclosure, resources, others, license, version))
    return made


def yuan(amount: int | None) -> str | None:
    """分 as yuan with two decimals, made of whole numbers."""
    if amount is None:
        return None
    whole, rest = divmod(abs(amount), 100)
    return f"{'-' if amount < 0 else ''}{whole}.{rest:02}"


def cell_rows(disclosure: Disclosure) -> Rows:
    """A row for each printed money cell that holds an amount."""
    about = _about(disclosure)
    rows: Rows = []
    names: dict[str, int] = {}
    for number, sheet in enumerate(disclosure.sheets):
        for (r, c), cell in sorted(sheet.cells.items()):
            if cell.amount is None:
                continue
            row = sheet.rows[r]
            name = _label(sheet, r, c)
            slice_of = _slice(cell.point)
            key = _identifier(about, sheet, number, row.code or name, sheet.columns[c].labels)
            names[key] = names.get(key, 0) + 1
            rows.append({
                "id": key if names[key] == 1 else f"{key}~{names[key]}", **about, "form": sheet.form,
                "form_title": sheet.title, "row": r + 1, "row_code": row.code or None, "row_name": name or None,
                "row_level": row.level, "column": c + 1, "column_path": " / ".join(sheet.columns[c].labels),
                "amount": yuan(cell.amount), "amount_fen": cell.amount, "unit": sheet.scale.unit,
                "printed": cell.text, **slice_of,
            })  # fmt: skip
    return rows


def _identifier(about: Mapping[str, Any], sheet: Sheet, number: int, row: str, column: Sequence[str]) -> str:
    """An identifier that stays when rows or columns move: whose, when, which form, labels of row and column."""
    labels = hashlib.sha256("\x1f".join((row, *column)).encode("utf-8", "backslashreplace")).hexdigest()[:12]
    agency = about["agency_code"] or hashlib.sha256(str(about["agency_name"]).encode()).hexdigest()[:8]
    return f"{agency}/{about['fiscal_year']}/{about['kind']}/{sheet.form or f't{number + 1}'}/{labels}"


def _label(sheet: Sheet, r: int, c: int) -> str:
    row = sheet.rows[r]
    return row.labels[c] if row.role == "statement" and c < len(row.labels) else row.name


def _about(disclosure: Disclosure) -> dict[str, Any]:
    agency = disclosure.agency
    return {
        "agency_code": (agency.code or None) if agency else None, "agency_name": agency.name if agency else None,
        "fiscal_year": disclosure.fiscal_year, "kind": disclosure.kind, "scope": disclosure.scope,
        "standard": disclosure.standard,
    }  # fmt: skip


def _slice(point: Point | None) -> dict[str, str | None]:
    """The slice of a cell, axis by axis: its members, several parted by a bar; nothing where an axis is not cut."""
    parts = point.parts if point is not None else {}
    return {f"of_{axis}": "|".join(sorted(parts[axis])) if parts.get(axis) else None for axis in AXES}


def text_rows(disclosure: Disclosure) -> Rows:
    """A row for each printed text (performance targets, measures, allocation)."""
    about = _about(disclosure)
    return [
        {
            **about, "form": sheet.form, "form_title": sheet.title, "row": r + 1,
            "row_code": sheet.rows[r].code or None, "row_name": sheet.rows[r].name or None,
            "column": c + 1, "column_path": " / ".join(sheet.texts[c].labels), "text": word.text,
        }
        for sheet in disclosure.sheets
        for (r, c), word in sorted(sheet.words.items())
        if word.text
    ]  # fmt: skip


def form_rows(disclosure: Disclosure) -> Rows:
    """A row for each form."""
    about = _about(disclosure)
    return [
        {
            **about, "position": number + 1, "form": sheet.form, "form_title": sheet.title, "unit": sheet.scale.unit,
            "decimals": sheet.scale.decimals, "rows": len(sheet.rows), "columns": len(sheet.columns),
            "amounts": sum(cell.amount is not None for cell in sheet.cells.values()),
        }
        for number, sheet in enumerate(disclosure.sheets)
    ]  # fmt: skip


def code_rows(disclosure: Disclosure, standard: Standard, ledger: Ledger | None) -> Rows:
    """The members that the slices and facts name, with their names and those above them, axis by axis."""
    used: dict[str, set[str]] = {axis: set() for axis in AXES}
    for sheet in disclosure.sheets:
        for cell in sheet.cells.values():
            for axis, members in (cell.point.parts if cell.point is not None else {}).items():
                used.setdefault(axis, set()).update(members)
    for fact in ledger.facts() if ledger is not None else ():
        for axis in FACT_COLUMNS[:-1]:
            used[axis].add(getattr(fact, axis))
    names = dict(_named(disclosure, ledger))
    rows: Rows = []
    for axis, named in used.items():
        tree = standard.space.trees.get(axis)
        wanted = {code for code in named if code}
        for code in [*wanted]:
            wanted.update(_above(tree, code))
        for code in sorted(wanted):
            member = tree[code] if tree is not None and code in tree else None
            name = member.name if member is not None else names.get(code)
            rows.append({"axis": axis, "code": code, "name": name, "parent": member.parent if member else None})
    return rows


def _above(tree: Tree | None, code: str) -> Iterator[str]:
    while tree is not None and code in tree and (parent := tree[code].parent):
        yield parent
        code = parent


def _named(disclosure: Disclosure, ledger: Ledger | None) -> Iterator[tuple[str, str]]:
    if disclosure.agency is not None:
        yield disclosure.agency.code, disclosure.agency.name
    for sheet in disclosure.sheets:
        for row in sheet.rows:
            if row.code and row.name:
                yield row.code, row.name
    for project in ledger.projects.values() if ledger is not None else ():
        yield project.code, project.name


def fact_rows(ledger: Ledger, disclosure: Disclosure) -> Rows:
    """The facts of the disclosed agency, or of the units of the disclosed department."""
    code = disclosure.agency.code if disclosure.agency else ""
    own = {code, *ledger.departments().get(code, ())} if disclosure.scope == "department" else {code}
    return [
        {
            "id": f"{fact.agency_code}/{ledger.fiscal_year}/fact/{number}", "fiscal_year": ledger.fiscal_year,
            **{name: getattr(fact, name) or None for name in FACT_COLUMNS[:-1]},
            "amount": yuan(fact.amount), "amount_fen": fact.amount,
        }
        for number, fact in enumerate((f for f in ledger.facts() if f.agency_code in own), 1)
    ]  # fmt: skip


def csv_bytes(rows: Rows, columns: Mapping[str, Any]) -> bytes:
    """UTF-8 CSV with a head; a text that could start a formula gets an apostrophe before it."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow(_guarded(row.get(name), columns[name]["type"]) for name in columns)
    return stream.getvalue().encode("utf-8", "backslashreplace")


def _guarded(value: Any, kind: str) -> Any:
    if value is None:
        return ""
    if kind != "string":
        return value
    text = plain(str(value)).replace("\r", "")
    return GUARD + text if risky(text) or text.startswith(GUARD) else text


def json_bytes(rows: Rows, columns: Mapping[str, Any]) -> bytes:
    """An array of objects, a row a line."""
    lines = (json.dumps(_kept(row, columns), ensure_ascii=False) for row in rows)
    return ("[\n" + ",\n".join(lines) + "\n]\n").encode("utf-8", "backslashreplace")


def parquet_bytes(rows: Rows, columns: Mapping[str, Any]) -> bytes:
    """Parquet; whole numbers in 64 bits, yuan as exact decimals."""
    import polars as pl

    types = {"string": pl.String(), "integer": pl.Int64(), "number": pl.Decimal(38, 2)}
    made = {}
    for name, column in columns.items():
        values = [_unicode(row.get(name)) for row in rows]
        if column["type"] == "number":
            made[name] = pl.Series(name, values, dtype=pl.String()).cast(types["number"])
        else:
            made[name] = pl.Series(name, values, dtype=types[column["type"]])
    stream = io.BytesIO()
    pl.DataFrame(made).write_parquet(stream, compression="zstd")
    return stream.getvalue()


def _kept(row: Mapping[str, Any], columns: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _unicode(row.get(name)) for name in columns}


def _unicode(value: Any) -> Any:
    if not isinstance(value, str) or value.isascii():
        return value
    return value.encode("utf-8", "backslashreplace").decode("utf-8")


def _resource(name: str, fmt: str, data: bytes, count: int) -> dict[str, Any]:
    told = vocabulary()["tables"][name]
    made = {
        "name": name if fmt == "csv" else f"{name}-{fmt}", "path": f"{name}.{fmt}", "profile": "tabular-data-resource",
        "title": told["title"], "description": told["description"], "format": fmt,
        "mediatype": "text/csv" if fmt == "csv" else "application/json", "encoding": "utf-8",
        "rowCount": count, "schema": _schema(told),
    }  # fmt: skip
    if fmt == "csv":
        made |= {"bytes": len(data), "hash": f"sha256:{hashlib.sha256(data).hexdigest()}"}
        made["dialect"] = {"delimiter": ",", "lineTerminator": "\r\n", "quoteChar": '"', "header": True}
    return made


def _schema(told: Mapping[str, Any]) -> dict[str, Any]:
    fields = []
    for name, column in told["columns"].items():
        field = {"name": name, **{k: v for k, v in column.items() if k != "required"}}
        if column.get("required"):
            field["constraints"] = {"required": True}
        fields.append(field)
    made: dict[str, Any] = {"fields": fields, "missingValues": [""]}
    if "key" in told:
        made["primaryKey"] = list(told["key"])
    return made


def _attachment(path: str, data: bytes) -> dict[str, Any]:
    return {"path": path, "bytes": len(data), "hash": f"sha256:{hashlib.sha256(data).hexdigest()}"}


def _package(
    disclosure: Disclosure, resources: Iterable[Mapping[str, Any]], others: Iterable[Mapping[str, Any]],
    license_: str, version: str,
) -> dict[str, Any]:  # fmt: skip
    about = _about(disclosure)
    name = license_ or NO_LICENSE
    title, url = LICENSES.get(name, (name, ""))
    told = {"year": about["fiscal_year"] or "", "name": about["agency_name"] or ""}
    key = f"opendata_title_{disclosure.kind}" if disclosure.kind in ("budget", "final") else "opendata_title_budget"
    return {
        "profile": "data-package",
        "name": f"yusuan-{_slug(about)}",
        "id": f"{about['agency_code'] or ''}/{about['fiscal_year'] or ''}/{disclosure.kind}",
        "title": say(key, "zh", told),
        "description": say("opendata_description", "zh", {"guard": GUARD}),
        "version": version,
        "keywords": ["预算公开", "budget", *filter(None, (about["agency_name"], str(about["fiscal_year"] or "")))],
        "licenses": [{"name": name, "title": title, **({"path": url} if url else {})}],
        "sources": [{"title": disclosure.file or say("opendata_ledger", "zh"), "hash": disclosure.sha256}],
        "contributors": [{"title": about["agency_name"] or "yusuan", "role": "publisher"},
                         {"title": f"yusuan {__version__}", "role": "wrangler"}],
        "fiscal": {"currency": "CNY", "fiscalYear": about["fiscal_year"], "phase": disclosure.kind},
        "resources": list(resources),
        "attachments": list(others),
    }  # fmt: skip


def _slug(about: Mapping[str, Any]) -> str:
    code = "".join(sign for sign in str(about["agency_code"] or "") if sign.isascii() and sign.isalnum()).lower()
    return "-".join(filter(None, (code or "agency", str(about["fiscal_year"] or ""), str(about["kind"] or ""))))


def _json(value: Any) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode("utf-8", "backslashreplace")
