"""A sample of single alterations of a published text: each is found and the spot named.

``benchmarks/alterations.py`` runs them all.
"""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from altering import Alteration, Subject

SAMPLE = 60


def missed(file: Path, seed: int) -> list[Alteration]:
    """Alterations of a sample, some of every kind, that no finding names or that a realignment explains away."""
    subject = Subject(file)
    drawn = random.Random(seed)
    by_kind: dict[str, list[Alteration]] = {}
    for alteration in subject.alterations():
        by_kind.setdefault(alteration.kind, []).append(alteration)
    assert len(by_kind) == 12
    each = SAMPLE // len(by_kind)
    sample = [alteration for found in by_kind.values() for alteration in drawn.sample(found, each)]
    outcomes = [(alteration, subject.outcome(alteration)) for alteration in sample]
    return [alteration for alteration, outcome in outcomes if not outcome.named or outcome.realigned]


def test_single_alterations_of_the_example_are_named(example_file: Path) -> None:
    assert missed(example_file, 2025) == []


def test_single_alterations_of_a_published_disclosure_are_named(seed_file: Path) -> None:
    assert missed(seed_file, 104012) == []


def test_the_text_as_printed_raises_nothing(example_file: Path) -> None:
    """Without an alteration there is nothing to name."""
    subject = Subject(example_file)
    (spot, place), *_ = subject.printed().items()
    same = Alteration("+0.01", "01", ((spot, subject.text(spot) or ""),), place)
    assert not subject.outcome(same).told


@pytest.mark.parametrize("kind", ["left", "right", "blank"])
def test_one_figure_is_not_explained_by_moving_the_form(example_file: Path, kind: str) -> None:
    """One figure beside its column is that figure's fault: no form may be realigned for it."""
    subject = Subject(example_file)
    moves = [a for a in subject.alterations() if a.kind == kind and a.form in MOVABLE]
    for alteration in random.Random(7).sample(moves, 12):
        assert not subject.outcome(alteration).realigned, alteration


MOVABLE = ("02", "03", "05", "07", "11", "13", "14")
