"""What was recovered and what withheld figures give away: words in Chinese or English, and JSON
(``yusuan.recovery/1``)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import Any

from yusuan.amount import Scale
from yusuan.check.render import cell_json, cell_text
from yusuan.extremes import Range
from yusuan.figures import Figures
from yusuan.recover import Recovery
from yusuan.secrecy import Secrecy, Withheld
from yusuan.sheet import Place
from yusuan.words import say

SCHEMA = "yusuan.recovery/1"
SHOWN = 20
"""Withheld figures that the text names one by one."""

SHOWN_TERMS = 8
"""Terms of a sum, or cells that force a figure, that the text names."""

YUAN = Scale("元", 2)


def recovery_text(found: Recovery, lang: str, *, seconds: float) -> list[str]:
    """How well the facts are known, for a terminal; ``seconds`` is the limit that the search was given."""
    if found.ledger is None:
        return found.sentences(lang)
    lines = []
    if found.rounded:
        lines.append(say("recovered_rounded", lang))
    if found.loose:
        lines.append(say("recovered_loose", lang))
    open_facts = [item.range for item in found.facts if item.range.width]
    if open_facts:
        widest = max(open_facts, key=lambda span: span.width or 0)
        values = {"least": YUAN.format(widest.least), "most": YUAN.format(widest.most or 0)}
        lines.append(say("recovered_widest", lang, values))
    if endless := sum(item.range.most is None for item in found.facts):
        lines.append(say("recovered_endless", lang, {"count": endless}))
    if loose := sum(not item.range.tight for item in found.facts):
        lines.append(say("recovered_untight", lang, {"count": loose, "seconds": f"{seconds:g}"}))
    return lines


def counts(found: Recovery) -> dict[str, int]:
    """How many facts, and how many of them determined and assumed."""
    marks = Counter(item.mark for item in found.facts)
    return {"facts": len(found.facts), "determined": marks["determined"], "assumed": marks["assumed"]}


def secrecy_text(figures: Figures, secrecy: Secrecy, lang: str) -> list[str]:
    """Which withheld figures follow, from what, and what else to withhold, for a terminal; empty without any."""
    if not secrecy.figures:
        return []
    shown = sorted(secrecy.figures, key=lambda f: (not f.exposed, not f.nothing))
    cells = sum(len(figure.places) for figure in shown)
    values = {"figures": len(shown), "cells": cells, "exposed": len(secrecy.exposed)}
    lines = [say("secrecy_head", lang, values)]
    lines += [_withheld(figures, figure, lang) for figure in shown[:SHOWN]]
    if len(shown) > SHOWN:
        lines.append(say("secrecy_more", lang, {"count": len(shown) - SHOWN}))
    if secrecy.proposal:
        key = "secrecy_least" if secrecy.proved else "secrecy_enough"
        lines.append(say(key, lang, {"count": len(secrecy.proposal), "gap": f"{secrecy.gap:.0%}"}))
        lines += _by_form(figures, secrecy.proposal, lang)
    if secrecy.contradictory:
        lines.append(say("secrecy_contradictory", lang))
    elif not secrecy.tested:
        lines.append(say("secrecy_untested", lang))
    return lines


def _withheld(figures: Figures, figure: Withheld, lang: str) -> str:
    place = figure.places[0]
    scale = figures.disclosure.sheets[place[0]].scale
    values: dict[str, object] = {"cell": cell_text(figures.ref(place), lang), "unit": scale.unit}
    if figure.amount is not None:
        values["amount"] = scale.format(figure.amount)
    if figure.range is not None:
        values |= {"least": scale.format(figure.range.least), "most": scale.format(figure.range.most or 0)}
    if figure.terms:
        values["terms"] = _terms(figures, figure, lang)
        alike = len(figure.terms) == 1 and figure.terms[0][0] == 1
        return say("secrecy_copy" if alike else "secrecy_sum", lang, values)
    if figure.exposed:
        values["cells"] = ("、" if lang == "zh" else ", ").join(_named(figures, figure.rests_on, lang))
        return say("secrecy_narrow" if figure.amount is None else "secrecy_forced", lang, values)
    if figure.nothing:
        return say("secrecy_nothing", lang, values)
    if figure.range is None:
        return say("secrecy_untold", lang, values)
    return say("secrecy_endless" if figure.range.most is None else "secrecy_open", lang, values)


def _terms(figures: Figures, figure: Withheld, lang: str) -> str:
    """The sum, what is added first."""
    parts: list[str] = []
    for factor, place in sorted(figure.terms, key=lambda term: term[0] < 0)[:SHOWN_TERMS]:
        sign = "-" if factor < 0 else "+" if parts else ""
        times = "" if abs(factor) == 1 else f"{abs(factor)} × "
        (name,) = _named(figures, (place,), lang)
        parts.append(f"{sign} {times}{name}".strip())
    if len(figure.terms) > SHOWN_TERMS:
        parts.append(say("secrecy_terms_more", lang, {"count": len(figure.terms)}))
    return " ".join(parts)


def _named(figures: Figures, places: Iterable[Place], lang: str) -> Iterator[str]:
    """Cells with what they print."""
    for place in list(places)[:SHOWN_TERMS]:
        ref = figures.ref(place)
        yield f"{cell_text(ref, lang)} {ref.text.strip()}"


def _by_form(figures: Figures, places: Iterable[Place], lang: str) -> Iterator[str]:
    """A line for every form."""
    forms: dict[int, list[str]] = {}
    for place in places:
        ref = figures.ref(place)
        forms.setdefault(place[0], []).append(f"{cell_text(ref, lang, form=False)} {ref.text.strip()}")
    for number, cells in forms.items():
        values = {
            "form": figures.disclosure.sheets[number].title,
            "cells": ("、" if lang == "zh" else ", ").join(cells),
        }
        yield say("secrecy_form", lang, values)


def recovery_json(figures: Figures, found: Recovery | None, secrecy: Secrecy, lang: str = "zh") -> dict[str, Any]:
    """The result in the published schema, amounts in 分; without a recovery ``facts`` and ``summary`` are null."""
    disclosure = figures.disclosure
    agency = disclosure.agency
    return {
        "schema": SCHEMA,
        "source": {"file": disclosure.file, "sha256": disclosure.sha256},
        "agency": {"code": agency.code, "name": agency.name} if agency else None,
        "fiscal_year": disclosure.fiscal_year,
        "standard": disclosure.standard,
        "summary": _summary(found) if found is not None else None,
        "problems": found.sentences(lang) if found is not None else [],
        "facts": _facts(found) if found is not None else None,
        "projects": _projects(found) if found is not None else None,
        "secrecy": _secrecy(figures, secrecy) if secrecy.figures else None,
    }


def _summary(found: Recovery) -> dict[str, Any]:
    return {
        "possible": found.possible, **counts(found), "widest": found.widest, "tight": found.tight,
        "rounded": found.rounded, "loose": found.loose, "atoms": found.atoms,
    }  # fmt: skip


def _facts(found: Recovery) -> list[dict[str, Any]]:
    return [
        {**item.fact._asdict(), "mark": item.mark, **_range(item.range), "open_axes": list(item.open_axes)}
        for item in found.facts
    ]


def _projects(found: Recovery) -> list[dict[str, Any]]:
    projects = found.ledger.projects.values() if found.ledger is not None else ()
    return [{"code": p.code, "agency_code": p.agency_code, "name": p.name, "pro_type": p.pro_type} for p in projects]


def _range(span: Range) -> dict[str, Any]:
    return {"least": span.least, "most": span.most, "tight": span.tight}


def _secrecy(figures: Figures, secrecy: Secrecy) -> dict[str, Any]:
    return {
        "withheld": [_withheld_json(figures, figure) for figure in secrecy.figures],
        "proposal": [cell_json(figures.ref(place)) for place in secrecy.proposal],
        "proved": secrecy.proved,
        "gap": round(secrecy.gap, 4),
        "tested": secrecy.tested,
        "contradictory": secrecy.contradictory,
    }


def _withheld_json(figures: Figures, figure: Withheld) -> dict[str, Any]:
    return {
        "cells": [cell_json(figures.ref(place)) for place in figure.places],
        "exposed": figure.exposed,
        "nothing": figure.nothing,
        "amount": figure.amount,
        "terms": [{"factor": _factor(f), "cell": cell_json(figures.ref(place))} for f, place in figure.terms],
        "relations": figure.relations,
        "rests_on": [cell_json(figures.ref(place)) for place in figure.rests_on],
        "range": _range(figure.range) if figure.range else None,
        "after": _range(figure.after) if figure.after else None,
    }


def _factor(factor: Fraction) -> str:
    """A coefficient as text, since it may be a fraction: -1, 1/2."""
    return str(factor)
