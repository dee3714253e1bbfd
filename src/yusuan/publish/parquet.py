"""Long tables as Parquet: parts written by many processes, put together into one file without holding it in memory."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import polars as pl

Schema = Mapping[str, str]
"""Column → text, list, integer or float."""

GROUP = 50_000
"""Rows of one row group of a finished file, and about as many are in memory at a time."""


def write_part(path: Path, schema: Schema, rows: Sequence[Sequence[Any]]) -> None:
    """Write rows as one part, whole or not at all; text that is no Unicode is written with escapes."""
    import polars as pl

    columns = {
        name: pl.Series(name, [_plain(row[i]) for row in rows], dtype=_types()[kind])
        for i, (name, kind) in enumerate(schema.items())
    }
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        pl.DataFrame(columns).write_parquet(part, compression="zstd")
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def join_parts(path: Path, schema: Schema, parts: Iterator[Path]) -> int:
    """Write the rows of the parts, in their order, as one file; the count of rows."""
    from polars.io.plugins import register_io_source

    types = {name: _types()[kind] for name, kind in schema.items()}
    counted = 0

    def rows(*_: object) -> Iterator[pl.DataFrame]:
        nonlocal counted
        for frame in _groups(parts, types):
            counted += frame.height
            yield frame

    source = register_io_source(rows, schema=types)
    source.sink_parquet(path, compression="zstd", row_group_size=GROUP, maintain_order=True)
    return counted


def _groups(parts: Iterator[Path], types: Mapping[str, pl.DataType]) -> Iterator[pl.DataFrame]:
    """The rows in frames of ``GROUP`` rows, so that the file does not depend on how its parts were cut."""
    import polars as pl

    held = pl.DataFrame(schema=types)
    made = False
    for part in parts:
        held = pl.concat([held, pl.read_parquet(part, memory_map=False)])
        while held.height >= GROUP:
            yield held[:GROUP].rechunk()
            held, made = held[GROUP:].rechunk(), True
    if held.height or not made:
        yield held.rechunk()


def _types() -> dict[str, Any]:
    import polars as pl

    return {"text": pl.String(), "list": pl.List(pl.String), "integer": pl.Int64(), "float": pl.Float64()}


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return value if value.isascii() else value.encode("utf-8", "backslashreplace").decode("utf-8")
    if isinstance(value, list | tuple):
        return [_plain(str(item)) for item in value]
    return value
