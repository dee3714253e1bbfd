"""One edition onto its shelf: made in a folder of its own, read back, accounted for, then switched to in one step."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from yusuan import __version__
from yusuan.finding import Finding
from yusuan.forms import Standard
from yusuan.release.compare import Compared, compared
from yusuan.release.edition import MAKERS, SITE_UP, Artefact, Edition, Made, site_home
from yusuan.release.explained import explanation_record
from yusuan.release.keys import SecretKey
from yusuan.release.record import Difference, changes, digest_of, json_bytes, record_of
from yusuan.release.store import (
    MANIFEST,
    RECORD,
    SCHEMA,
    SIGNATURE,
    SUMMARY,
    Shelf,
    files_under,
    read_json,
    sha256_of,
    sign_in_place,
    write_new,
)
from yusuan.standard_text import standard_lines
from yusuan.words import InputError

if TYPE_CHECKING:
    from yusuan.publish.site.values import Version

Told = tuple[str, Mapping[str, object]]
"""A sentence: its key and values."""

MOST_TOLD = 20
"""Findings and differences of one kind that are told one by one."""


@dataclass(frozen=True)
class Wishes:
    """How to publish: formats, waivers (rule → reason), the reason of a correction, the key to sign with."""

    formats: Sequence[str] = tuple(MAKERS)
    waivers: Mapping[str, str] = field(default_factory=dict)
    reason: str = ""
    key: SecretKey | None = None


@dataclass(frozen=True)
class Outcome:
    """What came of it: ``published``, ``same`` (nothing changed), ``signed`` (a signature was added) or ``refused``;
    the folder of the version that holds now, if any; why it was refused; what was compared."""

    kind: str
    folder: Path | None
    problems: tuple[Told, ...] = ()
    compared: tuple[Compared, ...] = ()


def publish(root: Path, edition: Edition, wishes: Wishes) -> Outcome:
    """Publish below ``root``; raises ``InputError`` when another run is at the same shelf or it is damaged."""
    if not edition.disclosure.sheets:
        raise InputError("release_no_tables", file=edition.origin.name)
    if not any(edition.agency):
        raise InputError("release_no_agency", file=edition.origin.name)
    problems = tuple(_findings(edition, wishes))
    shelf = Shelf(root / edition.place())
    if problems:
        return Outcome("refused", _holding(shelf), problems)
    record = record_of(edition.disclosure) | {"prose": explanation_record(edition.explanation)}
    identity = identity_of(edition, record, wishes)
    with shelf.locked():
        folder = shelf.current()
        before = _holding_manifest(shelf, edition) if folder is not None else None
        if before is not None and folder is not None and before.get("identity") == identity:
            again = bool(wishes.reason) and before.get("program", {}).get("version") != __version__
            if not again:
                return _signed(folder, before, wishes)
        if folder is not None and not wishes.reason:
            values = {"version": folder.name, "count": _count(folder, record)}
            key = "release_needs_reason" if values["count"] else "release_needs_reason_form"
            return Outcome("refused", folder, ((key, values),))
        with shelf.staging() as staged:
            return _made(shelf, staged, edition, wishes, record, identity, folder)


def _holding(shelf: Shelf) -> Path | None:
    return shelf.current() if shelf.folder.is_dir() else None


def _holding_manifest(shelf: Shelf, edition: Edition) -> dict[str, Any]:
    """The manifest of the version that holds; raises ``InputError`` when it is not the one that was listed, or that of
    another agency."""
    entry = shelf.versions()[-1]
    folder = shelf.folder / str(entry["version"])
    manifest = read_json(folder / MANIFEST)
    listed = {each["path"]: each["sha256"] for each in manifest["files"]}
    if sha256_of(folder / MANIFEST) != entry["manifest_sha256"] or sha256_of(folder / RECORD) != listed.get(RECORD):
        raise InputError("release_not_as_listed", folder=str(folder))
    code, name = edition.agency
    theirs = manifest["agency"]
    if theirs["code"] != code or (not code and theirs["name"] != name):
        raise InputError("release_other_agency", folder=str(shelf.folder), name=theirs["name"], wanted=name)
    return manifest


def _count(folder: Path, record: Mapping[str, Any]) -> int:
    return sum(1 for _ in changes(read_json(folder / RECORD), record))


def _findings(edition: Edition, wishes: Wishes) -> Iterator[Told]:
    """The errors that forbid publishing, each in one sentence."""
    standing = [f for f in edition.report.findings if f.severity == "error" and f.rule not in wishes.waivers]
    for finding in standing[:MOST_TOLD]:
        yield "release_error", {"rule": finding.rule, "message": _words(edition, finding)}
    if len(standing) > MOST_TOLD:
        yield "release_errors_more", {"count": len(standing) - MOST_TOLD}


def _words(edition: Edition, finding: Finding) -> str:
    return edition.message(finding, edition.lang) if edition.message is not None else finding.rule


def _signed(folder: Path, manifest: Mapping[str, Any], wishes: Wishes) -> Outcome:
    if wishes.key is None or (folder / SIGNATURE).exists():
        return Outcome("same", folder)
    sign_in_place(folder, wishes.key.sign((folder / MANIFEST).read_bytes(), remark_of(manifest)))
    return Outcome("signed", folder)


def identity_of(edition: Edition, record: Mapping[str, Any], wishes: Wishes) -> str:
    """A digest of all that a release says and how; the same for the same input, whatever the day and program."""
    previous = record_of(edition.previous) if edition.previous is not None else None
    said = {
        "record": record, "standard": standard_digest(edition.standard), "facts": edition.facts,
        "previous": digest_of(previous), "lang": edition.lang, "license": edition.license,
        "formats": sorted(wishes.formats), "waivers": dict(used_waivers(edition, wishes)),
    }  # fmt: skip
    return digest_of(said)


def used_waivers(edition: Edition, wishes: Wishes) -> Iterator[tuple[str, str]]:
    """The waivers that something needs: rule, reason."""
    broken = {finding.rule for finding in edition.report.findings if finding.severity == "error"}
    yield from sorted((rule, reason) for rule, reason in wishes.waivers.items() if rule in broken)


def standard_digest(standard: Standard) -> str:
    """SHA-256 of the form set as resolved, written out in lines."""
    text = "\n".join(standard_lines(standard)) + "\n"
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def remark_of(manifest: Mapping[str, Any]) -> str:
    """The line that is signed with a manifest: whose it is, year, kind, version."""
    code = str(manifest["agency"]["code"] or manifest["agency"]["name"])
    return f"yusuan {code} {manifest['fiscal_year']} {manifest['kind']} {manifest['version']}"


def _made(
    shelf: Shelf, staged: Path, edition: Edition, wishes: Wishes, record: dict[str, Any], identity: str,
    before: Path | None,
) -> Outcome:  # fmt: skip
    """Make, read back, account for and switch."""
    changed = [*changes(read_json(before / RECORD), record)] if before is not None else []
    edition = replace(edition, versions=versions_of(shelf, edition, wishes, changed))
    write_new(staged, RECORD, json_bytes(record))
    groups: dict[str, Artefact] = {RECORD: Artefact(RECORD, b"")}
    made: list[Made] = []
    for fmt in MAKERS:
        for artefact in MAKERS[fmt](edition, [*made]) if fmt in wishes.formats else ():
            write_new(staged, artefact.path, artefact.data)
            made.append(Made(artefact.path, len(artefact.data), hashlib.sha256(artefact.data).hexdigest()))
            if artefact.group:
                groups[artefact.group] = replace(artefact, data=b"")
    write_new(staged, SUMMARY, json_bytes(summary(edition, site_home(groups))))
    standard, names = reading_standard(edition), [*files_under(staged)]
    found = tuple(
        compared(staged, group, names, record, standard, loose=each.loose, holds=each.holds)
        for group, each in groups.items()
    )
    wrong = tuple(told for each in found if not each.good for told in not_found_again(each))
    if wrong:
        return Outcome("refused", before, wrong, found)
    manifest = manifest_of(staged, edition, wishes, identity, before, found, changed)
    data = json_bytes(manifest)
    write_new(staged, MANIFEST, data)
    if wishes.key is not None:
        write_new(staged, SIGNATURE, wishes.key.sign(data, remark_of(manifest)).encode())
    return Outcome("published", shelf.publish(staged, entry_of(manifest, data)), (), found)


def versions_of(
    shelf: Shelf, edition: Edition, wishes: Wishes, changed: Sequence[Difference]
) -> tuple[Version, ...]:  # fmt: skip
    """The versions of a shelf as the pages of the next one tell them, that one first."""
    from yusuan.publish.site.values import Version

    listed = shelf.versions()
    home = SITE_UP + "../"
    before = [
        Version(name, str(each["date"] or ""), str(each["reason"] or ""), int(each["changed"]), home + pages)
        for each in reversed(listed)
        if (name := str(each["version"])) and (pages := _pages(shelf.folder / name))
    ]
    told = tuple((d.form, d.row, d.column, d.before or "", d.after or "") for d in changed)
    own = Version(f"v{len(listed) + 1}", edition.date, wishes.reason, len(changed), "", told)
    return own, *before


def _pages(folder: Path) -> str:
    """The pages of a version from the folder of its versions; the folder itself where it has none."""
    home = read_json(folder / SUMMARY).get("href")
    return f"{folder.name}/{home if isinstance(home, str) else ''}"


def summary(edition: Edition, href: str) -> dict[str, Any]:
    """The line of the front page for an edition."""
    from yusuan.publish.site.summary import summary_of

    return asdict(summary_of(edition.disclosure, edition.standard, href))


def reading_standard(edition: Edition) -> Standard | None:
    """The form set that artefacts are read back by; none where the disclosure follows none."""
    return edition.standard if edition.standard.forms else None


def not_found_again(found: Compared) -> Iterator[Told]:
    """What an artefact does not give back, in sentences."""
    if found.problem is not None:
        yield found.problem
    for each in found.differences[:MOST_TOLD]:
        where = " / ".join(filter(None, (each.form, each.row, each.column)))
        values = {"file": found.file, "where": where, "before": each.before or "—", "after": each.after or "—"}
        yield "release_not_found_again", values
    if len(found.differences) > MOST_TOLD:
        yield "release_differences_more", {"file": found.file, "count": len(found.differences) - MOST_TOLD}


def manifest_of(
    staged: Path, edition: Edition, wishes: Wishes, identity: str, before: Path | None, found: Sequence[Compared],
    changed: Sequence[Difference],
) -> dict[str, Any]:  # fmt: skip
    """The account of a release: origin, rules, findings, waivers, comparison, changes, every file with its digest."""
    code, name = edition.agency
    findings = edition.report.findings
    was = read_json(before / MANIFEST) if before is not None else None
    waived = [
        {"rule": rule, "reason": reason, "findings": [
            _words(edition, finding) for finding in findings if finding.rule == rule and finding.severity == "error"
        ]}
        for rule, reason in used_waivers(edition, wishes)
    ]  # fmt: skip
    return {
        "schema": SCHEMA,
        "agency": {"code": code, "name": name},
        "fiscal_year": edition.year,
        "kind": edition.disclosure.kind or edition.standard.kind,
        "version": edition.versions[0].name,
        "date": edition.date or None,
        "reason": wishes.reason or None,
        "previous": (
            {"version": was["version"], "manifest_sha256": sha256_of(before / MANIFEST)}
            if was is not None and before is not None
            else None
        ),
        "program": {"name": "yusuan", "version": __version__},
        "source": edition.origin.as_json(),
        "beside": dict(edition.extra),
        "standard": {"id": edition.standard.id, "sha256": standard_digest(edition.standard)},
        "lang": edition.lang,
        "formats": [fmt for fmt in MAKERS if fmt in wishes.formats],
        "identity": identity,
        "findings": {s: sum(f.severity == s for f in findings) for s in ("error", "warning", "info")},
        "waivers": waived,
        "open_passages": [passage.key for passage in edition.explanation.open],
        "comparison": [each.as_json() for each in found],
        "changes": [each.as_json() for each in changed],
        "files": [
            {"path": name, "size": (staged / name).stat().st_size, "sha256": sha256_of(staged / name)}
            for name in files_under(staged)
        ],
    }


def entry_of(manifest: Mapping[str, Any], data: bytes) -> dict[str, Any]:
    """A version as the list of versions holds it: when, why, what changed."""
    return {
        "version": manifest["version"],
        "date": manifest["date"],
        "reason": manifest["reason"],
        "manifest_sha256": hashlib.sha256(data).hexdigest(),
        "changed": len(manifest["changes"]),
        "changes": manifest["changes"],
        "waivers": manifest["waivers"],
    }
