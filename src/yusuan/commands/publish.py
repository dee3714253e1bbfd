"""``yusuan publish``: a ledger or a disclosure, checked, made in every format, read back, accounted for."""

from __future__ import annotations

import argparse
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from yusuan.commands.common import Progress
from yusuan.commands.publish_source import Prepared, edition_of, texts_path
from yusuan.words import InputError, catalogue, say

if TYPE_CHECKING:
    from yusuan.release.edition import Edition
    from yusuan.release.publishing import Outcome, Wishes

_RULE = re.compile(r"[a-z][a-z0-9_]*")

MOST_NAMED = 30
"""Agencies that are named at the end of a run."""

FEW = 4
"""So many agencies are published in this process; a process of its own takes longer to start."""

SECONDS, MEGABYTES = 600.0, 2048
"""What one agency of many may take."""

TOLD = ("glyph_missing", "previous_scale", "explanation_copied")
"""Warnings that are told where something is published; the others stand on its pages."""

SENTENCE = 20
"""Characters of a paragraph that says something."""

NOT_PUBLISHED = ("refused", "asked", "unusable", "failed")


@dataclass(frozen=True)
class Told:
    """What came of one agency: the kind of its outcome, and what is to be said of it."""

    kind: str
    lines: tuple[str, ...]


def run(options: argparse.Namespace) -> int:
    """Publish every agency of the source; status 1 when any was not."""
    from yusuan.release.index import refuse_foreign

    if options.new_key:
        if options.source or options.output:
            raise InputError("release_new_key_alone")
        return _new_key(options)
    if not options.source or not options.output:
        raise InputError("release_needs_source")
    root = Path(options.output)
    wishes = wishes_of(options)
    if root.exists() and not root.is_dir():
        raise InputError("cli_not_a_folder", file=str(root))
    _iso(options.date)
    refuse_foreign(root)
    prepared = Prepared.of(options)
    codes = prepared.source.codes
    progress = Progress(len(codes), options.lang)
    kinds: Counter[str] = Counter()
    held: list[str] = []
    for code, told in _each(prepared):
        kinds[told.kind] += 1
        held += [code] if told.kind in NOT_PUBLISHED else []
        print("\n".join(told.lines), flush=True)
        progress.step(code)
    behind = _index_behind(root, wishes, options.lang)
    if len(codes) > 1:
        values = {kind: kinds[kind] for kind in ("published", "same", "signed", *NOT_PUBLISHED)}
        done = kinds["published"] + kinds["same"] + kinds["signed"]
        print(say("release_batch", options.lang, {"count": len(codes), "done": done, **values}))
        if held:
            shown = "、".join(sorted(held)[:MOST_NAMED]) + ("…" if len(held) > MOST_NAMED else "")
            print(say("release_batch_held", options.lang, {"codes": shown}))
    return int(behind or any(kinds[kind] for kind in NOT_PUBLISHED))


def _index_behind(root: Path, wishes: Wishes, lang: str) -> bool:
    """Whether the front page over all releases could not be brought up to date, which is told."""
    from yusuan.release.index import write_index

    try:
        write_index(root, wishes.key)
    except InputError as error:
        for reason in error.sentences(lang):
            print(say("release_index_behind", lang, {"reason": reason}))
        return True
    return False


def _each(prepared: Prepared) -> Iterator[tuple[str, Told]]:
    """Every agency with what came of it: one after the other, or many in processes of their own."""
    from yusuan.corpus.workers import Crew, Failure, Limits, processors

    codes, options = prepared.source.codes, prepared.options
    if len(codes) == 1:
        yield codes[0], published(codes[0], prepared)
        return
    workers = min(options.workers or processors(), len(codes))
    if workers == 1 or len(codes) < FEW:
        yield from ((code, told_of(code, prepared)) for code in codes)
        return
    with Crew(one_of_many, Limits(SECONDS, MEGABYTES << 20), workers) as crew:
        for (code, _), came in crew.run(((code, options), 1.0) for code in codes):
            if isinstance(came, Failure):
                reason = say(f"release_failure_{came.kind}", options.lang, {"detail": came.detail})
                yield code, Told("failed", (say("release_failed", options.lang, {"code": code, "reason": reason}),))
            else:
                yield code, came.value


def one_of_many(task: tuple[str, argparse.Namespace]) -> Told:
    """One agency in a process that does many, one run after the other."""
    code, options = task
    if not _shared:
        _shared.append(Prepared.of(options))
    return told_of(code, _shared[0])


_shared: list[Prepared] = []
"""What the agencies share that this process publishes; it serves one run."""


def told_of(code: str, prepared: Prepared) -> Told:
    """One agency of many: what is wrong with its own files is told and does not stop the others."""
    lang = prepared.options.lang
    try:
        return published(code, prepared)
    except InputError as error:
        told = (say("release_failed", lang, {"code": code, "reason": each}) for each in error.sentences(lang))
        return Told("unusable", tuple(told))


def published(code: str, prepared: Prepared) -> Told:
    """Publish one agency; where the file for its texts is not there yet, that is written instead."""
    from yusuan.release.publishing import publish

    source, options = prepared.source, prepared.options
    edition = edition_of(prepared, code)
    texts = texts_path(source, code, options.texts) if edition.explanation.chapters else None
    if texts is not None and _asked(texts, edition, options.lang):
        values = {"code": edition.agency[0], "name": edition.agency[1], "file": str(texts)}
        asked = say("release_texts_made", options.lang, {**values, "count": len(edition.explanation.open)})
        return Told("asked", (asked,))
    outcome = publish(Path(options.output), edition, wishes_of(options))
    told = [*tell(outcome, edition, options.lang), *_more_asked(texts, edition, outcome, options.lang)]
    if outcome.kind == "published":
        told += _beyond(prepared, edition)
    return Told(outcome.kind, tuple(told))


def _beyond(prepared: Prepared, edition: Edition) -> Iterator[str]:
    """What a release leaves out or leaves behind: the words of a document, a later year that compares itself with an
    older version of it."""
    from yusuan.release.earlier import later

    lang, prose = prepared.options.lang, prepared.source.prose
    body = [p for _, p in prose.body() if p.kind == "body" and len(p.text) > SENTENCE] if prose is not None else []
    if body:
        yield say("release_words_left", lang, {"count": len(body)})
    for year, version in later(Path(prepared.options.output), edition.place()):
        yield say("release_later_year", lang, {"year": year, "version": version})


def _asked(texts: Path, edition: Edition, lang: str) -> bool:
    """Write the file that asks the preparer for texts, where there is none."""
    from yusuan.explain import texts_file
    from yusuan.publish.output import deliver

    if texts.exists():
        return False
    deliver(texts, texts_file(edition.explanation, lang).encode("utf-8", "backslashreplace"))
    return True


def _more_asked(texts: Path | None, edition: Edition, outcome: Outcome, lang: str) -> Iterator[str]:
    """What still waits for words, and the questions that were added to the preparer's file."""
    from yusuan.explain import completed
    from yusuan.publish.output import deliver

    waiting = len(edition.explanation.open)
    if texts is None:
        if waiting and outcome.kind == "published":
            yield say("release_open", lang, {"count": waiting})
        return
    if waiting:
        held, added = completed(texts.read_bytes(), edition.explanation)
        if added:
            deliver(texts, held, force=True)
        key = "release_open_added" if added else "release_open_in"
        yield say(key, lang, {"count": waiting, "file": str(texts), "added": added})
    if edition.explanation.unused:
        keys = "、".join(f"[{key}]" for key in edition.explanation.unused)
        yield say("release_texts_unused", lang, {"file": str(texts), "keys": keys})


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
        if rule.strip() not in catalogue():
            raise InputError("release_unknown_waiver", rule=rule.strip())
        waivers[rule.strip()] = reason.strip()
    key = read_secret(Path(options.sign)) if options.sign else None
    return Wishes(tuple(fmt for fmt in MAKERS if fmt in asked), waivers, (options.reason or "").strip(), key)


def _iso(text: str | None) -> None:
    try:
        if text is not None:
            date.fromisoformat(text)
    except ValueError:
        raise InputError("release_bad_date", text=text) from None


def tell(outcome: Outcome, edition: Edition, lang: str) -> Iterator[str]:
    """What came of one agency, in sentences."""
    from yusuan.publish.site.text import clean

    code, name = (clean(text) for text in edition.agency)
    counts: dict[str, object] = {
        "cells": sum(each.equal for each in outcome.compared),
        "passages": sum(each.passages for each in outcome.compared),
        "files": len(outcome.compared),
    }
    counts |= {"folder": outcome.folder or "—", "code": code, "name": name}
    yield say(f"release_{outcome.kind}", lang, counts).lstrip()
    yield from (f"  {say(key, lang, values)}" for key, values in outcome.problems)
    if any(key == "release_error" for key, _ in outcome.problems):
        yield say("release_how_to_waive", lang)
    counted = [each.file for each in outcome.compared if each.way == "figures"]
    if outcome.kind == "published" and counted:
        yield say("release_counted_only", lang, {"files": ", ".join(counted)})
    if outcome.kind == "published":
        shown = [f for f in edition.report.findings if f.rule in TOLD and edition.message is not None]
        yield from (f"  {edition.message(finding, lang)}" for finding in shown if edition.message is not None)
