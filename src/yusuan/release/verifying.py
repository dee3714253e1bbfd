"""Releases looked at again: every digest, every missing or added file, signatures, the chain of versions, and every
artefact read back and held to the record."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from yusuan.forms import Standard
from yusuan.release.compare import Compared, compared
from yusuan.release.edition import place_named
from yusuan.release.index import front_state
from yusuan.release.keys import PublicKey, signed_by
from yusuan.release.publishing import Told, entry_of, not_found_again
from yusuan.release.store import (
    CURRENT,
    MANIFEST,
    RECORD,
    RELEASES,
    SIGNATURE,
    Shelf,
    files_under,
    leads_to,
    read_json,
    sha256_of,
    shelves_under,
    unfinished,
)
from yusuan.words import InputError

StandardNamed = Callable[[str], Standard | None]
"""The form set of a name; ``None`` when it cannot be had."""


@dataclass(frozen=True)
class Verified:
    """One version looked at: its folder, what is wrong, what is only to be told, files, cells and passages of the
    explanation that are right."""

    folder: Path
    wrong: tuple[Told, ...]
    told: tuple[Told, ...]
    files: int = 0
    cells: int = 0
    passages: int = 0


def verify(folder: Path, standard_named: StandardNamed, key: PublicKey | None = None) -> Iterator[Verified]:
    """Every version at or below ``folder``, or the one version that it is; raises ``InputError`` when there is none."""
    if (folder / MANIFEST).is_file():
        yield _version(folder.resolve(), None, standard_named, key)
        return
    found = False
    for shelf in shelves_under(folder):
        found = True
        yield from _shelf(shelf, standard_named, key)
    if not found:
        raise InputError("release_none", folder=str(folder))
    yield _front(folder, key)


def _shelf(shelf: Shelf, standard_named: StandardNamed, key: PublicKey | None) -> Iterator[Verified]:
    try:
        listed = shelf.versions()
    except InputError as error:
        yield Verified(shelf.folder, tuple(error.problems), ())
        return
    before: Mapping[str, Any] | None = None
    for entry in listed:
        found = _version(shelf.folder / str(entry["version"]), entry, standard_named, key, before, chained=True)
        before = entry
        yield found
    yield Verified(shelf.folder, tuple(_strange(shelf, listed)), tuple(_left(shelf, listed)))


def _front(root: Path, key: PublicKey | None) -> Verified:
    try:
        wrong, told = front_state(root, key)
        return Verified(root, tuple(wrong), tuple(told))
    except InputError as error:
        return Verified(root, tuple(error.problems), ())


def _strange(shelf: Shelf, listed: list[dict[str, Any]]) -> Iterator[Told]:
    """What stands on a shelf and is no part of it."""
    versions = {str(each["version"]) for each in listed}
    for path in sorted(shelf.folder.iterdir()):
        if path.name not in {RELEASES, CURRENT, ".lock", *versions} and not unfinished(path, versions):
            yield "release_extra", {"file": path.name}
    link, holding = shelf.folder / CURRENT, str(listed[-1]["version"])
    if os.path.lexists(link) and leads_to(link) != holding:
        yield "release_current_other", {"version": holding}


def _left(shelf: Shelf, listed: list[dict[str, Any]]) -> Iterator[Told]:
    """What an interrupted run left, which the next one clears or mends."""
    versions = {str(each["version"]) for each in listed}
    for path in sorted(shelf.folder.iterdir()):
        if unfinished(path, versions):
            yield "release_left", {"file": path.name}
    if not os.path.lexists(shelf.folder / CURRENT):
        yield "release_current_gone", {"version": str(listed[-1]["version"])}


def _version(
    folder: Path, entry: Mapping[str, Any] | None, standard_named: StandardNamed, key: PublicKey | None,
    before: Mapping[str, Any] | None = None, *, chained: bool = False,
) -> Verified:  # fmt: skip
    try:
        manifest = read_json(folder / MANIFEST)
        data = (folder / MANIFEST).read_bytes()
        wrong = [*_listed(manifest, data, entry), *_signature(folder, data, key), *_placed(manifest, folder)]
        if chained:
            wrong += _chain(manifest, before)
        files = _files(folder, manifest)
        wrong += files[1]
        found = [*_again(folder, manifest, standard_named)] if not wrong else []
    except InputError as error:
        return Verified(folder, tuple(error.problems), ())
    except (KeyError, TypeError, ValueError, AttributeError):
        return Verified(folder, (("release_damaged", {"file": str(folder / MANIFEST)}),), ())
    signed = (folder / SIGNATURE).exists()
    told: list[Told] = [("release_signature_unasked", {})] if signed and key is None else []
    wrong += [each for artefact in found if not artefact.good for each in not_found_again(artefact)]
    cells, passages = sum(each.equal for each in found), sum(each.passages for each in found)
    return Verified(folder, tuple(wrong), tuple(told), files[0], cells, passages)


def _listed(manifest: Mapping[str, Any], data: bytes, entry: Mapping[str, Any] | None) -> Iterator[Told]:
    if entry is not None and entry_of(manifest, data) != entry:
        yield "release_manifest_other", {"version": entry["version"]}


def _chain(manifest: Mapping[str, Any], before: Mapping[str, Any] | None) -> Iterator[Told]:
    told = manifest["previous"]
    expected = None if before is None else {k: before[k] for k in ("version", "manifest_sha256")}
    if told != expected:
        yield "release_chain", {"version": manifest["version"]}


def _placed(manifest: Mapping[str, Any], folder: Path) -> Iterator[Told]:
    """A version stands where its agency, year and kind put it, and is a folder of its own."""
    agency = manifest["agency"]
    place = place_named(str(agency["code"]), str(agency["name"]), int(manifest["fiscal_year"]), str(manifest["kind"]))
    here = Path(*folder.absolute().parts[-3:])
    if here.name == str(manifest["version"]) and here.parent != place:
        yield "release_misplaced", {"place": place.as_posix()}
    if folder.is_symlink():
        yield "release_extra", {"file": folder.name}


def _signature(folder: Path, data: bytes, key: PublicKey | None) -> Iterator[Told]:
    if key is None:
        return
    path = folder / SIGNATURE
    if not path.is_file():
        yield "release_unsigned", {}
        return
    reason = signed_by(data, path.read_text(encoding="utf-8", errors="replace"), key)
    if reason is not None:
        yield f"release_signature_{reason}", {}


def _files(folder: Path, manifest: Mapping[str, Any]) -> tuple[int, list[Told]]:
    """How many files are as the manifest says, and what is not."""
    wrong: list[Told] = []
    listed = {str(each["path"]): each for each in manifest["files"]}
    there = {*files_under(folder)} - {MANIFEST, SIGNATURE}
    for name, each in listed.items():
        if name not in there:
            wrong.append(("release_missing", {"file": name}))
        elif not _as_listed(folder / name, each):
            wrong.append(("release_altered", {"file": name}))
    wrong += [("release_extra", {"file": name}) for name in sorted(there - {*listed})]
    return len(listed) - sum(key != "release_extra" for key, _ in wrong), wrong


def _as_listed(path: Path, listed: Mapping[str, Any]) -> bool:
    ordinary = not path.is_symlink() and path.stat().st_size == listed["size"]
    return ordinary and sha256_of(path) == listed["sha256"]


def _again(folder: Path, manifest: Mapping[str, Any], standard_named: StandardNamed) -> Iterator[Compared]:
    """Every artefact read back."""
    record = read_json(folder / RECORD)
    standard = standard_named(str(manifest["standard"]["id"]))
    if standard is not None and not standard.forms:
        standard = None
    listed = {str(each["path"]) for each in manifest["files"]} & {*files_under(folder)}
    for each in manifest["comparison"]:
        holds, loose = [str(part) for part in each["holds"]], each["way"] == "figures"
        yield compared(folder, str(each["file"]), listed, record, standard, loose=loose, holds=holds)
