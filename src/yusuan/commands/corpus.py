"""``yusuan read`` and ``yusuan check`` over folders: one document with the usual report, or many with a table."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from yusuan import __version__
from yusuan.commands.common import Progress
from yusuan.commands.sources import is_packed
from yusuan.corpus.document import OneRead, Wanted, joint_digest, read_as_one
from yusuan.corpus.grouping import Found, find_files
from yusuan.corpus.journal import Entry, Journal
from yusuan.corpus.run import SCHEMAS, SUFFIXES, Asked, Corpus, Outcome
from yusuan.corpus.workers import Crew, Failure, Limits, processors
from yusuan.forms import Standard
from yusuan.publish.output import refuse_existing
from yusuan.publish.parquet import join_parts
from yusuan.read.formats.archive import open_members
from yusuan.read.grid import Doubt, file_name
from yusuan.read.opening import Opened, opened_of
from yusuan.words import InputError, say

MOST_PARTS = 40
"""Files of a folder that are tried as one document before the folder is taken for many."""

WEIGHT = 3.0
"""How many times the limit of time the trial may take."""

SHOWN = 50
"""Documents that the table on the terminal lists; ``--all`` lists every one."""


def the_one(stack: ExitStack, options: argparse.Namespace, standard: Standard | None) -> Opened | None:
    """The document that a single folder or ZIP holds; ``None`` when it holds several, or it cannot be told.

    What a ZIP is unpacked to lasts as long as ``stack``. Raises ``InputError`` when nothing of it can be read.
    """
    if len(options.sources) != 1 or options.each_file:
        return None
    (source,) = options.sources
    files, doubts = _listed(stack, options.sources, None)
    if not files:
        raise InputError("corpus_empty", file=source)
    if len(files) > MOST_PARTS:
        return None
    limits = Limits(options.seconds, options.memory << 20)
    with Crew(read_as_one, limits, 1) as crew:
        ((_, came),) = crew.run(iter([(tuple(files), WEIGHT)]))
    if isinstance(came, Failure):
        return None
    read: OneRead | None = came.value
    if read is None:
        return None
    if read.problems:
        raise InputError.several(list(read.problems))
    read.materials[0].doubts[:0] = doubts
    name = file_name(files[0].path if len(files) == 1 else Path(source).absolute())
    return opened_of(read.materials, read.paths, name, joint_digest(read.digests), standard)


def _listed(stack: ExitStack, sources: Sequence[str], output: Path | None) -> tuple[list[Found], list[Doubt]]:
    """The files of all sources; those of an archive that is named itself exist as long as ``stack``."""
    spare = [output, journal_folder(output)] if output is not None else []
    plain: list[Path] = []
    found: list[Found] = []
    doubts: list[Doubt] = []
    for source in map(Path, sources):
        if not source.is_dir() and is_packed(source):
            name = file_name(source.absolute())
            members = stack.enter_context(open_members(source))
            doubts += members.doubts
            seen: dict[str, int] = {}
            for path in members:
                own = file_name(path)
                seen[own] = seen.get(own, 0) + 1
                own = own if seen[own] == 1 else f"{own} ({seen[own]})"
                found.append(Found(path, f"{name}/{own}", name))
        else:
            if not source.exists():
                raise InputError("no_such_file", file=str(source))
            plain.append(source)
    return [*find_files(plain, spare), *found], doubts


def journal_folder(output: Path) -> Path:
    """Where a run keeps what it has finished: beside its output."""
    return output.with_name(f".{output.name}.parts")


@dataclass(frozen=True)
class Way:
    """How the results of a run go out: what of each document is wanted, and as what the whole is written."""

    wanted: Wanted
    form: str


def run_corpus(options: argparse.Namespace, way: Way, *, check: bool) -> int:
    """Read or check every document; 0 when all is well, 1 for errors found, 2 when nothing could be read."""
    output = Path(options.output) if options.output else None
    if output is not None:
        refuse_existing(output, force=options.force)
        output.parent.mkdir(parents=True, exist_ok=True)
    started = time.perf_counter()
    with ExitStack() as stack:
        files, _ = _listed(stack, options.sources, output)
        if not files:
            raise InputError("corpus_empty", file=", ".join(options.sources))
        folder = journal_folder(output) if output is not None else Path(stack.enter_context(_temporary()))
        journal = Journal(folder, anew=options.force)
        asked = Asked(way.wanted, check, options.standard or "", options.lang, options.each_file)
        limits = Limits(options.seconds, options.memory << 20)
        progress = Progress(len(files), options.lang)
        corpus = Corpus(asked, limits, journal, options.workers, _telling(progress))
        try:
            outcome = corpus.run(files)
            if output is not None:
                _written(output, way, outcome, journal, options)
            elif way.form in ("json", "sarif"):
                _stream(sys.stdout, way, outcome.entries, journal)
        except KeyboardInterrupt:
            journal.close()
            if output is None or not journal.entries:
                raise
            values = {"done": len(journal.entries), "total": len(files), "folder": folder}
            print("\n" + say("corpus_interrupted", options.lang, values), file=sys.stderr)
            return 2
        except BaseException:
            journal.close()
            raise
        journal.remove()
    spoken = sys.stderr if output is None and way.form in ("json", "sarif") else sys.stdout
    for line in summary_lines(outcome, options, check=check):
        print(line, file=spoken)
    if outcome.resumed:
        print(say("corpus_resumed", options.lang, {"resumed": outcome.resumed}), file=sys.stderr)
    seconds = time.perf_counter() - started
    values = {"seconds": f"{seconds:.1f}", "workers": options.workers or processors(), "peak": outcome.peak >> 20}
    print(say("corpus_spent", options.lang, values), file=sys.stderr)
    if output is not None:
        print(say("cli_written", options.lang, {"file": output}), file=spoken)
    if len(outcome.refused) == len(outcome.entries):
        return 2
    return int(check and outcome.total("error") > 0)


def _temporary() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="yusuan-", ignore_cleanup_errors=True)


def _telling(progress: Progress) -> Any:
    def told(done: int, total: int, name: str) -> None:
        progress.total, progress.done = total, done - 1
        progress.step(name)

    return told


def _written(output: Path, way: Way, outcome: Outcome, journal: Journal, options: argparse.Namespace) -> None:
    """The output, whole or not at all."""
    part = output.with_name(f".{output.name}.new")
    try:
        if way.form == "parquet":
            parts = (journal.part(e.key, SUFFIXES[way.wanted]) for e in outcome.entries if e.read)
            join_parts(part, SCHEMAS[way.wanted], parts)
        elif way.form in ("json", "sarif"):
            with part.open("w", encoding="utf-8", newline="\n") as stream:
                _stream(stream, way, outcome.entries, journal)
        else:
            lines = summary_lines(outcome, options, check=True)
            part.write_text("\n".join(lines) + "\n", encoding="utf-8", errors="backslashreplace")
        refuse_existing(output, force=options.force)
        part.replace(output)
    finally:
        part.unlink(missing_ok=True)


def _stream(stream: IO[str], way: Way, entries: Sequence[Entry], journal: Journal) -> None:
    """Documents as JSON, one after the other, none but the present one in memory."""
    texts = (journal.part(e.key, ".json").read_text(encoding="utf-8") for e in entries if e.read)
    if way.form == "json":
        _array(stream, texts)
        stream.write("\n")
        return
    rules: set[str] = set()
    stream.write(
        '{"version": "2.1.0", "$schema": "https://json.schemastore.org/sarif-2.1.0.json", "runs": [{"results": '
    )
    _array(stream, _results(texts, rules))
    driver = {"name": "yusuan", "version": __version__, "rules": [{"id": rule} for rule in sorted(rules)]}
    stream.write(f', "tool": {json.dumps({"driver": driver})}}}]}}\n')


def _results(texts: Iterator[str], rules: set[str]) -> Iterator[str]:
    for text in texts:
        run = json.loads(text)
        rules.update(rule["id"] for rule in run["tool"]["driver"]["rules"])
        for result in run["results"]:
            yield json.dumps(result, ensure_ascii=False)


def _array(stream: IO[str], texts: Iterator[str]) -> None:
    stream.write("[")
    for number, text in enumerate(texts):
        stream.write(",\n" if number else "\n")
        stream.write(text)
    stream.write("\n]")


def summary_lines(outcome: Outcome, options: argparse.Namespace, *, check: bool) -> list[str]:
    """The table of documents, those joined and those refused with the reason, and the totals."""
    lang = options.lang
    names = ["tables", "cells", "understood", "doubts"]
    if check:
        names = ["tables", "cells", "relations", "failed", "error", "warning"]
    read = [entry for entry in outcome.entries if entry.read]
    everything, mark = getattr(options, "all", False), "、" if lang == "zh" else ", "
    shown = read if everything else read[:SHOWN]
    rows = [[entry.name, *(f"{entry.counts.get(name, 0)}" for name in names)] for entry in shown]
    total = [say("corpus_total", lang), *(f"{outcome.total(name)}" for name in names)]
    heads = [say(f"corpus_head_{name}", lang) for name in ("document", *names)]
    lines = aligned([heads, *rows, total])
    if len(read) > len(shown):
        lines.insert(-1, say("corpus_more", lang, {"count": len(read) - len(shown)}))
    for entry in outcome.joined if everything else outcome.joined[:SHOWN]:
        parts = mark.join(name for name, _ in entry.files)
        lines.append(say("corpus_joined", lang, {"folder": entry.name.rpartition("/")[0] or ".", "files": parts}))
    for entry in outcome.refused:
        sentences = " ".join(_sentence(key, lang, values) for key, values in entry.problems)
        lines.append(say("corpus_refused", lang, {"name": entry.name, "reason": sentences}))
    values = {"documents": len(outcome.entries), "read": len(read), "refused": len(outcome.refused)}
    lines.append(say("corpus_counts", lang, values))
    return lines


def _sentence(key: str, lang: str, values: Any) -> str:
    try:
        return say(key, lang, values)
    except KeyError:
        return key


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows of a table: the first column flush left, figures flush right, wide characters counted as two."""
    widths = [max(map(_width, column)) for column in zip(*rows)]
    return [
        "  ".join([row[0] + " " * (widths[0] - _width(row[0])),
                   *(" " * (width - _width(text)) + text for width, text in zip(widths[1:], row[1:]))])
        for row in rows
    ]  # fmt: skip


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)
