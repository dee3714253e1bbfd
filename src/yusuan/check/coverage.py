"""The coverage of a disclosure as JSON (part of ``yusuan.report/1``)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from yusuan.check.render import cell_json
from yusuan.coverage import Coverage, Group
from yusuan.figures import Figures
from yusuan.relations import Relation
from yusuan.sheet import Place


def coverage_summary(coverage: Coverage) -> dict[str, Any]:
    """Its counts."""
    figures, firm = asdict(coverage.tally), asdict(coverage.firm)
    del firm["cells"]
    return {
        "figures": figures.pop("cells"), **figures, "firm": firm, "blanks": asdict(coverage.blank),
        "equalities": len(coverage.equalities), "redundant": len(coverage.redundant), "bounds": coverage.bounds,
        "seconds": round(coverage.seconds, 4),
    }  # fmt: skip


def coverage_json(coverage: Coverage, figures: Figures) -> dict[str, Any]:
    """All of it, cells named; places are [sheet, row, column]."""
    return {
        "unseen": _cells(coverage.unseen, figures),
        "pairs": _pairs(coverage, coverage.groups, figures),
        "firm": {
            "unseen": _cells(coverage.firm_unseen, figures),
            "pairs": _pairs(coverage, coverage.firm_groups, figures),
        },
        "redundant": [_relation(relation) for relation in coverage.redundant],
        "cells": [
            {"place": list(c.place), "equalities": c.equalities, "firm": c.firm, "bounds": c.bounds}
            for c in coverage.figures
        ],
    }


def _cells(places: Iterable[Place], figures: Figures) -> list[dict[str, Any]]:
    return [cell_json(figures.ref(place)) for place in places]


def _pairs(coverage: Coverage, groups: Iterable[Group], figures: Figures) -> list[dict[str, Any]]:
    return [{"cells": _cells(g.places, figures), "terms": list(g.terms)} for g in coverage.hiding(groups)]


def _relation(relation: Relation) -> dict[str, Any]:
    return {
        "basis": relation.basis,
        "left": [list(place) for place in relation.left],
        "right": [list(place) for place in relation.right],
        "assumes": list(relation.assumes),
    }
