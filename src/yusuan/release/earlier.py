"""What was published of an agency before: last year's disclosure from its own release, and the years side by side."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from yusuan.amount import Scale
from yusuan.axes import Point
from yusuan.release.edition import Origin
from yusuan.release.store import MANIFEST, RECORD, RELEASES, SUMMARY, Shelf, read_json, sha256_of
from yusuan.sheet import Agency, Cell, Column, Disclosure, Row, Sheet
from yusuan.words import InputError

if TYPE_CHECKING:
    from yusuan.publish.site.values import Summary

_SHELF = re.compile(r"(\d{4})-(.+)")


def earlier(root: Path, place: Path) -> Iterator[tuple[int, Path]]:
    """Year and folder of the holding version of every earlier year of the agency and kind whose shelf is ``place``
    below ``root``, the first year first."""
    own = _SHELF.fullmatch(place.name)
    folder = root / place.parent
    for path in sorted(folder.iterdir()) if own is not None and folder.is_dir() else ():
        other = _SHELF.fullmatch(path.name)
        if own is None or other is None or other[2] != own[2] or int(other[1]) >= int(own[1]):
            continue
        if (path / RELEASES).is_file() and (holding := Shelf(path).current()) is not None:
            yield int(other[1]), holding


def later(root: Path, place: Path) -> Iterator[tuple[int, str]]:
    """The next year of an agency and kind where its holding version compares itself with another version than the
    holding one of ``place``: the year, and the version that it compares itself with."""
    own = _SHELF.fullmatch(place.name)
    if own is None:
        return
    year, shelf = int(own[1]) + 1, Shelf(root / place)
    other = Shelf(root / place.parent / f"{year}-{own[2]}")
    holding, theirs = shelf.current(), other.current() if other.folder.is_dir() else None
    if holding is None or theirs is None:
        return
    beside = read_json(theirs / MANIFEST).get("beside", {}).get("previous", {})
    if beside.get("kind") == "release" and beside.get("sha256") != sha256_of(holding / MANIFEST):
        yield year, str(beside.get("name", "")).rpartition("/")[2]


def last_year(root: Path, place: Path) -> tuple[Disclosure, Origin, Mapping[str, Any]] | None:
    """The disclosure of the year before as it was released, where it comes from, and its record."""
    found = dict(earlier(root, place))
    own = _SHELF.fullmatch(place.name)
    folder = found.get(int(own[1]) - 1) if own is not None else None
    if folder is None:
        return None
    manifest = folder / MANIFEST
    name = folder.relative_to(root).as_posix()
    origin = Origin("release", name, sha256_of(manifest), manifest.stat().st_size)
    return disclosure_of(folder), origin, read_json(folder / RECORD)


def disclosure_of(folder: Path) -> Disclosure:
    """The disclosure of a version from its record: figures and rows with what they mean; raises ``InputError`` when
    the record is damaged."""
    record = read_json(folder / RECORD)
    try:
        agency = record["agency"]
        return Disclosure(
            folder.name, "", Agency(agency["code"], agency["name"], agency["parent_code"]) if agency else None,
            record["fiscal_year"], record["kind"], record["scope"], record["standard"],
            tuple(map(_sheet, record["sheets"])),
        )  # fmt: skip
    except (KeyError, TypeError, ValueError, AttributeError):
        raise InputError("release_damaged", file=str(folder / RECORD)) from None


def _sheet(told: Mapping[str, Any]) -> Sheet:
    rows = (Row(r["code"], r["name"], r["level"], r["role"], None, tuple(r.get("labels", ()))) for r in told["rows"])
    columns = (Column(tuple(labels), "money", None) for labels in told["columns"])
    cells = (
        Cell(c["row"], c["column"], c["text"], c["amount"], _point(c["point"]), exact=c["exact"]) for c in told["cells"]
    )
    return Sheet(
        told["form"], told["title"], Scale(told["unit"], told["decimals"]), tuple(rows), tuple(columns),
        {(cell.row, cell.column): cell for cell in cells}, agency_name=told["reporter"],
    )  # fmt: skip


def _point(told: Mapping[str, list[str]] | None) -> Point | None:
    return None if told is None else Point({axis: frozenset(members) for axis, members in told.items()})


def earlier_rows(root: Path, place: Path) -> Iterator[Summary]:
    """The lines of the index of the earlier years, their pages from the site of a version on the shelf ``place``."""
    for _, folder in earlier(root, place):
        yield summary_of_release(folder, f"{FROM_SITE}{folder.parent.name}/{folder.name}/")


def summary_of_release(folder: Path, way: str) -> Summary:
    """The line of the index for a version; ``way`` leads to its folder from where the line stands."""
    from yusuan.publish.site.values import Summary

    told = read_json(folder / SUMMARY)
    try:
        row = Summary(**told)
    except TypeError:
        raise InputError("release_damaged", file=str(folder / SUMMARY)) from None
    return replace(row, href=way + row.href if row.href else "")


FROM_SITE = "../../../"
"""From the site of a version to the folder of its agency."""
