"""``yusuan locate``: the fewest figures whose change makes everything agree."""

from __future__ import annotations

import argparse
import sys
from math import inf
from pathlib import Path

from yusuan.check.location import location_json, location_text
from yusuan.commands.common import open_disclosure, spare_sources, standard_named, write_json
from yusuan.figures import Figures
from yusuan.locate import Located, locate
from yusuan.publish.output import deliver, refuse_existing
from yusuan.words import InputError, say


def run(options: argparse.Namespace) -> int:
    """Locate and tell; status 1 when the figures contradict each other, 2 when that could not be told."""
    for name in ("most", "seconds"):
        if not 0 < getattr(options, name) < inf:
            raise InputError("locate_bad_number", option=f"--{name}", value=getattr(options, name))
    path = Path(options.output) if options.output else None
    spare_sources(path, [options.source])
    if path is not None:
        refuse_existing(path, force=options.force)
    disclosure, standard = open_disclosure(options.source, standard_named(options.standard), options.lang)
    located = locate(disclosure, standard, most=options.most, seconds=options.seconds)
    if not located.relations and not located.groups:
        raise InputError("locate_nothing", file=options.source)
    _write(Figures(disclosure), located, options, path)
    return {"inconsistent": 1, "cannot_tell": 2}.get(located.verdict, 0)


def _write(figures: Figures, located: Located, options: argparse.Namespace, path: Path | None) -> None:
    if options.format == "json":
        write_json(location_json(figures, located, options.lang), path, force=options.force)
    else:
        text = location_text(figures, located, options.lang) + "\n"
        if path is None:
            sys.stdout.write(text)
        else:
            deliver(path, text.encode("utf-8", "backslashreplace"), force=options.force)
    if path is not None:
        print(say("cli_written", options.lang, {"file": path}))
