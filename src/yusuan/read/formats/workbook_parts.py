"""The parts of a workbook (.xlsx) as they stream by: its sheets, strings, number formats, rows and merged areas.

Parts are found by their relationships as spreadsheets find them, and parsed without entities, network or limits lifted.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from yusuan.read.formats.workbook_dates import STANDARD_FORMATS

SPACES = (
    "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}",
    "{http://purl.oclc.org/ooxml/spreadsheetml/main}",
)
"""The namespaces of spreadsheets: the one that programs write by default, and the strict one."""
_RELATIONS = ("{http://schemas.openxmlformats.org/package/2006/relationships}",)

_ADDRESS = re.compile(r"\$?([A-Za-z]{1,3})\$?([1-9]\d{0,6})")
_CODE = {letter: value for value, letter in enumerate("ABCDEFGHIJKLMNOPQRSTUVWXYZ", 1)}

Place = tuple[int, int]
"""Row and column, counted from 1."""


class DamagedError(ValueError):
    """A part that is not as spreadsheets write it."""


@dataclass(frozen=True, slots=True)
class Part:
    """A worksheet of a workbook: its name, where it lies, whether it is shown."""

    name: str
    path: str
    visible: bool


@dataclass(frozen=True)
class Package:
    """A workbook without its cells: worksheets in their order, shared strings, number formats by style, and whether
    days are counted from 1904."""

    sheets: tuple[Part, ...]
    strings: tuple[str, ...]
    formats: tuple[str, ...]
    from_1904: bool

    def string(self, number: int) -> str:
        """A shared string; raises ``DamagedError`` when there is none of this number."""
        if not 0 <= number < len(self.strings):
            raise DamagedError(number)
        return self.strings[number]


@dataclass(frozen=True, slots=True)
class StoredCell:
    """A cell as it is stored: kind of its value (attribute ``t``), style, value, whether a formula stands there."""

    place: Place
    kind: str
    style: int
    value: str
    formula: bool


@dataclass(frozen=True, slots=True)
class StoredRow:
    """A row as it is stored."""

    number: int
    hidden: bool
    cells: list[StoredCell]


def package_of(archive: zipfile.ZipFile) -> Package:
    """What a workbook holds around its cells; raises whatever a part raises that cannot be read."""
    main = next((path for kind, path in _related(archive, "").values() if kind == "officeDocument"), "xl/workbook.xml")
    related = _related(archive, main)
    sheets, from_1904 = [], False
    for element in elements(archive, main, "sheet", "workbookPr"):
        if element.tag.endswith("workbookPr"):
            from_1904 = switched(element.get("date1904"))
            continue
        kind, path = related.get(next((v for k, v in element.items() if k.endswith("}id")), ""), ("", ""))
        if kind == "worksheet":
            sheets.append(Part(element.get("name", ""), path, element.get("state", "visible") == "visible"))
    if not sheets:
        raise DamagedError(main)
    paths = dict(related.values())
    strings = tuple(_strings(archive, paths["sharedStrings"])) if "sharedStrings" in paths else ()
    formats = _formats(archive, paths["styles"]) if "styles" in paths else ()
    return Package(tuple(sheets), strings, formats, from_1904)


def elements(archive: zipfile.ZipFile, path: str, *names: str, spaces: tuple[str, ...] = SPACES) -> Iterator[Any]:
    """The elements of a part with one of these names, each as it ends; it is emptied when the next one is asked for."""
    # loaded only where a workbook is read
    from lxml import etree

    with archive.open(path) as stream:
        found = etree.iterparse(
            stream, tag=[space + name for space in spaces for name in names], resolve_entities=False, load_dtd=False,
            no_network=True, huge_tree=False, remove_comments=True, remove_pis=True,
        )  # fmt: skip
        for _, element in found:
            if element.getroottree().docinfo.doctype:
                raise DamagedError(path)
            yield element
            element.clear()
            while element.getprevious() is not None:
                del element.getparent()[0]


def switched(text: str | None) -> bool:
    """Whether a mark is set."""
    return text not in (None, "0", "false", "f", "off")


def _related(archive: zipfile.ZipFile, path: str) -> dict[str, tuple[str, str]]:
    """Identifier → kind and path of what a part (or the whole package) refers to."""
    folder, name = posixpath.split(path)
    file = posixpath.join(folder, "_rels", f"{name}.rels")
    if file not in archive.NameToInfo:
        return {}
    found = {}
    for element in elements(archive, file, "Relationship", spaces=_RELATIONS):
        target = posixpath.normpath(posixpath.join("/", folder, element.get("Target", "")))[1:]
        found[element.get("Id", "")] = element.get("Type", "").rpartition("/")[2], target
    return found


def _strings(archive: zipfile.ZipFile, path: str) -> Iterator[str]:
    return (text_of(element) for element in elements(archive, path, "si"))


def text_of(element: Any) -> str:
    """The text of a string item: plain or in runs; how it is pronounced is left out."""
    space = element.tag[: element.tag.index("}") + 1]
    texts = [element.find(f"{space}t"), *(run.find(f"{space}t") for run in element.iterfind(f"{space}r"))]
    return "".join(text.text or "" for text in texts if text is not None)


def _formats(archive: zipfile.ZipFile, path: str) -> tuple[str, ...]:
    """The number format of each cell style."""
    known, styles = dict(STANDARD_FORMATS), []
    for element in elements(archive, path, "numFmts", "cellXfs"):
        if element.tag.endswith("numFmts"):
            known |= {int(each.get("numFmtId", "0")): each.get("formatCode", "") for each in element}
        else:
            styles = [int(each.get("numFmtId", "0")) for each in element]
    return tuple(known.get(number, "General") for number in styles)


def rows_of(archive: zipfile.ZipFile, path: str) -> Iterator[StoredRow | tuple[Place, Place]]:
    """The rows of a worksheet as they are stored, and its merged areas (upper left, lower right)."""
    number = 0
    for element in elements(archive, path, "row", "mergeCell"):
        if element.tag.endswith("mergeCell"):
            yield _area(element.get("ref", ""))
            continue
        number = _number(element.get("r")) if element.get("r") else number + 1
        yield StoredRow(number, switched(element.get("hidden")), [*_cells(element, number)])


def _number(text: str) -> int:
    """The number of a row; some programs write 5.0."""
    return int(text.removesuffix(".0"))


def _cells(row: Any, number: int) -> Iterator[StoredCell]:
    space = row.tag.removesuffix("row")
    cell, value, formula, inline = f"{space}c", f"{space}v", f"{space}f", f"{space}is"
    column = 0
    for element in row.iterchildren(cell):
        address = element.get("r")
        place = place_of(address) if address else (number, column + 1)
        column = place[1]
        kind, text, computed = element.get("t", "n"), "", False
        for part in element:
            if part.tag == value and kind != "inlineStr":
                text = part.text or ""
            elif part.tag == inline and kind == "inlineStr":
                text = text_of(part)
            elif part.tag == formula:
                computed = True
        if text or computed:
            yield StoredCell(place, kind, int(element.get("s") or 0), text, computed)


def place_of(address: str) -> Place:
    """Row and column of an address such as ``AB12``."""
    found = _ADDRESS.fullmatch(address)
    if found is None:
        raise DamagedError(address)
    column = 0
    for letter in found[1].upper():
        column = 26 * column + _CODE[letter]
    return int(found[2]), column


def _area(reference: str) -> tuple[Place, Place]:
    first, _, last = reference.partition(":")
    (top, left), (bottom, right) = place_of(first), place_of(last or first)
    return (min(top, bottom), min(left, right)), (max(top, bottom), max(left, right))


@cache
def letters(column: int) -> str:
    """The letters of a column, counted from 0."""
    name = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(ord("A") + rest) + name
    return name
