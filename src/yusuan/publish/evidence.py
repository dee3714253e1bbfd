"""The working paper of a check: every finding with its cells, framed on pictures of the pages that print them.

One file that needs no network. Sources without pages are shown as excerpts of their tables with addresses. Nothing that
stands in the document becomes anything but text.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from markupsafe import Markup

from yusuan.amount import Scale
from yusuan.finding import CellRef, Finding, Report
from yusuan.publish.evidence_picture import MOST_BYTES, Album, Render, grouped_by_file, make_album
from yusuan.publish.evidence_place import PAGED, Evidence, Excerpt, Frame, Key, Places, Shot
from yusuan.publish.evidence_words import common, digits, doubted_page, labels, ranges, title_of, words_of
from yusuan.publish.output import deliver, refuse_existing
from yusuan.publish.page import LANGUAGE_TAGS, SEVERITIES, asset, environment, grouped, policy
from yusuan.sheet import Source
from yusuan.words import catalogue, say

Message = Callable[[Finding, str], str]
"""Renders a finding in a language (zh, en)."""

PLACE = "\ue000"
"""Stands for a page and a quotation that are shown otherwise."""
ALIKE = 3
"""Findings of one rule in one table that are told together from this number on."""
MOST_FRAMED = 150
"""Cells of one entry that are framed."""
MOST_LISTED = 400
"""Cells of one entry that are listed."""
MOST_ENTRIES = 1_000
"""Entries of one paper; further findings are counted only."""
LONGEST_LIST = 30
"""Cells of one side that are listed unfolded."""


@dataclass(frozen=True, slots=True)
class Item:
    """A cell of an entry as it is listed; ``mark`` is its number on the pictures, 0 when it is on none."""

    mark: int
    title: str
    row: str
    column: str
    text: str
    amount: str
    place: str
    kind: str
    suspect: bool
    words: tuple[str, str, str] | None = None


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a relation, or the cells that a finding is about; ``total`` as printed."""

    kind: str
    total: str
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """One finding, or several alike, as the paper shows them."""

    number: int
    severity: str
    unsure: bool
    title: str
    table: str
    pages: str
    count: int
    facts: tuple[tuple[str, str], ...]
    remarks: tuple[str, ...]
    quotation: tuple[tuple[str, bool], ...]
    sides: tuple[Side, ...]
    shots: tuple[Shot, ...]
    excerpts: tuple[Excerpt, ...]
    left_out: int = 0

    @property
    def heading(self) -> str:
        """The title with the table, for lists."""
        return f"{self.table}：{self.title}" if self.table else self.title

    @property
    def kinds(self) -> dict[int, str]:
        """The kind of each mark, as its number is coloured."""
        return {i.mark: f"{i.kind}{' suspect' if i.suspect else ''}" for side in self.sides for i in side.items}


def write_evidence(
    opened: Evidence,
    report: Report,
    path: Path | str,
    *,
    message: Message,
    picture: Render,
    lang: str = "zh",
    force: bool = False,
    most: int = MOST_BYTES,
) -> None:
    """Write the paper to ``path``; raises ``InputError`` (file_exists) unless ``force``.

    ``message`` renders a finding in words, ``picture`` a page of a PDF; ``most`` is the room for pictures in bytes.
    """
    refuse_existing(Path(path), force=force)
    page = evidence_html(opened, report, message=message, picture=picture, lang=lang, most=most)
    deliver(Path(path), page.encode("utf-8", "backslashreplace"), force=force)


def evidence_html(
    opened: Evidence, report: Report, *, message: Message, picture: Render, lang: str = "zh", most: int = MOST_BYTES
) -> str:
    """The paper as text."""
    writer = _Writer(opened, report, message, lang)
    entries = list(islice(writer.entries(), MOST_ENTRIES))
    wanted = (key for e in entries for s in e.shots for key in (s.key, *([s.head[0]] if s.head else [])))
    album = make_album(opened, wanted, picture, most=most)
    script = asset("evidence.js")
    counts: Counter[str] = Counter(finding.severity for finding in report.findings)
    return (
        environment()
        .get_template("evidence.html.jinja")
        .render(
            say=lambda key, **values: say(key, lang, values),
            lang=lang,
            tag=LANGUAGE_TAGS[lang],
            policy=policy(script),
            style=Markup(asset("evidence.css")),
            script=Markup(script),
            name=writer.name(),
            about=writer.about(),
            report=report,
            entries=entries,
            counts={severity: counts.get(severity, 0) for severity in SEVERITIES},
            tables=writer.tables(entries),
            tested=writer.tested(),
            unsure=[entry for entry in entries if entry.unsure],
            album=album,
            missing=writer.missing(album),
            untold=len(report.findings) - sum(entry.count for entry in entries),
            sizes={key: writer.places.size(key) for key in album.pages},
            longest=LONGEST_LIST,
            several=len(opened.materials) > 1,
            files=[material.file for material in opened.materials],
        )
    )


class _Writer:
    """Turns a report into entries."""

    def __init__(self, opened: Evidence, report: Report, message: Message, lang: str) -> None:
        self.opened, self.report, self.message, self.lang = opened, report, message, lang
        self.places = Places(opened)

    def say(self, key: str, **values: object) -> str:
        return say(key, self.lang, values)

    def name(self) -> str:
        """Whose disclosure this is, as far as it is known."""
        agency = self.opened.disclosure.agency
        prose = self.opened.prose
        told = (agency.name if agency else "", self.report.agency, prose.agency if prose else "", self.report.source)
        return next(name for name in (*told, self.opened.disclosure.file, "—") if name)

    def about(self) -> list[str]:
        """Year, file, pages, form set and digest of the source."""
        disclosure, prose = self.opened.disclosure, self.opened.prose
        year = disclosure.fiscal_year or (prose.year if prose else 0)
        pages = sum(len(m.pages) for m in self.opened.materials if m.kind in PAGED)
        said = [self.say("page_year", year=year)] if year else []
        said.append(self.say("page_source", file=self.report.source))
        said += [self.say("evidence_page_count", count=pages)] if pages else []
        said += [self.say("evidence_by_standard", standard=self.report.standard)] if self.report.standard else []
        return [*said, f"SHA-256 {self.report.sha256[:16]}…"] if self.report.sha256 else said

    def tested(self) -> list[tuple[str, int, str]]:
        """(words, count, kind) of what was tested and how it came out."""
        summary = self.report.summary
        names = ("sheets", "cells", "cells_unchecked", "relations", "held", "failed", "rounding", "cannot_tell")
        return [(self.say(f"evidence_tested_{n}"), int(summary[n]), n) for n in names if n in summary]

    def tables(self, entries: Sequence[Entry]) -> list[dict[str, object]]:
        """Every table that was read: title, pages, unit, figures and the findings on it by severity."""
        found = []
        told: Counter[tuple[str | None, str]] = Counter((f.form, f.severity) for f in self.report.findings)
        names = {entry.table for entry in entries}
        for sheet in self.opened.disclosure.sheets:
            pages = sorted({page for key in self._keys(sheet.source, sheet.pages) if (page := key[1])})
            label = title_of(sheet.form, sheet.title, self.lang)
            found.append({
                "title": sheet.title or label,
                "number": sheet.form if sheet.form and not sheet.form.startswith("#") else "",
                "label": label if label in names else "",
                "pages": ranges(pages),
                "unit": sheet.scale.unit,
                "figures": sum(cell.amount is not None for cell in sheet.cells.values()),
                "counts": {severity: told[sheet.form, severity] for severity in SEVERITIES},
            })  # fmt: skip
        return found

    def missing(self, album: Album) -> list[str]:
        """Which pages have no picture, and why."""
        said = []
        for reason in ("too_many", "unreadable"):
            keys = [key for key, why in album.missing.items() if why == reason]
            for file, pages in grouped_by_file(keys).items():
                name = self.opened.materials[file].file
                said.append(self.say(f"evidence_missing_{reason}", file=name, pages=ranges(pages)))
        return said

    def entries(self) -> Iterator[Entry]:
        """The gravest first, several findings of one rule in one table together."""
        listed = sorted(self.report.findings, key=lambda each: SEVERITIES.index(each.severity))
        groups: dict[object, list[Finding]] = {}
        for number, finding in enumerate(listed):
            groups.setdefault(self._kin(finding, number), []).append(finding)
        number = 0
        for group in groups.values():
            for part in [group] if len(group) >= ALIKE else [[finding] for finding in group]:
                number += 1
                yield self._alike(number, part) if len(part) > 1 else self._entry(number, part[0])

    def _kin(self, finding: Finding, number: int) -> object:
        """What makes findings alike; a finding with figures of its own is like no other."""
        own = finding.terms or finding.suspects or finding.expected is not None or not finding.cells
        if own or finding.rule.startswith("prose_"):
            return number
        return finding.rule, finding.severity, finding.verdict, finding.form

    def _alike(self, number: int, group: Sequence[Finding]) -> Entry:
        first = self._entry(number, group[0])
        doubted = [page for finding in group for page in doubted_page(finding)]
        if len(doubted) == len(group):
            return replace(first, title=self._words(self._on_pages(group[0], doubted)), count=len(group))
        messages = [self.message(finding, self.lang) for finding in group]
        title, told = common(messages)
        if told and told[0] == messages[0]:
            title = self.say("evidence_and_others", first=title, count=len(group))
        cells = [finding.cells[0] for finding in group]
        framed: list[tuple[Key, Frame]] = []
        items = []
        for mark, (finding, cell) in enumerate(zip(group[:MOST_FRAMED], cells), 1):
            frames = self._frames(cell, mark, "plain")
            framed += frames
            item = self._item(cell, mark if frames else 0, "plain", finding)
            items.append(replace(item, text=told[mark - 1], amount="") if told else item)
        excerpts = tuple(self.places.excerpts(list(enumerate(cells[:MOST_FRAMED], 1))))
        placeless = not any(item.mark or item.row or item.place for item in items)
        sides = () if placeless else (Side("plain", "", tuple(self._marked(items, cells, excerpts))),)
        remarks = tuple(dict.fromkeys(told)) if placeless else first.remarks
        return replace(
            first, remarks=remarks, title=title, count=len(group), facts=(), sides=sides,
            shots=tuple(self.places.shots(framed, cells)), excerpts=excerpts,
            pages=self._pages(cells), left_out=max(0, len(group) - MOST_FRAMED),
        )  # fmt: skip

    def _entry(self, number: int, finding: Finding) -> Entry:
        suspects = {suspect.cell for suspect in finding.suspects}
        kinds = [self._kind(finding, i, cell) for i, cell in enumerate(finding.cells)]
        cells = list(dict.fromkeys((kind, cell) for kind, cell in zip(kinds, finding.cells)))
        cells += [("plain", cell) for cell in suspects if cell not in finding.cells]
        cells.sort(key=lambda pair: ("left", "right", "plain", "table").index(pair[0]))
        left_out, cells = max(0, len(cells) - MOST_LISTED), cells[:MOST_LISTED]
        framed: list[tuple[Key, Frame]] = []
        items = []
        for mark, (kind, cell) in enumerate(cells, 1):
            frames = self._frames(cell, mark, kind, suspect=cell in suspects) if mark <= MOST_FRAMED else []
            framed += frames
            items.append(self._item(cell, mark if frames else 0, kind, finding, suspect=cell in suspects))
        excerpts = tuple(self.places.excerpts([(mark, cell) for mark, (_, cell) in enumerate(cells, 1)]))
        items = self._marked(items, [cell for _, cell in cells], excerpts)
        named = next((cell for cell in finding.cells if cell.form == finding.form), None)
        table = title_of(finding.form, named.title if named else self._title(finding.form), self.lang)
        if finding.rule.startswith("prose_"):
            table = self.say("evidence_prose")
        return Entry(
            number, finding.severity, finding.verdict == "cannot_tell", self._words(finding), table,
            self._pages(finding.cells), 1, tuple(self._facts(finding)), tuple(self._remarks(finding)),
            self._quotation(finding), tuple(self._sides(finding, items)),
            tuple(self.places.shots(framed, finding.cells)), excerpts, left_out,
        )  # fmt: skip

    def _on_pages(self, finding: Finding, pages: Sequence[int]) -> Finding:
        """A doubt about one page, told of all these pages."""
        return replace(finding, values={**finding.values, "text": self.say("evidence_on_pages", pages=ranges(pages))})

    def _words(self, finding: Finding) -> str:
        """A relation by its name and a sentence without its quotation, since both are shown; all else in full."""
        name = f"evidence_{finding.rule}"
        if finding.terms and name in catalogue():
            return self.say("evidence_relation", relation=self.say(name), cell=words_of(finding.cells[0], self.lang))
        if not finding.values.get("quote"):
            return self.message(finding, self.lang)
        bare = replace(finding, values={**finding.values, "quote": PLACE, "page": PLACE})
        told = re.sub(rf"[：:]?\s*[“\"]?{PLACE}[”\"]?$", "", self.message(bare, self.lang))
        told = re.sub(rf"^[^：:]*{PLACE}[^：:]*[：:]\s*|[，,（(]?[^，,：:]*{PLACE}[^，,：:]*$", "", told)
        return told if told and PLACE not in told else self.message(finding, self.lang)

    def _quotation(self, finding: Finding) -> tuple[tuple[str, bool], ...]:
        """The sentence that a finding quotes, in pieces; true for the words that the finding is about."""
        quote = str(finding.values.get("quote") or "")
        told = {v for k, v in finding.values.items() if isinstance(v, str) and k not in ("quote", "chapter", "title")}
        wanted = sorted((v for v in told if len(v) > 1 and v in quote and v != quote), key=len, reverse=True)
        if not quote or not wanted:
            return ((quote, False),) if quote else ()
        pieces = re.split(f"({'|'.join(map(re.escape, wanted))})", quote)
        return tuple((piece, n % 2 == 1) for n, piece in enumerate(pieces) if piece)

    def _kind(self, finding: Finding, index: int, cell: CellRef) -> str:
        if index < len(finding.terms):
            return "left" if finding.terms[index] > 0 else "right"
        return "table" if self.places.is_table(cell) else "plain"

    def _frames(self, cell: CellRef, mark: int, kind: str, *, suspect: bool = False) -> list[tuple[Key, Frame]]:
        found = self.places.boxes(cell)
        return [(key, Frame(box, kind, mark, suspect, n == 0)) for n, (key, box) in enumerate(found)]

    def _marked(self, items: Sequence[Item], cells: Sequence[CellRef], excerpts: Sequence[Excerpt]) -> list[Item]:
        """The items with the numbers that their cells have in excerpts."""
        shown = {mark for e in excerpts for row in e.rows if row is not None for _, mark in row[1] if mark}
        return [
            replace(item, mark=n if item.mark or n in shown else 0, words=self.places.sentence(cell))
            for n, (item, cell) in enumerate(zip(items, cells), 1)
        ]

    def _item(self, cell: CellRef, mark: int, kind: str, finding: Finding, *, suspect: bool = False) -> Item:
        row = " ".join(filter(None, (cell.row_code, cell.row_name)))
        column = " › ".join(labels(cell))
        amount = grouped(cell.amount, self._scale(cell)) if cell.amount is not None else ""
        if digits(amount) == digits(cell.text):
            amount = ""
        title = title_of(cell.form, cell.title, self.lang) if cell.form != finding.form or finding.form is None else ""
        text = cell.text.strip()
        if self.places.in_prose(cell):
            title = "" if finding.rule.startswith("prose_") else self.say("evidence_prose")
            text, amount = f"{amount} {self._scale(cell).unit}" if amount else text, ""
        return Item(mark, title, row, column, text, amount, self._place(cell.source), kind, suspect)

    def _sides(self, finding: Finding, items: Sequence[Item]) -> Iterator[Side]:
        scale = self._scale(finding.cells[0]) if finding.cells else self.report.scale
        for kind, total in (("left", finding.actual), ("right", finding.expected)):
            own = tuple(item for item in items if item.kind == kind)
            if own or finding.terms:
                yield Side(kind, grouped(total, scale) if total is not None else "", own)
        rest = tuple(item for item in items if item.kind in ("plain", "table") and (item.place or item.text))
        # A single sentence is quoted already, a table named, and its place told.
        lone = len(rest) == 1
        if rest and not (lone and (rest[0].kind == "table" or self.places.in_prose(finding.cells[0]))):
            yield Side("plain", "", rest)

    def _facts(self, finding: Finding) -> Iterator[tuple[str, str]]:
        scale = self._scale(finding.cells[0]) if finding.cells else self.report.scale
        names = ("left", "right") if finding.terms else ("printed", "expected")
        for name, amount in zip((*names, "difference"), (finding.actual, finding.expected, finding.difference)):
            if amount is not None:
                yield self.say(f"evidence_{name}"), f"{grouped(amount, scale)} {scale.unit}"

    def _remarks(self, finding: Finding) -> Iterator[str]:
        for suspect in finding.suspects:
            words = {"cell": words_of(suspect.cell, self.lang), "text": suspect.cell.text.strip() or "—"}
            only = self.say("relation_unique") if suspect.unique else ""
            if suspect.proposed is None:
                yield self.say("evidence_suspect_open", **words, unique=only)
            else:
                proposed = grouped(suspect.proposed, self._scale(suspect.cell))
                yield self.say("evidence_suspect", **words, proposed=proposed, unique=only)
        if finding.terms:
            told = {"relation_rounding": finding.verdict == "rounding", "relation_habit": finding.values.get("habit"),
                    "relation_unsure": not finding.values.get("sure", True)}  # fmt: skip
            yield from (self.say(name).strip(" （）()") for name, holds in told.items() if holds)
        elif finding.basis:
            yield self.say("page_finding_basis", basis=finding.basis)

    def _scale(self, cell: CellRef) -> Scale:
        sheets = self.opened.disclosure.sheets
        return sheets[cell.place[0]].scale if cell.place and cell.place[0] < len(sheets) else self.report.scale

    def _title(self, form: str | None) -> str:
        return next((sheet.title for sheet in self.opened.disclosure.sheets if sheet.form == form), "")

    def _keys(self, source: Source | None, pages: Sequence[int]) -> list[Key]:
        key = self.places.key(source)
        return [(key[0], page) for page in {key[1], *pages}] if key is not None else []

    def _pages(self, cells: Sequence[CellRef]) -> str:
        """The pages of cells, or the address of the first when they stand on none."""
        pages = sorted({key[1] for cell in cells for key, _ in self.places.boxes(cell)})
        if pages:
            return self.say("evidence_on_pages", pages=ranges(pages))
        return next((place for cell in cells if (place := self._place(cell.source))), "")

    def _place(self, source: Source | None) -> str:
        """A page, worksheet and cell, or line, in words."""
        if source is None:
            return ""
        if source.a1:
            return f"{source.sheet or ''}!{source.a1}"
        said = [self.say("page_place_page", page=source.page)] if source.page else []
        said += [self.say("page_place_line", line=source.line)] if source.line is not None and not said else []
        return " ".join(said) or (source.sheet or "")
