"""Versions on a disk: one folder a version, added in one step, never changed; a lock for those who add.

``releases.json`` says which version holds; replacing it is the one act that publishes. ``current`` leads to the same
version where the file system has symbolic links.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import sys
from collections.abc import Container, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from yusuan.release.record import json_bytes
from yusuan.words import InputError

MANIFEST, SIGNATURE, RELEASES, CURRENT, RECORD, SUMMARY = (
    "manifest.json", "manifest.json.minisig", "releases.json", "current", "disclosure.json", "summary.json",
)  # fmt: skip

STAGING = ".staging-"
MAKING = ".making"
"""Lies in a folder of ours until its version is listed: what holds it and is not listed was left by a broken run."""
SCHEMA, LIST_SCHEMA = "yusuan.release/1", "yusuan.releases/1"
CHUNK = 1 << 20
LARGEST = 1 << 30
"""Bytes of the largest account that is read."""

_VERSION = re.compile(r"v[1-9]\d{0,8}")


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, read in pieces."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while piece := stream.read(CHUNK):
            digest.update(piece)
    return digest.hexdigest()


def files_under(folder: Path) -> Iterator[str]:
    """Every file of a folder by its path inside it, sorted, the mark of a folder in the making aside; a link counts as
    a file."""
    found = []
    for here, folders, names in os.walk(folder, onerror=_raised):
        links = [name for name in folders if Path(here, name).is_symlink()]
        found += [Path(here, name).relative_to(folder).as_posix() for name in (*names, *links)]
    yield from sorted(name for name in found if name != MAKING)


def read_json(path: Path) -> dict[str, Any]:
    """A JSON object of a release; raises ``InputError`` when it is damaged."""
    try:
        ordinary = path.is_file() and path.stat().st_size <= LARGEST
        found = json.loads(path.read_bytes()) if ordinary or not os.path.lexists(path) else None
    except FileNotFoundError:
        raise InputError("release_gone", file=str(path)) from None
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise InputError("release_damaged", file=str(path))
    return found


@dataclass(frozen=True, slots=True)
class Shelf:
    """The versions of one agency, year and kind."""

    folder: Path

    def versions(self) -> list[dict[str, Any]]:
        """The published versions, the first first: version, date, manifest_sha256, reason, changed, changes."""
        if not os.path.lexists(self.folder / RELEASES):
            return []
        found = read_json(self.folder / RELEASES)
        listed = found.get("releases")
        if found.get("schema") != LIST_SCHEMA or not isinstance(listed, list) or not listed:
            raise InputError("release_damaged", file=str(self.folder / RELEASES))
        for number, each in enumerate(listed, 1):
            if not isinstance(each, dict) or each.get("version") != f"v{number}":
                raise InputError("release_damaged", file=str(self.folder / RELEASES))
        if found.get("current") != listed[-1]["version"]:
            raise InputError("release_damaged", file=str(self.folder / RELEASES))
        return listed

    def current(self) -> Path | None:
        """The folder of the version that holds."""
        listed = self.versions()
        return self.folder / str(listed[-1]["version"]) if listed else None

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Alone at this shelf until the end; raises ``InputError`` (release_busy) when somebody else is at it. The lock
        ends with the process, however that ends; what an interrupted run left is cleared, and nothing else."""
        made = [each for each in (self.folder, *self.folder.parents) if not each.exists()]
        self.folder.mkdir(parents=True, exist_ok=True)
        with alone(self.folder):
            listed = self.versions()
            self._cleared(listed)
            if listed:
                self._point(str(listed[-1]["version"]))
            try:
                yield
            finally:
                for left in self.folder.glob(f"{STAGING}*"):
                    _clear(left)
                for folder in made:
                    with suppress(OSError):
                        folder.rmdir()

    def _cleared(self, listed: list[dict[str, Any]]) -> None:
        """Clear what an interrupted run left; raises ``InputError`` for what is no part of the shelf and might be."""
        known = {str(each["version"]) for each in listed}
        for path in sorted(self.folder.iterdir()):
            if unfinished(path, known):
                _clear(path)
            elif path.name in known:
                (path / MAKING).unlink(missing_ok=True)
            elif _VERSION.fullmatch(path.name):
                raise InputError("release_unlisted", folder=str(path), file=RELEASES)

    @contextmanager
    def staging(self) -> Iterator[Path]:
        """A folder beside the versions to make the next one in."""
        made = self.folder / f"{STAGING}{os.getpid()}"
        made.mkdir()
        (made / MAKING).touch()
        yield made

    def publish(self, staged: Path, entry: dict[str, Any]) -> Path:
        """Give a finished folder its version and make it the one that holds."""
        listed = [*self.versions(), entry]
        target = self.folder / str(entry["version"])
        if os.path.lexists(target):
            raise InputError("release_unlisted", folder=str(target), file=RELEASES)
        _settle(staged)
        staged.rename(target)
        _sync(self.folder)
        self._replace(RELEASES, json_bytes({"schema": LIST_SCHEMA, "current": entry["version"], "releases": listed}))
        (target / MAKING).unlink(missing_ok=True)
        self._point(target.name)
        return target

    def _replace(self, name: str, data: bytes) -> None:
        replace_file(self.folder / name, data)
        _sync(self.folder)

    def _point(self, version: str) -> None:
        link = self.folder / CURRENT
        if leads_to(link) == version:
            return
        part = self.folder / f".{CURRENT}.{os.getpid()}.part"
        with suppress(OSError, NotImplementedError):
            part.unlink(missing_ok=True)
            part.symlink_to(version, target_is_directory=True)
            part.replace(link)


def unfinished(path: Path, known: Container[str]) -> bool:
    """Whether something on a shelf was left by an interrupted run."""
    half = path.name.startswith(STAGING) or (path.name.startswith(".") and path.name.endswith(".part"))
    return half or (path.name not in known and not path.is_symlink() and (path / MAKING).is_file())


def leads_to(link: Path) -> str | None:
    """Where a symbolic link leads; ``None`` for what is none."""
    return str(link.readlink()) if link.is_symlink() else None


def _raised(error: OSError) -> None:
    """What cannot be looked into is told; what is not there holds nothing."""
    if not isinstance(error, FileNotFoundError):
        raise error


def shelves_under(folder: Path) -> Iterator[Shelf]:
    """The shelves at or below a folder, in order of their names."""
    if (folder / RELEASES).is_file():
        yield Shelf(folder)
        return
    for here, folders, names in os.walk(folder, onerror=_raised):
        folders.sort()
        if RELEASES in names:
            folders.clear()
            yield Shelf(Path(here))


def sign_in_place(folder: Path, text: str) -> None:
    """Lay a signature beside a manifest that has none."""
    part = folder.parent / f".{SIGNATURE}.{os.getpid()}.part"
    _write(part, text.encode())
    part.replace(folder / SIGNATURE)
    _sync(folder)


def replace_file(path: Path, data: bytes) -> None:
    """Replace a file in one step."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        _write(part, data)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _clear(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def write_new(folder: Path, name: str, data: bytes) -> Path:
    """Write a file into a folder that is being made; a name may not lead out of it nor come twice."""
    path = folder / name
    if not path.resolve().is_relative_to(folder.resolve()) or os.path.lexists(path):
        raise ValueError(f"{name} cannot be a file of a release")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def _write(path: Path, data: bytes) -> None:
    with path.open("wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())


def _settle(folder: Path) -> None:
    """Everything of a folder onto the disk, so that a power cut after the switch leaves no empty file."""
    for here, _, names in os.walk(folder):
        for name in names:
            _sync(Path(here, name))
        _sync(Path(here))


def _sync(path: Path) -> None:
    with suppress(OSError):
        opened = os.open(path, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)


if sys.platform == "win32":

    @contextmanager
    def alone(folder: Path, *, wait: bool = False) -> Iterator[None]:
        """Alone at a folder; raises ``InputError`` (release_busy) when somebody else is, unless ``wait``."""
        import msvcrt

        with (folder / ".lock").open("a") as stream:
            try:
                msvcrt.locking(stream.fileno(), msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK, 1)
            except OSError:
                raise InputError("release_busy", folder=str(folder)) from None
            yield

else:

    @contextmanager
    def alone(folder: Path, *, wait: bool = False) -> Iterator[None]:
        """Alone at a folder; raises ``InputError`` (release_busy) when somebody else is, unless ``wait``."""
        import fcntl

        opened = os.open(folder, os.O_RDONLY)
        try:
            try:
                fcntl.flock(opened, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            except BlockingIOError:
                raise InputError("release_busy", folder=str(folder)) from None
            yield
        finally:
            os.close(opened)
