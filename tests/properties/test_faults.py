"""Faults planted in correct disclosures: a small run of ``benchmarks/faults``.

Each is found unless some ledger still prints every figure; nothing grave is said of a correct disclosure.
"""

from __future__ import annotations

import random
import sys
from functools import cache
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benchmarks" / "faults"))

from agencies import PRINTINGS, STANDARD, Document, document
from fits import fits
from measure import Options, located, outcome_of, signature, told
from plant import PLANTS, SINGLE, book_of, plant

from yusuan.check.document import check_disclosure
from yusuan.locate import locate
from yusuan.read.document import read_disclosure
from yusuan.sheet import Disclosure

SEED = 7
SMALL = (1, 3)
NUMBERS = range(12)


@cache
def correct(number: int) -> Document:
    return document(SEED, number, units=SMALL)


def unseen(disclosure: Disclosure, kinds: list[str], rng: random.Random) -> bool:
    """Whether neither check nor location tells of planted faults although no ledger prints the figures."""
    planted = plant(book_of(disclosure, STANDARD.space), kinds, rng)
    if planted is None:
        return False
    before = frozenset(signature(f) for f in check_disclosure(disclosure, STANDARD).findings)
    if told(check_disclosure(planted.disclosure, STANDARD), before):
        return False
    return locate(planted.disclosure, STANDARD).verdict != "inconsistent" and not fits(planted.disclosure, STANDARD)


def test_correct_disclosures_raise_no_error() -> None:
    assert {correct(number).printing for number in NUMBERS} == set(PRINTINGS)
    errors = [
        (number, finding.rule)
        for number in NUMBERS
        for finding in check_disclosure(correct(number).disclosure, STANDARD).findings
        if finding.severity == "error"
    ]
    assert errors == []


def test_a_large_department_rounded_figure_by_figure_is_checked() -> None:
    """Thousands of sums that rounding puts off."""
    large = document(1, 13)
    assert large.units > 10 and large.printing == "units"
    report = check_disclosure(large.disclosure, STANDARD)
    assert report.summary["rounding"] > 1000
    assert [f.rule for f in report.findings if f.severity == "error"] == []


@pytest.mark.parametrize("kind", PLANTS)
def test_one_fault_of_every_kind_is_found(kind: str) -> None:
    """Also in a document of several units, in two units of measure, or rounded cell by cell."""
    missed = [n for n in NUMBERS[:5] if unseen(correct(n).disclosure, [kind], random.Random(n))]
    assert missed == []


@pytest.mark.parametrize("count", [2, 5, 20])
def test_several_faults_at_once_are_found(count: int, example_file: Path) -> None:
    disclosure, rng = read_disclosure(example_file), random.Random(count)
    for _ in range(3):
        assert not unseen(disclosure, [rng.choice(tuple(PLANTS)) for _ in range(count)], rng)


@pytest.mark.parametrize("kind", SINGLE)
def test_one_wrong_figure_is_located_with_its_true_value(kind: str, example_file: Path) -> None:
    disclosure = read_disclosure(example_file)
    book = book_of(disclosure, STANDARD.space)
    options = Options(SEED, (1,), SINGLE, 1, None, False, most=10, seconds=60.0, locate=True)
    for turn in range(3):
        planted = plant(book, [kind], random.Random(turn))
        assert planted is not None
        if not fits(planted.disclosure, STANDARD):
            assert outcome_of(located(planted.disclosure, options), planted) == "exact", planted.truth


@pytest.mark.parametrize("kind", PLANTS)
def test_a_fault_changes_what_it_says_and_nothing_else(kind: str, example_file: Path) -> None:
    """The truth that comes with a fault, put back, gives the correct amounts again."""
    disclosure = read_disclosure(example_file)
    planted = plant(book_of(disclosure, STANDARD.space), [kind], random.Random(1))
    assert planted is not None and planted.truth
    for s, sheet in enumerate(disclosure.sheets):
        for (r, c), cell in sheet.cells.items():
            faulty = planted.disclosure.sheets[s].cells[r, c]
            if (s, r, c) in planted.truth:
                assert planted.truth[s, r, c] == cell.amount != faulty.amount
            else:
                assert faulty == cell


def test_a_ledger_prints_a_correct_disclosure_and_not_a_wrong_total(example_file: Path, seed_file: Path) -> None:
    """The judge of the benchmark: single documents as read, and the same with one figure another."""
    for file in (example_file, seed_file):
        disclosure = read_disclosure(file)
        assert fits(disclosure, STANDARD)
        planted = plant(book_of(disclosure, STANDARD.space), ["point moved"], random.Random(3))
        assert planted is not None
        assert not fits(planted.disclosure, STANDARD)
        assert fits(planted.disclosure, STANDARD, free=planted.truth)
