"""What a site is made of: one entry for each disclosure, and one summary row for each line of its index."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from yusuan.chapters import Explanation
from yusuan.finding import Finding, Report
from yusuan.forms import Standard
from yusuan.ledger import Ledger
from yusuan.sheet import Disclosure

Message = Callable[[Finding, str], str]
"""Renders a finding in a language (zh, en)."""


class Download(NamedTuple):
    """A file that stands beside the pages of an agency: path from its folder, label, length in bytes, SHA-256."""

    path: str
    label: str
    size: int
    sha256: str


class Version(NamedTuple):
    """A version of a disclosure: its name, day (ISO, may be empty), reason, how many places it changed, the path of
    its pages from this version's pages (empty for this version itself), and the places: (form, row, column, before,
    after)."""

    name: str
    date: str
    reason: str
    changed: int
    href: str = ""
    changes: tuple[tuple[str, str, str, str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """One disclosure to publish, with what was found out and written about it; ``previous`` is that of last year."""

    disclosure: Disclosure
    standard: Standard | None
    report: Report | None = None
    explanation: Explanation | None = None
    previous: Disclosure | None = None
    downloads: tuple[Download, ...] = ()
    versions: tuple[Version, ...] = ()
    """This version first, then those before it."""
    years: tuple[Summary, ...] = ()
    """Lines of the same agency in other years whose pages stand elsewhere, ``href`` from the root of the site."""
    front: str = ""
    """Way from the root of the site to the folder of a front page over several sites, where there is one."""
    ledger: Ledger | None = None
    """The ledger that the disclosure was compiled from, whose facts its figures are then derived from."""


@dataclass(frozen=True, slots=True)
class Summary:
    """One line of the index: an agency in a year and its main figures (分, ``None`` where not published).

    ``sources``, ``functions``, ``classes`` and ``travel`` (三公) give 分 by the name that the page prints. ``href`` is
    the folder of its pages from the root of the site, with a slash at its end, empty when the site has none.
    """

    code: str
    name: str
    year: int | None
    kind: str = "budget"
    parent: str = ""
    href: str = ""
    total: int | None = None
    travel_total: int | None = None
    sources: Mapping[str, int] = field(default_factory=dict)
    functions: Mapping[str, int] = field(default_factory=dict)
    classes: Mapping[str, int] = field(default_factory=dict)
    travel: Mapping[str, int] = field(default_factory=dict)
