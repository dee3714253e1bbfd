"""``yusuan compile``: a ledger → the whole set of forms of each agency and department."""

from __future__ import annotations

import argparse
import os
from dataclasses import replace
from pathlib import Path

from yusuan.agreements import stated
from yusuan.axes import NODE_AXES
from yusuan.check.document import check_disclosure
from yusuan.check.render import message, severities
from yusuan.commands.common import Progress, default_standard, standard_named, words_for, write_json
from yusuan.figures import Figures
from yusuan.fill import fill
from yusuan.finding import Finding, Report
from yusuan.forms import Standard, dated
from yusuan.ledger import Ledger
from yusuan.places import place_findings
from yusuan.read.canonical import disclosure_json
from yusuan.read.ledger import ledger_space, read_ledger
from yusuan.relations import derive_relations
from yusuan.rounding import round_together
from yusuan.sheet import Disclosure
from yusuan.transfers import transfer_findings
from yusuan.words import InputError, say

FORMATS = ("xlsx", "html", "json", "parquet")

SHOWN_ERRORS = 5

TOLD = ("place_missing", "rounding_unmet", "rounding_moved", "internal_transfer", "columns_unfilled")
"""Findings of compiling itself, told on the terminal."""


def run(options: argparse.Namespace) -> int:
    """Compile; status 1 when a compiled set has a finding of severity error."""
    formats = [part.strip() for part in options.format.split(",") if part.strip()]
    unknown = [part for part in formats if part not in FORMATS]
    if unknown or not formats:
        raise InputError("cli_bad_format", format=", ".join(unknown), known=", ".join(FORMATS))
    standard = standard_named(options.standard) or default_standard()
    folder = Path(options.output)
    if folder.exists() and not folder.is_dir():
        raise InputError("cli_not_a_folder", file=str(folder))
    source = Path(options.ledger)
    if "parquet" in formats:
        from yusuan.commands.batch import run_batch

        rows = [f.number for f in standard.forms.values() if f.rows and not {*f.rows.axes} <= {*NODE_AXES}]
        if rows:
            raise InputError("parquet_rows", id=standard.id, forms="、".join(rows))
        formats.remove("parquet")
        run_batch(options, standard)
        if not formats:
            return 0
    ledger = read_ledger(source, standard.space)
    standard = standard.on(ledger_space(source, standard.space))
    codes = wanted_agencies(ledger, options.agency)
    _refuse(folder, codes, formats, force=options.force)
    progress = Progress(len(codes), options.lang)
    errors = 0
    for code in codes:
        errors += compile_one(ledger, standard, code, folder, formats, lang=options.lang)
        progress.step(code)
    return int(errors > 0)


def wanted_agencies(ledger: Ledger, asked: list[str] | None) -> list[str]:
    """Agencies and departments to compile: those asked for, or all of them (a department only with several units)."""
    departments = ledger.departments()
    known = [*ledger.agencies, *(code for code in departments if code not in ledger.agencies)]
    if asked:
        for code in asked:
            if code not in known:
                raise InputError("cli_unknown_agency", code=code, known=", ".join(known[:10]))
        return asked
    alone = {code for code, units in departments.items() if len(units) < 2 and code not in ledger.agencies}
    return [code for code in known if code not in alone]


def paths_of(folder: Path, code: str, formats: list[str]) -> dict[str, Path]:
    """Where the forms of one agency are written."""
    return {fmt: folder / code / f"forms.{fmt}" for fmt in formats}


def _refuse(folder: Path, codes: list[str], formats: list[str], *, force: bool) -> None:
    if not force:
        for code in codes:
            for path in paths_of(folder, code, formats).values():
                if path.exists():
                    raise InputError("file_exists", file=str(path))


def compiled(ledger: Ledger, standard: Standard, code: str) -> tuple[Disclosure, Report]:
    """The rounded forms of one agency and what the check says of them, gaps of the template first."""
    exact = fill(ledger, standard, code)
    units = ledger.departments().get(code, ())
    relations = [*derive_relations(exact, standard, ("institution", "organ")), *stated(exact)]
    rounding = round_together(exact, relations, None if len(units) > 1 else standard)
    report = check_disclosure(rounding.disclosure, standard)
    departments = ledger.departments()
    found = place_findings(ledger, standard, (*departments.get(code, ()), code))
    if code in departments:
        found += transfer_findings(ledger, standard, code)
    found += unfilled_columns(standard)
    if rounding.moved:
        figures = Figures(rounding.disclosure)
        cells = tuple(figures.ref(place) for place in rounding.moved)
        found.append(Finding("rounding_moved", "info", "rounding", cells, {"count": len(cells)}))
    if rounding.unmet or rounding.gap:
        values = {"count": len(rounding.unmet), "gap": f"{100 * rounding.gap:.0f}"}
        found.append(Finding("rounding_unmet", "warning", "cannot_tell", (), values))
    return rounding.disclosure, replace(report, findings=(*found, *report.findings))


def unfilled_columns(standard: Standard) -> list[Finding]:
    """What the forms print that a ledger of one year has no money for, form by form."""
    found = []
    for form in standard.forms.values():
        labels = dict.fromkeys(dated(leaf.label, None) for leaf in form.unfilled())
        labels |= dict.fromkeys(label for block in form.blocks for _, label in block.spare)
        if labels:
            values = {"form": form.number, "columns": "、".join(labels)}
            found.append(Finding("columns_unfilled", "info", "not_applicable", (), values, form=form.number))
    return found


def compile_one(ledger: Ledger, standard: Standard, code: str, folder: Path, formats: list[str], *, lang: str) -> int:
    """Compile and write one agency; returns the number of errors found in it."""
    disclosure, report = compiled(ledger, standard, code)
    words = words_for(standard)
    for fmt, path in paths_of(folder, code, formats).items():
        path.parent.mkdir(parents=True, exist_ok=True)
        if fmt == "xlsx":
            from yusuan.publish.workbook import write_workbook

            write_workbook(disclosure, standard, path, message=words, lang=lang, force=True)
        elif fmt == "html":
            from yusuan.publish.page import write_page

            write_page(disclosure, standard, None, path, message=words, lang=lang, force=True)
        else:
            write_json(disclosure_json(disclosure), path, force=True)
    counts = severities(report.findings)
    values = {"code": code, "name": disclosure.agency.name if disclosure.agency else "", "error": counts["error"],
              "warning": counts["warning"], "folder": f"{folder / code}{os.sep}"}  # fmt: skip
    print(say("cli_compiled", lang, values))
    told = [f for f in report.findings if f.rule in TOLD]
    for finding in told or [f for f in report.findings if f.severity == "error"][:SHOWN_ERRORS]:
        print(f"  [{say(f'severity_{finding.severity}', lang)}] {message(finding, lang, standard.scale)}")
    if (counts["warning"] or counts["error"]) and "xlsx" in formats:
        print(say("cli_compiled_look", lang, {"file": paths_of(folder, code, formats)["xlsx"]}))
    return counts["error"]
