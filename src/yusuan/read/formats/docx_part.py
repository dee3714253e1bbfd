"""The XML parts of a Word document, parsed without entities, network or limits lifted; and what its styles say."""

from __future__ import annotations

import zipfile
import zlib
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from lxml import etree

from yusuan.words import InputError

MOST_XML = 128 << 20
"""Bytes of one part."""
MOST_BASES = 20
TWIPS = 20
"""Twentieths of a point in a point."""
CHARACTER = 10.5
"""Points of a character when a length is told in characters."""


def local(element: Any) -> str:
    """The name of an element without its namespace; empty for comments and the like."""
    return _local(element.tag)


@lru_cache(maxsize=1024)
def _local(tag: object) -> str:
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def attribute(element: Any, name: str) -> str | None:
    """An attribute by its name without namespace."""
    for key, value in element.attrib.items():
        if key.rpartition("}")[2] == name:
            return str(value)
    return None


def child(element: Any, *path: str) -> Any | None:
    """The first descendant along a path of names."""
    for name in path:
        element = next(element.iterchildren(f"{{*}}{name}"), None)
        if element is None:
            return None
    return element


def switched_on(element: Any | None) -> bool:
    """Whether a toggle element is there and not switched off."""
    return element is not None and attribute(element, "val") not in ("0", "false", "off", "none")


def number(text: str | None) -> float:
    """A number of an attribute; 0 when it is none."""
    try:
        return max(min(float(text or 0), 1e6), -1e6)
    except ValueError:
        return 0.0


def part(archive: zipfile.ZipFile, name: str, file: str) -> Any | None:
    """The root of a part; ``None`` when the document has no such part. Raises ``InputError`` for what is not XML as
    Word writes it: entities and document types are refused, whatever they hold."""
    try:
        info = archive.getinfo(name)
        if info.file_size > MOST_XML:
            raise InputError("docx_too_large", file=file, limit=MOST_XML >> 20)
        with archive.open(info) as stream:
            data = stream.read(MOST_XML + 1)
    except KeyError:
        return None
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, OSError, EOFError):
        raise InputError("guard_damaged", file=file) from None
    parser = etree.XMLParser(
        resolve_entities=False, load_dtd=False, no_network=True, huge_tree=False, remove_comments=True, remove_pis=True
    )
    if b"<!DOCTYPE" in data[:4096] or b"<!ENTITY" in data[:4096]:
        raise InputError("docx_entities", file=file)
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError):
        raise InputError("docx_damaged", file=file) from None
    if root.getroottree().docinfo.doctype:
        raise InputError("docx_entities", file=file)
    return root


@dataclass(frozen=True, slots=True)
class Style:
    """What a style says of a paragraph or run; ``None`` where it is silent. Sizes and indents are in points."""

    heading: int | None = None
    size: float | None = None
    hidden: bool | None = None
    indent: float | None = None


def style_of(properties: Any) -> Style:
    """What the ``pPr`` and ``rPr`` within an element say."""
    paragraph = properties if local(properties) == "pPr" else child(properties, "pPr")
    run = properties if local(properties) == "rPr" else child(properties, "rPr")
    outline = child(paragraph, "outlineLvl") if paragraph is not None else None
    ind = child(paragraph, "ind") if paragraph is not None else None
    sz = child(run, "sz") if run is not None else None
    vanish = child(run, "vanish") if run is not None else None
    level = number(attribute(outline, "val")) if outline is not None else None
    return Style(
        int(level) + 1 if level is not None and 0 <= level <= 8 else None,
        number(attribute(sz, "val")) / 2 if sz is not None else None,
        switched_on(vanish) if vanish is not None else None,
        _indent(ind) if ind is not None else None,
    )


def _indent(ind: Any) -> float:
    def length(name: str) -> float:
        characters = attribute(ind, f"{name}Chars")
        if characters is not None and number(characters):
            return number(characters) / 100 * CHARACTER
        return number(attribute(ind, name)) / TWIPS

    left = length("left") or length("start")
    return left + length("firstLine") - length("hanging")


class StyleSheet:
    """The styles of a document by their identifier, what they are based on followed."""

    def __init__(self, root: Any | None) -> None:
        self.found: dict[str, tuple[str | None, Style]] = {}
        self.default = Style()
        for element in root if root is not None else ():
            if local(element) == "docDefaults":
                run = child(element, "rPrDefault", "rPr")
                self.default = style_of(run) if run is not None else self.default
            elif local(element) == "style":
                base = child(element, "basedOn")
                self.found[attribute(element, "styleId") or ""] = (
                    attribute(base, "val") if base is not None else None,
                    self._named(element, style_of(element)),
                )

    def _named(self, element: Any, style: Style) -> Style:
        """A heading told by the name of its style."""
        name = child(element, "name")
        text = (attribute(name, "val") or "").lower() if name is not None else ""
        if style.heading is None and text.startswith(("heading ", "标题 ")) and text[-1:].isdigit():
            return Style(int(text[-1]) or None, style.size, style.hidden, style.indent)
        return style

    def of(self, identifier: str | None) -> Style:
        """A style with what it inherits."""
        heading, size, hidden, indent = None, None, None, None
        for _ in range(MOST_BASES):
            if identifier is None or identifier not in self.found:
                break
            identifier, style = self.found[identifier]
            heading = style.heading if heading is None else heading
            size = style.size if size is None else size
            hidden = style.hidden if hidden is None else hidden
            indent = style.indent if indent is None else indent
        return Style(heading, size, hidden, indent)
