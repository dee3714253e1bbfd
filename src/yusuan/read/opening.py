"""Open a source whatever it is: its tables read by a form set where one fits, by the lexicon elsewhere; its prose."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from difflib import SequenceMatcher
from pathlib import Path

from yusuan.agreements import disclosure_relations
from yusuan.figures import Figures
from yusuan.forms import Standard, normal_title
from yusuan.prose import Prose
from yusuan.read.document import Assembly, find_forms
from yusuan.read.grid import Grid, GridCell, GridRow, Line, Material, file_name
from yusuan.read.material import TABULAR, read_material
from yusuan.read.meaning.document import read_by_lexicon
from yusuan.read.meaning.frames import Frame, frames_of
from yusuan.read.prose import read_prose
from yusuan.recognise import best_standard
from yusuan.sheet import Disclosure, Stray
from yusuan.standard import list_standards, load_standard
from yusuan.tested import regimes_of, test_relations
from yusuan.words import InputError

ALMOST = 0.88
"""Likeness of a recognised title to a form's that tells the form."""

FITS = 0.6
"""Share of a form set's forms, or of a source's tables, that must be found before the form set is read by."""

NEAR = 3
"""Years over which a form set is taken for the same."""


@dataclass(frozen=True)
class Opened:
    """A source as read: disclosure, the form set (or space of codes) it follows, explanation, what the files held."""

    disclosure: Disclosure
    standard: Standard
    prose: Prose | None = None
    materials: tuple[Material, ...] = ()
    paths: tuple[Path, ...] = field(default=())


def open_source(path: Path, standard: Standard | None = None) -> Opened:
    """Read a source; ``standard`` insists on a form set. Raises ``InputError`` when nothing of it can be read."""
    material = read_material(path)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return opened_of([material], [path], file_name(path), digest, standard)


def opened_of(
    materials: Sequence[Material], paths: Sequence[Path], name: str, digest: str, standard: Standard | None
) -> Opened:
    """What one or more materials hold together."""
    whole = joined(materials, name)
    prose = read_prose(whole.lines) if whole.lines else None
    declared = read_declared(whole, digest, standard)
    if declared is None and standard is not None:
        raise InputError("read_no_form", file=name, standard=standard.id)
    if declared is None or (standard is None and whole.kind not in TABULAR):
        understood = read_by_lexicon(whole, digest)
        rival = followed(understood.disclosure), understood.standard
        if declared is None or _worth(*rival) < _worth(*declared):
            declared = rival
    if not declared[0].sheets and (prose is None or not prose.paragraphs):
        raise InputError(_nothing(whole), file=name)
    disclosure = replace(declared[0], strays=(*declared[0].strays, *doubts_of(whole)))
    return Opened(disclosure, declared[1], prose, tuple(materials), tuple(paths))


def followed(disclosure: Disclosure) -> Disclosure:
    """A disclosure read by the lexicon, with the form set whose titles and labels it follows and its form numbers."""
    titles = [sheet.title for sheet in disclosure.sheets]
    heads = [[label for column in sheet.columns for label in column.labels] for sheet in disclosure.sheets]
    found = best_standard(titles, heads, disclosure.fiscal_year, disclosure.kind)
    if found is None:
        return disclosure
    standard, forms = found
    if disclosure.fiscal_year and abs(disclosure.fiscal_year - standard.fiscal_year) > NEAR:
        return disclosure
    sheets = (replace(s, form=forms.get(n, f"#{n + 1}")) for n, s in enumerate(disclosure.sheets))
    return replace(disclosure, standard=standard.id, sheets=tuple(sheets))


def _worth(disclosure: Disclosure, standard: Standard) -> tuple[int, int]:
    """How well a reading agrees with itself: relations that fail, then figures that are not understood."""
    figures = Figures(disclosure)
    relations = disclosure_relations(disclosure, standard, regimes_of(figures, standard))
    failed = sum(o.verdict == "fails" for o in test_relations(figures, relations, standard).outcomes)
    cells = [cell for sheet in disclosure.sheets for cell in sheet.cells.values() if cell.amount is not None]
    return failed, -sum(cell.point is not None for cell in cells)


def joined(materials: Sequence[Material], name: str) -> Material:
    """Several files that make one disclosure, one after the other."""
    if len(materials) == 1:
        return materials[0]
    items = [item for material in materials for item in material.items]
    doubts = [doubt for material in materials for doubt in material.doubts]
    kinds = {material.kind for material in materials}
    return Material(name, kinds.pop() if len(kinds) == 1 else "several", items, [], doubts)


def _nothing(material: Material) -> str:
    blind = any(doubt.kind in ("no_text", "not_recognised") for doubt in material.doubts)
    return "read_needs_ocr" if blind else "read_nothing"


def doubts_of(material: Material) -> list[Stray]:
    """What of the files could not be read or is not to be trusted."""
    return [Stray(f"doubt_{d.kind}", f"p.{d.page}" if d.page else "", None) for d in material.doubts]


def read_declared(material: Material, digest: str, standard: Standard | None) -> tuple[Disclosure, Standard] | None:
    """The disclosure by the form set that its tables follow; ``None`` when none fits."""
    tabular = material.kind in TABULAR
    frames = frames_of(material)
    tried = [standard] if standard else [load_standard(name) for name in list_standards()]
    if any(item.source.confidence is not None for item in material.lines):
        frames = [_spelt(frame, tried) for frame in frames]
    if not tabular and standard is None:
        titles = {normal_title(title) for frame in frames for title in frame.titles}
        tried = [s for s in tried if _known(s, titles) >= FITS * len(s.forms)]
    if not tried:
        return None
    grids = material.grids if tabular else [_as_grid(frame) for frame in frames]
    found = find_forms(grids, tried)
    if found is None or not found[1]:
        return None
    chosen, tables, outside = found
    forms = {table.form.number for table in tables if table.form is not None}
    if standard is None and len(forms) < FITS * min(len(chosen.forms), max(1, len(frames))):
        return None
    outside += [] if tabular else _as_rows(material.lines)
    return Assembly(material.file, digest, chosen, tables, outside).disclosure(), chosen


def _spelt(frame: Frame, standards: Sequence[Standard]) -> Frame:
    """A frame whose recognised title is almost that of one form, with the title as the form spells it."""
    mine = normal_title(frame.title)
    titles = {normal_title(form.title): form.title for s in standards for form in s.forms.values()}
    if not mine or mine in titles:
        return frame
    likely = sorted(((SequenceMatcher(None, mine, other).ratio(), other) for other in titles), reverse=True)[:2]
    best, second = likely[0], likely[1] if len(likely) > 1 else (0.0, "")
    if best[0] < ALMOST or best[0] - second[0] < 1 / max(len(mine), 1) / 2:
        return frame
    return replace(frame, title=titles[best[1]], titles=[titles[best[1]], *frame.titles[1:]])


def _known(standard: Standard, titles: set[str]) -> int:
    return sum(normal_title(form.title) in titles for form in standard.forms.values())


def _as_grid(frame: Frame) -> Grid:
    """A frame as the rows of a worksheet: title, reporter and unit first."""
    source = frame.source
    assert source is not None
    above = [
        frame.title,
        f"填报单位：{frame.reporter}" if frame.reporter else "",
        f"单位：{frame.unit}" if frame.unit else "",
    ]
    rows = [GridRow(0, {0: GridCell(text, source)}) for text in above if text]
    notes = [GridRow(0, {0: GridCell(text, source)}) for text in frame.notes]
    return Grid(frame.name, [*rows, *frame.head, *frame.body, *notes], source.file, source)


def _as_rows(lines: Sequence[Line]) -> list[GridRow]:
    return [GridRow(n, {0: GridCell(line.text, line.source)}) for n, line in enumerate(lines)]
