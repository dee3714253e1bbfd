"""``yusuan recover``: what the published forms determine of the ledger."""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path

from yusuan.commands.common import open_disclosure, spare_sources, standard_named
from yusuan.publish.ledger import write_ledger
from yusuan.publish.output import refuse_existing
from yusuan.recover import recover
from yusuan.words import InputError, say


def run(options: argparse.Namespace) -> int:
    """Recover and write the ledger; status 1 when the forms contradict each other."""
    path = Path(options.output)
    spare_sources(path, [options.source])
    refuse_existing(path, force=options.force)
    disclosure, standard = open_disclosure(options.source, standard_named(options.standard))
    found = recover(disclosure, standard)
    if found.ledger is None:
        raise InputError.several(list(found.problems))
    if not len(found.ledger):
        raise InputError("cli_nothing_recovered", file=options.source)
    write_ledger(found.ledger, path, marks=True, force=options.force)
    marks = Counter(found.ledger.marks)
    values = {"facts": len(found.ledger), "determined": marks["determined"], "assumed": marks["assumed"], "file": path}
    print(say("cli_recovered", options.lang, values))
    return 0
