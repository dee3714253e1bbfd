"""Location of wrong figures beside a peer: the same faulty records and rules, sets and seconds side by side.

    python benchmarks/peer/compare.py [FILE…] [--faults 1 2 3 5] [--records 20] [--units 1 3 10] [--seed 1]

FILE is a published disclosure that adds up; the bundled example and synthetic departments follow. For each document
and number of faults every method answers the same records; those marked "hand" by hand-written rules, where they fit.

exact: the set found is the planted one. least: no method found a smaller one that mends, under the same rules. proved:
the method says that none is smaller. mends: changing only this set does let every rule hold. Times are the processor's,
which other work on the machine changes little.
"""

from __future__ import annotations

import argparse
import gc
import random
import statistics
import sys
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from importlib.resources import as_file, files
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "faults"))

from agencies import DEPARTMENT, STANDARD, bare, drawn_ledger
from lpsolve import PROGRAM, locate_lpsolve
from plant import Book, Planted, book_of, plant
from records import Record, agree, derived, record_of, written
from textbook import Answer, Rule, locate_textbook, mended

from yusuan.figures import Figures
from yusuan.fill import fill
from yusuan.locate import Located, locate, locate_tested
from yusuan.read.document import read_disclosure
from yusuan.relations import derive_relations
from yusuan.sheet import Disclosure, Place
from yusuan.tested import regimes_of, test_relations

KINDS = (
    "digits exchanged", "digit dropped", "digit doubled", "digit misread", "point moved", "unit of a cell",
    "neighbour copied", "invented", "lost", "random",
)  # fmt: skip
"""Faults of one cell."""


@dataclass(frozen=True)
class Case:
    """A faulty document, and it as a record under either list of rules."""

    disclosure: Disclosure
    derived: Record
    written: Record

    @classmethod
    def of(cls, disclosure: Disclosure) -> Case:
        rules = derived(disclosure, STANDARD), written(disclosure)
        return cls(disclosure, *(record_of(disclosure, given) for given in rules))


@dataclass(frozen=True)
class Found:
    """The cells that a method would change; ``mends``: changing only these lets its rules hold."""

    places: frozenset[Place]
    proved: bool
    mends: bool
    seconds: float


Method = Callable[[Case, float], Found | None]


@dataclass
class Score:
    """What one method did on the records of one document and number of faults."""

    exact: int = 0
    least: int = 0
    proved: int = 0
    mends: int = 0
    seconds: list[float] = field(default_factory=list)

    def add(self, found: Found | None, planted: Collection[Place], least: int, limit: float) -> None:
        self.seconds.append(found.seconds if found is not None else limit)
        if found is not None:
            self.exact += found.places == planted
            self.least += found.mends and len(found.places) <= least
            self.proved += found.proved
            self.mends += found.mends


def alone(case: Case, limit: float) -> Found:
    """Location in tested relations, as a peer is given them."""
    figures = Figures(case.disclosure)
    relations = derive_relations(case.disclosure, STANDARD, regimes_of(figures, STANDARD))
    return best(case, locate_tested, figures, test_relations(figures, relations, STANDARD), seconds=limit)


def whole(case: Case, limit: float) -> Found:
    """All that ``yusuan locate`` does: relations tested, cells located, the mended figures put to the joint proof."""
    return best(case, locate, case.disclosure, STANDARD, seconds=limit)


def best(case: Case, run: Callable[..., Located], *given: object, seconds: float) -> Found:
    """The best explanation of every group together."""
    started = time.process_time()
    found = run(*given, seconds=seconds)
    took = time.process_time() - started
    record = case.derived
    places = frozenset(change.place for group in found.groups for change in group.explanations[0].changes)
    cells = frozenset(cell for cell, place in enumerate(record.places) if place in places)
    return Found(places, found.proved, mended(record.rules, record.values, cells) is not None, took)


def peer(solve: Callable[[Sequence[Rule], Sequence[int], float], Answer | None], *, by_hand: bool) -> Method:
    """A peer's method under one of the lists of rules."""

    def run(case: Case, limit: float) -> Found | None:
        record = case.written if by_hand else case.derived
        answer = solve(record.rules, record.values, limit)
        if answer is None:
            return None
        return Found(record.named(answer.cells), answer.proved, answer.holds, answer.seconds)

    return run


def methods(*, fits: bool) -> dict[str, Method]:
    """Name → method; those under hand-written rules, where these fit, end in "hand"."""
    solvers = {"HiGHS": locate_textbook} | ({"lp_solve": locate_lpsolve} if PROGRAM is not None else {})
    found: dict[str, Method] = {"yusuan": alone, "yusuan, with proof": whole}
    for name, solve in solvers.items():
        found[f"textbook, {name}"] = peer(solve, by_hand=False)
        if fits:
            found[f"textbook, {name}, hand"] = peer(solve, by_hand=True)
    return found


def plant_cells(book: Book, seen: Collection[Place], count: int, rng: random.Random) -> Planted:
    """The document with so many single wrong figures, all of them in cells that rules speak of."""
    while True:
        planted = plant(book, [rng.choice(KINDS) for _ in range(count)], rng)
        if planted is not None and all(place in seen for place in planted.truth):
            return planted


def fresh(run: Method, case: Case, limit: float) -> Found | None:
    """An answer that does not pay for the garbage of the one before."""
    gc.collect()
    return run(case, limit)


def documents(given: list[Path], units: list[int], seed: int) -> Iterator[tuple[str, Disclosure]]:
    for file in given:
        yield "published", read_disclosure(file)
    with as_file(files("yusuan") / "example" / "disclosure.txt") as file:
        yield "example", read_disclosure(file)
    for count in units:
        ledger = drawn_ledger(random.Random(f"{seed}/{count}"), count, step=STANDARD.scale.quantum, gaps=False)
        filled = fill(ledger, STANDARD, DEPARTMENT if count > 1 else next(iter(ledger.agencies)))
        yield f"{count} units", replace(filled, sheets=tuple(bare(sheet) for sheet in filled.sheets))


def compare(name: str, disclosure: Disclosure, given: argparse.Namespace) -> None:
    clean = Case.of(disclosure)
    if not agree(clean.derived.values, clean.derived.rules):
        sys.exit(f"{name}: the figures do not add up before anything was planted")
    rules = len(clean.derived.rules), len(clean.written.rules)
    print(f"{name}: {len(clean.derived.places):,} cells, {rules[0]:,} rules derived, {rules[1]:,} by hand")
    book, seen = book_of(disclosure, STANDARD.space), frozenset(clean.derived.places)
    for count in given.faults:
        scores = {method: Score() for method in methods(fits=bool(rules[1]))}
        for number in range(given.records):
            planted = plant_cells(book, seen, count, random.Random(f"{given.seed}/{name}/{count}/{number}"))
            case = Case.of(planted.disclosure)
            found = {method: fresh(run, case, given.seconds) for method, run in methods(fits=bool(rules[1])).items()}
            for by_hand in (False, True):
                mine = {method: f for method, f in found.items() if method.endswith("hand") == by_hand}
                least = min((len(f.places) for f in mine.values() if f is not None and f.mends), default=0)
                for method, f in mine.items():
                    scores[method].add(f, frozenset(planted.truth), least, given.seconds)
        for method, score in scores.items():
            report(count, method, score, statistics.median(scores["yusuan"].seconds))


def report(count: int, method: str, score: Score, base: float) -> None:
    records = len(score.seconds)
    middle = statistics.median(score.seconds)
    slow = sorted(score.seconds)[int(0.95 * (records - 1))]
    print(
        f"{count:3} {method:26}{records:4} exact {score.exact:3} least {score.least:3} proved {score.proved:3}"
        f" mends {score.mends:3}  {1000 * middle:9.1f} ms (95 % {1000 * slow:9.1f})  x {middle / base:8.1f}",
        flush=True,
    )


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("files", nargs="*", type=Path)
    words.add_argument("--faults", type=int, nargs="+", default=[1, 2, 3, 5])
    words.add_argument("--records", type=int, default=20)
    words.add_argument("--units", type=int, nargs="*", default=[1, 3, 10])
    words.add_argument("--seed", type=int, default=1)
    words.add_argument("--seconds", type=float, default=60.0, help="limit of one answer")
    given = words.parse_args()
    for name, disclosure in documents(given.files, given.units, given.seed):
        compare(name, disclosure, given)


if __name__ == "__main__":
    main()
