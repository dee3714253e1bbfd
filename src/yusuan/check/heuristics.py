"""Experience between functions and economic classes: departures are warnings to look, never errors."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from yusuan.axes import Point
from yusuan.figures import Figures
from yusuan.finding import Finding
from yusuan.forms import Standard
from yusuan.ledger import INDICATORS
from yusuan.lexicon import bare
from yusuan.sheet import Place


@cache
def heuristics() -> Mapping[str, list[dict[str, Any]]]:
    """The bundled table of experience."""
    return tomllib.loads((files("yusuan") / "standards" / "heuristics.toml").read_text(encoding="utf-8"))


def heuristic_findings(figures: Figures, standard: Standard) -> Iterator[Finding]:
    """Departures from experience."""
    table = heuristics()
    for entry in table["agree"]:
        yield from _agree(figures, entry)
    for entry in table["regime"]:
        amount, needed = _amount(figures, entry["point"]), _amount(figures, entry["needs"])
        if amount and needed is not None and amount[0] > 0 and needed[0] == 0:
            yield _finding(figures, entry, amount[1])
    for entry in table["pattern"]:
        yield from _pattern(figures, entry)
    for entry in table["rate"]:
        yield from _rate(figures, entry)
    for entry in table["mention"]:
        yield from _mention(figures, entry, standard)


def _amount(figures: Figures, raw: Mapping[str, list[str]]) -> tuple[int, list[Place]] | None:
    point = Point({axis: frozenset(codes) for axis, codes in raw.items()})
    codes = point.get("exp_func_code")
    column = point.without("exp_func_code")
    return figures.by_function(column, codes) if codes else figures.total(column)


def _finding(figures: Figures, entry: Mapping[str, Any], places: list[Place], **values: object) -> Finding:
    cells = tuple(figures.ref(place) for place in places)
    form = cells[0].form if cells else None
    words = {"id": entry["id"], "zh": entry["zh"], "en": entry["en"], **values}
    return Finding("heuristic", "warning", "fails", cells, words, basis=entry["id"], form=form)


def _agree(figures: Figures, entry: Mapping[str, Any]) -> Iterator[Finding]:
    left, right = _amount(figures, entry["left"]), _amount(figures, entry["right"])
    if left is None or right is None:
        return
    if "unless" in entry and (other := _amount(figures, entry["unless"])) and other[0]:
        return
    apart = left[0] > right[0] if entry.get("at_most") else left[0] != right[0]
    if apart:
        finding = _finding(figures, entry, [*left[1], *right[1]])
        yield Finding(
            finding.rule, "warning", "fails", finding.cells, finding.values, right[0], left[0], basis=finding.basis,
            form=finding.form,
        )  # fmt: skip


def _pattern(figures: Figures, entry: Mapping[str, Any]) -> Iterator[Finding]:
    names = re.compile(entry["names"])
    column = Point({"kind": frozenset(entry["kind"])})
    for s, c in figures.columns.get(column, ())[:1]:
        for r, row in enumerate(figures.disclosure.sheets[s].rows):
            if row.role == "function" and names.match(bare(row.name)) and figures.amounts.get((s, r, c)):
                yield _finding(figures, entry, [(s, r, c)], name=row.name)


def _rate(figures: Figures, entry: Mapping[str, Any]) -> Iterator[Finding]:
    part = _amount(figures, entry["of"])
    if part is None or not part[0]:
        return
    base, places = 0, list(part[1])
    for codes in entry["base"]:
        found = _amount(figures, {**entry["of"], "dep_bgt_eco_code": codes})
        if found:
            base += found[0]
            places += found[1]
    if base and 100 * part[0] > entry["most"] * base:
        yield _finding(figures, entry, places, rate=f"{100 * part[0] / base:.1f}")


def _mention(figures: Figures, entry: Mapping[str, Any], standard: Standard) -> Iterator[Finding]:
    """Money whose purpose no target mentions, though targets are given."""
    found = _amount(figures, entry["point"])
    texts = list(_target_texts(figures, standard))
    if found and found[0] and texts and not any(re.search(entry["pattern"], text) for text in texts):
        yield _finding(figures, entry, found[1], amount=found[0])


def _target_texts(figures: Figures, standard: Standard) -> Iterator[str]:
    """Goals and indicators; what an agency's duties are says nothing of this year's money."""
    for sheet in figures.disclosure.sheets:
        form = standard.forms.get(sheet.form or "")
        elements = [leaf.data for leaf in form.texts()] if form else []
        for (_, c), cell in sheet.words.items():
            if c < len(elements) and elements[c] in (*INDICATORS, "goal_period", "goal_year"):
                yield cell.text
