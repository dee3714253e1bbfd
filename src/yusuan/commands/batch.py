"""``yusuan compile --format parquet``: the forms of many agencies as tables, one folder a form."""

from __future__ import annotations

import argparse
import json
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from yusuan.batch import BatchError, fill_many_chunks, money_names
from yusuan.commands.common import Progress
from yusuan.forms import Form, Standard
from yusuan.lexicon import squeeze
from yusuan.publish.output import refuse_existing
from yusuan.read.ledger import ledger_space
from yusuan.read.ledger_columns import scan_ledger
from yusuan.words import InputError, say

if TYPE_CHECKING:
    import polars as pl

AGENCIES = 5_000
"""Agencies filled at a time, so that memory stays flat."""


def run_batch(options: argparse.Namespace, standard: Standard) -> int:
    """Write ``DIR/cells/<form>/part-*.parquet`` (amounts in 分) and ``DIR/cells/columns.json``, whole or not at all."""
    import polars as pl

    target = Path(options.output) / "cells"
    refuse_existing(target, force=options.force)
    source = Path(options.ledger)
    references, facts = scan_ledger(source, standard.space)
    standard = standard.on(ledger_space(source, standard.space))
    wanted = [a for a in references.agencies.values() if not options.agency or a.code in options.agency]
    if not wanted:
        known = ", ".join(list(references.agencies)[:10])
        raise InputError("cli_unknown_agency", code=", ".join(options.agency or ()), known=known)
    rows = [(agency.code, agency.parent_code or "") for agency in wanted]
    units = pl.DataFrame(rows, schema={"agency_code": pl.String, "parent_code": pl.String}, orient="row")
    facts = facts.filter(pl.col("agency_code").is_in(units["agency_code"].to_list()))
    part = target.with_name(f".cells.{os.getpid()}.part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    try:
        counted = _write(facts, standard, units, part, options.lang)
        shutil.rmtree(target, ignore_errors=True)
        part.rename(target)
    except BatchError as error:
        raise InputError("cli_batch", reason=str(error)) from None
    finally:
        shutil.rmtree(part, ignore_errors=True)
    values = {"agencies": len(wanted), "forms": len(standard.forms), "rows": counted, "folder": target}
    print(say("cli_batch_done", options.lang, values))
    return 0


def _write(facts: pl.DataFrame, standard: Standard, units: pl.DataFrame, folder: Path, lang: str) -> int:
    names = {form.number: column_names(form) for form in standard.forms.values()}
    (folder / "columns.json").write_text(json.dumps(names, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    progress = Progress(-(-units.height // AGENCIES), lang)
    counted = 0
    for number, forms in enumerate(fill_many_chunks(facts, standard, units, agencies=AGENCIES)):
        for form, frame in forms.items():
            (folder / form).mkdir(exist_ok=True)
            frame.write_parquet(folder / form / f"part-{number:05}.parquet")
            counted += frame.height
        progress.step(f"{(number + 1) * AGENCIES:,}")
    return counted


def column_names(form: Form) -> dict[str, list[str]]:
    """Column of the tables → its labels as the form prints them."""
    if form.blocks:
        paths = [[block.band, block.heads[0], line.label] for block in form.blocks for line in block.lines]
    else:
        paths = [list(path) for path, leaf in zip(form.paths(), form.leaves()) if leaf.role == "money"]
    return {name: [squeeze(label) for label in path] for name, path in zip(money_names(form), paths)}
