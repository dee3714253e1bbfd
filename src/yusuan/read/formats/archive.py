"""Several files that make one disclosure: a folder, or a ZIP unpacked safely into a temporary folder.

Names that lead elsewhere, links, passwords, bombs and archives within archives within archives are refused with one
sentence; a single file that cannot be read is told as a doubt and does not stop the others.
"""

from __future__ import annotations

import re
import stat
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from yusuan.read.grid import Doubt, file_name
from yusuan.read.guard import LARGEST_UNPACKED, SUSPECT_RATIO, SUSPECT_UNPACKED, guard_file, inflate
from yusuan.words import InputError

MOST_FILES = 2_000
"""Files of one disclosure, archives within archives counted together."""
DEEPEST = 2
"""Archives within one another; the outermost is the first."""
MOST_FOLDERS = 8
LONGEST_NAME = 200
"""Bytes of a file's name in the temporary folder."""
JUNK = frozenset((".ds_store", "thumbs.db", "desktop.ini", "__macosx"))

_COUNT = re.compile(
    r"\d+|(?<=[第表件（(])[一二三四五六七八九十]{1,3}(?=\D|$)|(?<![^\s/])[一二三四五六七八九十]{1,3}(?=[、.．）)])"
)
_DIGITS = {sign: value for value, sign in enumerate("一二三四五六七八九", start=1)}


class Members(list[Path]):
    """The readable files in the natural order of their names; ``doubts`` tell of those that are not read."""

    def __init__(self) -> None:
        super().__init__()
        self.doubts: list[Doubt] = []


@contextmanager
def open_members(path: Path) -> Iterator[Members]:
    """The files of a folder or ZIP; those of a ZIP exist only within the context.

    Raises ``InputError`` when the archive is damaged, locked or made to do harm, and when it holds nothing readable.
    """
    with tempfile.TemporaryDirectory(prefix="yusuan-") as folder:
        opened = _Opened(Path(folder), file_name(path))
        if path.is_dir():
            opened.folder(path, "", 0)
        else:
            opened.archive(path, "", 1)
        made = Members()
        made.doubts = opened.doubts
        made += [found for _, found in sorted(opened.found, key=lambda entry: natural(entry[0]))]
        if not made:
            raise InputError("archive_nothing", file=file_name(path))
        yield made


def natural(name: str) -> list[tuple[int, int, str]]:
    """A key that sorts names as people count them: 表2 before 表10, 附件二 before 附件十."""
    key: list[tuple[int, int, str]] = []
    last = 0
    for found in _COUNT.finditer(name):
        key.append((1, 0, name[last : found.start()].casefold()))
        key.append((0, _value(found[0]), ""))
        last = found.end()
    return [*key, (1, 0, name[last:].casefold())]


def _value(text: str) -> int:
    if text.isascii() or text[0] not in "一二三四五六七八九十":
        return int(text[:18])
    tens, ten, ones = text.rpartition("十")
    return (_DIGITS.get(tens, 1) * 10 if ten else 0) + _DIGITS.get(ones[:1], 0)


def member_name(info: zipfile.ZipInfo) -> str:
    """The name of a member; one that is not marked as UTF-8 is UTF-8 or GB18030, whichever fits."""
    if info.flag_bits & 0x800:
        return info.filename
    try:
        data = info.filename.encode("cp437")
    except UnicodeEncodeError:
        return info.filename
    for encoding in ("utf-8", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return info.filename


class _Opened:
    """What was found so far: names within the archive or folder with the paths where they can be read."""

    def __init__(self, room: Path, file: str) -> None:
        self.room, self.file = room, file
        self.found: list[tuple[str, Path]] = []
        self.doubts: list[Doubt] = []
        self.files = 0
        self.packed = self.unpacked = 0

    def folder(self, path: Path, prefix: str, depth: int) -> None:
        """Files of a folder and of those within; links are not followed."""
        try:
            entries = sorted(path.iterdir(), key=lambda entry: natural(file_name(entry)))
        except OSError as error:
            raise InputError("guard_unreadable", file=str(path), reason=error.strerror or error) from None
        for entry in entries:
            name = prefix + file_name(entry)
            if _unseen(file_name(entry)) or entry.is_symlink():
                self._count()
                self._unread(name, "member_link" if entry.is_symlink() else "member_hidden")
            elif entry.is_dir() and depth >= MOST_FOLDERS:
                self._unread(name, "member_too_deep")
            elif entry.is_dir():
                self.folder(entry, f"{name}/", depth + 1)
            else:
                self._count()
                self._take(entry, name, 0)

    def archive(self, path: Path, prefix: str, depth: int) -> None:
        """Files of an archive, each written under its own name into a folder of its own."""
        if depth > DEEPEST:
            raise InputError("archive_too_deep", file=self.file, member=prefix.rstrip("/"), limit=DEEPEST)
        if guard_file(path) != "zip":
            raise InputError("archive_not_zip", file=self.file)
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
        self.packed += sum(member.compress_size for member in members) if depth == 1 else 0
        with path.open("rb") as stream:
            for info in members:
                self._count()
                parts = self._safe(info, prefix)
                if not parts or info.is_dir():
                    continue
                name = prefix + "/".join(parts)
                if any(map(_unseen, parts)):
                    self._unread(name, "member_hidden")
                    continue
                target = self.room / str(self.files) / _short(parts[-1])
                target.parent.mkdir()
                try:
                    with target.open("wb") as output:
                        for chunk in inflate(stream, info):
                            self._grow(len(chunk))
                            output.write(chunk)
                except (zlib.error, EOFError, struct.error):
                    raise InputError("archive_damaged", file=self.file, member=name) from None
                self._take(target, name, depth)

    def _safe(self, info: zipfile.ZipInfo, prefix: str) -> list[str]:
        """The parts of a member's name; raises ``InputError`` for names and kinds that lead out of the archive."""
        name = member_name(info).replace("\\", "/")
        parts = [part for part in name.split("/") if part not in ("", ".")]
        if name.startswith("/") or ".." in parts or "\0" in name or (parts and re.match(r"[A-Za-z]:", parts[0])):
            raise InputError("archive_unsafe_name", file=self.file, member=prefix + name)
        mode = info.external_attr >> 16
        if info.create_system == 3 and stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
            raise InputError("archive_link", file=self.file, member=prefix + name)
        if info.flag_bits & 1:
            raise InputError("guard_encrypted_archive", file=self.file)
        return parts

    def _count(self) -> None:
        self.files += 1
        if self.files > MOST_FILES:
            raise InputError("archive_too_many", file=self.file, limit=MOST_FILES)

    def _grow(self, size: int) -> None:
        self.unpacked += size
        suspect = self.unpacked > SUSPECT_UNPACKED and self.unpacked > SUSPECT_RATIO * max(self.packed, 1)
        if suspect or self.unpacked > LARGEST_UNPACKED:
            raise InputError("guard_bomb_archive", file=self.file)

    def _take(self, path: Path, name: str, depth: int) -> None:
        """A file by its kind; one that the guard refuses is a doubt."""
        try:
            kind = guard_file(path)
        except InputError as error:
            self._unread(name, error.problems[0][0])
            return
        if kind == "zip":
            self.archive(path, f"{name}/", depth + 1)
        elif kind in ("parquet", "folder"):
            self._unread(name, "member_no_disclosure")
        else:
            self.found.append((name, path))

    def _unread(self, name: str, reason: str) -> None:
        self.doubts.append(Doubt("member_not_read", None, {"member": name, "reason": reason}))


def _unseen(name: str) -> bool:
    """Whether a file is there for some program, not for readers."""
    return name.startswith((".", "~$")) or name.lower() in JUNK


def _short(name: str) -> str:
    """A name that every file system takes, its suffix kept."""
    data = name.encode("utf-8", "replace")
    if len(data) <= LONGEST_NAME:
        return data.decode("utf-8")
    stem, dot, suffix = name.rpartition(".")
    tail = (dot + suffix) if len((dot + suffix).encode()) <= 20 else ""
    return (stem or name).encode("utf-8", "replace")[: LONGEST_NAME - 20].decode("utf-8", "ignore") + tail
