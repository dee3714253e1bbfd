"""``yusuan check``: what is wrong with a disclosure."""

from __future__ import annotations

import argparse
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from yusuan.check.coverage import coverage_json, coverage_summary
from yusuan.check.opened import check_opened
from yusuan.check.render import report_json, report_text
from yusuan.check.sarif import report_sarif
from yusuan.commands.common import sound_standard, spare_sources, words_for, write_json
from yusuan.commands.sources import opened_documents
from yusuan.coverage import cover
from yusuan.figures import Figures
from yusuan.finding import Report
from yusuan.publish.output import deliver, refuse_existing
from yusuan.words import InputError, say

if TYPE_CHECKING:
    from yusuan.corpus.document import Wanted
    from yusuan.read.opening import Opened

Checked = tuple["Opened", Report]

PAGED = ("pdf", "image")
"""Kinds of files whose pages are shown as pictures beside the findings."""

WAYS: dict[str, tuple[Wanted, str]] = {
    "text": ("nothing", "text"), "json": ("report", "json"), "sarif": ("sarif", "sarif"),
}  # fmt: skip
"""Format → what of each document of a corpus is wanted, and as what the whole is written."""


def run(options: argparse.Namespace) -> int:
    """Check every source; status 1 when a finding of severity error was made."""
    with ExitStack() as stack:
        return _run(options, stack)


def _run(options: argparse.Namespace, stack: ExitStack) -> int:
    standard = sound_standard(options.standard)
    path = Path(options.output) if options.output else None
    spare_sources(path, options.sources)
    if path is not None:
        refuse_existing(path, force=options.force)
    if options.format in ("html", "xlsx") and (path is None or len(options.sources) > 1):
        raise InputError("cli_needs_output", format=options.format)
    rows = path is not None and path.suffix == ".parquet"
    if rows and options.format != "text":
        raise InputError("cli_bad_suffix", file=str(path), known=f".{options.format}")
    documents = opened_documents(stack, options, standard)
    if documents is None:
        from yusuan.commands.corpus import Way, run_corpus

        if options.format in ("html", "xlsx"):
            raise InputError("cli_needs_output", format=options.format)
        return run_corpus(options, Way("findings", "parquet") if rows else Way(*WAYS[options.format]), check=True)
    checked = [(opened, _report(opened, options.lang)) for opened in documents]
    _write(checked, options, path)
    if path is not None:
        print(say("cli_written", options.lang, {"file": path}))
    return int(any(f.severity == "error" for _, report in checked for f in report.findings))


def _report(opened: Opened, lang: str) -> Report:
    from yusuan.corpus.reading import with_doubts

    return with_doubts(check_opened(opened.disclosure, opened.standard, opened.prose), opened, lang)


def _write(checked: list[Checked], options: argparse.Namespace, path: Path | None) -> None:
    lang = options.lang
    reports = [report for _, report in checked]
    if options.format == "text":
        colour = path is None and sys.stdout.isatty()
        texts = [
            report_text(
                report, lang, coverage=cover(opened.disclosure, opened.standard), colour=colour, everything=options.all
            )
            for opened, report in checked
        ]
        text = "\n\n".join(texts) + "\n"
        if path is None:
            sys.stdout.write(text)
        else:
            deliver(path, text.encode("utf-8", "backslashreplace"), force=options.force)
        return
    if options.format in ("json", "sarif"):
        values = [_json(*each, lang) for each in checked] if options.format == "json" else [report_sarif(reports, lang)]
        write_json(values[0] if len(values) == 1 else values, path, force=options.force)
        return
    opened, report = checked[0]
    disclosure, standard = opened.disclosure, opened.standard
    say_it = words_for(standard)
    assert path is not None
    if options.format == "html" and any(material.kind in PAGED for material in opened.materials):
        from yusuan.publish.evidence import write_evidence
        from yusuan.read.formats.pdf import page_picture

        write_evidence(opened, report, path, message=say_it, picture=page_picture, lang=lang, force=options.force)
    elif options.format == "html":
        from yusuan.publish.page import write_page

        write_page(
            disclosure, standard, report, path,
            coverage=cover(disclosure, standard), message=say_it, lang=lang, force=options.force,
        )  # fmt: skip
    else:
        from yusuan.publish.workbook import write_workbook

        write_workbook(
            disclosure, standard, path, findings=report.findings, message=say_it, lang=lang, force=options.force
        )


def _json(opened: Opened, report: Report, lang: str) -> dict[str, Any]:
    """The report with its coverage."""
    disclosure = opened.disclosure
    coverage = cover(disclosure, opened.standard)
    told = report_json(report, lang)
    told["summary"]["coverage"] = coverage_summary(coverage)
    return {**told, "coverage": coverage_json(coverage, Figures(disclosure))}
