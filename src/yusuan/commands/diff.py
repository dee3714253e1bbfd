"""``yusuan diff``: what differs between two disclosures, on the terminal, as JSON, page or workbook."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from yusuan.amount import Scale
from yusuan.check.render import cell_json
from yusuan.commands.common import default_standard, spare_sources, standard_named, write_json
from yusuan.commands.sources import document_at, is_ledger
from yusuan.difference import Change, Difference, difference
from yusuan.publish.flow import figures_of, key_figures
from yusuan.publish.output import deliver, refuse_existing
from yusuan.sheet import Agency, Disclosure
from yusuan.words import InputError, say

if TYPE_CHECKING:
    from yusuan.forms import Standard
    from yusuan.read.opening import Opened

SHOWN = 20

RELEASED = ("disclosure.docx", "disclosure.pdf", "disclosure.xlsx")
"""Files of a release, those with the explanation first."""

UNIT = Scale("万元", 2)
"""Every amount is told in it, whatever its document prints."""


def run(options: argparse.Namespace) -> int:
    """Compare; status 0 whether or not they differ."""
    output = Path(options.output) if options.output else None
    if options.format in ("html", "xlsx") and output is None:
        raise InputError("cli_needs_output", format=options.format)
    if output is not None:
        spare_sources(output, [options.before, options.after])
        refuse_existing(output, force=options.force)
    standard = standard_named(options.standard)
    with ExitStack() as stack:
        one, other = sides_of(stack, options, standard)
    found = difference(one.disclosure, other.disclosure, (one.prose, other.prose))
    headline = headlines(one.disclosure, other.disclosure)
    if options.format == "json":
        write_json(difference_json(found, headline), output, force=options.force)
    elif options.format in ("html", "xlsx"):
        from yusuan.publish.difference import difference_page, difference_workbook

        assert output is not None
        make = difference_page if options.format == "html" else difference_workbook
        sections = list(sections_of(found, headline, options.lang))
        deliver(output, make(title(found, options.lang), sides(found, options.lang), sections, options.lang),
                force=options.force)  # fmt: skip
    else:
        lines = [*told(found, headline, options.lang, everything=options.all)]
        text = "\n".join(lines) + "\n"
        if output is not None:
            deliver(output, text.encode("utf-8", "backslashreplace"), force=options.force)
        else:
            sys.stdout.write(text)
    return 0


def sides_of(
    stack: ExitStack, options: argparse.Namespace, standard: Standard | None
) -> tuple[Opened, Opened]:  # fmt: skip
    """Both sides, each a document, a release or a ledger that is compiled; an agency that only one of them leaves
    open is that of the other."""
    paths = [release_document(Path(options.before)), release_document(Path(options.after))]
    read = [
        None if is_ledger(path) else as_released(path, told_by_prose(document_at(stack, path, standard, options.lang)))
        for path in paths
    ]
    told = next((one.disclosure.agency for one in read if one is not None and one.disclosure.agency), None)
    code = options.agency or (told.code if told is not None else None)
    one, other = (
        found if found is not None else compiled_from(path, standard, code) for path, found in zip(paths, read)
    )
    return one, other


def told_by_prose(opened: Opened) -> Opened:
    """A document without tables is whose and of which year its explanation says."""
    prose = opened.prose
    if opened.disclosure.sheets or prose is None:
        return opened
    agency = Agency("", prose.agency) if prose.agency else opened.disclosure.agency
    told = replace(opened.disclosure, agency=agency, fiscal_year=prose.year or None, kind=prose.kind)
    return replace(opened, disclosure=told)


def release_document(path: Path) -> Path:
    """The file of a release that holds the most of it, where the path is a release; else the path itself."""
    from yusuan.release.store import MANIFEST, Shelf

    folder = path
    if path.is_dir() and not (path / MANIFEST).is_file():
        folder = Shelf(path).current() or path
    if not (folder / MANIFEST).is_file():
        return path
    found = next((f for name in RELEASED if (f := folder / name).is_file()), None)
    if found is None:
        raise InputError("diff_release_bare", folder=str(folder), files=", ".join(RELEASED))
    return found


def as_released(path: Path, opened: Opened) -> Opened:
    """A document of a release is whose, of which year and which version the account of that release says."""
    from yusuan.release.store import MANIFEST, read_json

    if path.name not in RELEASED or not (path.parent / MANIFEST).is_file():
        return opened
    manifest = read_json(path.parent / MANIFEST)
    told, agency = opened.disclosure, manifest["agency"]
    parent = told.agency.parent_code if told.agency is not None else None
    label = " ".join(filter(None, (str(manifest["version"]), manifest.get("date"), manifest.get("reason"))))
    named = replace(
        told, file=label, fiscal_year=manifest["fiscal_year"], kind=manifest["kind"],
        agency=Agency(agency["code"], agency["name"], parent),
    )  # fmt: skip
    return replace(opened, disclosure=named)


def compiled_from(path: Path, standard: Standard | None, code: str | None) -> Opened:
    """The forms that a ledger gives for an agency: the one asked for, or the only one it has."""
    from yusuan.commands.compile import compiled, wanted_agencies
    from yusuan.read.ledger import ledger_space, read_ledger
    from yusuan.read.opening import Opened

    standard = standard or default_standard()
    ledger = read_ledger(path, standard.space)
    known = wanted_agencies(ledger, None)
    if code is None and len(known) > 1:
        raise InputError("diff_which_agency", file=path.name, known=", ".join(known[:10]))
    (wanted,) = wanted_agencies(ledger, [code or known[0]])
    standard = standard.on(ledger_space(path, standard.space))
    return Opened(replace(compiled(ledger, standard, wanted)[0], file=path.name), standard)


Headlines = list[tuple[str, int | None, int | None]]
"""Name of a main figure, its amount (分) before and after."""


def headlines(before: Disclosure, after: Disclosure) -> Headlines:
    """The main figures of both sides, found by what cells mean."""
    ones, others = (dict(key_figures(figures_of(d))) for d in (before, after))
    return [(name, ones.get(name), others.get(name)) for name in dict.fromkeys((*ones, *others))]


def title(found: Difference, lang: str) -> str:
    """The heading of the comparison."""
    return say("diff_title", lang, {"kind": say(f"diff_kind_{found.kind}", lang)})


def sides(found: Difference, lang: str) -> list[str]:
    """Who the two sides are, and how much of them is alike."""
    lines = []
    for mark, d in (("diff_before", found.before), ("diff_after", found.after)):
        values = {
            "mark": say(mark, lang), "agency": d.agency.name if d.agency else "", "year": d.fiscal_year or "",
            "what": say(f"diff_what_{d.kind}", lang), "file": d.file,
        }  # fmt: skip
        lines.append(say("diff_side", lang, values))
    counts = {state: len(found.of(state)) for state in ("changed", "new", "gone", "rounding")}
    lines.append(say("diff_counts", lang, {"same": found.same, **counts, "texts": len(found.texts)}))
    return lines


Section = tuple[str, list[str], list[list[Any]]]
"""Heading, labels of columns, rows; amounts are whole 分 wrapped in ``Money``."""


class Money(int):
    """An amount in 分 in a cell of a section."""


def sections_of(found: Difference, headline: Headlines, lang: str) -> Iterator[Section]:
    """The comparison as tables, empty ones left out."""
    a, b = say("diff_before", lang), say("diff_after", lang)
    unit = say("diff_unit", lang)
    delta, percent = say("diff_delta", lang), say("diff_percent", lang)
    place = [say("diff_form", lang), say("diff_row", lang), say("diff_column", lang)]
    rows: list[list[Any]] = []
    for name, one, other in headline:
        change = other - one if one is not None and other is not None else None
        rows.append([say(name, lang), _money(one), _money(other), _money(change), _share(one, change)])
    if rows:
        yield f"{say('diff_headline', lang)}（{unit}）", [say("diff_figure", lang), a, b, delta, percent], rows
    for state, key in (("changed", "diff_changes"), ("new", "diff_new"), ("gone", "diff_gone"),
                       ("rounding", "diff_rounding")):  # fmt: skip
        changes = found.of(state)  # type: ignore[arg-type]
        if changes:
            table = [[*_where(c), _money(_amount(c.before)), _money(_amount(c.after)), _money(c.delta),
                      _percent(c.percent)] for c in changes]  # fmt: skip
            yield f"{say(key, lang)}（{unit}）", [*place, a, b, delta, percent], table
    for key in ("forms_gone", "forms_new", "rows_gone", "rows_new"):
        listed = getattr(found, key)
        if listed:
            yield say(f"diff_{key}", lang), place[:2], [[x.title, f"{x.code} {x.name}".strip()] for x in listed]
    if found.texts:
        yield say("diff_texts", lang), [place[0], a, b], [[t.where, t.before, t.after] for t in found.texts]


def _where(change: Change) -> list[str]:
    cell = change.cell
    form = f"{cell.form} " if cell.form and not cell.form.startswith("#") else ""
    return [form + change.title, f"{cell.row_code} {cell.row_name}".strip(), "/".join(cell.column)]


def _amount(cell: Any) -> int | None:
    return None if cell is None else cell.amount


def _money(amount: int | None) -> Money | None:
    return None if amount is None else Money(amount)


def _share(before: int | None, change: int | None) -> str:
    if not before or change is None:
        return ""
    size = (abs(change) * 20_000 + abs(before)) // (2 * abs(before))
    return _percent(size if change >= 0 else -size)


def _percent(hundredths: int | None) -> str:
    if hundredths is None:
        return ""
    sign = "-" if hundredths < 0 else "+"
    return f"{sign}{abs(hundredths) // 100}.{abs(hundredths) % 100:02}%"


def told(found: Difference, headline: Headlines, lang: str, *, everything: bool) -> Iterator[str]:
    """The comparison for a terminal."""
    yield title(found, lang)
    yield from sides(found, lang)
    if found.none:
        yield say("diff_nothing", lang)
        return
    for heading, _, rows in sections_of(found, headline, lang):
        yield ""
        yield heading
        shown = rows if everything else rows[:SHOWN]
        yield from (f"  {_line(row)}" for row in shown)
        if len(shown) < len(rows):
            yield "  " + say("diff_more", lang, {"count": len(rows) - len(shown)})


def _line(row: list[Any]) -> str:
    words = [cell for cell in row if not isinstance(cell, Money) and cell]
    amounts = [UNIT.format(cell) if isinstance(cell, Money) else "—" for cell in row[-4:-1]] if len(row) > 3 else []
    if not amounts:
        where, *texts = (_short(str(cell)) for cell in row)
        return (f"{where}  " if where else "") + " → ".join(text or "—" for text in texts)
    percent = f"，{row[-1]}" if row[-1] else ""
    signed = f"{'+' if isinstance(row[-2], Money) and row[-2] > 0 else ''}{amounts[2]}"
    name = " ".join(str(word) for word in words if word != row[-1])
    return f"{name}  {amounts[0]} → {amounts[1]}（{signed}{percent}）"


def _short(text: str) -> str:
    return text if len(text) <= 80 else text[:79] + "…"


def difference_json(found: Difference, headline: Headlines) -> dict[str, Any]:
    """The comparison in the schema ``yusuan.diff/1``; amounts are 分."""
    return {
        "schema": "yusuan.diff/1",
        "kind": found.kind,
        "before": _side_json(found.before),
        "after": _side_json(found.after),
        "summary": {"same": found.same, **{s: len(found.of(s)) for s in ("changed", "new", "gone", "rounding")},
                    "texts": len(found.texts)},
        "headline": [{"name": name, "before": one, "after": other} for name, one, other in headline],
        "changes": [
            {
                "state": c.state, "before": cell_json(c.before) if c.before else None,
                "after": cell_json(c.after) if c.after else None, "delta": c.delta, "percent_hundredths": c.percent,
            }
            for c in found.changes
        ],
        "texts": [{"where": t.where, "before": t.before, "after": t.after} for t in found.texts],
        **{
            key: [{"title": x.title, "code": x.code, "name": x.name} for x in getattr(found, key)]
            for key in ("forms_gone", "forms_new", "rows_gone", "rows_new")
        },
    }  # fmt: skip


def _side_json(disclosure: Disclosure) -> dict[str, Any]:
    agency = disclosure.agency
    return {
        "file": disclosure.file, "agency": {"code": agency.code, "name": agency.name} if agency else None,
        "fiscal_year": disclosure.fiscal_year, "kind": disclosure.kind, "standard": disclosure.standard,
    }  # fmt: skip
