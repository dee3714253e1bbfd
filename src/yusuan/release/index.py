"""The front page over all releases of a folder: made anew from the summaries of the versions that hold."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from yusuan.release.earlier import summary_of_release
from yusuan.release.publishing import Told
from yusuan.release.record import json_bytes
from yusuan.release.store import RELEASES, Shelf, alone, read_json, replace_file, sha256_of, shelves_under
from yusuan.words import InputError

if TYPE_CHECKING:
    from yusuan.publish.site.values import Summary

INDEX, SCHEMA = "index.json", "yusuan.index/1"


def write_index(root: Path) -> None:
    """Bring the front page of ``root`` up to date, dated by the latest release; what stays the same is left alone."""
    from yusuan.publish.site.index import index_files

    if not root.is_dir() or (root / RELEASES).exists():
        return
    with alone(root, wait=True):
        shelves = [*shelves_under(root)]
        if not shelves:
            return
        rows = [_row(shelf, root) for shelf in shelves]
        date = max(str(each["date"] or "") for shelf in shelves for each in shelf.versions()[-1:])
        digests = {}
        for name, data in index_files(rows, date=date or None, shared=True):
            digests[name] = hashlib.sha256(data).hexdigest()
            path = root / name
            if not path.is_file() or sha256_of(path) != digests[name]:
                path.parent.mkdir(parents=True, exist_ok=True)
                replace_file(path, data)
        replace_file(root / INDEX, json_bytes({"schema": SCHEMA, "files": digests}))


def _row(shelf: Shelf, root: Path) -> Summary:
    """The line of the agency whose releases stand on a shelf."""
    folder = shelf.current()
    assert folder is not None
    return summary_of_release(folder, f"{folder.relative_to(root).as_posix()}/")


def index_faults(root: Path) -> Iterator[Told]:
    """Files of the front page that are gone or altered."""
    if not (root / INDEX).is_file():
        return
    files = read_json(root / INDEX).get("files")
    if not isinstance(files, dict):
        raise InputError("release_damaged", file=str(root / INDEX))
    for name, digest in files.items():
        path = root / name
        if not path.resolve().is_relative_to(root.resolve()):
            raise InputError("release_damaged", file=str(root / INDEX))
        if not path.is_file():
            yield "release_missing", {"file": name}
        elif sha256_of(path) != digest:
            yield "release_altered", {"file": name}
