"""The directory of an OLE file (.xls, .doc, .et, .wps and their like): which streams stand at its root.

A Word document may hold a whole workbook inside, so only the root's own streams tell what a file is. The file is read
by its allocation table with limits; one that leads in circles or beyond its end yields what was found until then.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import BinaryIO

SIGNATURE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
END_OF_CHAIN = 0xFFFFFFFA
"""Sector numbers from here on are marks, not sectors."""
NO_ENTRY = 0xFFFFFFFF
ENTRY = 128
MOST_ENTRIES = 20_000
HEADER_SECTORS = 109
"""Sectors of the allocation table that the header itself lists."""


class OleDirectory:
    """The streams at the root of an OLE file, by name: (first sector, size); none when the directory is damaged."""

    def __init__(self, path: Path) -> None:
        self.streams: dict[str, tuple[int, int]] = {}
        with path.open("rb") as stream:
            header = stream.read(512)
            if len(header) < 512 or not header.startswith(SIGNATURE):
                return
            shift = struct.unpack_from("<H", header, 30)[0]
            if shift not in (9, 12):
                return
            self.size = 1 << shift
            self.tables = list(struct.unpack_from(f"<{HEADER_SECTORS}I", header, 76))
            self._more_tables(stream, struct.unpack_from("<I", header, 68)[0])
            first = struct.unpack_from("<I", header, 48)[0]
            self._entries(self._chain(stream, first, MOST_ENTRIES * ENTRY))

    def start(self, path: Path, name: str, length: int) -> bytes:
        """The first bytes of a stream that has sectors of its own (at most one sector is read)."""
        first, size = self.streams.get(name, (NO_ENTRY, 0))
        if first >= END_OF_CHAIN or size < 4096:
            return b""
        with path.open("rb") as stream:
            return self._sector(stream, first)[:length]

    def content(self, path: Path, name: str, limit: int) -> bytes:
        """A stream that has sectors of its own, at most ``limit`` bytes of it; empty when it is damaged."""
        first, size = self.streams.get(name, (NO_ENTRY, 0))
        if size < 4096 or size > limit:
            return b""
        with path.open("rb") as stream:
            return self._chain(stream, first, size)[:size]

    def _sector(self, stream: BinaryIO, number: int) -> bytes:
        stream.seek((number + 1) * self.size)
        return stream.read(self.size)

    def _more_tables(self, stream: BinaryIO, number: int) -> None:
        """Sectors of the allocation table that did not fit into the header."""
        seen: set[int] = set()
        while number < END_OF_CHAIN and number not in seen and len(seen) < 10_000:
            seen.add(number)
            block = self._sector(stream, number)
            if len(block) < self.size:
                return
            *tables, number = struct.unpack(f"<{self.size // 4}I", block)
            self.tables += tables

    def _chain(self, stream: BinaryIO, number: int, limit: int) -> bytes:
        """The sectors that follow one another from a first one, up to ``limit`` bytes."""
        found: list[bytes] = []
        seen: set[int] = set()
        width = self.size // 4
        held, block = -1, b""
        while number < END_OF_CHAIN and number not in seen and len(found) * self.size < limit:
            seen.add(number)
            found.append(self._sector(stream, number))
            table = number // width
            if table >= len(self.tables) or self.tables[table] >= END_OF_CHAIN:
                break
            if table != held:
                held, block = table, self._sector(stream, self.tables[table])
            if len(block) < self.size:
                break
            number = struct.unpack_from("<I", block, 4 * (number % width))[0]
        return b"".join(found)

    def _entries(self, data: bytes) -> None:
        entries = [data[i : i + ENTRY] for i in range(0, len(data) - ENTRY + 1, ENTRY)]
        if not entries:
            return
        waiting, seen = [struct.unpack_from("<I", entries[0], 76)[0]], set()
        while waiting:
            number = waiting.pop()
            if number >= len(entries) or number in seen:
                continue
            seen.add(number)
            entry = entries[number]
            length = min(struct.unpack_from("<H", entry, 64)[0], 64)
            name = entry[: max(length - 2, 0)].decode("utf-16-le", "replace")
            self.streams[name] = (struct.unpack_from("<I", entry, 116)[0], struct.unpack_from("<I", entry, 120)[0])
            waiting += struct.unpack_from("<II", entry, 68)
