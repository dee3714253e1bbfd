"""Tab-separated text, as a published workbook or PDF leaves it when copied out: UTF-8, GBK, or UTF-16 with its mark."""

from __future__ import annotations

from pathlib import Path

from yusuan.read.grid import Grid, GridCell, GridRow, file_name
from yusuan.sheet import Source
from yusuan.words import InputError

LARGEST_TEXT = 64 * 2**20
"""Bytes of text that one disclosure may have."""

LARGEST_CELLS = 1_000_000
"""Cells that one disclosure may have."""


def decode(data: bytes, file: str) -> str:
    """The text of a file, its encoding told from its bytes; raises ``InputError`` when it is no text."""
    marked = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ("utf-16",) if marked else ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise InputError("read_not_text", file=file)


def read_text(path: Path) -> list[Grid]:
    """The grid of a text file: one row a line, one cell a tab-separated field."""
    file = file_name(path)
    if path.stat().st_size > LARGEST_TEXT:
        raise InputError("read_too_large", file=file, limit="64 MiB")
    rows: list[GridRow] = []
    total = 0
    for number, line in enumerate(decode(path.read_bytes(), file).splitlines(), start=1):
        row = GridRow(number)
        fields = line.split("\t")
        row.width = len(fields)
        total += len(fields)
        if total > LARGEST_CELLS:
            raise InputError("read_too_many_cells", file=file, limit=LARGEST_CELLS)
        for column, text in enumerate(fields):
            if text.strip():
                row.cells[column] = GridCell(text, Source(file, line=number, column=column + 1))
        rows.append(row)
    return [Grid("", rows, file, Source(file))]
