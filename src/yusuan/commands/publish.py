"""``yusuan publish``: a ledger or a disclosure, checked, made in every format, read back, accounted for."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from yusuan.commands.common import Progress, default_standard, open_document, standard_named, words_for
from yusuan.words import InputError, say

if TYPE_CHECKING:
    from yusuan.chapters import Explanation
    from yusuan.finding import Report
    from yusuan.forms import Standard
    from yusuan.ledger import Ledger
    from yusuan.release.edition import Edition, Origin
    from yusuan.release.publishing import Outcome, Wishes
    from yusuan.sheet import Disclosure

_RULE = re.compile(r"[a-z][a-z0-9_]*")


def run(options: argparse.Namespace) -> int:
    """Publish every agency of the source; status 1 when any was refused."""
    from yusuan.release.index import write_index
    from yusuan.release.publishing import publish

    if options.new_key:
        return _new_key(options)
    if options.source is None or options.output is None:
        raise InputError("release_needs_source")
    wishes, root = wishes_of(options), Path(options.output)
    if root.exists() and not root.is_dir():
        raise InputError("cli_not_a_folder", file=str(root))
    _iso(options.date)
    refused = 0
    source = source_of(options)
    progress = Progress(len(source.codes), options.lang)
    for edition in editions(source, options):
        outcome = publish(root, edition, wishes)
        refused += outcome.kind == "refused"
        tell(outcome, edition, options.lang)
        progress.step(edition.agency[0])
    write_index(root)
    return int(refused > 0)


def _new_key(options: argparse.Namespace) -> int:
    from yusuan.release.keys import write_new_key

    public = write_new_key(Path(options.new_key))
    print(say("release_key_made", options.lang, {"file": options.new_key, "key": public.text}))
    return 0


def wishes_of(options: argparse.Namespace) -> Wishes:
    """What the options ask for; raises ``InputError`` for unknown formats and waivers without a rule or reason."""
    from yusuan.release.edition import MAKERS
    from yusuan.release.keys import read_secret
    from yusuan.release.publishing import Wishes

    asked = [part.strip() for part in options.format.split(",") if part.strip()]
    unknown = [part for part in asked if part not in MAKERS]
    if unknown or not asked:
        raise InputError("cli_bad_format", format=", ".join(unknown), known=", ".join(MAKERS))
    waivers = {}
    for text in options.waive or ():
        rule, equals, reason = text.partition("=")
        if not equals or not _RULE.fullmatch(rule.strip()) or not reason.strip():
            raise InputError("release_bad_waiver", text=text)
        waivers[rule.strip()] = reason.strip()
    key = read_secret(Path(options.sign)) if options.sign else None
    return Wishes(tuple(fmt for fmt in MAKERS if fmt in asked), waivers, (options.reason or "").strip(), key)


def _iso(text: str | None) -> None:
    try:
        if text:
            date.fromisoformat(text)
    except ValueError:
        raise InputError("release_bad_date", text=text) from None


@dataclass(frozen=True)
class Source:
    """What is to be published: a ledger with the agencies asked for, or one document as read and checked."""

    origin: Origin
    codes: tuple[str, ...]
    standard: Standard
    ledger: Ledger | None = None
    document: tuple[Disclosure, Report] | None = None

    def disclosure(self, code: str) -> tuple[Disclosure, Report]:
        """The forms of one agency with what the check says of them."""
        if self.document is not None:
            return self.document
        from yusuan.commands.compile import compiled

        assert self.ledger is not None
        return compiled(self.ledger, self.standard, code)


def source_of(options: argparse.Namespace) -> Source:
    """The source of the command line, read."""
    from yusuan.commands.compile import wanted_agencies

    path = Path(options.source)
    source = opened(path, standard_named(options.standard), options.lang)
    if source.ledger is None:
        return source
    return Source(source.origin, tuple(wanted_agencies(source.ledger, options.agency)), source.standard, source.ledger)


def opened(path: Path, standard: Standard | None, lang: str) -> Source:
    """A ledger or a document, whichever the file is."""
    from yusuan.check.opened import check_opened
    from yusuan.corpus.reading import with_doubts
    from yusuan.read.ledger import ledger_space, read_ledger

    if is_ledger(path):
        standard = standard or default_standard()
        ledger = read_ledger(path, standard.space)
        standard = standard.on(ledger_space(path, standard.space))
        return Source(origin_of(path, "ledger"), (), standard, ledger)
    found = open_document(str(path), standard, lang)
    report = with_doubts(check_opened(found.disclosure, found.standard, found.prose), found, lang)
    return Source(origin_of(path, "document"), ("",), found.standard, None, (found.disclosure, report))


def is_ledger(path: Path) -> bool:
    """Whether a source is a ledger: a folder or columns, or a file with the tables of one."""
    from yusuan.ledgerbook import joined
    from yusuan.read.ledger_source import Faults, kind_of, open_tables

    kind = kind_of(path)
    if kind in (None, "parquet"):
        return True
    if kind not in ("xlsx", "text"):
        return False
    faults = Faults()
    try:
        if open_tables(path, kind, faults):
            return True
    except InputError:
        return False
    keys = {key for key, _ in faults.problems}
    if kind == "xlsx":
        return "ledger_no_sheet" not in keys
    missing = next((str(v["elements"]).split(", ") for k, v in faults.problems if k == "ledger_columns_missing"), [])
    return 0 < len(missing) < len(joined().required)


def origin_of(path: Path, kind: str) -> Origin:
    """Name, digest and length of a source; those of a folder from its files."""
    from yusuan.release.edition import Origin
    from yusuan.release.record import digest_of
    from yusuan.release.store import files_under, sha256_of

    if path.is_dir():
        files = {name: sha256_of(path / name) for name in files_under(path) if not name.startswith(".")}
        size = sum((path / name).stat().st_size for name in files)
        return Origin(kind, path.resolve().name, digest_of(files), size)
    return Origin(kind, path.name, sha256_of(path), path.stat().st_size)


def editions(source: Source, options: argparse.Namespace) -> Iterator[Edition]:
    """Each agency with all that is published of it, one after the other."""
    from yusuan.release.edition import Edition

    before = opened(Path(options.previous), None, options.lang) if options.previous else None
    if before is not None and before.ledger is None and len(source.codes) > 1:
        raise InputError("release_previous_one", file=options.previous)
    extra = {"previous": before.origin.as_json()} if before is not None else {}
    if options.texts:
        extra["texts"] = origin_of(Path(options.texts), "texts").as_json()
    digests = facts_of(source.ledger) if source.ledger is not None else {}
    for code in source.codes:
        disclosure, report = source.disclosure(code)
        previous = _previous(before, code)
        explanation = explained(disclosure, source.standard, previous, options.texts)
        yield Edition(
            disclosure, source.standard, report, source.origin, explanation, previous, source.ledger,
            digests.get(code, ""), options.lang, options.date or "", words_for(source.standard), extra,
        )  # fmt: skip


def facts_of(ledger: Ledger) -> dict[str, str]:
    """Agency or department → digest of its facts, in one pass."""
    found = {code: sha256() for code in ledger.agencies}
    for fact in ledger.facts():
        found[fact.agency_code].update("\t".join(map(str, fact)).encode("utf-8", "surrogatepass") + b"\n")
    digests = {code: made.hexdigest() for code, made in found.items()}
    for code, units in ledger.departments().items():
        together = "".join(digests[unit] for unit in (*units, code) if unit in digests)
        digests[code] = sha256(together.encode()).hexdigest()
    return digests


def _previous(before: Source | None, code: str) -> Disclosure | None:
    if before is None or (before.ledger is not None and code not in before.ledger.agencies):
        return None
    return before.disclosure(code)[0]


def explained(
    disclosure: Disclosure, standard: Standard, previous: Disclosure | None, texts: str | None
) -> Explanation:
    """The explanation of a disclosure with the preparer's own texts: a file, or a folder with one for each agency."""
    from yusuan.chapters import Explanation
    from yusuan.explain import explain, read_texts

    if not standard.forms:
        return Explanation("", ())
    path = Path(texts) if texts else None
    if path is not None and path.is_dir():
        code = disclosure.agency.code if disclosure.agency is not None else ""
        path = next((each for each in sorted(path.iterdir()) if code and each.stem == code), None)
    own = read_texts(path) if path is not None else None
    return explain(disclosure, standard, previous=previous, own=own)


def tell(outcome: Outcome, edition: Edition, lang: str) -> None:
    """What came of one agency, on the terminal."""
    code, name = edition.agency
    for key, values in outcome.problems:
        print(say(key, lang, values))
    cells = sum(each.equal for each in outcome.compared)
    held = {"folder": outcome.folder or "—", "code": code, "name": name, "cells": cells, "files": len(outcome.compared)}
    print(say(f"release_{outcome.kind}", lang, held))
    waiting = len(edition.explanation.open)
    if waiting and outcome.kind == "published":
        print(say("release_open", lang, {"count": waiting}))
