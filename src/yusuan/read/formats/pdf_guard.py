"""Whether a PDF may be opened at all: its size, and how far its packed contents would unfold in memory.

The library unpacks a content stream whole and keeps every object of it, so that a few kilobytes could take gigabytes.
"""

from __future__ import annotations

import mmap
import re
import zlib
from pathlib import Path

from yusuan.read.grid import file_name
from yusuan.words import InputError

LARGEST_FILE = 1 << 30
"""Bytes of a PDF."""

SMALL = 16 << 20
"""Bytes of a file that is looked through in memory."""

MOST_CONTENT = 16 << 20
"""Bytes to which a stream of drawing instructions may unpack; those of a full page of tables have about one million."""

MOST_OTHER = 256 << 20
"""Bytes to which a font, an attachment or a bundle of objects may unpack."""

MOST_TOTAL = 1 << 30
"""Bytes to which everything but pictures may unpack."""

DEFLATE = 1032
"""The most that one packed byte can become."""

OTHERWISE = 16
"""What a byte packed in an older way becomes, taken for granted."""

USUAL = 4
"""What a packed byte of a font becomes, as a rule."""

MOST_LAYERS = 4
PROBE, PIECE = 4_096, 1 << 20

TAIL = 4_096
"""Bytes in which the end of a file stands; some programs add bytes of their own behind it."""

HEADER = 4_096
"""Bytes before a stream in which its description stands."""

CHUNK = 1 << 16

_PICTURE = re.compile(rb"/Subtype\s*/Image|/DCTDecode|/JPXDecode|/CCITTFaxDecode|/JBIG2Decode")
_KNOWN = re.compile(
    rb"/Length[123]\b|/Type\s*/(?:ObjStm|XRef|Metadata|EmbeddedFile|CMap)|/FontFile|/Subtype\s*/(?:CIDFontType0C|Type1C|OpenType)"
)
_MARKS = tuple(bytes((0x78, level)) for level in (0x01, 0x5E, 0x9C, 0xDA))
_OTHERWISE = re.compile(rb"/(?:LZWDecode|LZW|RunLengthDecode|RL)\b")


def guard_pdf(path: Path) -> bool:
    """Whether the file has an end as it should; one without was cut off, and pages may be missing.

    Raises ``InputError`` for a file that is none, is too large, or would unfold beyond the limits.
    """
    file = file_name(path)
    try:
        size = path.stat().st_size
        if size == 0:
            raise InputError("guard_empty", file=file)
        if size > LARGEST_FILE:
            raise InputError("guard_too_large", file=file, limit=LARGEST_FILE >> 20)
        with path.open("rb") as stream:
            if size <= SMALL:
                return _guard(stream.read(), file)
            with mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as data:
                return _guard(data, file)
    except (OSError, ValueError) as error:
        raise InputError("guard_unreadable", file=file, reason=getattr(error, "strerror", None) or error) from None


def _guard(data: bytes | mmap.mmap, file: str) -> bool:
    if data.find(b"%PDF", 0, 1024) < 0:
        raise InputError("pdf_damaged", file=file)
    _streams(data, file)
    return data.rfind(b"startxref", max(len(data) - TAIL, 0)) >= 0


def _streams(data: bytes | mmap.mmap, file: str) -> None:
    total = end = 0
    while (found := data.find(b"stream", end)) >= 0:
        begin = found + 8 if data[found + 6 : found + 8] == b"\r\n" else found + 7
        if data[max(found - 3, 0) : found] == b"end" or data[begin - 1 : begin] not in (b"\n", b"\r"):
            end = found + 6
            continue
        end = _end(data, begin)
        layers = _layers(data[begin : min(begin + PROBE, end)])
        head = data[max(found - HEADER, 0) : found]
        head = head[head.rfind(b" obj") + 1 :]
        if _PICTURE.search(head) and layers < 2:
            continue
        limit = MOST_OTHER if _KNOWN.search(head) else MOST_CONTENT
        if (end - begin) * DEFLATE**layers < limit and limit == MOST_OTHER:
            size = (end - begin) * USUAL
        else:
            size = _unpacked(data, begin, end, layers, limit) * (OTHERWISE if _OTHERWISE.search(head) else 1)
        total += size
        if size > limit or total > MOST_TOTAL:
            raise InputError("pdf_bomb", file=file)


def _end(data: bytes | mmap.mmap, begin: int) -> int:
    end = data.find(b"endstream", begin)
    return len(data) if end < 0 else end


def _layers(data: bytes) -> int:
    """How many times a stream is packed, told from its first bytes."""
    for number in range(MOST_LAYERS):
        if data[:1] != b"x" or data[:2] not in _MARKS:
            return number
        try:
            data = zlib.decompressobj().decompress(data, PROBE)
        except zlib.error:
            return number
    return MOST_LAYERS


def _unpacked(data: bytes | mmap.mmap, begin: int, end: int, layers: int, limit: int) -> int:
    """To how many bytes a stream unpacks, told no further than just over the limit."""
    unpackers = [zlib.decompressobj() for _ in range(layers)]
    total = 0
    try:
        while begin < end and total <= limit:
            part = data[begin : min(begin + CHUNK, end)]
            total += _through(part, unpackers, limit)
            begin += len(part)
            if begin == end and unpackers and not unpackers[0].eof and end < len(data):
                end = _end(data, end + 1)  # what looked like the end stands within the packed data
    except zlib.error:
        return total
    return total


def _through(part: bytes, unpackers: list[zlib._Decompress], limit: int) -> int:
    """Bytes that a part becomes behind the last of several packings, without keeping more than a piece of them."""
    if not unpackers:
        return len(part)
    first, *others = unpackers
    total = 0
    while part and total <= limit:
        made = first.decompress(part, PIECE)
        total += _through(made, others, limit)
        part = first.unconsumed_tail
        if not made:
            break
    return total
