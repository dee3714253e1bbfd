"""One page that shows a whole disclosure in a browser without a network: key figures, flow of the money, every form.

Findings stand beside the form whose cells they name, with links both ways; a cell that was read otherwise than printed
says so. Styles, scripts and data are inside the file, and its content policy admits nothing else.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from yusuan.amount import Scale
from yusuan.axes import national_space
from yusuan.coverage import Coverage
from yusuan.figures import Figures
from yusuan.finding import CellRef, Finding, Report
from yusuan.forms import Standard
from yusuan.publish.flow import Breakdown, Flow, breakdowns, figures_of, flow_of, key_figures
from yusuan.publish.layout import Box, Layout, lay_out_all
from yusuan.publish.output import deliver, plain, refuse_existing
from yusuan.sheet import Cell, Disclosure, Place, Repair, Sheet, Source
from yusuan.words import catalogue, say

Message = Callable[[Finding, str], str]
"""Renders a finding in a language (zh, en)."""

SEVERITIES = ("error", "warning", "info")
LANGUAGE_TAGS = {"zh": "zh-CN", "en": "en"}


@dataclass(frozen=True, slots=True)
class Mark:
    """The sign on a cell that leads to a finding."""

    number: int
    severity: str
    href: str


@dataclass(frozen=True, slots=True)
class Spot:
    """A table cell of the page: element, attributes, text, signs of findings."""

    tag: str
    text: str
    attributes: Mapping[str, object]
    marks: tuple[Mark, ...] = ()
    repaired: bool = False


@dataclass(frozen=True, slots=True)
class Link:
    """A cell in words, with its anchor when it stands on the page."""

    text: str
    href: str | None


@dataclass(frozen=True, slots=True)
class Note:
    """A finding as the page prints it."""

    number: int
    severity: str
    message: str
    facts: tuple[str, ...]
    cells: tuple[Link, ...]
    sheets: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class CoverageView:
    """The coverage as the page prints it; ``forms`` holds title, link and counts (figures, noticed twice, once, not at
    all) of each form with figures, ``lists`` a heading with groups of cells."""

    sentence: str
    hint: str
    forms: tuple[tuple[str, str, tuple[int, int, int, int]], ...]
    lists: tuple[tuple[str, tuple[tuple[Link, ...], ...]], ...]


@dataclass(frozen=True, slots=True)
class FormView:
    """A form on the page."""

    index: int
    layout: Layout
    filler: str
    unit: str
    head: tuple[tuple[Spot, ...], ...]
    body: tuple[tuple[Spot, ...], ...]
    notes: tuple[str, ...]
    findings: tuple[Note, ...]
    repairs: tuple[str, ...]
    strays: tuple[str, ...]
    columns: str
    blank: bool
    statement: bool


def write_page(
    disclosure: Disclosure,
    standard: Standard | None,
    report: Report | None,
    path: Path | str,
    *,
    coverage: Coverage | None = None,
    message: Message | None = None,
    lang: str = "zh",
    force: bool = False,
) -> None:
    """Write the page to ``path``; raises ``InputError`` (file_exists) unless ``force``.

    ``message`` renders a finding in words; without it a finding is shown by the name of its rule.
    """
    refuse_existing(Path(path), force=force)
    page = page_html(disclosure, standard, report, coverage=coverage, message=message, lang=lang)
    deliver(Path(path), page.encode("utf-8", "backslashreplace"), force=force)


def page_html(
    disclosure: Disclosure,
    standard: Standard | None,
    report: Report | None,
    *,
    coverage: Coverage | None = None,
    message: Message | None = None,
    lang: str = "zh",
) -> str:
    """The page as text."""
    speak = message or (lambda finding, _: finding.rule)
    notes = notes_of(disclosure, report, speak, lang)
    layouts = lay_out_all(disclosure, standard)
    scale = layouts[0].scale if layouts else Scale()
    space = standard.space if standard is not None else national_space()
    figures = figures_of(disclosure)
    flow, splits = flow_of(figures, space, lang), breakdowns(figures, space)
    script = asset("page.js")
    chart = asset("echarts.min.js") if flow.streams or splits else ""
    return (
        environment()
        .get_template("page.html.jinja")
        .render(
            say=lambda key, **values: say(key, lang, values),
            lang=lang,
            tag=LANGUAGE_TAGS[lang],
            disclosure=disclosure,
            title=page_title(disclosure, standard, lang),
            policy=policy(script, chart),
            style=Markup(asset("page.css")),
            script=Markup(script),
            chart=Markup(chart),
            data=safe_json(chart_data(flow, splits, scale) | {"words": page_words(lang)}),
            scale=scale,
            key_figures=key_figures(figures),
            flow=flow,
            breakdowns=splits,
            forms=[view(i, *pair, notes, lang) for i, pair in enumerate(zip(disclosure.sheets, layouts))],
            notes=notes,
            report=report,
            coverage=covered(coverage, disclosure, lang) if coverage is not None else None,
            counts={s: sum(note.severity == s for note in notes) for s in SEVERITIES},
        )
    )


@cache
def environment() -> Environment:
    """Templates of this package; everything that is not marked safe is escaped."""
    made = Environment(
        loader=PackageLoader("yusuan", "publish"),
        auto_reload=False,
        autoescape=True,
        undefined=StrictUndefined,
        finalize=lambda value: plain(value) if type(value) is str else value,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["grouped"] = grouped
    return made


@cache
def asset(name: str) -> str:
    """Text of a bundled style or script; it may not close the element that holds it."""
    text = (files("yusuan") / "publish" / "assets" / name).read_text(encoding="utf-8")
    if "</script" in text or "</style" in text or "<!--" in text:
        raise ValueError(f"{name} cannot stand inside a page")
    return text


def policy(*scripts: str) -> str:
    """Content policy: the scripts of this page by hash, its own styles, nothing from elsewhere."""
    digests = [base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts if script]
    admitted = " ".join(f"'sha256-{digest}'" for digest in digests)
    closed = "base-uri 'none'; form-action 'none'"
    return f"default-src 'none'; script-src {admitted}; style-src 'unsafe-inline'; img-src data:; {closed}"


def safe_json(value: object) -> Markup:
    """JSON that may stand inside a script element whatever its texts hold."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return Markup(text)


def page_title(disclosure: Disclosure, standard: Standard | None, lang: str) -> str:
    """Title of the page: agency and year."""
    name = disclosure.agency.name if disclosure.agency else ""
    year = disclosure.fiscal_year or (standard.fiscal_year if standard else "")
    return say("page_title", lang, {"agency": name, "year": year})


def page_words(lang: str) -> dict[str, str]:
    """Texts that the script of the page needs, placeholders kept."""
    keys = ("page_search_count", "page_search_none", "page_exact", "page_place")
    return {key.removeprefix("page_"): catalogue()[key][lang] for key in keys}


def grouped(amount: int, scale: Scale) -> str:
    """An amount in the printed unit with thousands separators, for reading."""
    whole, point, part = scale.format(amount).partition(".")
    return f"{int(whole):,}{point}{part}" if whole not in ("-0",) else f"{whole}{point}{part}"


def chart_data(flow: Flow, splits: Sequence[Breakdown], scale: Scale) -> dict[str, object]:
    """What the charts draw: lengths as numbers, labels already printed."""

    def drawn(amount: int, **more: object) -> dict[str, object]:
        return {**more, "value": amount / scale.fen, "text": grouped(amount, scale)}

    return {
        "unit": scale.unit,
        "nodes": [drawn(p.amount, id=p.id, name=p.name, layer=p.layer, path=p.path) for p in flow.places.values()],
        "links": [drawn(s.amount, source=s.origin, target=s.target) for s in flow.streams],
        "splits": [[drawn(share.amount, name=share.name) for share in split.shares] for split in splits],
    }


def notes_of(disclosure: Disclosure, report: Report | None, message: Message, lang: str) -> tuple[Note, ...]:
    """The findings of a report, the gravest first, numbered."""
    listed = report.findings if report is not None else ()
    forms: dict[str | None, int] = {}
    for index, sheet in enumerate(disclosure.sheets):
        forms.setdefault(sheet.form, index)
    forms.pop(None, None)
    made = []
    for number, finding in enumerate(sorted(listed, key=lambda each: SEVERITIES.index(each.severity)), 1):
        named = [cell.place[0] if cell.place else forms.get(cell.form, -1) for cell in finding.cells]
        named.append(forms.get(finding.form, -1))
        sheets = tuple(dict.fromkeys(i for i in named if 0 <= i < len(disclosure.sheets)))
        cells = tuple(cell_link(cell, disclosure) for cell in finding.cells)
        told = message(finding, lang)
        made.append(Note(number, finding.severity, told, facts(finding, disclosure, lang), cells, sheets))
    return tuple(made)


def facts(finding: Finding, disclosure: Disclosure, lang: str) -> tuple[str, ...]:
    """The numbers, the likely culprits and the basis of a finding, one phrase each."""
    index = next((cell.place[0] for cell in finding.cells if cell.place), 0)
    scale = disclosure.sheets[index].scale if index < len(disclosure.sheets) else Scale()
    numbers = (("actual", finding.actual), ("expected", finding.expected), ("difference", finding.difference))
    said = [say(f"page_finding_{name}", lang, {"amount": grouped(n, scale)}) for name, n in numbers if n is not None]
    for suspect in finding.suspects:
        if suspect.proposed is not None:
            values = {"cell": cell_words(suspect.cell), "amount": grouped(suspect.proposed, scale)}
            said.append(say("page_finding_suspect", lang, values))
    return (*said, say("page_finding_basis", lang, {"basis": finding.basis})) if finding.basis else tuple(said)


def covered(coverage: Coverage, disclosure: Disclosure, lang: str) -> CoverageView:
    """The coverage form by form, and the cells that no equality tells apart or notices, with links."""
    key, values = coverage.sentence
    redundant, equalities = len(coverage.redundant), len(coverage.equalities)
    rules = {"equalities": equalities, "redundant": redundant, "independent": equalities - redundant}
    counts: dict[int, list[int]] = {}
    for cell in coverage.figures:
        counts.setdefault(cell.place[0], []).append(cell.equalities)
    forms = tuple(
        (" ".join(filter(None, (disclosure.sheets[s].form, disclosure.sheets[s].title))), f"#s{s}",
         (len(found), sum(n > 1 for n in found), found.count(1), found.count(0)))
        for s, found in counts.items()
    )  # fmt: skip
    figures = Figures(disclosure)
    groups: dict[str, list[tuple[Place, ...]]] = {
        "unseen": [(place,) for place in coverage.unseen],
        "pairs": [group.places for group in coverage.hiding(coverage.groups)],
        "unseen_gaps": [(c.place,) for c in coverage.figures if c.equalities and not c.firm],
        "pairs_gaps": [group.places for group in coverage.hiding(coverage.firm_groups)],
    }
    lists = tuple(
        (
            say(f"coverage_{name}", lang, {"count": len(found)}),
            tuple(tuple(cell_link(figures.ref(place), disclosure) for place in places) for places in found),
        )
        for name, found in groups.items()
        if found
    )
    hint = say("coverage_hint", lang, {**rules, "bounds": coverage.bounds})
    return CoverageView(say(key, lang, values), hint, forms, lists)


def cell_link(cell: CellRef, disclosure: Disclosure) -> Link:
    """A cell of a finding, as a link to it when the page shows it."""
    on_grid = cell.place is not None and 0 <= cell.place[0] < len(disclosure.sheets)
    return Link(cell_words(cell), f"#{anchor(*cell.place)}" if cell.place is not None and on_grid else None)


def cell_words(cell: CellRef) -> str:
    """Form, row and column of a cell in words."""
    row = " ".join(filter(None, (cell.row_code, cell.row_name)))
    return " / ".join(filter(None, (" ".join(filter(None, (cell.form, cell.title))), row, "-".join(cell.column))))


def anchor(sheet: int, row: int, column: int) -> str:
    """Id of a cell on the page."""
    return f"s{sheet}r{row}c{column}"


def view(index: int, sheet: Sheet, layout: Layout, notes: Sequence[Note], lang: str) -> FormView:
    """One form as the template needs it."""
    here = tuple(note for note in notes if index in note.sheets)
    marks: dict[str, list[Mark]] = {}
    for note in here:
        for href in dict.fromkeys(link.href for link in note.cells if link.href):
            marks.setdefault(href[1:], []).append(Mark(note.number, note.severity, f"#s{index}f{note.number}"))
    maker = SpotMaker(index, sheet, layout, marks, lang)
    above = {box.kind: box.text for box in layout.boxes if box.row < layout.head.start}
    columns = [" › ".join(column.labels) for column in sheet.columns]
    blank = not sheet.words and not any(cell.amount for cell in sheet.cells.values())
    return FormView(
        index, layout, above.get("filler", ""), above.get("unit", ""),
        tuple(tuple(maker.head(box) for box in boxes) for _, boxes in layout.rows(layout.head)),
        tuple(tuple(maker.body(box) for box in boxes) for _, boxes in layout.rows(layout.body)),
        sheet.notes, here, tuple(dict.fromkeys(repairs(sheet, lang))), tuple(s.text for s in sheet.strays if s.text),
        json.dumps(columns, ensure_ascii=False), blank, any(row.role == "statement" for row in sheet.rows),
    )  # fmt: skip


@dataclass(frozen=True)
class SpotMaker:
    """Turns the boxes of one form into table cells."""

    index: int
    sheet: Sheet
    layout: Layout
    marks: Mapping[str, Sequence[Mark]]
    lang: str

    def head(self, box: Box) -> Spot:
        """A label of the column head."""
        is_leaf = box.row + box.height == self.layout.head.stop
        role = f"for-{self.layout.roles[box.column]}" if is_leaf else None
        return Spot("th", box.text, {"class": role, "scope": "colgroup" if box.width > 1 else "col", **spans(box)})

    def body(self, box: Box) -> Spot:
        """A stub, an amount or a text."""
        classes = [box.kind, *(["strong"] if box.strong else []), *([f"level{min(box.level, 4)}"] if box.level else [])]
        if box.kind == "amount" and box.place is not None:
            return self.amount(box, box.place, classes)
        if box.kind == "text":
            return self.text(box, classes)
        role = self.layout.roles[box.column]
        classes.append(f"of-{role}")
        classes += ["centred"] if box.align == "center" else []
        is_label = role == "name" and bool(box.text)
        attributes = {"class": " ".join(classes), "scope": "row" if is_label else None}
        return Spot("th" if is_label else "td", box.text, attributes)

    def text(self, box: Box, classes: list[str]) -> Spot:
        """A text of a performance form; findings lead to it by the place they name (columns counted down from -1)."""
        word = self.sheet.words.get(box.place) if box.place is not None else None
        if word is None:
            return Spot("td", box.text, {"class": " ".join(classes)})
        id = anchor(self.index, word.row, -1 - word.column)  # noqa: A001
        repaired = word.repair is not None
        attributes = {"class": " ".join([*classes, *(["is-repaired"] * repaired)]), "id": id}
        return Spot("td", box.text, attributes, tuple(self.marks.get(id, ())), repaired)

    def amount(self, box: Box, place: tuple[int, int], classes: list[str]) -> Spot:
        """A figure with what is known about it."""
        id = anchor(self.index, *place)  # noqa: A001
        marks = tuple(self.marks.get(id, ()))
        cell = self.sheet.cells.get(place)
        repair = cell.repair if cell is not None else None
        gravest = min((mark.severity for mark in marks), key=SEVERITIES.index, default="")
        classes += [f"is-{gravest}"] if gravest else []
        classes += ["is-repaired"] if repair is not None else []
        attributes = {"class": " ".join(classes), "id": id, **self.known(cell)}
        return Spot("td", box.text, attributes, marks, repair is not None)

    def known(self, cell: Cell | None) -> dict[str, object]:
        """Data attributes: exact amount, place in the source, reason of a repair."""
        if cell is None:
            return {}
        exact = cell.exact if cell.exact is not None else cell.amount
        return {
            "data-yuan": grouped(exact, Scale("元", 2)) if exact else None,
            "data-source": place_words(cell.source, self.lang) if cell.source is not None else None,
            "data-repair": repair_words(cell.repair, self.lang) if cell.repair is not None else None,
        }


def spans(box: Box) -> dict[str, object]:
    """Span attributes where a box is larger than one cell."""
    return {
        "colspan": box.width if box.width > 1 else None,
        "rowspan": box.height if box.height > 1 else None,
    }


def place_words(source: Source, lang: str) -> str:
    """Address of a cell in its source, in words."""
    said: list[str | None] = [source.file]
    for name in ("page", "line", "column"):
        value = getattr(source, name)
        said += [say(f"page_place_{name}", lang, {name: value})] if value is not None else []
    said += [f"{source.sheet or ''}!{source.a1}" if source.a1 else source.sheet] if source.sheet or source.a1 else []
    return " ".join(piece for piece in said if piece)


def repair_words(repair: Repair, lang: str) -> str:
    """Why a cell, row or sheet was read otherwise than printed."""
    values = {key: listed(value) for key, value in {"origin": repair.origin, **repair.values}.items()}
    for key in (f"page_repair_{repair.kind}", f"repair_{repair.kind}"):
        # A sentence may be for findings only, and need what a single repair does not tell.
        with suppress(KeyError):
            return say(key, lang, values)
    return say("page_repair", lang, {"kind": repair.kind, "origin": repair.origin})


def listed(value: object) -> object:
    """Several values in one phrase."""
    return "、".join(map(str, value)) if isinstance(value, (list, tuple)) else value


def repairs(sheet: Sheet, lang: str) -> Iterator[str]:
    """All repairs of a sheet in words: its own, of its rows, of its cells."""
    for repair in sheet.repairs:
        yield repair_words(repair, lang)
    for row in sheet.rows:
        if row.repair is not None:
            yield f"{row.name or row.code}：{repair_words(row.repair, lang)}"
    for columns, cells in ((sheet.columns, sheet.cells), (sheet.texts, sheet.words)):
        for (r, c), cell in sorted(cells.items()):
            if cell.repair is not None:
                yield f"{sheet.rows[r].name} / {'-'.join(columns[c].labels)}：{repair_words(cell.repair, lang)}"
