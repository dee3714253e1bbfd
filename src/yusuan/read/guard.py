"""What a file is, told from its content, and whether it is safe to open.

People rename files, send encrypted or cut-off workbooks and web pages called .xls; some files are made to exhaust a
reader. What cannot or must not be read is refused here with one sentence before any format library sees it.
"""

from __future__ import annotations

import codecs
import mmap
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Literal

from yusuan.read.formats.legacy_ole import SIGNATURE, OleDirectory
from yusuan.words import InputError

Kind = Literal["xlsx", "parquet", "text", "pdf", "docx", "xls", "doc", "html", "zip", "image", "folder"]

LARGEST_FILE = 1 << 30
LARGEST_UNPACKED = 2 << 30
"""Bytes a workbook may unpack to."""
SUSPECT_UNPACKED, SUSPECT_RATIO = 256 << 20, 200
"""A workbook that unpacks to more than this many bytes at more than this ratio is no budget table."""
MOST_MEMBERS = 10_000
MOST_CELLS = 40_000_000
"""Cells in the rectangle a sheet spans; readers keep the whole rectangle in memory."""
MOST_MERGED = 200_000
"""Cells in the merged areas of a sheet; readers make each of them."""

OLE = SIGNATURE
PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"II*\x00", b"MM\x00*")
ENCODINGS = ("utf-8-sig", "gb18030")
CHUNK = 1 << 20
HEAD = 4096
"""Bytes from which most kinds are told."""

_PAGE = re.compile(r"<(?:!doctype\s+html|html|head|body|table|meta|div|p|title|style)[\s>/:]", re.IGNORECASE)
"""How a web page begins."""
_ARCHIVES = (b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b", b"BZh")
_NOT_LEDGERS: dict[str, str] = {
    "pdf": "guard_pdf", "image": "guard_picture", "xls": "guard_old_workbook", "doc": "guard_old_workbook",
    "html": "guard_page", "docx": "guard_word", "zip": "guard_no_workbook", "folder": "guard_folder",
    "xlsx": "guard_no_text", "parquet": "guard_no_text",
}  # fmt: skip
"""Kind → why it is not read as a ledger's text."""

_CELL = re.compile(rb"""<(?:\w+:)?c\s(?:[^>]*?\s)?r\s*=\s*["']([A-Za-z]{1,7})(\d{1,12})["'][^>]*(?<!/)>(?!</)""")
_ROW = re.compile(rb"""<(?:\w+:)?row\s(?:[^>]*?\s)?r\s*=\s*["'](\d{1,12})["'][^>]*(?<!/)>(?!</)""")
_UNPLACED = re.compile(rb"""<(?:\w+:)?c(?:\s(?![^>]*\br\s*=)[^>]*)?(?<!/)>""")

_MERGE = re.compile(rb"""<(?:[\w.-]+:)?mergeCell\s[^>]*?\bref\s*=\s*["']([^"']*)["']""")
_AREA = re.compile(rb"\$?([A-Za-z]{1,3})\$?(\d{1,7})(?::\$?([A-Za-z]{1,3})\$?(\d{1,7}))?")


def guard_file(path: Path) -> Kind:
    """What the file is; raises ``InputError`` when it cannot or must not be read.

    ``xls`` and ``doc`` are the old binary formats, whatever program wrote them (.et and .wps too).
    """
    head = _head(path)
    if head is None:
        return "folder"
    kind = _binary(path, head)
    if kind is not None:
        return kind
    encoding = _encoding(path)
    if encoding is None and (b"\0" in head or not is_page(head, "latin-1")):
        raise InputError("guard_unknown", file=str(path))
    return "html" if is_page(head, encoding or "latin-1") else "text"


def _binary(path: Path, head: bytes) -> Kind | None:
    """The kind of a file that is no text."""
    if head.startswith(b"PK"):
        return _guard_package(path)
    if head.startswith(b"PAR1"):
        _guard_parquet(path)
        return "parquet"
    if head.startswith(OLE):
        return _guard_ole(path)
    if b"%PDF-" in head[:1024]:
        return "pdf"
    if is_picture(head):
        return "image"
    if head.startswith(_ARCHIVES):
        raise InputError("guard_other_archive", file=str(path))
    if head.startswith(b"{\\rtf"):
        raise InputError("guard_rtf", file=str(path))
    return None


def is_picture(head: bytes) -> bool:
    """Whether a file that begins so is a picture (PNG, JPEG, GIF, TIFF, BMP, WebP)."""
    bitmap = head.startswith(b"BM") and head[6:10] == bytes(4)
    return head.startswith(PICTURES) or bitmap or (head.startswith(b"RIFF") and head[8:12] == b"WEBP")


def is_page(head: bytes, encoding: str) -> bool:
    """Whether a text that begins so is a web page."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        head = head[: len(head) & ~1]
    text = head.decode(encoding, "replace").lstrip("\ufeff \t\r\n")
    while text.startswith(("<?xml", "<!--")):
        mark = "-->" if text.startswith("<!--") else ">"
        text = text.partition(mark)[2].lstrip()
    return _PAGE.match(text) is not None


def text_encoding(path: Path) -> str:
    """The encoding of a text file: UTF-8, UTF-16 with its mark, or GB18030 (how Chinese spreadsheets save CSV).

    Raises ``InputError`` for whatever is no plain text: this is how ledgers in CSV are opened.
    """
    kind = guard_file(path)
    if kind != "text":
        raise InputError(_NOT_LEDGERS[kind], file=str(path))
    found = _encoding(path)
    assert found is not None
    return found


def _encoding(path: Path) -> str | None:
    with path.open("rb") as stream:
        head = stream.read(4)
        if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return "utf-16"
        for encoding in ENCODINGS:
            stream.seek(0)
            if _decodes(stream, encoding):
                return encoding
    return None


def _decodes(stream: BinaryIO, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        while chunk := stream.read(CHUNK):
            if b"\0" in chunk:
                return False
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _head(path: Path) -> bytes | None:
    """The first bytes of an ordinary file of sensible size; ``None`` for a folder."""
    try:
        if path.is_dir():
            return None
        if not path.exists():
            raise InputError("no_such_file", file=str(path))
        if not path.is_file():
            raise InputError("guard_unknown", file=str(path))
        size = path.stat().st_size
        if size == 0:
            raise InputError("guard_empty", file=str(path))
        if size > LARGEST_FILE:
            raise InputError("guard_too_large", file=str(path), limit=LARGEST_FILE >> 20)
        with path.open("rb") as stream:
            return stream.read(HEAD)
    except (OSError, ValueError) as error:
        raise InputError("guard_unreadable", file=str(path), reason=getattr(error, "strerror", None) or error) from None


def _guard_ole(path: Path) -> Kind:
    """The kind of an OLE file by the streams at its root; by its bytes when the directory is damaged."""
    directory = OleDirectory(path)
    names = set(directory.streams)
    if not names:
        with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as view:
            known = ("EncryptedPackage", "WordDocument", "Workbook")
            names = {name for name in known if view.find(name.encode("utf-16-le")) >= 0}
    if "EncryptedPackage" in names:
        raise InputError("guard_encrypted", file=str(path))
    if "WordDocument" in names:
        start = directory.start(path, "WordDocument", 12)
        if len(start) == 12 and struct.unpack_from("<H", start, 10)[0] & 0x0100:
            raise InputError("guard_encrypted", file=str(path))
        return "doc"
    if names & {"Workbook", "Book", "WORKBOOK", "BOOK"}:
        return "xls"
    raise InputError("guard_other_office", file=str(path))


def _guard_parquet(path: Path) -> None:
    with path.open("rb") as stream:
        stream.seek(-4, 2)
        if path.stat().st_size < 12 or stream.read(4) != b"PAR1":
            raise InputError("guard_damaged", file=str(path))


def _guard_package(path: Path) -> Kind:
    """The kind of a ZIP file: a workbook, a Word document, or an archive of files (its members are guarded later)."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            kind = _package({member.filename for member in members})
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, OSError, EOFError, ValueError, struct.error):
        raise InputError("guard_damaged", file=str(path)) from None
    if kind is None:
        raise InputError("guard_other_office", file=str(path))
    if any(member.flag_bits & 1 for member in members):
        raise InputError("guard_encrypted_archive" if kind == "zip" else "guard_encrypted", file=str(path))
    packed, unpacked = sum(m.compress_size for m in members), sum(m.file_size for m in members)
    if len(members) > MOST_MEMBERS or _bomb(packed, unpacked):
        raise InputError("guard_bomb_archive" if kind == "zip" else "guard_bomb", file=str(path))
    if kind != "zip":
        _unpack(path, members)
    return kind


def _package(names: set[str]) -> Kind | None:
    """The kind by the names of the members; ``None`` for a document of some other program."""
    if "xl/workbook.xml" in names:
        return "xlsx"
    if "word/document.xml" in names:
        return "docx"
    if "OFD.xml" in names or "xl/workbook.bin" in names or "ppt/presentation.xml" in names:
        return None
    if "mimetype" in names and "META-INF/manifest.xml" in names:
        return None
    return "zip"


def _bomb(packed: int, unpacked: int) -> bool:
    """Whether the sizes are those of a file made to exhaust its reader."""
    return unpacked > LARGEST_UNPACKED or (unpacked > SUSPECT_UNPACKED and unpacked > SUSPECT_RATIO * max(packed, 1))


def _unpack(path: Path, members: list[zipfile.ZipInfo]) -> None:
    """Unpack every member once without keeping it: declared sizes may lie, and a sheet may span billions of cells."""
    packed = sum(member.compress_size for member in members)
    total = 0
    with path.open("rb") as stream:
        for member in members:
            sheet = Extent() if "worksheets/" in member.filename else None
            try:
                for chunk in inflate(stream, member):
                    total += len(chunk)
                    if _bomb(packed, total):
                        raise InputError("guard_bomb", file=str(path))
                    if sheet is not None:
                        sheet.see(chunk)
            except (zlib.error, EOFError, struct.error):
                raise InputError("guard_damaged", file=str(path)) from None
            if sheet is not None and sheet.cells > MOST_CELLS:
                raise InputError("guard_wide_sheet", file=str(path), sheet=member.filename, cells=sheet.cells)
            if sheet is not None and sheet.merged > MOST_MERGED:
                raise InputError("guard_wide_merge", file=str(path), sheet=member.filename, limit=MOST_MERGED)


def inflate(stream: BinaryIO, member: zipfile.ZipInfo) -> Iterator[bytes]:
    """What a zip member really holds, in chunks, whatever size it declares."""
    stream.seek(member.header_offset)
    header = stream.read(30)
    if len(header) < 30 or not header.startswith(b"PK\x03\x04"):
        raise EOFError
    name, extra = struct.unpack("<HH", header[26:30])
    stream.seek(name + extra, 1)
    left, unzip = member.compress_size, zlib.decompressobj(-zlib.MAX_WBITS)
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise EOFError
    while left > 0:
        chunk = stream.read(min(CHUNK, left))
        if not chunk:
            raise EOFError
        left -= len(chunk)
        if member.compress_type == zipfile.ZIP_STORED:
            yield chunk
            continue
        while chunk:
            yield unzip.decompress(chunk, CHUNK)
            chunk = unzip.unconsumed_tail
    if member.compress_type == zipfile.ZIP_DEFLATED and not unzip.eof:
        yield unzip.flush()
        if not unzip.eof:
            raise EOFError


class Extent:
    """The rectangle that the filled cells of a sheet span, from its XML as it streams by."""

    def __init__(self) -> None:
        self.rows = 0
        self.columns = 0
        self.numbered = 0
        self.merged = 0
        self.unplaced = False
        self.rest = b""

    def see(self, chunk: bytes) -> None:
        """Take in the next bytes of the sheet."""
        data = self.rest + chunk
        cut = data.rfind(b"<")
        data, self.rest = (data[:cut], data[cut:][-4096:]) if cut > 0 else (data, b"")
        found = _CELL.findall(data)
        if found:
            self.rows = max(self.rows, max(int(row) for _, row in found))
            self.columns = max(self.columns, max(map(_column, {letters for letters, _ in found})))
        rows = _ROW.findall(data)
        if rows:
            self.numbered = max(self.numbered, max(map(int, rows)))
        self.merged += sum(map(_area, _MERGE.findall(data)))
        self.unplaced = self.unplaced or bool(_UNPLACED.search(data))

    @property
    def cells(self) -> int:
        """Rows × columns of the rectangle; cells without an address count by their numbered row."""
        rows = max(self.rows, self.numbered) if self.unplaced else self.rows
        return rows * max(self.columns, 1)


def _area(reference: bytes) -> int:
    """Cells of a merged area; one that cannot be told counts as too many."""
    found = _AREA.fullmatch(reference.strip())
    if found is None:
        return MOST_MERGED + 1
    left, top, right, bottom = found.groups()
    if right is None:
        return 1
    return (abs(_column(right) - _column(left)) + 1) * (abs(int(bottom) - int(top)) + 1)


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = 26 * number + letter - 64
    return number
