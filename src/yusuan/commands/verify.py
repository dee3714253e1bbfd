"""``yusuan verify``: whether releases are still what was published."""

from __future__ import annotations

import argparse
from functools import partial
from pathlib import Path

from yusuan.commands.common import standard_named
from yusuan.forms import Standard
from yusuan.words import InputError, say


def run(options: argparse.Namespace) -> int:
    """Look at every version; status 1 when anything is wrong, 2 when there is nothing to look at."""
    from yusuan.release.keys import read_public
    from yusuan.release.verifying import verify

    folder, lang = Path(options.folder), options.lang
    if not folder.exists():
        raise InputError("no_such_file", file=str(folder))
    if not folder.is_dir():
        raise InputError("release_none", folder=str(folder))
    key = read_public(Path(options.key)) if options.key else None
    given = standard_named(options.standard)
    versions = files = cells = passages = faults = 0
    for found in verify(folder, partial(_standard, given=given), key):
        for each, values in found.wrong:
            print(say("release_wrong", lang, {"folder": found.folder, "message": say(each, lang, values)}))
        for each, values in found.told:
            print(say("release_told", lang, {"folder": found.folder, "message": say(each, lang, values)}))
        versions += found.files > 0
        files, faults = files + found.files, faults + len(found.wrong)
        cells, passages = cells + found.cells, passages + found.passages
    values = {"versions": versions, "files": files, "cells": cells, "passages": passages, "faults": faults}
    signed = "release_verified_signed" if key is not None else "release_verified"
    print(say("release_faults" if faults else signed, lang, values))
    return int(faults > 0)


def _standard(name: str, *, given: Standard | None) -> Standard | None:
    """The form set that a manifest names, or the one given; what is neither is read without."""
    if given is not None:
        return given
    try:
        return standard_named(name)
    except InputError:
        return None
