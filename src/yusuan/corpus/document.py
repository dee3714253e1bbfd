"""One document of a corpus, from its files to rows: a function of its arguments alone, for whatever engine runs it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from yusuan.check.opened import check_opened
from yusuan.corpus.grouping import Found, Identity, groups_of, identity_of
from yusuan.corpus.reading import doubts_json, reading_json, reading_of, with_doubts
from yusuan.corpus.rows import cell_rows, finding_rows, steady
from yusuan.finding import Report
from yusuan.forms import Standard
from yusuan.read.canonical import disclosure_json
from yusuan.read.formats.archive import Members, open_members
from yusuan.read.grid import Doubt, Material, file_name
from yusuan.read.guard import LARGEST_FILE, guard_file
from yusuan.read.material import read_material
from yusuan.read.opening import Opened, opened_of
from yusuan.read.prose import prose_json
from yusuan.words import InputError

Wanted = Literal["nothing", "cells", "findings", "disclosure", "report", "sarif"]
"""What of a document is asked for besides its counts."""

CHECKED = ("findings", "report", "sarif")

Problems = tuple[tuple[str, Mapping[str, object]], ...]
"""Why a document was not read: message keys with their values."""


@dataclass(frozen=True)
class DocumentResult:
    """What came of a document.

    ``files`` are (name, SHA-256) of its files; ``problems`` tell why it was refused and are empty otherwise.
    ``counts`` are tables, cells and so on. ``rows`` follow ``CELLS`` or ``FINDINGS`` of ``rows``; ``value`` is JSON.
    """

    name: str
    files: tuple[tuple[str, str], ...]
    problems: Problems = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    identity: Identity | None = None
    rows: tuple[tuple[Any, ...], ...] = ()
    value: Any = None


def document_rows(
    paths: Sequence[Path], name: str, *, wanted: Wanted, check: bool, standard: Standard | None = None, lang: str = "zh"
) -> DocumentResult:
    """Read the files of one document (one of them may be a ZIP), check it if asked for, and give its rows.

    Never raises for what a file holds: a document that cannot be read is a result with ``problems``.
    """
    files: tuple[tuple[str, str], ...] = ()
    try:
        files = tuple((file_name(path), file_digest(path)) for path in paths)
        opened = open_together(paths, name, standard)
        return _result(opened, name, files, wanted=wanted, check=check, lang=lang)
    except InputError as error:
        identity = None
        if standard is not None and error.problems[0][0] == "read_no_form":
            # an explanation without tables may belong to tables in another file
            identity = document_rows(paths, name, wanted="nothing", check=False).identity
        return DocumentResult(name, files, named(error.problems, paths, name), identity=identity)
    except OSError as error:
        values = {"file": name, "reason": error.strerror or type(error).__name__}
        return DocumentResult(name, files, (("guard_unreadable", values),))


def named(problems: Problems, paths: Sequence[Path], name: str) -> Problems:
    """The same with the document's name within the corpus in place of the path of its file."""
    known = {str(path) for path in paths}
    return tuple((key, {k: name if v in known else v for k, v in values.items()}) for key, values in problems)


def file_digest(path: Path) -> str:
    """SHA-256 of a file; raises ``InputError`` for what is no ordinary file of sensible size."""
    if not path.is_file() or not 0 < path.stat().st_size <= LARGEST_FILE:
        guard_file(path)
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def joint_digest(digests: Sequence[str]) -> str:
    """One digest for a document of several files, its own for a single file."""
    return digests[0] if len(digests) == 1 else hashlib.sha256("\n".join(digests).encode()).hexdigest()


def open_together(paths: Sequence[Path], name: str, standard: Standard | None = None) -> Opened:
    """The files as one document. A ZIP stands for its files; one that holds several documents is refused.

    A file among several that cannot be read is told as a doubt; raises ``InputError`` when none can be read.
    """
    with ExitStack() as stack:
        members: list[Path] = []
        doubts: list[Doubt] = []
        packed = False
        for path in paths:
            if guard_file(path) == "zip":
                found: Members = stack.enter_context(open_members(path))
                members, doubts, packed = [*members, *found], [*doubts, *found.doubts], True
            else:
                members.append(path)
        materials, read, unread = read_each(members)
        doubts += unread
        if doubts:
            materials[0].doubts[:0] = doubts
        digests = [file_digest(path) for path in members]
        if packed and len(read) > 1:
            each = [opened_of([m], [p], m.file, "", standard) for m, p in zip(materials, read) if _speaks(m)]
            if len(groups_of([identity_of(opened) for opened in each])) > 1:
                raise InputError("corpus_several", file=name)
        return opened_of(materials, read, name, joint_digest(digests), standard)


def _speaks(material: Material) -> bool:
    return bool(material.items)


def read_each(paths: Sequence[Path]) -> tuple[list[Material], list[Path], list[Doubt]]:
    """The materials of those files that can be read, the files, and a doubt for each of the others."""
    materials: list[Material] = []
    read: list[Path] = []
    doubts: list[Doubt] = []
    first: InputError | None = None
    for path in paths:
        try:
            materials.append(read_material(path))
            read.append(path)
        except InputError as error:
            first = first or error
            values = {"member": file_name(path), "reason": error.problems[0][0]}
            doubts.append(Doubt("member_not_read", None, values))
    if first is not None and not materials:
        raise first
    return materials, read, doubts


@dataclass(frozen=True)
class OneRead:
    """The files of one document as read: materials with the paths they come from, digests of the files;
    ``problems`` when none could be read."""

    materials: tuple[Material, ...] = ()
    paths: tuple[Path, ...] = ()
    digests: tuple[str, ...] = ()
    problems: Problems = ()


def read_as_one(files: Sequence[Found]) -> OneRead | None:
    """Files as the parts of one document; ``None`` as soon as two of them say that they are different ones."""
    materials: list[Material] = []
    paths: list[Path] = []
    digests: list[str] = []
    identities: list[Identity] = []
    unread: list[Doubt] = []
    problems: Problems = ()
    for found in files:
        try:
            opened = open_together([found.path], found.name)
        except InputError as error:
            problems = problems or named(error.problems, [found.path], found.name)
            unread.append(Doubt("member_not_read", None, {"member": found.name, "reason": error.problems[0][0]}))
            continue
        identities.append(identity_of(opened))
        materials += opened.materials
        paths += opened.paths
        digests.append(file_digest(found.path))
        if len(groups_of([identity for identity in identities if identity.known])) > 1:
            return None
    if not materials:
        return OneRead(problems=problems)
    if len(groups_of(identities)) > 1:
        return None
    materials[0].doubts[:0] = unread
    return OneRead(tuple(materials), tuple(paths), tuple(digests))


def _result(
    opened: Opened, name: str, files: tuple[tuple[str, str], ...], *, wanted: Wanted, check: bool, lang: str
) -> DocumentResult:
    report: Report | None = None
    if check or wanted in CHECKED:
        report = check_opened(opened.disclosure, opened.standard, opened.prose)
        report = with_doubts(replace(report, source=name), opened, lang)
    counts = counts_of(opened, report)
    digests = dict(files)
    rows: Iterator[tuple[Any, ...]] = iter(())
    value: Any = None
    if wanted == "cells":
        rows = cell_rows(opened, name, digests)
    elif wanted == "findings" and report is not None:
        rows = finding_rows(opened, report, name, digests, lang)
    elif wanted == "disclosure":
        value = whole_json(opened, lang)
        value["source"]["file"] = name
    elif report is not None and wanted in ("report", "sarif"):
        value = _report_json(report, lang) if wanted == "report" else _sarif(report, lang)
    return DocumentResult(name, files, (), counts, identity_of(opened), tuple(rows), value)


def whole_json(opened: Opened, lang: str) -> dict[str, Any]:
    """A document in the schema ``yusuan.disclosure/1``: its tables, explanation, doubts and reading report."""
    told = disclosure_json(opened.disclosure)
    for number, sheet in enumerate(told["sheets"]):
        for cell in sheet["cells"]:
            if cell["point"] is not None:
                cell["point"] = steady(number, cell["point"])
    told["prose"] = prose_json(opened.prose) if opened.prose is not None else []
    told["doubts"] = doubts_json(opened, lang)
    told["report"] = reading_json(reading_of(opened))
    return told


def _report_json(report: Report, lang: str) -> dict[str, Any]:
    """The report without the time it took, which differs from run to run."""
    from yusuan.check.render import report_json

    told = report_json(report, lang)
    told["summary"].pop("seconds", None)
    return told


def _sarif(report: Report, lang: str) -> dict[str, Any]:
    from yusuan.check.sarif import report_sarif

    run: dict[str, Any] = report_sarif([report], lang)["runs"][0]
    return run


def counts_of(opened: Opened, report: Report | None) -> dict[str, int]:
    """Tables, cells and doubts of a document; relations and findings when it was checked."""
    sheets = opened.disclosure.sheets
    cells = [cell for sheet in sheets for cell in sheet.cells.values() if cell.amount is not None]
    lost = sum(stray.kind == "unknown_table" for stray in opened.disclosure.strays)
    counts = {
        "tables": len(sheets) + lost, "cells": len(cells), "understood": sum(c.point is not None for c in cells),
        "doubts": sum(len(material.doubts) for material in opened.materials),
    }  # fmt: skip
    if report is not None:
        counts |= {name: int(report.summary.get(name, 0)) for name in ("relations", "held", "failed")}
        for severity in ("error", "warning", "info"):
            counts[severity] = sum(finding.severity == severity for finding in report.findings)
    return counts
