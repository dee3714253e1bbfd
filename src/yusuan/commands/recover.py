"""``yusuan recover``: what the published forms determine of the ledger, and what they tell of withheld figures."""

from __future__ import annotations

import argparse
from pathlib import Path

from yusuan.commands.common import open_disclosure, spare_sources, standard_named, write_json
from yusuan.figures import Figures
from yusuan.publish.ledger import write_ledger
from yusuan.publish.output import refuse_existing
from yusuan.recover import Recovery, recover
from yusuan.recovered import counts, recovery_json, recovery_text, secrecy_text
from yusuan.secrecy import cells_of, exposed, withheld_cells
from yusuan.sheet import Disclosure, Place
from yusuan.words import InputError, say


def run(options: argparse.Namespace) -> int:
    """Recover, write and tell; status 1 when the forms contradict each other or a withheld figure is exposed."""
    if not options.seconds > 0:
        raise InputError("locate_bad_number", option="--seconds", value=options.seconds)
    if not 0 <= options.share < 1:
        raise InputError("secrecy_bad_share", value=options.share)
    path = Path(options.output) if options.output else None
    spare_sources(path, [options.source])
    if path is not None:
        refuse_existing(path, force=options.force)
    disclosure, standard = open_disclosure(options.source, standard_named(options.standard), options.lang)
    withhold = _withheld(disclosure, options)
    alone = path is None and bool(withhold or withheld_cells(disclosure))
    if path is None and not alone and options.format == "text":
        raise InputError("recover_no_output")
    found = None if alone else recover(disclosure, standard, hidden=withhold, seconds=options.seconds)
    secrecy = exposed(disclosure, standard, withhold=withhold, share=options.share, seconds=options.seconds)
    if found is not None:
        _write(found, options, path)
    if options.format == "json":
        write_json(recovery_json(Figures(disclosure), found, secrecy, options.lang), None)
    else:
        _tell(found, secrecy_text(Figures(disclosure), secrecy, options.lang), options, path)
    return int(bool(secrecy.exposed) or (found is not None and found.contradictory))


def _withheld(disclosure: Disclosure, options: argparse.Namespace) -> frozenset[Place]:
    """The cells of all codes that are to be withheld; a code without money is an input error."""
    cells: frozenset[Place] = frozenset()
    for code in options.withhold or ():
        mine = cells_of(disclosure, code)
        if not mine:
            raise InputError("secrecy_no_code", file=options.source, code=code)
        cells |= mine
    return cells


def _write(found: Recovery, options: argparse.Namespace, path: Path | None) -> None:
    """Write the ledger; raises ``InputError`` when there is none for want of input."""
    if found.ledger is None:
        if not found.contradictory:
            raise InputError.several(list(found.problems))
    elif not len(found.ledger):
        raise InputError("cli_nothing_recovered", file=options.source)
    elif path is not None:
        write_ledger(found.ledger, path, marks=True, ends=found.ends, force=options.force)


def _tell(found: Recovery | None, secrecy: list[str], options: argparse.Namespace, path: Path | None) -> None:
    lines = []
    if found is not None:
        if found.ledger is not None:
            lines.append(say("cli_recovered", options.lang, {**counts(found), "file": path}))
        lines += recovery_text(found, options.lang, seconds=options.seconds)
    print("\n".join([*lines, *secrecy]))
