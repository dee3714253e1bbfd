"""Location of wrong figures beside a peer: the same faulty records and rules, sets and seconds side by side.

    python benchmarks/peer/compare.py [FILE…] [--faults 1 2 3 5] [--records 20] [--units 1 3 10] [--seed 1]

FILE is a published disclosure that adds up; the bundled example and synthetic departments follow. For each document
and number of faults every method answers the same records; those marked "hand" by hand-written rules, where they fit.

exact: the set found is the planted one. least: it is no larger than the smallest set that really lets those rules
hold, which each method that proves its answer names; a disagreement is printed. proved: the method says that no set is
smaller. mends: changing only this set does let every rule hold.
"""

from __future__ import annotations

import argparse
import gc
import random
import statistics
import sys
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field, replace
from importlib.resources import as_file, files
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "faults"))

from agencies import DEPARTMENT, STANDARD, bare, drawn_ledger
from lpsolve import PROGRAM, locate_lpsolve
from plant import Book, Planted, book_of, plant
from records import Record, agree, derived, record_of, written
from textbook import Answer, locate_textbook, mended

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

Method = Callable[[Disclosure, float], tuple[Record, Answer | None]]


@dataclass
class Score:
    """What one method did on the records of one document and number of faults."""

    exact: int = 0
    least: int = 0
    proved: int = 0
    mends: int = 0
    answered: int = 0
    seconds: list[float] = field(default_factory=list)

    def add(self, answer: Answer | None, record: Record, planted: frozenset[Place], least: int, limit: float) -> None:
        self.seconds.append(answer.seconds if answer is not None else limit)
        if answer is not None:
            self.answered += 1
            self.exact += record.named(answer.cells) == planted
            self.least += answer.holds and len(answer.cells) <= least
            self.proved += answer.proved
            self.mends += answer.holds


def alone(disclosure: Disclosure, seconds: float) -> tuple[Record, Answer | None]:
    """Location in tested relations, as a peer is given them, by the best explanation of every group."""
    figures = Figures(disclosure)
    tested = test_relations(figures, derive_relations(disclosure, STANDARD, regimes_of(figures, STANDARD)), STANDARD)
    return answered(disclosure, locate_tested(figures, tested, seconds=seconds))


def whole(disclosure: Disclosure, seconds: float) -> tuple[Record, Answer | None]:
    """All that ``yusuan locate`` does: relations tested, cells located, the mended figures put to the joint proof."""
    return answered(disclosure, locate(disclosure, STANDARD, seconds=seconds))


def answered(disclosure: Disclosure, found: Located) -> tuple[Record, Answer]:
    record = record_of(disclosure, derived(disclosure, STANDARD))
    number = {place: cell for cell, place in enumerate(record.places)}
    changes = [change for group in found.groups for change in group.explanations[0].changes]
    cells = frozenset(number[change.place] for change in changes)
    least = sum(group.bound for group in found.groups)
    holds = mended(record.rules, record.values, cells) is not None
    return record, Answer(cells, least, found.proved, holds, found.seconds)


def textbook(disclosure: Disclosure, seconds: float) -> tuple[Record, Answer | None]:
    record = record_of(disclosure, derived(disclosure, STANDARD))
    return record, locate_textbook(record.rules, record.values, seconds)


def by_hand(disclosure: Disclosure, seconds: float) -> tuple[Record, Answer | None]:
    record = record_of(disclosure, written(disclosure))
    return record, locate_textbook(record.rules, record.values, seconds)


def lp_solve(disclosure: Disclosure, seconds: float) -> tuple[Record, Answer | None]:
    record = record_of(disclosure, derived(disclosure, STANDARD))
    return record, locate_lpsolve(record.rules, record.values, seconds)


def lp_solve_by_hand(disclosure: Disclosure, seconds: float) -> tuple[Record, Answer | None]:
    record = record_of(disclosure, written(disclosure))
    return record, locate_lpsolve(record.rules, record.values, seconds)


def methods(disclosure: Disclosure) -> dict[str, Method]:
    """Name → method; "hand" in the name of those with other rules than the program's."""
    found: dict[str, Method] = {"yusuan": alone, "yusuan, with proof": whole, "textbook, HiGHS": textbook}
    fits = bool(written(disclosure))
    if fits:
        found["textbook, HiGHS, hand"] = by_hand
    if PROGRAM is not None:
        found["textbook, lp_solve"] = lp_solve
        if fits:
            found["textbook, lp_solve, hand"] = lp_solve_by_hand
    return found


def plant_cells(book: Book, seen: Collection[Place], count: int, rng: random.Random) -> Planted:
    """The document with so many single wrong figures, all of them in cells that rules speak of."""
    while True:
        planted = plant(book, [rng.choice(KINDS) for _ in range(count)], rng)
        if planted is not None and all(place in seen for place in planted.truth):
            return planted


def fresh(run: Method, disclosure: Disclosure, limit: float) -> tuple[Record, Answer | None]:
    """An answer that does not pay for the garbage of the one before."""
    gc.collect()
    return run(disclosure, limit)


def documents(given: list[Path], units: list[int], seed: int) -> Iterator[tuple[str, Disclosure]]:
    for file in given:
        yield "published", read_disclosure(file)
    with as_file(files("yusuan") / "example" / "disclosure.txt") as file:
        yield "example", read_disclosure(file)
    for count in units:
        ledger = drawn_ledger(random.Random(f"{seed}/{count}"), count, step=STANDARD.scale.quantum, gaps=False)
        filled = fill(ledger, STANDARD, DEPARTMENT if count > 1 else next(iter(ledger.agencies)))
        yield f"{count} units", replace(filled, sheets=tuple(bare(sheet) for sheet in filled.sheets))


def compare(name: str, disclosure: Disclosure, faults: list[int], records: int, seed: int, limit: float) -> None:
    record = record_of(disclosure, derived(disclosure, STANDARD))
    if not agree(record.values, record.rules):
        sys.exit(f"{name}: the figures do not add up before anything was planted")
    book = book_of(disclosure, STANDARD.space)
    all_methods, seen = methods(disclosure), frozenset(record.places)
    hand = len(record_of(disclosure, written(disclosure)).rules)
    print(f"{name}: {len(record.places):,} cells, {len(record.rules):,} rules derived, {hand:,} by hand")
    for count in faults:
        scores = {method: Score() for method in all_methods}
        for number in range(records):
            rng = random.Random(f"{seed}/{name}/{count}/{number}")
            planted = plant_cells(book, seen, count, rng)
            answers = {method: fresh(run, planted.disclosure, limit) for method, run in all_methods.items()}
            for hand_rules in (False, True):
                mine = {m: a for m, a in answers.items() if m.endswith("hand") == hand_rules}
                sizes = [len(a.cells) for _, a in mine.values() if a is not None and a.holds]
                least = min(sizes, default=0)
                for method, (asked, answer) in mine.items():
                    scores[method].add(answer, asked, frozenset(planted.truth), least, limit)
        for method, score in scores.items():
            report(count, method, score, records, statistics.median(scores["yusuan"].seconds))


def report(count: int, method: str, score: Score, records: int, base: float) -> None:
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
        compare(name, disclosure, given.faults, given.records, given.seed, given.seconds)


if __name__ == "__main__":
    main()
