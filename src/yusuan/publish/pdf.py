"""A disclosure as PDF: cover, contents, explanation, forms; typeset by Typst, tagged, archival (PDF/A-2a, PDF/UA-1).

Words go to the typesetter as data, so that no text becomes markup. The fonts come with a package and decide alone
which characters can be set; one that they lack is set as 〓 and listed at the end.
"""

from __future__ import annotations

import datetime
import json
import struct
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from importlib.resources import files
from itertools import chain
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Any

from yusuan.chapters import Explanation
from yusuan.forms import Standard
from yusuan.publish.fitting import ems, fitted
from yusuan.publish.layout import lay_out_all
from yusuan.publish.output import deliver, plain
from yusuan.sheet import Disclosure
from yusuan.words import say

GETA = "〓"
"""What typographers set for a character that is not in the case."""


def write_pdf(
    disclosure: Disclosure, standard: Standard | None, explanation: Explanation | None, path: Path, *,
    lang: str = "zh", date: str | None = None, force: bool = False,
) -> None:  # fmt: skip
    """Write the PDF, whole or not at all; raises ``InputError`` when the file exists and ``force`` is not given."""
    deliver(path, pdf_bytes(disclosure, standard, explanation, lang=lang, date=date), force=force)


def pdf_bytes(
    disclosure: Disclosure, standard: Standard | None, explanation: Explanation | None = None, *,
    lang: str = "zh", date: str | None = None, version: int = 1,
) -> bytes:  # fmt: skip
    """The PDF of a disclosure; the same input gives the same bytes.

    ``date`` (ISO) is the day of publication; without one the first day of the fiscal year stands in the metadata only.
    A ``version`` after the first is named on the cover.
    """
    # the typesetter is loaded only where it is needed
    import typst

    told = document_data(disclosure, standard, explanation, lang=lang, date=date, version=version)
    year, month, day = told["date"]
    made = typst.compile(
        Path(str(files("yusuan") / "publish" / "assets" / "forms.typ")), format="pdf",
        font_paths=[font_folder()], ignore_system_fonts=True,
        sys_inputs={"data": json.dumps(told, ensure_ascii=False)}, pdf_standards=["a-2a", "ua-1"],
        timestamp=(datetime.date(year, month, day) - datetime.date(1970, 1, 1)).days * 86400,
    )  # fmt: skip
    return made


def document_data(
    disclosure: Disclosure, standard: Standard | None, explanation: Explanation | None, *, lang: str, date: str | None,
    version: int = 1,
) -> dict[str, Any]:  # fmt: skip
    """Everything that is printed, as the typesetter's template reads it; characters without a glyph replaced."""
    agency = disclosure.agency.name if disclosure.agency else ""
    year = disclosure.fiscal_year or (standard.fiscal_year if standard else 1970)
    day = datetime.date.fromisoformat(date) if date else datetime.date(year, 1, 1)
    what = say(f"document_{disclosure.scope or 'unit'}_{disclosure.kind or 'budget'}", "zh")
    foot = [say("document_day", "zh", {"y": day.year, "m": day.month, "d": day.day})] if date else []
    foot += [say("document_version", "zh", {"number": version})] if version > 1 else []
    forms = [fitted(layout) for layout in lay_out_all(disclosure, standard)]
    explanation = explanation if explanation is not None and explanation.chapters else None
    told: dict[str, Any] = {
        "title": f"{year}年{agency}{what}" if year else f"{agency}{what}",
        "author": agency or "yusuan",
        "keywords": [word for word in (str(year), agency, say("document_keyword", "zh")) if word],
        "date": [day.year, day.month, day.day],
        "lang": "zh",
        "region": "cn",
        "words": {
            "contents": say("document_contents", "zh"),
            "label": max((ems(form["label"]) for form in forms), default=0) + 1.1,
        },
        "cover": {
            "year": say("document_year", "zh", {"year": year}), "agency": agency, "what": what,
            "foot": "　".join(foot),
        },
        "explanation": explained(explanation),
        "parts": explanation.parts[1] if explanation is not None and explanation.parts else None,
        "forms": forms,
        "missing": None,
    }  # fmt: skip
    lacking = missing_glyphs(_strings(told))
    told = _cleaned(told, str.maketrans(dict.fromkeys(lacking, GETA)))
    if lacking:
        codes = "、".join(f"U+{ord(sign):04X}" for sign in lacking)
        told["missing"] = say("document_missing", lang, {"mark": GETA, "codes": codes, "count": len(lacking)})
    return told


def explained(explanation: Explanation | None) -> dict[str, Any] | None:
    """An explanation as the template reads it: chapters in printed order, each with its passages."""
    if explanation is None:
        return None
    chapters = [
        {
            "level": min(chapter.level + (explanation.chapters[0].level == 1), 4),
            "title": f"{chapter.number}{chapter.title}",
            "passages": [
                {"open": p.kind == "open", "text": text} for p in chapter.passages for text in p.text.split("\n")
            ],
        }
        for chapter in explanation.all()
    ]
    title = explanation.parts[0] if explanation.parts else explanation.title
    return {"title": title, "chapters": chapters}


def missing_glyphs(texts: Iterable[str]) -> list[str]:
    """The characters of ``texts`` for which the fonts have no glyph, in order of their code."""
    known = glyphs()
    return sorted(sign for sign in {*"".join(map(clean, texts))} if sign not in known and not sign.isspace())


def clean(text: str) -> str:
    """Text as it is set: no control or format characters, which have no picture and may turn the line round."""
    if text.isprintable():
        return text
    return "".join(sign for sign in plain(text) if unicodedata.category(sign) not in ("Cf", "Cc", "Cs", "Co", "Cn"))


@cache
def font_folder() -> Path:
    """Where the fonts of the typesetter lie."""
    return Path(str(files("pylopdf_fonts_zh_cn")))


@cache
def glyphs() -> frozenset[str]:
    """Every character that one of the fonts has a glyph for."""
    return frozenset(map(chr, chain.from_iterable(map(coverage, sorted(font_folder().rglob("*.otf"))))))


def coverage(font: Path) -> Iterator[int]:
    """The codes that an OpenType font maps to glyphs, from the segments of its character map (table cmap, format 12);
    the rest of so large a font is left alone."""
    with font.open("rb") as stream, mmap(stream.fileno(), 0, access=ACCESS_READ) as data:
        (count,) = struct.unpack_from(">4xH", data)
        (start,) = (at for tag, at in struct.iter_unpack(">4s4xI4x", data[12 : 12 + 16 * count]) if tag == b"cmap")
        (count,) = struct.unpack_from(">2xH", data, start)
        maps = {start + at for (at,) in struct.iter_unpack(">4xI", data[start + 4 : start + 4 + 8 * count])}
        whole = next(at for at in sorted(maps) if struct.unpack_from(">H", data, at) == (12,))
        (count,) = struct.unpack_from(">12xI", data, whole)
        for first, last in struct.iter_unpack(">II4x", data[whole + 16 : whole + 16 + 12 * count]):
            yield from range(first, last + 1)


def _strings(value: Any) -> Iterable[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from _strings(part)
    elif isinstance(value, Sequence):
        for part in value:
            yield from _strings(part)


def _cleaned(value: Any, table: dict[int, str]) -> Any:
    if isinstance(value, str):
        return clean(value).translate(table)
    if isinstance(value, dict):
        return {name: _cleaned(part, table) for name, part in value.items()}
    return [_cleaned(part, table) for part in value] if isinstance(value, list) else value
