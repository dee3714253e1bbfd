"""What a long run has finished so far, kept beside its output so that an interrupted run goes on where it was.

The folder holds ``journal.jsonl`` (one line a document) and a part for the rows of each. An entry is known by the
contents and names of the files, by what was asked for, and by the program: other rules make other entries.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import IO, Any

from yusuan import __version__
from yusuan.corpus.document import DocumentResult, Problems
from yusuan.corpus.grouping import Identity
from yusuan.words import InputError


@dataclass(frozen=True, slots=True)
class Entry:
    """A finished document without its rows. ``limits`` are the (seconds, bytes) that it did not keep, if any."""

    name: str
    key: str
    files: tuple[tuple[str, str], ...]
    problems: Problems = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    identity: Identity | None = None
    limits: tuple[float, int] | None = None

    @property
    def read(self) -> bool:
        """Whether the document was read."""
        return not self.problems


def entry_of(result: DocumentResult, key: str, limits: tuple[float, int] | None = None) -> Entry:
    """The entry of a result."""
    return Entry(result.name, key, result.files, result.problems, result.counts, result.identity, limits)


@cache
def program_version() -> str:
    """The version with a digest of every file of the program, as rules change between versions, too."""
    digest = hashlib.sha256()
    for file in _files(files("yusuan"), ""):
        digest.update(file)
    return f"{__version__}+{digest.hexdigest()[:16]}"


def _files(folder: Traversable, prefix: str) -> list[bytes]:
    found: list[bytes] = []
    for item in sorted(folder.iterdir(), key=lambda entry: entry.name):
        name = f"{prefix}/{item.name}"
        if item.is_dir() and item.name not in ("__pycache__", "example"):
            found += _files(item, name)
        elif item.name.endswith((".py", ".toml", ".csv", ".json")):
            found += [name.encode(), item.read_bytes()]
    return found


def key_of(name: str, contents: Sequence[tuple[str, str]], asked: Mapping[str, object]) -> str:
    """The key of a document: its name, its files with their digests, what is asked, and the program."""
    told = json.dumps([program_version(), name, contents, sorted(asked.items())], ensure_ascii=True)
    return hashlib.sha256(told.encode()).hexdigest()[:32]


class Journal:
    """The finished documents of a run. One run at a time writes a journal."""

    def __init__(self, folder: Path, *, anew: bool = False) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.lock = self._locked()
        if anew:
            for item in folder.iterdir():
                if item.name != "lock":
                    item.unlink()
        self.entries: dict[str, Entry] = {e.key: e for e in _stored(folder / "journal.jsonl")}
        self.resumed = len(self.entries)
        self.stream = (folder / "journal.jsonl").open("a", encoding="utf-8")

    def _locked(self) -> IO[str]:
        lock = (self.folder / "lock").open("w", encoding="utf-8")
        with suppress(ImportError):
            import fcntl

            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                lock.close()
                raise InputError("corpus_busy", file=str(self.folder)) from None
        return lock

    def add(self, entry: Entry) -> None:
        """Keep a finished document."""
        self.entries[entry.key] = entry
        self.stream.write(json.dumps(_as_json(entry), ensure_ascii=True) + "\n")
        self.stream.flush()

    def finished(self, key: str, limits: tuple[float, int], suffix: str) -> Entry | None:
        """The entry of a document that need not be read again: one that broke other limits is tried anew."""
        found = self.entries.get(key)
        if found is None or (found.limits is not None and found.limits != limits):
            return None
        if found.read and suffix and not self.part(key, suffix).exists():
            return None
        return found

    def part(self, key: str, suffix: str) -> Path:
        """Where the rows of a document are."""
        return self.folder / f"{key}{suffix}"

    def close(self) -> None:
        """Stop writing; the folder stays."""
        self.stream.close()
        self.lock.close()

    def remove(self) -> None:
        """Stop writing and remove the folder, once the output is in place."""
        self.close()
        shutil.rmtree(self.folder, ignore_errors=True)


def _as_json(entry: Entry) -> dict[str, Any]:
    identity = entry.identity
    told: dict[str, Any] = {
        "key": entry.key, "name": entry.name, "files": entry.files, "counts": dict(entry.counts),
        "problems": [[key, {k: v if isinstance(v, int | float) else str(v) for k, v in values.items()}]
                     for key, values in entry.problems],
    }  # fmt: skip
    if entry.limits is not None:
        told["limits"] = entry.limits
    if identity is not None:
        told["identity"] = [
            identity.agency, identity.year, identity.kind, identity.tables, identity.statements,
            sorted(identity.titles), sorted(identity.paragraphs),
        ]  # fmt: skip
    return told


def _stored(path: Path) -> list[Entry]:
    """The entries of a journal; a line that was cut off when the run ended is left out."""
    found: list[Entry] = []
    if not path.exists():
        return found
    with path.open(encoding="utf-8") as stream:
        for line in stream:
            with suppress(ValueError, KeyError, TypeError, IndexError):
                found.append(_entry(json.loads(line)))
    if found:
        path.write_text("".join(json.dumps(_as_json(e), ensure_ascii=True) + "\n" for e in found), encoding="utf-8")
    return found


def _entry(told: dict[str, Any]) -> Entry:
    mine = told.get("identity")
    identity = Identity(*mine[:5], *map(frozenset, mine[5:])) if mine else None
    limits = told.get("limits")
    return Entry(
        told["name"], told["key"], tuple((a, b) for a, b in told["files"]),
        tuple((key, values) for key, values in told["problems"]), told["counts"], identity,
        (limits[0], limits[1]) if limits else None,
    )  # fmt: skip
