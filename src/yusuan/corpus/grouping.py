"""Which files make one document: found in folders, told by what they hold.

Two files are parts of one disclosure when nothing they say of themselves differs and neither repeats the other: tables
here and explanation there, or one table a file. What says too little of itself joins only where there is no choice.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from yusuan.lexicon import squeeze
from yusuan.read.formats.archive import JUNK, natural
from yusuan.read.grid import file_name
from yusuan.read.opening import Opened

DEEPEST = 32
"""Folders within one another that are looked into."""

BARE = 6
"""Statements up to which the text around tables is no explanation."""

TOLD = 16
"""Characters from which a paragraph can tell one text from another."""

MOST = 60
"""Titles, and paragraphs, by which two files are compared."""

ALIKE = 0.34
"""Share of its titles or paragraphs that a file may have in common with another part of the same document."""


FEW = 2
"""Tables up to which a file that does not say whose it is may be one of several with tables."""

_VARYING = re.compile(r"部门|单位|20\d\d年?度?")
"""What differs between the titles of one table in two disclosures."""


@dataclass(frozen=True, slots=True)
class Identity:
    """What a file says of itself; empty or ``None`` where it does not. ``tables`` counts its tables, ``statements``
    what its text states; ``titles`` and ``paragraphs`` are short digests, for comparing only."""

    agency: str
    year: int | None
    kind: str | None
    tables: int
    statements: int
    titles: frozenset[str] = frozenset()
    paragraphs: frozenset[str] = frozenset()

    @property
    def known(self) -> bool:
        """Whether it says whose it is, of which year, budget or accounts."""
        return bool(self.agency and self.year and self.kind)


def identity_of(opened: Opened) -> Identity:
    """What a file that was read says of itself."""
    disclosure, prose = opened.disclosure, opened.prose
    named = disclosure.agency.name if disclosure.agency is not None else ""
    year, kind = disclosure.fiscal_year, disclosure.kind
    statements = 0
    texts: list[str] = []
    if prose is not None:
        named = named or prose.agency
        statements = len(prose.statements)
        texts = [text for _, p in prose.body() if len(text := squeeze(p.text)) >= TOLD]
        if prose.year and (year is None or not disclosure.sheets):
            year, kind = prose.year, prose.kind
    return Identity(
        squeeze(named), year, kind if year else None, len(disclosure.sheets), statements,
        _digests(_VARYING.sub("", squeeze(s.title)) for s in disclosure.sheets if s.title), _digests(texts),
    )  # fmt: skip


def _digests(texts: Iterable[str]) -> frozenset[str]:
    found: set[str] = set()
    for text in texts:
        if len(found) < MOST:
            found.add(hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=6).hexdigest())
    return frozenset(found)


def groups_of(identities: Sequence[Identity]) -> list[list[int]]:
    """The files of one folder as documents: lists of their numbers, in order of the first of each."""
    groups: list[list[int]] = []
    by_key: dict[tuple[str, int | None, str | None], list[list[int]]] = {}
    unsure: list[int] = []
    for number, identity in enumerate(identities):
        if not identity.known:
            unsure.append(number)
            continue
        same = by_key.setdefault((identity.agency, identity.year, identity.kind), [])
        home = next((g for g in same if all(_parts(identities[n], identity) for n in g)), None)
        if home is None:
            same.append([number])
            groups.append(same[-1])
        else:
            home.append(number)
    for number in unsure:
        mine = identities[number]
        homes = [g for g in groups if all(_agree(identities[n], mine) for n in g)]
        if len(homes) == 1 and all(_parts(identities[n], mine) for n in homes[0]):
            homes[0].append(number)
        else:
            groups.append([number])
    return sorted((sorted(group) for group in groups), key=lambda group: group[0])


def _agree(one: Identity, other: Identity) -> bool:
    """Whether nothing that both say of themselves differs."""
    pairs = ((one.agency, other.agency), (one.year, other.year), (one.kind, other.kind))
    return all(not a or not b or a == b for a, b in pairs)


def _parts(one: Identity, other: Identity) -> bool:
    """Whether two files that agree can be parts of one document: neither repeats the other, and where one of them does
    not say whose it is, they are tables and text, or tables both."""
    if _common(one.titles, other.titles) > ALIKE or _common(one.paragraphs, other.paragraphs) > ALIKE:
        return False
    if one.known and other.known:
        return bool(not one.tables or not other.tables or min(one.statements, other.statements) <= BARE)
    apart = {bool(one.tables), bool(other.tables)} == {True, False}
    text, tables = (one, other) if not one.tables else (other, one)
    if apart:
        return tables.statements <= BARE < text.statements
    few = bool(one.tables and other.tables) and min(one.tables, other.tables) <= FEW
    return few and max(one.statements, other.statements) <= BARE


def _common(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / max(1, min(len(one), len(other)))


@dataclass(frozen=True, slots=True)
class Found:
    """A file of a corpus: its path, its name within the corpus, the folder it lies in."""

    path: Path
    name: str
    folder: str


def find_files(roots: Sequence[Path], spare: Sequence[Path] = ()) -> Iterator[Found]:
    """The files below the roots, folder by folder in the natural order of their names.

    Links are not followed, hidden files and those of programs are left out, as is everything in ``spare``.
    """
    spared = {os.path.realpath(path) for path in spare}
    names = [file_name(root.absolute()) or "root" for root in roots]
    for root, own in zip(roots, names):
        twice = names.count(own) > 1
        prefix = "" if len(roots) == 1 else f"{root if twice else own}"
        if root.is_dir():
            yield from _below(root, prefix, spared, 0)
        else:
            yield Found(root, prefix or own, "")


def _below(folder: Path, prefix: str, spared: set[str], depth: int) -> Iterator[Found]:
    here = f"{prefix}/" if prefix else ""
    with os.scandir(folder) as entries:
        listed = [(file_name(Path(entry.name)), entry) for entry in entries if not entry.is_symlink()]
    listed = [(name, entry) for name, entry in listed if not _unseen(name)]
    listed.sort(key=lambda item: (item[1].is_dir(), natural(item[0]), item[0]))
    for name, entry in listed:
        path = folder / entry.name
        if os.path.realpath(path) in spared:
            continue
        if entry.is_file(follow_symlinks=False):
            yield Found(path, here + name, prefix or ".")
        elif entry.is_dir() and depth < DEEPEST:
            yield from _below(path, here + name, spared, depth + 1)


def _unseen(name: str) -> bool:
    return name.startswith((".", "~$")) or name.casefold() in JUNK
