"""What ``yusuan publish`` publishes: a ledger or one document, agency by agency, with all that goes beside it."""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from yusuan.commands.common import default_standard, standard_named, words_for
from yusuan.commands.sources import document_at, is_ledger
from yusuan.finding import Finding
from yusuan.sheet import Agency
from yusuan.words import InputError

if TYPE_CHECKING:
    from yusuan.chapters import Explanation
    from yusuan.finding import Report
    from yusuan.forms import Standard
    from yusuan.ledger import Ledger
    from yusuan.prose import Prose
    from yusuan.release.edition import Edition, Origin
    from yusuan.sheet import Disclosure


@dataclass(frozen=True)
class Source:
    """What is to be published: a ledger with the agencies asked for, or one document as read and checked."""

    origin: Origin
    codes: tuple[str, ...]
    standard: Standard
    ledger: Ledger | None = None
    document: tuple[Disclosure, Report] | None = None
    facts: Mapping[str, str] = field(default_factory=dict)
    """Agency or department → digest of its facts."""
    prose: Prose | None = None
    """The explanation of a document as it was read."""

    def disclosure(self, code: str) -> tuple[Disclosure, Report]:
        """The forms of one agency with what the check says of them."""
        if self.document is not None:
            return self.document
        from yusuan.commands.compile import compiled

        assert self.ledger is not None
        return compiled(self.ledger, self.standard, code)


@dataclass(frozen=True)
class Prepared:
    """What the agencies of one run share: the source, that of the year before, and the options."""

    options: argparse.Namespace
    source: Source
    before: Source | None = None

    @classmethod
    def of(cls, options: argparse.Namespace) -> Prepared:
        """Read what the command line names."""
        source = source_of(options)
        before = opened(Path(options.previous), None, options.lang) if options.previous else None
        if before is not None and before.ledger is None and len(source.codes) > 1:
            raise InputError("release_previous_one", file=options.previous)
        return cls(options, source, before)


def source_of(options: argparse.Namespace) -> Source:
    """The source of the command line, read."""
    from yusuan.commands.compile import wanted_agencies

    source = opened(Path(options.source), options.standard, options.lang)
    if source.ledger is None:
        return _of_agency(source, options.agency)
    return replace(source, codes=tuple(wanted_agencies(source.ledger, options.agency)))


def _of_agency(source: Source, named: list[str] | None) -> Source:
    """A document that does not tell its agency is of the one that is named, by code or by name."""
    assert source.document is not None
    disclosure, report = source.document
    if not named:
        return source
    mine, text = disclosure.agency or Agency("", ""), named[0]
    known = tuple(filter(None, (mine.code, mine.name)))
    if len(named) > 1 or (len(known) == 2 and text not in known):
        raise InputError("release_agency_of_document", name=" ".join(known))
    given = replace(mine, code=text) if text.isascii() else replace(mine, name=text)
    return replace(source, document=(replace(disclosure, agency=given), report))


def opened(path: Path, standard_name: str | None, lang: str) -> Source:
    """A ledger or a document, whichever the file is."""
    from yusuan.check.opened import check_opened
    from yusuan.corpus.reading import with_doubts
    from yusuan.read.ledger import ledger_space, read_ledger

    standard = standard_named(standard_name)
    if is_ledger(path):
        standard = standard or default_standard()
        ledger = read_ledger(path, standard.space)
        standard = standard.on(ledger_space(path, standard.space))
        return Source(origin_of(path, "ledger"), (), standard, ledger, facts=facts_of(ledger))
    with ExitStack() as stack:
        found = document_at(stack, path, standard, lang)
    # a document that follows a form set is published with an explanation of its own, which is checked instead
    prose = None if found.standard.forms else found.prose
    report = with_doubts(check_opened(found.disclosure, found.standard, prose), found, lang)
    disclosure = found.disclosure
    if found.prose is not None and found.prose.agency and not (disclosure.agency and disclosure.agency.name):
        code = disclosure.agency.code if disclosure.agency is not None else ""
        disclosure = replace(disclosure, agency=Agency(code, found.prose.agency))
    return Source(origin_of(path, "document"), ("",), found.standard, None, (disclosure, report), prose=found.prose)


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


def edition_of(prepared: Prepared, code: str) -> Edition:
    """One agency with all that is published of it; its texts are read where there are any."""
    from yusuan.release.earlier import earlier_rows, last_year
    from yusuan.release.edition import Edition, place_of
    from yusuan.release.explained import copied, held_to_figures
    from yusuan.release.glyphs import with_glyphs

    source, before, options = prepared.source, prepared.before, prepared.options
    extra: dict[str, Any] = {"previous": before.origin.as_json()} if before is not None else {}
    texts = texts_path(source, code, options.texts)
    if texts is not None and texts.is_file():
        extra["texts"] = origin_of(texts, "texts").as_json()
    disclosure, report = source.disclosure(code)
    root, place = Path(options.output), place_of(disclosure, source.standard)
    previous = _previous(before, code)
    released = last_year(root, place) if before is None else None
    if released is not None:
        previous, extra["previous"] = released[0], released[1].as_json()
    explanation = explained(disclosure, source.standard, previous, texts)
    report = held_to_figures(_of_one_scale(report, disclosure, previous), disclosure, explanation)
    same = copied(explanation, released[2]) if released is not None else None
    if same is not None:
        report = replace(report, findings=(same, *report.findings))
    edition = Edition(
        disclosure, source.standard, report, source.origin, explanation, previous, source.ledger,
        source.facts.get(code, ""), options.lang, options.date or "", words_for(source.standard), extra,
        license=options.license or "", years=tuple(earlier_rows(root, place)),
    )  # fmt: skip
    return with_glyphs(edition)


def _of_one_scale(report: Report, disclosure: Disclosure, previous: Disclosure | None) -> Report:
    """A warning where last year's figures are so far from this year's that their unit is likely wrong."""
    from yusuan.publish.flow import figures_of, key_figures

    if previous is None:
        return report
    before = dict(key_figures(figures_of(previous)))
    for name, now in key_figures(figures_of(disclosure)):
        last = before.get(name)
        if last and now and not now // APART <= last <= now * APART:
            values = {"now": now // 100, "last": last // 100}
            found = Finding("previous_scale", "warning", "cannot_tell", (), values)
            return replace(report, findings=(found, *report.findings))
    return report


APART = 1000
"""Times by which this year's main figures may exceed last year's, or fall below them."""


def _previous(before: Source | None, code: str) -> Disclosure | None:
    ledger = before.ledger if before is not None else None
    if before is None or (ledger is not None and code not in {*ledger.agencies, *ledger.departments()}):
        return None
    return before.disclosure(code)[0]


def texts_path(source: Source, code: str, given: str | None) -> Path | None:
    """The preparer's file of texts of an agency: the file given, or one by its code in the folder given."""
    if not given:
        return None
    path = Path(given)
    if path.is_dir() or given.endswith(("/", os.sep)) or (len(source.codes) > 1 and not path.exists()):
        return path / f"{code or 'texts'}.txt"
    return path


def explained(
    disclosure: Disclosure, standard: Standard, previous: Disclosure | None, texts: Path | None
) -> Explanation:
    """The explanation of a disclosure with the preparer's own texts, where such a file exists."""
    from yusuan.chapters import Explanation
    from yusuan.explain import explain, read_texts

    if not standard.forms:
        return Explanation("", ())
    own = read_texts(texts) if texts is not None and os.path.lexists(texts) else None
    return explain(disclosure, standard, previous=previous, own=own)
