"""PDFium as this project uses it: documents opened with their faults told in one sentence, and calls made in bulk.

PDFium is not safe for threads: one thread of a process reads PDF at a time.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pypdfium2  # noqa: F401  (starts the library)
import pypdfium2.raw as raw

from yusuan.read.grid import file_name
from yusuan.words import InputError

MOST_PAGES = 5_000
"""Pages of a document; a disclosure has some hundred."""

_NUMBER, _PLACE = ctypes.c_int, ctypes.c_void_p


def _bound(name: str, result: Any, *arguments: Any) -> Callable[..., Any]:
    """A function of PDFium that takes bare addresses: several times cheaper a call than through typed pointers."""
    address = ctypes.cast(getattr(raw, name), ctypes.c_void_p).value
    made: Callable[..., Any] = ctypes.PYFUNCTYPE(result, *arguments)(address)  # type: ignore[arg-type]
    return made


char_box = _bound("FPDFText_GetCharBox", _NUMBER, _PLACE, _NUMBER, *[_PLACE] * 4)
char_loose_box = _bound("FPDFText_GetLooseCharBox", _NUMBER, _PLACE, _NUMBER, _PLACE)
char_origin = _bound("FPDFText_GetCharOrigin", _NUMBER, _PLACE, _NUMBER, _PLACE, _PLACE)
char_object = _bound("FPDFText_GetTextObject", _PLACE, _PLACE, _NUMBER)
char_angle = _bound("FPDFText_GetCharAngle", ctypes.c_float, _PLACE, _NUMBER)
char_size = _bound("FPDFText_GetFontSize", ctypes.c_double, _PLACE, _NUMBER)
char_matrix = _bound("FPDFText_GetMatrix", _NUMBER, _PLACE, _NUMBER, _PLACE)
char_generated = _bound("FPDFText_IsGenerated", _NUMBER, _PLACE, _NUMBER)
char_hyphen = _bound("FPDFText_IsHyphen", _NUMBER, _PLACE, _NUMBER)
char_unicode = _bound("FPDFText_GetUnicode", ctypes.c_uint, _PLACE, _NUMBER)
char_unmapped = _bound("FPDFText_HasUnicodeMapError", _NUMBER, _PLACE, _NUMBER)
text_mode = _bound("FPDFTextObj_GetTextRenderMode", _NUMBER, _PLACE)
fill_color = _bound("FPDFPageObj_GetFillColor", _NUMBER, _PLACE, *[_PLACE] * 4)
stroke_color = _bound("FPDFPageObj_GetStrokeColor", _NUMBER, _PLACE, *[_PLACE] * 4)
page_object = _bound("FPDFPage_GetObject", _PLACE, _PLACE, _NUMBER)
form_object = _bound("FPDFFormObj_GetObject", _PLACE, _PLACE, ctypes.c_ulong)
form_count = _bound("FPDFFormObj_CountObjects", _NUMBER, _PLACE)
object_kind = _bound("FPDFPageObj_GetType", _NUMBER, _PLACE)
object_bounds = _bound("FPDFPageObj_GetBounds", _NUMBER, _PLACE, *[_PLACE] * 4)
object_clip = _bound("FPDFPageObj_GetClipPath", _PLACE, _PLACE)
object_transparent = _bound("FPDFPageObj_HasTransparency", _NUMBER, _PLACE)
clip_count = _bound("FPDFClipPath_CountPaths", _NUMBER, _PLACE)
clip_segments = _bound("FPDFClipPath_CountPathSegments", _NUMBER, _PLACE, _NUMBER)
clip_segment = _bound("FPDFClipPath_GetPathSegment", _PLACE, _PLACE, _NUMBER, _NUMBER)
object_matrix = _bound("FPDFPageObj_GetMatrix", _NUMBER, _PLACE, _PLACE)
image_size = _bound("FPDFImageObj_GetImagePixelSize", _NUMBER, _PLACE, _PLACE, _PLACE)
path_count = _bound("FPDFPath_CountSegments", _NUMBER, _PLACE)
path_segment = _bound("FPDFPath_GetPathSegment", _PLACE, _PLACE, _NUMBER)
path_mode = _bound("FPDFPath_GetDrawMode", _NUMBER, _PLACE, _PLACE, _PLACE)
segment_point = _bound("FPDFPathSegment_GetPoint", _NUMBER, _PLACE, _PLACE, _PLACE)
segment_kind = _bound("FPDFPathSegment_GetType", _NUMBER, _PLACE)
segment_close = _bound("FPDFPathSegment_GetClose", _NUMBER, _PLACE)


def address(pointer: Any) -> int:
    """The bare address behind a typed pointer of PDFium."""
    return ctypes.cast(pointer, ctypes.c_void_p).value or 0


def memory(pointer: Any, size: int) -> bytes:
    """A copy of memory of the library."""
    return ctypes.string_at(pointer, size)


@contextmanager
def opened(path: Path) -> Iterator[Any]:
    """The open document and nothing of it kept afterwards; raises ``InputError`` for one that cannot be read."""
    document = raw.FPDF_LoadDocument(os.fsencode(path), None)
    if not document:
        fault = raw.FPDF_GetLastError()
        locked = fault in (raw.FPDF_ERR_PASSWORD, raw.FPDF_ERR_SECURITY)
        raise InputError("pdf_encrypted" if locked else "pdf_damaged", file=file_name(path))
    try:
        yield document
    finally:
        raw.FPDF_CloseDocument(document)


def page_count(document: Any, file: str) -> int:
    """Number of pages; raises ``InputError`` for none or too many."""
    count = int(raw.FPDF_GetPageCount(document))
    if count < 1:
        raise InputError("pdf_no_pages", file=file)
    if count > MOST_PAGES:
        raise InputError("pdf_too_many_pages", file=file, pages=count, limit=MOST_PAGES)
    return count


@contextmanager
def opened_page(document: Any, index: int) -> Iterator[Any]:
    """One page, 0-based; ``None`` where it cannot be read."""
    page = raw.FPDF_LoadPage(document, index)
    try:
        yield page or None
    finally:
        if page:
            raw.FPDF_ClosePage(page)
