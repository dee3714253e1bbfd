"""The front page over all releases of a folder: made anew from the summaries of the versions that hold."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from yusuan import __version__
from yusuan.release.earlier import summary_of_release
from yusuan.release.edition import RESERVED
from yusuan.release.keys import PublicKey, SecretKey, signed_by
from yusuan.release.publishing import Told
from yusuan.release.record import json_bytes
from yusuan.release.store import RELEASES, Shelf, alone, files_under, read_json, replace_file, sha256_of, shelves_under
from yusuan.words import InputError

if TYPE_CHECKING:
    from yusuan.publish.site.values import Summary

INDEX, INDEX_SIGNATURE, SCHEMA = "index.json", "index.json.minisig", "yusuan.index/1"


def write_index(root: Path, key: SecretKey | None = None) -> None:
    """Bring the front page of ``root`` up to date, dated by the latest release, and its account: digests of its files
    and of the manifests that hold, signed with ``key``. What stays the same is left alone."""
    if not root.is_dir() or (root / RELEASES).exists():
        return
    with alone(root, wait=True):
        shelves = [*shelves_under(root)]
        if not shelves:
            return
        made = dict(front_files(root, shelves))
        digests = {name: hashlib.sha256(data).hexdigest() for name, data in made.items()}
        heads = {shelf.folder.relative_to(root).as_posix(): _head(shelf) for shelf in shelves}
        account = {"schema": SCHEMA, "program": __version__, "files": digests, "releases": heads}
        before = _account(root).get("files", {})
        if before != digests:
            # while files are replaced one by one either of their two states is right
            _replace(root, json_bytes(account | {"before": before}))
        for name, data in made.items():
            path = root / name
            if not path.is_file() or sha256_of(path) != digests[name]:
                path.parent.mkdir(parents=True, exist_ok=True)
                replace_file(path, data)
        _replace(root, json_bytes(account))
        if key is not None:
            replace_file(root / INDEX_SIGNATURE, key.sign(json_bytes(account), "yusuan index").encode())


def _replace(root: Path, account: bytes) -> None:
    """Replace the account of the front page where it says something new; a signature of the old one goes."""
    if not (root / INDEX).is_file() or (root / INDEX).read_bytes() != account:
        (root / INDEX_SIGNATURE).unlink(missing_ok=True)
        replace_file(root / INDEX, account)


def _account(root: Path) -> dict[str, Any]:
    return read_json(root / INDEX) if (root / INDEX).is_file() else {}


def refuse_foreign(root: Path) -> None:
    """Raise ``InputError`` where the front page would take the place of files that are not its own."""
    own = _account(root).get("files", {})
    for name in ("index.html", "index.en.html", *RESERVED):
        path = root / name
        listed = name in own or any(str(each).startswith(f"{name}/") for each in own)
        if os.path.lexists(path) and not listed:
            raise InputError("release_foreign", file=str(path))


def front_files(root: Path, shelves: Sequence[Shelf]) -> Iterator[tuple[str, bytes]]:
    """The files of the front page as the holding versions make it."""
    from yusuan.publish.site.index import index_files

    rows = [_row(shelf, root) for shelf in shelves]
    date = max(str(each["date"] or "") for shelf in shelves for each in shelf.versions()[-1:])
    yield from index_files(rows, date=date or None, shared=True)


def _head(shelf: Shelf) -> dict[str, str]:
    entry = shelf.versions()[-1]
    return {"version": str(entry["version"]), "manifest_sha256": str(entry["manifest_sha256"])}


def _row(shelf: Shelf, root: Path) -> Summary:
    """The line of the agency whose releases stand on a shelf."""
    folder = shelf.current()
    assert folder is not None
    return summary_of_release(folder, f"{folder.relative_to(root).as_posix()}/")


def front_state(root: Path, key: PublicKey | None) -> tuple[list[Told], list[Told]]:
    """What is wrong with the front page, and what the next run mends: files gone or altered, versions that it accounts
    for and that are gone, a page that the holding versions do not make so, its signature."""
    if not (root / INDEX).is_file():
        there = any(os.path.lexists(root / name) for name in ("index.html", "index.en.html"))
        return ([("release_missing", {"file": INDEX})] if there else []), []
    account = read_json(root / INDEX)
    files, heads, before = (_mapping(root, account.get(name, {})) for name in ("files", "releases", "before"))
    shelves = {shelf.folder.relative_to(root).as_posix(): shelf for shelf in shelves_under(root)}
    behind = {place for place, shelf in shelves.items() if _behind(heads.get(place), shelf)}
    wrong: list[Told] = [
        ("release_index_other", {"place": place, **_versions(heads.get(place), shelves.get(place))})
        for place in sorted(shelves.keys() | heads.keys())
        if place not in behind and heads.get(place) != (_head(shelves[place]) if place in shelves else None)
    ]
    wanted = {name: {digest, before.get(name, digest)} for name, digest in {**before, **files}.items()}
    if account.get("program") == __version__ and not (behind or before or wrong):
        made = front_files(root, [*shelves.values()])
        wanted = {name: {hashlib.sha256(data).hexdigest()} for name, data in made}
    wrong += _files(root, wanted)
    told = [("release_index_interrupted", {"file": INDEX})] if behind or before else []
    if key is not None:
        wrong += _signature(root, key)
    return wrong, [*told, *strangers(root)]


def _mapping(root: Path, value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise InputError("release_damaged", file=str(root / INDEX))
    return value


def _behind(listed: object, shelf: Shelf) -> bool:
    """Whether the front page has not come to the version that holds yet: it accounts for one before, or for none."""
    entries = [{"version": e["version"], "manifest_sha256": e["manifest_sha256"]} for e in shelf.versions()]
    return listed is None or (listed != entries[-1] and listed in entries)


def _files(root: Path, wanted: Mapping[str, set[str]]) -> Iterator[Told]:
    for name, digests in wanted.items():
        path = root / name
        if not path.resolve().is_relative_to(root.resolve()):
            raise InputError("release_damaged", file=str(root / INDEX))
        if not path.is_file():
            yield "release_missing", {"file": name}
        elif sha256_of(path) not in digests:
            yield "release_altered", {"file": name}


def _signature(root: Path, key: PublicKey) -> Iterator[Told]:
    path = root / INDEX_SIGNATURE
    if not path.is_file():
        yield "release_index_unsigned", {"file": INDEX}
        return
    reason = signed_by((root / INDEX).read_bytes(), path.read_text(encoding="utf-8", errors="replace"), key)
    if reason is not None:
        yield f"release_signature_{reason}", {}


def _versions(told: object, shelf: Shelf | None) -> dict[str, str]:
    listed = told.get("version") if isinstance(told, dict) else None
    return {"listed": str(listed or "—"), "found": _head(shelf)["version"] if shelf is not None else "—"}


def strangers(root: Path) -> Iterator[Told]:
    """What stands in the folder of all releases and is no part of them."""
    own = _account(root).get("files", {})
    known = {str(name).partition("/")[0] for name in own} | {INDEX, INDEX_SIGNATURE, ".lock"}
    shelves = {shelf.folder.relative_to(root).parts[0] for shelf in shelves_under(root) if shelf.folder != root}
    for path in sorted(root.iterdir()):
        if path.name not in known | shelves:
            yield "release_stranger", {"file": path.name}
    for name in RESERVED:
        for inner in files_under(root / name) if (root / name).is_dir() else ():
            if f"{name}/{inner}" not in own:
                yield "release_stranger", {"file": f"{name}/{inner}"}
