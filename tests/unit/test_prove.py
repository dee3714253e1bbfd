"""The joint proof: one ledger behind all figures, or figures that cannot all be true."""

from __future__ import annotations

import random
import sys
from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from pathlib import Path
from types import MappingProxyType

import pytest

from support.printed import QUANTUM, money, put
from yusuan.figures import Figures
from yusuan.locate import locate
from yusuan.prove import prove
from yusuan.read.document import read_disclosure
from yusuan.relations import derive_relations
from yusuan.sheet import Disclosure, Place
from yusuan.tested import regimes_of
from yusuan.words import catalogue

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benchmarks" / "faults"))

from agencies import STANDARD, Document, document
from fits import fits


@pytest.fixture(scope="module")
def disclosure(example_file: Path) -> Disclosure:
    return read_disclosure(example_file)


def withheld(disclosure: Disclosure, places: Iterable[Place]) -> Disclosure:
    """The disclosure with marks in place of figures."""
    sheets = list(disclosure.sheets)
    for s, r, c in places:
        cell = replace(sheets[s].cells[r, c], amount=None, text="*")
        sheets[s] = replace(sheets[s], cells=MappingProxyType({**sheets[s].cells, (r, c): cell}))
    return replace(disclosure, sheets=tuple(sheets))


def told(disclosure: Disclosure) -> list[Place]:
    """Every cell whose meaning is known."""
    sheets = enumerate(disclosure.sheets)
    return [(s, *place) for s, sheet in sheets for place, cell in sheet.cells.items() if cell.point is not None]


def some_forms(item: Disclosure, seed: int) -> Disclosure:
    """A disclosure of which only some forms are at hand."""
    rng = random.Random(seed)
    kept = sorted(rng.sample(range(len(item.sheets)), rng.randint(1, 8)))
    return replace(item, sheets=tuple(item.sheets[i] for i in kept))


PRINTED = {"whole": (6, 23), "alone": (13, 21), "units": (8, 24), "together": (2, 12)}
"""Small correct documents by how their figures are printed."""


@cache
def printed(printing: str) -> list[Document]:
    found = [document(5, number, units=(1, 2)) for number in PRINTED[printing]]
    assert {item.printing for item in found} == {printing}
    return found


def test_the_example_is_printed_by_one_ledger(disclosure: Disclosure) -> None:
    proof = prove(disclosure, STANDARD)
    assert (proof.verdict, proof.leaning, proof.conflict) == ("consistent", (), ())
    assert proof.atoms > 0


@pytest.mark.parametrize("printing", PRINTED)
def test_correct_documents_are_not_refuted(printing: str) -> None:
    """Also when every cell was rounded alone, and with forms in 元 beside forms in 万元."""
    for item in printed(printing):
        proof = prove(item.disclosure, STANDARD)
        assert proof.verdict != "inconsistent" or (printing == "together" and proof.adjusted), item.name
        assert proof.verdict != "cannot_tell", item.name
        if printing == "whole":
            assert proof.verdict == "consistent"


def test_cells_lean_on_rounding_that_do() -> None:
    """Without the leaning cells a ledger prints the rest exactly; with them none does."""
    leaning = [(item, proof) for item in printed("alone") if (proof := prove(item.disclosure, STANDARD)).leaning]
    assert leaning
    for item, proof in leaning:
        assert proof.verdict == "rounding"
        rest = withheld(item.disclosure, proof.leaning)
        assert prove(rest, STANDARD).verdict == "consistent"
        assert set(proof.leaning) <= set(money(item.disclosure))


@pytest.mark.parametrize("seed", [0, 10, 52, 64])
def test_some_forms_of_a_department_are_not_refuted(seed: int) -> None:
    """Few forms tell little of each unit: the proof unit by unit must not end in a conflict or give up."""
    item = some_forms(document(11, seed, units=(2, 4)).disclosure, seed)
    assert prove(item, STANDARD).verdict in ("consistent", "rounding")


@pytest.mark.parametrize("number", [4, 5])
def test_a_department_fares_as_a_judge_that_cuts_nothing_says(number: int) -> None:
    """The judge solves for every place that a fact can have, all units in one programme; to it a figure may be off by
    just half a last digit either way, which is rounding up and down."""
    item = document(17, number, units=(2, 3)).disclosure
    figures = money(item)
    place = random.Random(number).choice(sorted(figures))
    wrong = put(item, {place: figures[place] + 40 * QUANTUM})
    for one in (item, wrong):
        proof = prove(one, STANDARD)
        assert (proof.verdict in ("consistent", "rounding") or proof.adjusted) == fits(one, STANDARD)


def jointly_wrong() -> Disclosure:
    """Two units; two projects of one of them exchanged money in one form, so that all sums still hold."""
    item = document(3, 25, units=(1, 2)).disclosure
    return put(item, {(22, 1, 1): 959584810, (22, 2, 1): 280922118356})


def test_figures_of_which_every_relation_holds_and_yet_no_ledger_prints_them() -> None:
    wrong = jointly_wrong()
    located = locate(wrong, STANDARD)
    assert located.verdict == "inconsistent"
    assert located.proof is not None and located.proof.relation is None
    assert not fits(wrong, STANDARD)
    (group,) = located.groups
    assert group.relations == ()
    assert group.unique
    found = {c.place: c.proposed for c in group.explanations[0].changes}
    assert found == {(22, 1, 1): 2343180687, (22, 2, 1): 279538522479}


@pytest.mark.parametrize("turn", range(3))
def test_none_of_the_conflicting_figures_can_be_left_out(disclosure: Disclosure, turn: int) -> None:
    """With every other figure withheld they still contradict each other; with one more withheld they do not."""
    rng = random.Random(turn)
    figures = money(disclosure)
    place = rng.choice(sorted(figures))
    wrong = put(disclosure, {place: figures[place] * 3}) if turn else jointly_wrong()
    proof = prove(wrong, STANDARD)
    assert proof.verdict == "inconsistent" and len(proof.conflict) > 1
    others = [p for p in told(wrong) if p not in proof.conflict and p in money(wrong)]
    assert prove(withheld(wrong, others), STANDARD).verdict == "inconsistent"
    for spared in proof.conflict:
        assert prove(withheld(wrong, [*others, spared]), STANDARD).verdict != "inconsistent", spared


def test_rounding_of_one_figure_is_told_from_an_error(disclosure: Disclosure) -> None:
    figures = money(disclosure)
    for place in sorted(figures)[3::90]:
        near = prove(put(disclosure, {place: figures[place] + QUANTUM}), STANDARD)
        far = prove(put(disclosure, {place: figures[place] + 100 * QUANTUM}), STANDARD)
        assert (far.verdict, far.adjusted) == ("inconsistent", False)
        assert near.verdict == "rounding" or near.relation is not None


def test_without_figures_nothing_is_proved(disclosure: Disclosure) -> None:
    blank = put(disclosure, dict.fromkeys(told(disclosure)))
    for one in (blank, replace(disclosure, sheets=())):
        proof = prove(one, STANDARD)
        assert proof.verdict == "cannot_tell" and proof.reason in catalogue()


def test_no_time_is_said_and_proves_nothing(disclosure: Disclosure) -> None:
    proof = prove(disclosure, STANDARD, seconds=0)
    assert (proof.verdict, proof.reason) == ("cannot_tell", "prove_out_of_time")


def test_every_conflict_of_a_relation_is_among_its_cells(disclosure: Disclosure) -> None:
    figures = money(disclosure)
    relations = derive_relations(disclosure, STANDARD, regimes_of(Figures(disclosure), STANDARD))
    for place in sorted(figures)[::60]:
        proof = prove(put(disclosure, {place: 2 * figures[place]}), STANDARD)
        assert proof.relation in relations and proof.relation is not None
        assert set(proof.conflict) <= {*proof.relation.left, *proof.relation.right}
