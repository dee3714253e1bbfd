"""A whole corpus: every file read in a process of its own, files that make one document joined, results in order."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from yusuan.corpus.document import DocumentResult, Wanted, document_rows, file_digest, named
from yusuan.corpus.grouping import Found, groups_of
from yusuan.corpus.journal import Entry, Journal, entry_of, key_of
from yusuan.corpus.rows import CELLS, FINDINGS
from yusuan.corpus.workers import Crew, Done, Failure, Limits
from yusuan.publish.parquet import Schema, write_part
from yusuan.standard import load_standard
from yusuan.words import InputError

SCHEMAS: dict[str, Schema] = {"cells": CELLS, "findings": FINDINGS}
SUFFIXES: dict[str, str] = {
    "nothing": "", "cells": ".parquet", "findings": ".parquet", "disclosure": ".json", "report": ".json",
    "sarif": ".json",
}  # fmt: skip


@dataclass(frozen=True)
class Asked:
    """What a run is asked for: what of each document, whether to check it, by which form set (its name; empty to tell
    it from the document), in which language."""

    wanted: Wanted = "nothing"
    check: bool = False
    standard: str = ""
    lang: str = "zh"
    each_file: bool = False

    def told(self) -> dict[str, object]:
        """What an entry of the journal depends on."""
        return {"wanted": self.wanted, "check": self.check, "standard": self.standard, "lang": self.lang}


@dataclass(frozen=True)
class Task:
    """One document to read, and where its rows go."""

    name: str
    paths: tuple[Path, ...]
    key: str
    part: Path
    asked: Asked


@dataclass
class Outcome:
    """What came of a corpus: documents in order, which of them were joined from several files, the most memory (bytes)
    that one process had."""

    entries: list[Entry]
    resumed: int = 0
    peak: int = 0
    joined: list[Entry] = field(default_factory=list)

    def total(self, name: str) -> int:
        """The sum of a count over all documents."""
        return sum(entry.counts.get(name, 0) for entry in self.entries)

    @property
    def refused(self) -> list[Entry]:
        """Documents that were not read."""
        return [entry for entry in self.entries if not entry.read]


def run_task(task: Task) -> DocumentResult:
    """Read one document and write its rows; the result without them."""
    asked = task.asked
    standard = load_standard(asked.standard) if asked.standard else None
    result = document_rows(
        task.paths, task.name, wanted=asked.wanted, check=asked.check, standard=standard, lang=asked.lang
    )
    suffix = SUFFIXES[asked.wanted]
    if not result.problems and suffix == ".parquet":
        write_part(task.part, SCHEMAS[asked.wanted], result.rows)
    elif not result.problems and suffix:
        text = json.dumps(result.value, ensure_ascii=False)
        part = task.part.with_suffix(".new")
        part.write_text(text, encoding="utf-8", errors="backslashreplace")
        part.replace(task.part)
    return replace(result, rows=(), value=None)


@dataclass
class Corpus:
    """A run over files with a journal; ``told`` is called with (done, known so far, name) after each document."""

    asked: Asked
    limits: Limits
    journal: Journal
    workers: int = 0
    told: Callable[[int, int, str], None] = lambda done, total, name: None
    function: Callable[[Task], DocumentResult] = run_task
    peak: int = 0
    resumed: int = 0

    def run(self, files: Sequence[Found]) -> Outcome:
        """Every document of the files, in their order."""
        with Crew(self.function, self.limits, self.workers) as crew:
            single = self._all(crew, [((found,), found.name) for found in files], 0)
            groups = [] if self.asked.each_file else self._groups(files, single)
            joint = [(tuple(files[n] for n in group), _joint_name([files[n] for n in group])) for group in groups]
            together = self._all(crew, joint, len(files))
        entries: dict[int, Entry] = dict(enumerate(single))
        joined = []
        for group, entry in zip(groups, together):
            if not entry.read:
                continue
            for number in group:
                del entries[number]
            entries[group[0]] = entry
            joined.append(entry)
        return Outcome([entries[n] for n in sorted(entries)], self.resumed, self.peak, joined)

    def _groups(self, files: Sequence[Found], entries: Sequence[Entry]) -> list[list[int]]:
        """Numbers of the files of each document that has several."""
        folders: dict[str, list[int]] = {}
        for number, (found, entry) in enumerate(zip(files, entries)):
            if found.folder and entry.identity is not None:
                folders.setdefault(found.folder, []).append(number)
        groups = []
        for numbers in folders.values():
            mine = [entries[n].identity for n in numbers]
            for group in groups_of([i for i in mine if i is not None]):
                if len(group) > 1:
                    groups.append([numbers[n] for n in group])
        return groups

    def _all(self, crew: Crew, wanted: Sequence[tuple[tuple[Found, ...], str]], before: int) -> list[Entry]:
        """The entries of documents, in order, from the journal or read now."""
        entries: dict[int, Entry] = {}
        numbers: dict[str, list[int]] = {}
        total = before + len(wanted)

        def tasks() -> Iterator[tuple[Task, float]]:
            for number, (found, name) in enumerate(wanted):
                task = self._task(found, name)
                if isinstance(task, Entry):
                    entries[number] = task
                    continue
                waiting = numbers.setdefault(task.key, [])
                waiting.append(number)
                if len(waiting) == 1:
                    yield task, len(found)

        for task, came in crew.run(tasks()):
            entry = self._entry(task, came)
            self.journal.add(entry)
            for number in numbers.pop(task.key):
                entries[number] = entry
            self.told(before + len(entries), total, task.name)
        return [entries[number] for number in range(len(wanted))]

    def _task(self, found: Sequence[Found], name: str) -> Task | Entry:
        """What is left to do for a document: nothing when the journal has it, or its files cannot be opened."""
        try:
            contents = [(each.name, file_digest(each.path)) for each in found]
        except InputError as error:
            return Entry(name, "", (), named(error.problems, [each.path for each in found], name))
        except OSError as error:
            return Entry(name, "", (), (("guard_unreadable", {"file": name, "reason": error.strerror or ""}),))
        key = key_of(name, contents, self.asked.told())
        suffix = SUFFIXES[self.asked.wanted]
        known = self.journal.finished(key, (self.limits.seconds, self.limits.memory), suffix)
        if known is not None:
            self.resumed += 1
            return known
        return Task(name, tuple(each.path for each in found), key, self.journal.part(key, suffix), self.asked)

    def _entry(self, task: Task, came: Done | Failure) -> Entry:
        self.peak = max(self.peak, came.peak)
        if isinstance(came, Done):
            return entry_of(came.value, task.key)
        values = {"file": task.name, "limit": self.limits.memory >> 20, "seconds": f"{self.limits.seconds:g}",
                  "reason": came.detail}  # fmt: skip
        limits = (self.limits.seconds, self.limits.memory)
        return Entry(task.name, task.key, (), ((f"corpus_{came.kind}", values),), limits=limits)


def _joint_name(found: Sequence[Found]) -> str:
    """The folder's name with the names of the files in it."""
    folder = found[0].name.rpartition("/")[0]
    names = " + ".join(each.name.rpartition("/")[2] for each in found[:3]) + (" …" if len(found) > 3 else "")
    return f"{folder}/{names}" if folder else names
