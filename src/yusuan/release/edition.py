"""What is published at once of one agency and year, and the makers of its artefacts, one entry a format."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from yusuan.chapters import Explanation
from yusuan.finding import Finding, Report
from yusuan.forms import Standard
from yusuan.ledger import Ledger
from yusuan.release.compare import EXPLANATION, TABLES, TIDY
from yusuan.sheet import Disclosure

if TYPE_CHECKING:
    from yusuan.publish.site.values import Summary, Version

Message = Callable[[Finding, str], str]


@dataclass(frozen=True)
class Origin:
    """What an edition was made from, as its manifest tells it: kind (ledger, document), name, SHA-256 and bytes."""

    kind: str
    name: str
    sha256: str
    size: int

    def as_json(self) -> dict[str, object]:
        """As a manifest holds it."""
        return {"kind": self.kind, "name": self.name, "sha256": self.sha256, "size": self.size}


@dataclass(frozen=True)
class Edition:
    """A disclosure with everything that is published beside it; ``date`` is an ISO date or empty."""

    disclosure: Disclosure
    standard: Standard
    report: Report
    origin: Origin
    explanation: Explanation
    previous: Disclosure | None = None
    ledger: Ledger | None = None
    facts: str = ""
    """Digest of the facts of the ledger that this agency, or department, has."""
    lang: str = "zh"
    date: str = ""
    message: Message | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)
    """Digests of what else went in (texts of the preparer, disclosure of the year before), by name."""
    license: str = ""
    versions: tuple[Version, ...] = ()
    """The versions up to this one, the newest first; empty before it has a place among them."""
    years: tuple[Summary, ...] = ()
    """The earlier years that are released, their pages from the site of this version."""

    @property
    def agency(self) -> tuple[str, str]:
        """Code and name, each empty when unknown."""
        agency = self.disclosure.agency
        return (agency.code or "", agency.name or "") if agency is not None else ("", "")

    @property
    def number(self) -> int:
        """The number of this version, from 1."""
        return int(self.versions[0].name[1:]) if self.versions else 1

    @property
    def told(self) -> Explanation | None:
        """The explanation where there is one."""
        return self.explanation if self.explanation.chapters else None

    @property
    def year(self) -> int:
        """The fiscal year of the disclosure, of its form set where it names none."""
        return self.disclosure.fiscal_year or self.standard.fiscal_year

    def place(self) -> Path:
        """The folder of this agency, year and kind inside the folder of all releases."""
        return place_of(self.disclosure, self.standard)


def place_of(disclosure: Disclosure, standard: Standard) -> Path:
    """Where the versions of an agency, year and kind stand inside the folder of all releases."""
    agency = disclosure.agency
    code, name = (agency.code or "", agency.name or "") if agency is not None else ("", "")
    year = disclosure.fiscal_year or standard.fiscal_year
    return place_named(code, name, year, disclosure.kind or standard.kind)


def place_named(code: str, name: str, year: int, kind: str) -> Path:
    """The same by what the names of the folders are made of."""
    folder = next(filter(None, map(_folder_name, (code, name))), "agency")
    folder = f"{folder}-" if folder in RESERVED else folder
    return Path(folder) / f"{year}-{_folder_name(kind) or 'budget'}"


RESERVED = ("assets", "data")
"""Folders of the front page over all agencies, beside those of the agencies."""


_FORM_PAGE = re.compile(r"(?P<folder>agency/.+)/form-\d+(?P<lang>\.\w+)?\.html")
_EXPLANATION_PAGE = re.compile(r"agency/.+/explanation(\.\w+)?\.html")


def _folder_name(text: str) -> str:
    """Letters and digits of a text, for a folder: no path leads through it."""
    return re.sub(r"[^\w]+", "-", text).strip("-_")[:60]


@dataclass(frozen=True, slots=True)
class Artefact:
    """A file of a release. Files of one ``group`` show the whole disclosure together and are held to the record; the
    group is a pattern of their paths. ``loose``: whether counting its figures is enough where its tables are read
    otherwise than they were set; ``holds``: what of the disclosure the group gives back."""

    path: str
    data: bytes
    group: str = ""
    loose: bool = False
    holds: tuple[str, ...] = (TABLES,)


class Made(NamedTuple):
    """A file of a release that is already made: path, bytes, SHA-256."""

    path: str
    size: int
    sha256: str


Maker = Callable[[Edition, Sequence[Made]], Iterator[Artefact]]
"""Makes the artefacts of one format; it is told the files made before."""

SITE = "site"
SITE_UP = "../../../../"
"""From the pages of an agency in the site of a release to the release."""

FRONT = "../../../../"
"""From the site of a release to the front page over all releases."""


def _pdf(edition: Edition, _: Sequence[Made]) -> Iterator[Artefact]:
    from yusuan.publish.pdf import pdf_bytes

    data = pdf_bytes(
        edition.disclosure, edition.standard, edition.told, lang=edition.lang, date=edition.date or None,
        version=edition.number,
    )  # fmt: skip
    yield Artefact("disclosure.pdf", data, "disclosure.pdf", loose=True, holds=_holds(edition))


def _docx(edition: Edition, _: Sequence[Made]) -> Iterator[Artefact]:
    from yusuan.publish.docx import docx_bytes

    data = docx_bytes(
        edition.disclosure, edition.standard, edition.told, lang=edition.lang, date=edition.date or None,
        version=edition.number,
    )  # fmt: skip
    yield Artefact("disclosure.docx", data, "disclosure.docx", holds=_holds(edition))


def _holds(edition: Edition) -> tuple[str, ...]:
    """What a document of tables and explanation holds."""
    return (TABLES, EXPLANATION) if edition.told is not None else (TABLES,)


def _xlsx(edition: Edition, _: Sequence[Made]) -> Iterator[Artefact]:
    from yusuan.publish.workbook import workbook_bytes

    data = workbook_bytes(edition.disclosure, edition.standard, lang=edition.lang, formulas=True)
    yield Artefact("disclosure.xlsx", data, "disclosure.xlsx")


def site_home(groups: Iterable[str]) -> str:
    """The folder of the pages of an agency inside its release; empty when there are none."""
    pages = (group.rpartition("/")[0] + "/" for group in groups if group.startswith(f"{SITE}/"))
    return next(pages, "")


def _site(edition: Edition, made: Sequence[Made]) -> Iterator[Artefact]:
    from yusuan.publish.site.agency import site_files
    from yusuan.publish.site.values import Download, Entry

    downloads = tuple(Download(SITE_UP + path, path, size, sha256) for path, size, sha256 in made)
    entry = Entry(
        edition.disclosure, edition.standard, edition.report, edition.told, edition.previous, downloads,
        edition.versions, edition.years, FRONT, edition.ledger,
    )  # fmt: skip
    for path, data in site_files([entry], date=edition.date or None, message=edition.message):
        found = _FORM_PAGE.fullmatch(path)
        group = f"{SITE}/{found['folder']}/form-*{found['lang'] or '[0-9]'}.html" if found else ""
        if _EXPLANATION_PAGE.fullmatch(path):
            yield Artefact(f"{SITE}/{path}", data, f"{SITE}/{path}", holds=(EXPLANATION,))
        else:
            yield Artefact(f"{SITE}/{path}", data, group)


def _data(edition: Edition, _: Sequence[Made]) -> Iterator[Artefact]:
    from yusuan.publish.opendata import opendata_files

    made = opendata_files(
        edition.disclosure, edition.standard, ledger=edition.ledger, license=edition.license,
        version=str(edition.number),
    )  # fmt: skip
    for name, data in made.items():
        path = f"data/{name}"
        yield Artefact(path, data, path if path.startswith(TIDY) else "")


MAKERS: Mapping[str, Maker] = {"pdf": _pdf, "docx": _docx, "xlsx": _xlsx, "data": _data, SITE: _site}
"""Format → what makes its artefacts, in the order in which they are made."""
