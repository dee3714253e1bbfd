"""``yusuan check``: what is wrong with a disclosure."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from yusuan.check.document import check_disclosure
from yusuan.check.render import report_json, report_text
from yusuan.check.sarif import report_sarif
from yusuan.commands.common import open_disclosure, spare_sources, standard_named, words_for, write_json
from yusuan.finding import Report
from yusuan.forms import Standard
from yusuan.publish.output import deliver, refuse_existing
from yusuan.sheet import Disclosure
from yusuan.words import InputError, say

Checked = tuple[Disclosure, Standard, Report]


def run(options: argparse.Namespace) -> int:
    """Check every source; status 1 when a finding of severity error was made."""
    standard = standard_named(options.standard)
    path = Path(options.output) if options.output else None
    spare_sources(path, options.sources)
    if path is not None:
        refuse_existing(path, force=options.force)
    if options.format in ("html", "xlsx") and (path is None or len(options.sources) > 1):
        raise InputError("cli_needs_output", format=options.format)
    checked: list[Checked] = []
    for source in options.sources:
        disclosure, used = open_disclosure(source, standard)
        checked.append((disclosure, used, check_disclosure(disclosure, used)))
    _write(checked, options, path)
    if path is not None:
        print(say("cli_written", options.lang, {"file": path}))
    return int(any(f.severity == "error" for _, _, report in checked for f in report.findings))


def _write(checked: list[Checked], options: argparse.Namespace, path: Path | None) -> None:
    lang = options.lang
    reports = [report for _, _, report in checked]
    if options.format == "text":
        colour = path is None and sys.stdout.isatty()
        text = "\n\n".join(report_text(r, lang, colour=colour, everything=options.all) for r in reports) + "\n"
        if path is None:
            sys.stdout.write(text)
        else:
            deliver(path, text.encode("utf-8", "backslashreplace"), force=options.force)
        return
    if options.format in ("json", "sarif"):
        values = [report_json(r, lang) for r in reports] if options.format == "json" else [report_sarif(reports, lang)]
        write_json(values[0] if len(values) == 1 else values, path, force=options.force)
        return
    disclosure, standard, report = checked[0]
    say_it = words_for(standard)
    assert path is not None
    if options.format == "html":
        from yusuan.publish.page import write_page

        write_page(disclosure, standard, report, path, message=say_it, lang=lang, force=options.force)
    else:
        from yusuan.publish.workbook import write_workbook

        write_workbook(
            disclosure, standard, path, findings=report.findings, message=say_it, lang=lang, force=options.force
        )
