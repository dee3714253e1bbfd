"""What an explanation says and in which order, as data: figures, lists, passages, chapters of a place.

``standards/explanations/default.toml`` holds the wording; ``<place>.toml`` or ``<place>/<year>.toml`` beside it only
what is otherwise there. Loading is strict: the error names file, key and what exists.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from yusuan.axes import AXES, Point
from yusuan.shapes import Shape, ShapeError, Table, flag, listed, one_of, tabled, text, whole

Slices = tuple[Point, ...]
"""Slices that add up to a figure; mostly one."""

FACTS = ("agency", "year", "last", "self", "scope", "units:count", "units:names", "projects:count")
"""Placeholders that are no figure and no list."""

PROJECTS = "projects"
"""What a passage is repeated for that is repeated for each project."""

REPEATED = ("number", "name", "amount", "entry")
"""Placeholders of a passage that is repeated."""

PLACEHOLDER = re.compile(r"\{([^{}]+)\}")


@dataclass(frozen=True)
class FigureOf:
    """A figure: what the text calls it, and the slices that forms may print for it, tried in order."""

    label: str
    points: tuple[Slices, ...]
    last: bool = False
    """Whether the last of the places that print it is taken (the expenditure side of a statement)."""


@dataclass(frozen=True)
class ListOf:
    """A list inside a sentence: parts of the figure ``whole`` by variants of figures, or the members of an axis.

    ``item`` holds {name} {amount} {percent} {path} {whole}; ``zeros`` prints parts without money too; members of an
    axis are those at ``level`` below ``within``.
    """

    whole: str
    variants: tuple[tuple[str, ...], ...] = ()
    axis: str = ""
    level: int = 0
    within: tuple[str, ...] = ()
    item: str = ""
    separator: str = "；"
    zeros: bool = False


@dataclass(frozen=True)
class PassageOf:
    """A passage: a text with placeholders or an ``open`` question, and when it is said; a text with ``ask`` asks where
    its list cannot be told.

    ``zero`` and ``nonzero`` name figures, ``having`` and ``lacking`` what the forms list or not, ``regime`` and
    ``scope`` those of the agency; ``each`` repeats it for every project or entry of a list; ``reason`` are the figures
    whose change is to be explained after it; ``data`` names a text of the forms that answers the question.
    """

    text: str = ""
    open: str = ""
    ask: str = ""
    data: str = ""
    zero: str = ""
    nonzero: str = ""
    scope: str = ""
    regime: tuple[str, ...] = ()
    having: str = ""
    lacking: str = ""
    each: str = ""
    goal: str = ""
    kind: str = "paragraph"
    reason: tuple[str, ...] = ()


@dataclass(frozen=True)
class ChapterOf:
    """A chapter: title, passages by name, terms to explain, chapters below."""

    title: str
    passages: tuple[str, ...] = ()
    glossary: tuple[str, ...] = ()
    chapters: tuple[ChapterOf, ...] = ()


@dataclass(frozen=True)
class Outline:
    """All that is said for one form set."""

    title: str
    words: Mapping[str, str]
    figures: Mapping[str, FigureOf]
    lists: Mapping[str, ListOf]
    passages: Mapping[str, PassageOf]
    glossary: Mapping[str, str]
    chapters: tuple[ChapterOf, ...]
    parts: tuple[str, ...] = ()
    """Titles of the two parts of a document: the explanation and the forms."""


class OutlineError(ValueError):
    """An outline that cannot be loaded; the message names file, key and what is expected."""


NAMES = listed(text, "strings")
SLICE = tabled(listed(text, "strings", least=1), "lists of strings")


def _slices(value: Any, where: str) -> None:
    (listed(SLICE, "slices", least=1) if isinstance(value, list) else SLICE)(value, where)


FIGURE = Table(
    {"label": text, "points": listed(_slices, "slices", least=1), "like": text, "take": one_of("first", "last")},
    required=("label",),
)
LIST = Table(
    {"whole": text, "variants": listed(NAMES, "lists", least=1), "axis": one_of(*AXES), "level": whole(1, 3),
     "within": NAMES, "item": text, "separator": text, "zeros": flag},
    required=("whole", "item"),
)  # fmt: skip
PASSAGE = Table(
    {"text": text, "open": text, "ask": text, "data": text, "zero": text, "nonzero": text,
     "scope": one_of("unit", "department"), "regime": NAMES, "having": one_of("projects", "units"),
     "lacking": one_of("projects", "units"), "each": text,
     "goal": text, "kind": one_of("paragraph", "item"), "reason": NAMES}
)  # fmt: skip
CHAPTER = Table(required=("title",), label="title")
CHAPTER.keys = {"title": text, "passages": NAMES, "glossary": NAMES, "chapters": listed(CHAPTER, "chapters")}
OUTLINE = Table(
    {"title": text, "words": tabled(text, "strings"), "figures": tabled(FIGURE, "figures"),
     "lists": tabled(LIST, "lists"), "passages": tabled(PASSAGE, "passages"), "glossary": tabled(text, "strings"),
     "chapters": listed(CHAPTER, "chapters", least=1), "parts": listed(text, "strings", least=2, most=2)}
)  # fmt: skip
MERGED = ("words", "figures", "lists", "passages", "glossary")


@cache
def outline_of(standard: str) -> Outline:
    """The outline for the form set with this id (``place/year``); raises ``OutlineError``."""
    folder = files("yusuan") / "standards" / "explanations"
    names = ("default.toml", f"{standard.partition('/')[0]}.toml", f"{standard}.toml")
    found: dict[str, Any] = {}
    for name in names:
        file = folder.joinpath(*name.split("/"))
        if file.is_file():
            found = merged(found, read_outline(file.read_text(encoding="utf-8"), name))
    return outline_from(found, names[0])


def read_outline(raw: str, name: str) -> dict[str, Any]:
    """The tables of an outline file, their shape checked."""
    try:
        tables = tomllib.loads(raw)
    except ValueError as error:
        raise OutlineError(f"{name}: {error}") from None
    _shaped(tables, OUTLINE, name)
    return tables


def _shaped(value: Any, shape: Shape, name: str) -> None:
    try:
        shape(value, name)
    except ShapeError as error:
        raise OutlineError(str(error)) from None


def merged(base: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """``base`` with what ``own`` says otherwise: single figures, lists, passages and words; chapters as a whole."""
    return {**base, **own, **{key: {**base.get(key, {}), **own.get(key, {})} for key in MERGED}}


def outline_from(tables: Mapping[str, Any], name: str) -> Outline:
    """An outline from its tables; every name in it must exist."""
    figures: dict[str, FigureOf] = {}
    for key, raw in tables["figures"].items():
        like = tables["figures"].get(raw.get("like", ""), {})
        points = raw.get("points", like.get("points"))
        if points is None:
            raise OutlineError(f"{name}: figures: {key}: needs 'points' or a known 'like'")
        figures[key] = FigureOf(raw["label"], tuple(map(_points, points)), raw.get("take") == "last")
    lists = {key: ListOf(**{k: _frozen(v) for k, v in raw.items()}) for key, raw in tables["lists"].items()}
    passages = {key: PassageOf(**{k: _frozen(v) for k, v in raw.items()}) for key, raw in tables["passages"].items()}
    chapters = tuple(map(_chapter, tables["chapters"]))
    made = Outline(
        tables["title"], tables["words"], figures, lists, passages, tables["glossary"], chapters,
        tuple(tables.get("parts", ())),
    )  # fmt: skip
    known = {"figure": [*figures], "list": [*lists], "passage": [*passages], "term": [*made.glossary]}
    for where, kind, wanted in _named(made):
        if wanted not in known[kind]:
            raise OutlineError(f"{name}: {where}: unknown {kind} {wanted!r}; known: {', '.join(known[kind])}")
    return made


def _points(raw: Any) -> Slices:
    return tuple(_point(one) for one in raw) if isinstance(raw, list) else (_point(raw),)


def _point(raw: Mapping[str, list[str]]) -> Point:
    return Point({axis: frozenset(members) for axis, members in raw.items()})


def _frozen(value: Any) -> Any:
    return tuple(map(_frozen, value)) if isinstance(value, list) else value


def _chapter(raw: Mapping[str, Any]) -> ChapterOf:
    inner = tuple(map(_chapter, raw.get("chapters", ())))
    return ChapterOf(raw["title"], tuple(raw.get("passages", ())), tuple(raw.get("glossary", ())), inner)


def _named(outline: Outline) -> Iterator[tuple[str, str, str]]:
    """Every use of a name: where, what it names, the name."""
    for key, entry in outline.lists.items():
        for figure in (entry.whole, *(name for variant in entry.variants for name in variant)):
            yield f"lists: {key}", "figure", figure
    for key, passage in outline.passages.items():
        for figure in (passage.zero, passage.nonzero, *passage.reason):
            if figure:
                yield f"passages: {key}", "figure", figure
        if passage.each and passage.each != PROJECTS:
            yield f"passages: {key}", "list", passage.each
        for word in PLACEHOLDER.findall(passage.text):
            kind, _, rest = word.partition(":")
            if word not in FACTS and not (passage.each and word in REPEATED):
                yield f"passages: {key}", "list" if kind == "list" else "figure", rest if kind == "list" else kind
    stack = list(outline.chapters)
    while stack:
        chapter = stack.pop()
        stack += chapter.chapters
        yield from ((f"chapters: {chapter.title}", "passage", name) for name in chapter.passages)
        yield from ((f"chapters: {chapter.title}", "term", name) for name in chapter.glossary)
