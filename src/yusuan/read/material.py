"""Any file as a material: its format told from its content, its reader chosen, scans handed to recognition."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from yusuan.read.grid import Grid, Line, Material, file_name
from yusuan.read.guard import guard_file
from yusuan.read.text import read_text
from yusuan.read.workbook import read_workbook
from yusuan.words import InputError

TABULAR = ("text", "csv", "xlsx", "xls")
"""Kinds of files that are nothing but rows of cells."""


def read_material(path: Path) -> Material:
    """What a file holds, in reading order; raises ``InputError`` when it cannot or must not be read."""
    if path.is_dir():
        raise InputError("read_folder", file=str(path))
    kind = guard_file(path)
    reader = _READERS.get(kind)
    if reader is None:
        raise InputError("read_unsupported", file=file_name(path), kind=kind)
    material = reader(path)
    material.kind = kind
    return material


def _grids(reader: Callable[[Path], list[Grid]]) -> Callable[[Path], Material]:
    def read(path: Path) -> Material:
        items: list[Grid | Line] = list(reader(path))
        return Material(file_name(path), "", items)

    return read


def _pdf(path: Path) -> Material:
    from yusuan.read.formats.pdf import read_pdf

    return read_pdf(path, ocr=_recognised)


def _recognised(path: Path, page: int) -> list[Grid | Line]:
    try:
        # recognition is an extra, and its libraries are loaded only where a page needs them
        from yusuan.read.formats.scan import ocr_page
    except ImportError:
        raise InputError("scan_no_ocr", file=file_name(path)) from None
    return ocr_page(path, page)


def _docx(path: Path) -> Material:
    from yusuan.read.formats.docx import read_docx

    return read_docx(path)


def _html(path: Path) -> Material:
    from yusuan.read.formats.html import read_html

    return read_html(path)


def _image(path: Path) -> Material:
    try:
        from yusuan.read.formats.scan import read_image
    except ImportError:
        raise InputError("scan_no_ocr", file=file_name(path)) from None

    return read_image(path)


def _spreadsheet(path: Path) -> Material:
    from yusuan.read.formats.spreadsheet import read_spreadsheet

    return read_spreadsheet(path)


def _doc(path: Path) -> Material:
    from yusuan.read.formats.legacy import read_doc

    return read_doc(path)


_READERS: dict[str, Callable[[Path], Material]] = {
    "text": _grids(read_text), "xlsx": _grids(read_workbook), "pdf": _pdf, "docx": _docx, "html": _html,
    "image": _image, "xls": _spreadsheet, "doc": _doc,
}  # fmt: skip
