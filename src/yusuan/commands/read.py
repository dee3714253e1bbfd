"""``yusuan read``: any supported document → sheets, as JSON or as a summary."""

from __future__ import annotations

import argparse
from pathlib import Path

from yusuan.check.render import message
from yusuan.check.structure import structure_findings
from yusuan.commands.common import open_disclosure, spare_sources, standard_named, write_json
from yusuan.figures import Figures
from yusuan.forms import Standard
from yusuan.read.canonical import disclosure_json
from yusuan.sheet import Disclosure
from yusuan.words import InputError, say


def run(options: argparse.Namespace) -> int:
    """Read every source."""
    standard = standard_named(options.standard)
    spare_sources(Path(options.output) if options.output else None, options.sources)
    read = [open_disclosure(source, standard) for source in options.sources]
    if options.json or options.output:
        values = [disclosure_json(disclosure) for disclosure, _ in read]
        whole = values[0] if len(values) == 1 else values
        path = Path(options.output) if options.output else None
        if path is not None and path.suffix == ".xlsx":
            _workbook(read, path, force=options.force)
        elif path is not None and path.suffix != ".json":
            raise InputError("cli_bad_suffix", file=str(path), known=".json .xlsx")
        else:
            write_json(whole, path, force=options.force)
        if path is not None:
            print(say("cli_written", options.lang, {"file": path}))
        return 0
    for disclosure, used in read:
        _summary(disclosure, used, options.lang)
    return 0


def _workbook(read: list[tuple[Disclosure, Standard]], path: Path, *, force: bool) -> None:
    from yusuan.publish.workbook import write_workbook

    if len(read) > 1:
        raise InputError("cli_one_source", file=str(path))
    write_workbook(read[0][0], read[0][1], path, force=force)


def _summary(disclosure: Disclosure, standard: Standard, lang: str) -> None:
    agency = disclosure.agency
    name = f"{agency.code} {agency.name}" if agency else "?"
    print(f"{disclosure.file}  {name}  {disclosure.fiscal_year or '?'}  {disclosure.standard}")
    for sheet in disclosure.sheets:
        figures = sum(cell.amount is not None for cell in sheet.cells.values())
        values = {"form": standard.form_label(sheet.form or "?"), "title": sheet.title, "rows": len(sheet.rows),
                  "columns": len(sheet.columns), "figures": figures, "unit": sheet.scale.unit}  # fmt: skip
        print(say("cli_read_sheet", lang, values))
    told = [
        f
        for f in structure_findings(Figures(disclosure), standard)
        if f.rule.startswith(("repair_", "code_short", "stray_"))
    ]
    for finding in told:
        mark = say("verdict_cannot_tell" if finding.verdict == "cannot_tell" else "cli_repaired", lang)
        print(f"  [{mark}] {finding.form} {message(finding, lang, standard.scale)}")
