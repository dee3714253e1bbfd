"""``yusuan read``: any supported document → sheets, as JSON, as rows, as a summary or as a report on the reading."""

from __future__ import annotations

import argparse
from contextlib import ExitStack
from pathlib import Path

from yusuan.check.render import message
from yusuan.check.structure import structure_findings
from yusuan.commands.common import spare_sources, standard_named, write_json
from yusuan.commands.sources import opened_documents
from yusuan.figures import Figures
from yusuan.read.opening import Opened
from yusuan.words import InputError, say


def run(options: argparse.Namespace) -> int:
    """Read every source."""
    with ExitStack() as stack:
        return _run(options, stack)


def _run(options: argparse.Namespace, stack: ExitStack) -> int:
    standard = standard_named(options.standard)
    path = Path(options.output) if options.output else None
    spare_sources(path, options.sources)
    if path is not None and path.suffix not in (".json", ".xlsx", ".parquet"):
        raise InputError("cli_bad_suffix", file=str(path), known=".json .xlsx .parquet")
    read = opened_documents(stack, options, standard)
    if read is None:
        from yusuan.commands.corpus import Way, run_corpus

        if path is not None and path.suffix == ".xlsx":
            raise InputError("cli_one_source", file=str(path))
        if path is not None and path.suffix == ".parquet":
            return run_corpus(options, Way("cells", "parquet"), check=False)
        told = options.json or path is not None
        return run_corpus(options, Way("disclosure", "json") if told else Way("nothing", "text"), check=False)
    if options.json or path is not None:
        _write(read, path, options)
        return 0
    for opened in read:
        (_report if options.report else _summary)(opened, options.lang)
    return 0


def _write(read: list[Opened], path: Path | None, options: argparse.Namespace) -> None:
    if path is not None and path.suffix == ".xlsx":
        _workbook(read, path, force=options.force)
    else:
        from yusuan.corpus.document import whole_json

        values = [whole_json(opened, options.lang) for opened in read]
        write_json(values[0] if len(values) == 1 else values, path, force=options.force)
    if path is not None:
        print(say("cli_written", options.lang, {"file": path}))


def _workbook(read: list[Opened], path: Path, *, force: bool) -> None:
    from yusuan.publish.workbook import write_workbook

    if len(read) > 1:
        raise InputError("cli_one_source", file=str(path))
    write_workbook(read[0].disclosure, read[0].standard, path, force=force)


def _report(opened: Opened, lang: str) -> None:
    from yusuan.corpus.reading import reading_lines, reading_of

    print(_head(opened, lang))
    for line in reading_lines(reading_of(opened), lang):
        print(line)


def _head(opened: Opened, lang: str) -> str:
    """Whose document it is: file, agency, year, by what it was read."""
    disclosure, prose = opened.disclosure, opened.prose
    agency = disclosure.agency
    name = f"{agency.code} {agency.name}".strip() if agency else prose.agency if prose is not None else ""
    year = disclosure.fiscal_year or (prose.year if prose is not None else 0)
    kind = say(f"reading_kind_{disclosure.kind}", lang) if year else ""
    used = disclosure.standard or say("reading_by_lexicon", lang)
    return "  ".join(part for part in (disclosure.file, name or "?", f"{year or '?'}{kind}", used) if part)


def _summary(opened: Opened, lang: str) -> None:
    from yusuan.corpus.reading import doubt_sentences, share, table_line, tables_read

    disclosure, standard = opened.disclosure, opened.standard
    print(_head(opened, lang))
    tables = tables_read(opened)
    for sheet, table in zip(disclosure.sheets, tables):
        if not standard.forms:
            print(table_line(table, lang))
            continue
        values = {"form": standard.form_label(sheet.form or "?"), "title": sheet.title, "rows": len(sheet.rows),
                  "columns": len(sheet.columns), "figures": table.figures, "unit": sheet.scale.unit}  # fmt: skip
        print(say("cli_read_sheet", lang, values))
    if opened.prose is not None and opened.prose.paragraphs:
        counts = {"paragraphs": sum(1 for _ in opened.prose.body()), "statements": len(opened.prose.statements)}
        print(say("reading_prose", lang, counts))
    if not standard.forms:
        known, figures = sum(t.understood for t in tables), sum(t.figures for t in tables)
        values = {"tables": len(tables), "figures": figures, "understood": known, "share": share(known, figures)}
        print(say("reading_whole", lang, values))
    told = [
        f
        for f in structure_findings(Figures(disclosure), standard)
        if f.rule.startswith(("repair_", "code_short", "stray_")) and not f.rule.startswith("stray_doubt_")
    ]
    for finding in told:
        mark = say("verdict_cannot_tell" if finding.verdict == "cannot_tell" else "cli_repaired", lang)
        print(f"  [{mark}] {finding.form or ''} {message(finding, lang, standard.scale)}")
    for sentence in doubt_sentences([doubt for material in opened.materials for doubt in material.doubts], lang):
        print(f"  [{say('verdict_cannot_tell', lang)}] {sentence}")
