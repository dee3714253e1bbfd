"""The pages of one agency and year, and the site of many: overview, a page for each form, explanation, derivations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from yusuan.amount import Scale
from yusuan.publish.layout import lay_out_all
from yusuan.publish.page import SEVERITIES, chart_data
from yusuan.publish.site.derive import Derivations, cell_label, script, shown
from yusuan.publish.site.downloads import FORMAT_NAMES, offered
from yusuan.publish.site.forms import table_of
from yusuan.publish.site.index import index_files
from yusuan.publish.site.pages import folder_name, fragment, page_name, render, shared_files, size_words
from yusuan.publish.site.summary import Main, main_figures, summary_of
from yusuan.publish.site.treemap import tiles
from yusuan.publish.site.values import Entry, Message, Summary
from yusuan.sheet import Disclosure
from yusuan.words import LANGUAGES, say

WIDE, TALL = (920, 300), (340, 380)
"""Frames of the tree map on a wide and on a narrow screen."""
LEAST_WORD = 46
"""A tile narrower than this carries no words."""
UP = "../../../"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a split: name, amount (分), share of the whole in percent, amount of last year where known."""

    name: str
    amount: int
    share: float
    before: int | None = None

    @property
    def change(self) -> int | None:
        """Difference to last year (分)."""
        return None if self.before is None else self.amount - self.before

    @property
    def rate(self) -> float | None:
        """Change in percent of last year, ``None`` when last year had nothing."""
        return None if not self.before else 100 * (self.amount - self.before) / abs(self.before)


@dataclass(frozen=True, slots=True)
class Split:
    """A split of the money, as a table with bars."""

    key: str
    heading: str
    lines: tuple[Line, ...]
    whole: int


@dataclass(frozen=True, slots=True)
class Goal:
    """The texts of one row of a performance form: its name and (label, text) pairs."""

    title: str
    name: str
    texts: tuple[tuple[str, str], ...]


def site_files(
    entries: Sequence[Entry], *, date: str | None = None, message: Message | None = None
) -> Iterator[tuple[str, bytes]]:
    """Every file of the site as (path, bytes): shared files, the pages of one agency after another, the index.

    Same entries, same bytes. ``date`` is printed at the foot of every page when given; ``message`` renders findings,
    which are only counted without it. Each entry is read once for the index and once for its pages.
    """
    yield from shared_files()
    folders = _folders(entries)
    rows = [summary_of(e.disclosure, e.standard, folder + "/") for e, folder in zip(entries, folders)]
    years: dict[str, list[Summary]] = {}
    for row in rows:
        years.setdefault(row.code or row.name, []).append(row)
    for entry, folder, row in zip(entries, folders, rows):
        lines = [*entry.years, *years[row.code or row.name]]
        for path, data in agency_files(entry, lines, row, date=date, message=message):
            yield f"{folder}/{path}", data
    yield from index_files(rows, date=date)


def _folders(entries: Sequence[Entry]) -> list[str]:
    """A folder for each entry; a second disclosure of the same agency and year gets a number."""
    found: list[str] = []
    taken: dict[str, int] = {}
    for entry in entries:
        d = entry.disclosure
        base = f"agency/{folder_name(_who(d))}/{d.fiscal_year or 'year'}"
        taken[base] = taken.get(base, 0) + 1
        found.append(base if taken[base] == 1 else f"{base}-{taken[base]}")
    return found


def _who(disclosure: Disclosure) -> str:
    """What tells an agency from others: its code, else its name, else the file."""
    agency = disclosure.agency
    return (agency.code or agency.name if agency is not None else "") or disclosure.file


def agency_files(
    entry: Entry, years: Sequence[Summary], own: Summary, *, date: str | None = None, message: Message | None = None
) -> Iterator[tuple[str, bytes]]:
    """The files of one disclosure, paths from its own folder; ``years`` are the lines of its agency in the index."""
    disclosure, standard = entry.disclosure, entry.standard
    layouts = lay_out_all(disclosure, standard)
    scale = layouts[0].scale if layouts else Scale()
    tables = [table_of(i, *pair) for i, pair in enumerate(zip(disclosure.sheets, layouts))]
    stems = [form_stem(table.index) for table in tables]
    grids = [fragment("grid.html.jinja", table=table) for table in tables]
    frame: dict[str, object] = {
        "disclosure": disclosure,
        "date": date,
        "tables": tables,
        "stems": stems,
        "scale": scale,
    }
    frame |= {"name": own.name, "explained": entry.explanation is not None, "front": entry.front}
    ordered = sorted(years, key=lambda row: (row.year or 0, row.kind))
    for lang in LANGUAGES:
        main = main_figures(disclosure, standard, lang)
        before = main_figures(entry.previous, standard, lang) if entry.previous is not None else None
        overview = {
            "main": main,
            "before": before,
            "splits": splits_of(main, before, lang),
            "keys": _keys(main, before, lang),
            "maps": [(frame_of, tree_map(main.functions, frame_of)) for frame_of in (WIDE, TALL)],
            "goals": tuple(goals_of(disclosure)),
            "years": ordered if len(ordered) > 1 else [],
            "own": own,
            "downloads": entry.downloads,
            "offered": offered(entry.downloads, lang),
            "names": FORMAT_NAMES,
            "size_words": size_words,
            "findings": _findings(entry, lang, message),
            "report": entry.report,
            "versions": entry.versions,
        }
        yield page_name("index", lang), render("agency.html.jinja", "index", lang, up=UP, values=frame | overview)
        yield f"flow.{lang}.js", script("flow", chart_data(main.flow, (), scale))
        for table, stem, grid in zip(tables, stems, grids):
            values = {**frame, "table": table, "grid": grid}
            yield page_name(stem, lang), render("form.html.jinja", stem, lang, up=UP, values=values)
        if entry.explanation is not None:
            told = frame | {"explanation": entry.explanation, "anchor": _anchor}
            page = render("explanation.html.jinja", "explanation", lang, up=UP, values=told)
            yield page_name("explanation", lang), page
    titles = [[stem, table.title] for table, stem in zip(tables, stems)]
    yield "search.js", script("found", titles, _lines(disclosure))
    derivations = Derivations.of(disclosure, standard, entry.ledger)
    for table, stem in zip(tables, stems):
        yield f"{stem}.derive.js", derivations.script(table.index)


def form_stem(index: int) -> str:
    """File name of a form's page without suffix."""
    return f"form-{index + 1:02d}"


def _anchor(place: tuple[int, int, int]) -> tuple[str, str]:
    return form_stem(place[0]), f"p{place[1]}-{place[2]}"


def _keys(main: Main, before: Main | None, lang: str) -> list[tuple[str, Line]]:
    return [
        (word, Line(say(word, lang), amount, 0.0, before.key.get(word) if before else None))
        for word, amount in main.key.items()
    ]


def splits_of(main: Main, before: Main | None, lang: str) -> list[Split]:
    """The splits of the money that are published: sources, functions, kinds, economic classes, 三公."""
    found = []
    for key in ("sources", "functions", "kinds", "classes", "travel"):
        amounts: Mapping[str, int] = getattr(main, key)
        earlier: Mapping[str, int] = getattr(before, key) if before is not None else {}
        told = main.travel_total if key == "travel" else None
        whole = told if told is not None else sum(amounts.values())
        names = [*amounts, *(name for name in earlier if name not in amounts)]
        lines = tuple(
            Line(
                name,
                amounts.get(name, 0),
                100 * amounts.get(name, 0) / whole if whole > 0 else 0.0,
                earlier.get(name, 0) if before is not None else None,
            )
            for name in names
        )
        if lines:
            found.append(Split(key, say(f"site_{key}", lang), lines, whole))
    return found


def tree_map(amounts: Mapping[str, int], frame: tuple[int, int]) -> list[dict[str, object]]:
    """Tiles with their words: name cut to what fits, amount, whole name for whoever asks."""
    names, values = list(amounts), list(amounts.values())
    whole = sum(value for value in values if value > 0)
    found: list[dict[str, object]] = []
    for rank, tile in enumerate(tiles(values, *frame)):
        room = int((tile.width - 16) // 14)
        name = names[tile.rank]
        fits = tile.width >= LEAST_WORD and tile.height >= 24
        cut = name if len(name) <= room else name[: max(1, room - 1)] + "…"
        found.append({
            "tile": tile, "name": name, "word": cut if fits else "", "amount": values[tile.rank],
            "share": 100 * values[tile.rank] / whole, "tone": min(rank, 5), "second": fits and tile.height >= 48,
        })  # fmt: skip
    return found


def goals_of(disclosure: Disclosure) -> Iterator[Goal]:
    """The targets that the performance forms print, row by row."""
    for sheet in disclosure.sheets:
        rows: dict[int, list[tuple[str, str]]] = {}
        for (r, c), word in sorted(sheet.words.items()):
            if word.text.strip():
                rows.setdefault(r, []).append((sheet.texts[c].labels[-1], word.text))
        for r, texts in rows.items():
            yield Goal(sheet.title, sheet.rows[r].name, tuple(texts))


def _findings(entry: Entry, lang: str, message: Message | None) -> list[tuple[str, int, list[str]]]:
    """(severity, count, sentences) of the findings of the report, the gravest first."""
    listed = entry.report.findings if entry.report is not None else ()
    found = []
    for severity in SEVERITIES:
        members = [finding for finding in listed if finding.severity == severity]
        if members:
            found.append((severity, len(members), [message(f, lang) for f in members] if message else []))
    return found


def _lines(disclosure: Disclosure) -> list[list[object]]:
    """What the search of an agency looks through: [form, anchor, label, printed amount] of each printed figure."""
    found: list[list[object]] = []
    for s, sheet in enumerate(disclosure.sheets):
        for (r, c), cell in sorted(sheet.cells.items()):
            if cell.amount:
                place = (s, r, c)
                found.append([s, f"p{r}-{c}", cell_label(disclosure, place), shown(cell, disclosure, place)])
    return found
