"""The tidy tables of open data read again: a row for each amount, from CSV, JSON or Parquet."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

READERS = {"csv": "csv", "json": "json", "parquet": "polars"}
"""Format → what reads it."""


def tidy_rows(path: Path) -> Iterable[Mapping[str, Any]]:
    """The rows of a table, whatever its format; raises ``ValueError`` or ``OSError`` when it cannot be read."""
    if path.suffix == ".csv":
        with path.open(encoding="utf-8", newline="") as stream:
            return list(csv.DictReader(stream))
    if path.suffix == ".json":
        found = json.loads(path.read_bytes())
        return found if isinstance(found, list) else []
    # the reader is loaded only where there is a file for it
    import polars as pl

    try:
        return pl.read_parquet(path).to_dicts()
    except pl.exceptions.PolarsError as error:
        raise ValueError(str(error)) from None
