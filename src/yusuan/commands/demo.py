"""``yusuan demo``: the bundled example end to end: read, check, recover, recompile, write, and say where things are."""

from __future__ import annotations

import argparse
import webbrowser
from importlib.resources import files
from pathlib import Path

from yusuan.check.document import check_disclosure
from yusuan.check.render import report_text, severities
from yusuan.commands.common import open_disclosure, words_for, write_json
from yusuan.commands.compile import compiled
from yusuan.publish.ledger import write_ledger
from yusuan.publish.page import write_page
from yusuan.publish.workbook import write_workbook
from yusuan.read.canonical import disclosure_json
from yusuan.recover import recover
from yusuan.sheet import Disclosure
from yusuan.words import InputError, say


def run(options: argparse.Namespace) -> int:
    """Run the demonstration; its folder is its own and is written anew."""
    folder, lang = Path(options.output), options.lang
    if folder.exists() and (not folder.is_dir() or (any(folder.iterdir()) and not (folder / MARK).is_file())):
        raise InputError("cli_not_demo", file=str(folder))
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MARK).write_text("yusuan demo\n", encoding="utf-8")
    source = folder / "公开表.txt"
    source.write_bytes((files("yusuan") / "example" / "disclosure.txt").read_bytes())
    (folder / "台账").mkdir(exist_ok=True)
    for table in (files("yusuan") / "example" / "ledger").iterdir():
        (folder / "台账" / table.name).write_bytes(table.read_bytes())
    disclosure, standard = open_disclosure(str(source), None)
    words = words_for(standard)
    repaired = sum(len(sheet.repairs) for sheet in disclosure.sheets)
    print(say("demo_read", lang, {"sheets": len(disclosure.sheets), "repairs": repaired}))
    report = check_disclosure(disclosure, standard)
    counts = severities(report.findings)
    print(say("demo_checked", lang, {**report.summary, **{k: counts[k] for k in ("error", "warning", "info")}}))
    print("\n".join(f"  {line}" for line in report_text(report, lang).splitlines()[2:6]))
    found = recover(disclosure, standard)
    if found.ledger is None:
        raise InputError.several(list(found.problems))
    determined = found.ledger.marks.count("determined")
    print(say("demo_recovered", lang, {"facts": len(found.ledger), "determined": determined}))
    code = disclosure.agency.code if disclosure.agency else next(iter(found.ledger.agencies))
    again, second = compiled(found.ledger, standard, code)
    same, cells = equal_cells(disclosure, again)
    print(say("demo_compiled", lang, {"same": same, "cells": cells, "error": severities(second.findings)["error"]}))
    write_page(disclosure, standard, report, folder / "disclosure.html", message=words, lang=lang, force=True)
    write_workbook(again, standard, folder / "forms.xlsx", findings=(), message=words, lang=lang, force=True)
    write_page(again, standard, second, folder / "forms.html", message=words, lang=lang, force=True)
    write_ledger(found.ledger, folder / "ledger.xlsx", marks=True, ends=found.ends, force=True)
    write_json(disclosure_json(disclosure), folder / "disclosure.json", force=True)
    for name in ("disclosure.html", "forms.xlsx", "forms.html", "ledger.xlsx", "disclosure.json"):
        print(say(f"demo_file_{name.replace('.', '_')}", lang, {"file": folder / name}))
    if options.open:
        webbrowser.open((folder / "disclosure.html").resolve().as_uri())
    return 0


MARK = ".yusuan-demo"


def equal_cells(first: Disclosure, second: Disclosure) -> tuple[int, int]:
    """Printed figures of the first that the second prints alike, found by form and meaning; and how many there are."""
    there = {(s.form, cell.point, cell.column): cell.amount for s in second.sheets for cell in s.cells.values()}
    same = total = 0
    for sheet in first.sheets:
        for cell in sheet.cells.values():
            if cell.amount is not None:
                total += 1
                same += there.get((sheet.form, cell.point, cell.column)) == cell.amount
    return same, total
