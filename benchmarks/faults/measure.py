"""Plant faults in correct disclosures and count what the check tells and what the location names.

    python benchmarks/faults/measure.py [--documents N] [--faults 1 2 3 5 20] [--kinds KIND…] [--each N] [--file PATH…]
    python benchmarks/faults/measure.py --clean N [--gaps]

Documents are those of ``agencies.py`` (``--seed``, ``--units LOW HIGH``), or published files and the bundled one with
``--file PATH…``. One fault at a time: each kind, ``--each`` times a document; several at a time: for every number
``--each`` mixtures of faults of one figure (single) and of all kinds (mixed). A ledger that prints the figures in spite
of the faults leaves nothing to find; where check and location are silent or the location names other cells, ``fits.py``
decides. Columns of the tables:

planted     faulty disclosures made.
fits        of these some ledger prints all figures, each within half its last digit: nothing to find in them.
error       of the rest the check tells an error that it does not tell of the correct disclosure; ``told``: at least a
            warning. ``joint``: the location calls the figures inconsistent.
exact       its first explanations name the planted cells, and wherever they propose a value it is the true one. Planted
            cells beyond them count as long as some ledger prints the disclosure without them.
among       the same for one of the listed, equally small explanations.
other       the first explanations are no larger than what was planted, and some ledger prints the figures once they
            are put in: arithmetic does not tell the planted cells from these.
part        planted cells with their true values, yet no ledger prints the rest.
value       the planted cells with a wrong value; ``wrong``: anything else.
given up    contradictions without any explanation in time; ``failed``: the location ended in an exception.
unique      exact, the location called its explanations the only smallest ones and did not say that the figures still
            contradict each other; ``claimed``: it did so for ``part``, ``value`` or ``wrong``.
det. %      exact among those that are neither ``among`` nor ``other``; proved %: none smaller, says the location.
"""

from __future__ import annotations

import argparse
import multiprocessing
import random
import resource
import statistics
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.resources import files
from itertools import islice, product
from pathlib import Path
from typing import Any

from agencies import STANDARD, Document, document
from fits import fits
from plant import PLANTS, SINGLE, Book, Planted, book_of, plant, written

from yusuan.check.document import check_disclosure
from yusuan.finding import Finding, Report
from yusuan.read.document import read_disclosure
from yusuan.sheet import Disclosure, Place

COMBINED = 200
"""Combinations of listed explanations looked through for the planted cells."""

GRAVE = ("error", "warning")


@dataclass(frozen=True)
class Options:
    """What a run does with each document."""

    seed: int
    counts: tuple[int, ...]
    kinds: tuple[str, ...]
    each: int
    units: tuple[int, int] | None
    gaps: bool
    most: int
    seconds: float
    locate: bool


@dataclass(frozen=True)
class Trial:
    """One faulty disclosure and what was said of it."""

    document: str
    printing: str
    units: int
    kinds: tuple[str, ...]
    label: str
    cells: int
    fits: bool = False
    told: str = ""
    """Gravest new finding of the check, empty when there is none."""
    joint: bool = False
    outcome: str = ""
    """exact, among, other, part, value, wrong, given up or failed; empty when nothing was located."""
    unique: bool = False
    proved: bool = False
    check_seconds: float = 0.0
    seconds: float = 0.0
    story: tuple[str, ...] = field(default=(), compare=False)


@dataclass(frozen=True)
class Clean:
    """A correct disclosure and what was said of it; ``errors`` are rules, ``fits`` whether a ledger prints it."""

    document: str
    printing: str
    units: int
    errors: tuple[str, ...]
    verdict: str
    fits: bool | None
    check_seconds: float
    seconds: float


@dataclass(frozen=True)
class Result:
    clean: Clean
    trials: tuple[Trial, ...]
    memory: int


def signature(finding: Finding) -> tuple[object, ...]:
    """What makes a finding another one: its rule, its cells and its gravity."""
    return (finding.rule, finding.form, finding.severity, finding.verdict, tuple(c.place for c in finding.cells))


def checked(disclosure: Disclosure) -> Report | str:
    """The report, or why the check ended in an exception."""
    try:
        return check_disclosure(disclosure, STANDARD)
    except Exception:
        return f"failed: {' '.join(traceback.format_exc().splitlines()[-3:])}"


def told(report: Report | str, before: frozenset[tuple[object, ...]]) -> str:
    """The gravest arithmetic or structural finding that the correct disclosure does not have."""
    if isinstance(report, str):
        return "failed"
    new = [f for f in report.findings if f.verdict == "fails" and f.rule != "heuristic" and signature(f) not in before]
    found = {finding.severity for finding in new}
    return next((severity for severity in GRAVE if severity in found), "")


@dataclass(frozen=True)
class Named:
    """What the location says: per group the listed explanations as place → (proposed, low, high)."""

    verdict: str
    """As the location gives it; ``failed`` and why when it ended in an exception."""
    groups: tuple[tuple[Mapping[Place, tuple[int | None, int | None, int | None]], ...], ...]
    sizes: tuple[int, ...]
    unique: bool
    """Every explanation is said to be the only smallest one, and the figures to agree once they are put in."""
    proved: bool
    seconds: float


def located(disclosure: Disclosure, options: Options) -> Named:
    from yusuan.locate import locate

    started = time.perf_counter()
    try:
        found: Any = locate(disclosure, STANDARD, most=options.most, seconds=options.seconds)
    except Exception:
        said = traceback.format_exc().splitlines()
        return Named(f"failed: {' '.join(said[-3:])}", (), (), False, False, time.perf_counter() - started)
    spent = time.perf_counter() - started
    groups, sizes = [], []
    for group in found.groups:
        explanations = []
        for explanation in group.explanations:
            explanations.append({c.place: (c.proposed, c.low, c.high) for c in explanation.changes})
        groups.append(tuple(explanations))
        sizes.append(group.size)
    still = found.proof is not None and found.proof.verdict == "inconsistent"
    unique = not still and all(group.unique for group in found.groups)
    proved = all(group.proved for group in found.groups)
    return Named(found.verdict, tuple(groups), tuple(sizes), unique, proved, spent)


Changes = Mapping[Place, tuple[int | None, int | None, int | None]]


def right(changes: Changes, truth: Mapping[Place, int | None]) -> bool:
    """Whether all proposals are the true values, or intervals that hold them."""
    for place, (proposed, low, high) in changes.items():
        true = truth.get(place) or 0
        if proposed is not None:
            if proposed != true:
                return False
        elif (low is not None and true < low) or (high is not None and true > high):
            return False
    return True


def complete(changes: Changes, planted: Planted) -> bool:
    """Whether the named cells are planted ones, and once they are right a ledger prints the rest as it stands."""
    truth = planted.truth
    if not changes.keys() <= truth.keys():
        return False
    if changes.keys() == truth.keys():
        return True
    texts = {place: _text(planted.disclosure, place, truth[place]) for place in changes}
    return bool(fits(written(planted.disclosure, texts), STANDARD))


def _text(disclosure: Disclosure, place: Place, amount: int | None) -> str:
    return "" if amount is None else disclosure.sheets[place[0]].scale.format(amount)


def outcome_of(named: Named, planted: Planted) -> str:
    """exact, among, other, part, value, wrong or given up (see the top of this file)."""
    if not all(named.groups):
        return "given up"
    firsts = union(planted, [group[0] for group in named.groups])
    truth = planted.truth
    if complete(firsts, planted):
        return "exact" if right(firsts, truth) else "value"
    for chosen in islice(product(*named.groups), 1, COMBINED):
        changes = union(planted, chosen)
        if changes.keys() <= truth.keys() and right(changes, truth) and complete(changes, planted):
            return "among"
    if firsts.keys() <= truth.keys() and right(firsts, truth):
        return "part"
    small = sum(named.sizes) <= len(truth)
    return "other" if small and mends(firsts, planted) else "wrong"


def union(planted: Planted, chosen: Iterable[Changes]) -> Changes:
    """The changes of several groups, a later one to the same cell in place of an earlier; none that changes nothing."""
    found: dict[Place, tuple[int | None, int | None, int | None]] = {}
    for changes in chosen:
        found.update(changes)
    sheets = planted.disclosure.sheets
    printed = {(s, r, c): cell.amount or 0 for s, r, c in found if (cell := sheets[s].cells.get((r, c)))}
    return {place: change for place, change in found.items() if change[0] != printed.get(place, 0)}


def mends(changes: Changes, planted: Planted) -> bool:
    """Whether a ledger prints the figures with the changes made, cells without a proposed value being free."""
    sheets = planted.disclosure.sheets
    texts = {place: _text(planted.disclosure, place, value[0] or None) for place, value in changes.items()
             if place[1:] in sheets[place[0]].cells}  # fmt: skip
    free = [place for place, value in changes.items() if value[0] is None]
    return fits(written(planted.disclosure, texts), STANDARD, free=free) is not False


def trials(item: Document, findings: Iterable[Finding], options: Options) -> Iterator[Trial]:
    """Every planting in one document."""
    book = book_of(item.disclosure, STANDARD.space)
    if not book.printed:
        return
    before = frozenset(signature(finding) for finding in findings)
    for count in options.counts:
        single = tuple(kind for kind in options.kinds if kind in SINGLE)
        several = {f"{count} single": single, f"{count} mixed": options.kinds}
        labels = {kind: (kind,) for kind in options.kinds} if count == 1 else several
        for (label, kinds), turn in product(labels.items(), range(options.each)):
            rng = random.Random(f"{item.name}/{options.seed}/{count}/{label}/{turn}")
            planted = drawn(book, kinds, count, rng)
            if planted is not None:
                yield tried(item, label, planted, before, options)


def drawn(book: Book, kinds: Sequence[str], count: int, rng: random.Random) -> Planted | None:
    """So many faults of the kinds; a mixture without a place is drawn again."""
    for _ in range(20 if kinds else 0):
        planted = plant(book, [rng.choice(kinds) for _ in range(count)], rng)
        if planted is not None:
            return planted
    return None


def tried(
    item: Document, label: str, planted: Planted, before: frozenset[tuple[object, ...]], options: Options
) -> Trial:
    started = time.perf_counter()
    said = told(checked(planted.disclosure), before)
    spent = time.perf_counter() - started
    named = located(planted.disclosure, options) if options.locate else None
    kinds = tuple(fault.kind for fault in planted.faults)
    trial = Trial(
        item.name, item.printing, item.units, kinds, label, len(planted.truth), told=said, check_seconds=spent
    )
    if named is not None:
        trial = replace(
            trial,
            joint=named.verdict == "inconsistent",
            seconds=named.seconds,
            unique=named.unique,
            proved=named.proved,
        )
    if said != "error" and not trial.joint and fits(planted.disclosure, STANDARD) is not False:
        trial = replace(trial, fits=True)
    elif named is not None and named.verdict.startswith("failed"):
        trial = replace(trial, outcome="failed")
    elif named is not None and named.groups:
        trial = replace(trial, outcome=outcome_of(named, planted))
    if trial.fits or trial.outcome == "exact":
        return trial
    return replace(trial, story=tuple(story(planted, named)))


def story(planted: Planted, named: Named | None) -> Iterator[str]:
    """The planted cells, and the first explanations."""
    sheets = planted.disclosure.sheets
    for fault in planted.faults:
        for (s, r, c), amount in list(fault.truth.items())[:12]:
            cell = sheets[s].cells[r, c]
            yield f"  planted ({fault.kind}) {s, r, c} form {sheets[s].form}: {amount} → {cell.text!r}"
    if named is not None and named.verdict not in ("consistent", "inconsistent"):
        yield f"  {named.verdict}"
    for group in named.groups if named is not None else ():
        yield f"  group of {len(group)} explanations of {len(group[0]) if group else 'no'} cells"
        for changes in group[:3]:
            yield "    " + "; ".join(f"{place} → {value}" for place, value in list(changes.items())[:12])


@cache
def published(path: Path) -> Document:
    return Document(path.name, read_disclosure(path), "published", 1, 0)


def work(job: tuple[int | Path, Options]) -> Result:
    """Everything about one document."""
    number, options = job
    if isinstance(number, Path):
        item = published(number)
    else:
        item = document(options.seed, number, units=options.units, gaps=options.gaps)
    started = time.perf_counter()
    report = checked(item.disclosure)
    spent = time.perf_counter() - started
    named = located(item.disclosure, options) if options.locate else None
    verdict = named.verdict if named else ""
    findings = () if isinstance(report, str) else report.findings
    errors = {finding.rule for finding in findings if finding.severity == "error"}
    errors |= {report} if isinstance(report, str) else set()
    asked = bool(options.counts) or verdict == "inconsistent"
    printable = fits(item.disclosure, STANDARD) if asked and not options.gaps else None
    clean = Clean(
        item.name,
        item.printing,
        item.units,
        tuple(sorted(errors)),
        verdict,
        printable,
        spent,
        named.seconds if named else 0.0,
    )
    sound = printable is not False and verdict != "inconsistent"
    found = tuple(trials(item, findings, options)) if sound else ()
    return Result(clean, found, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)


OUTCOMES = ("exact", "among", "other", "part", "value", "wrong", "given up", "failed")
HEADS = ("planted", "fits", "error", "told", "joint", *OUTCOMES, "unique", "claimed")
SHARES = ("exact %", "det. %", "proved %", "ms", "95 %")


def table(title: str, found: Iterable[Trial], key: Callable[[Trial], str], order: Sequence[str] = ()) -> None:
    """One line for every value of the key."""
    by_key: dict[str, list[Trial]] = {}
    for trial in found:
        by_key.setdefault(key(trial), []).append(trial)
    print(f"\n{title:18}" + "".join(f"{head:>9}" for head in HEADS) + "".join(f"{head:>9}" for head in SHARES))
    for name in sorted(by_key, key=lambda k: (order.index(k) if k in order else len(order), len(k), k)):
        print(f"{name:18}" + line(by_key[name]))


def line(mine: Sequence[Trial]) -> str:
    live = [trial for trial in mine if not trial.fits]
    count = Counter(trial.outcome for trial in live)
    values = [
        len(mine), len(mine) - len(live), sum(t.told == "error" for t in live), sum(bool(t.told) for t in live),
        sum(t.joint for t in live), *(count[k] for k in OUTCOMES), sum(t.unique and t.outcome == "exact" for t in live),
        sum(t.unique and t.outcome in ("part", "value", "wrong") for t in live),
    ]  # fmt: skip
    told_apart = len(live) - count["among"] - count["other"]
    shares = ((count["exact"], len(live)), (count["exact"], told_apart), (sum(t.proved for t in live), len(live)))
    times = sorted(1000 * (t.seconds if t.seconds else t.check_seconds) for t in mine)
    late = times[min(len(times) - 1, int(0.95 * len(times)))]
    percent = "".join(f"{100 * part / whole:9.1f}" if whole else " " * 9 for part, whole in shares)
    return "".join(f"{value:9}" for value in values) + percent + f"{statistics.median(times):9.0f}{late:9.0f}"


CLEAN_HEADS = ("number", "errors", "incons.", "rounding", "failed", "no ledger", "check ms", "locate ms")


def clean_table(found: Sequence[Clean], shown: int) -> None:
    """False alarms on correct disclosures, by how they are printed."""
    print(f"\n{'correct, printed':22}" + "".join(f"{head:>11}" for head in CLEAN_HEADS))
    for printing in dict.fromkeys(sorted(c.printing for c in found)):
        mine = [c for c in found if c.printing == printing]
        said = Counter(c.verdict.partition(":")[0] for c in mine)
        check, place = (statistics.median(1000 * t for t in times) for times in
                        ([c.check_seconds for c in mine], [c.seconds for c in mine]))  # fmt: skip
        print(
            f"{printing:22}{len(mine):11}{sum(bool(c.errors) for c in mine):11}{said['inconsistent']:11}"
            f"{said['rounding']:11}{said['failed']:11}{sum(c.fits is False for c in mine):11}{check:11.0f}{place:11.0f}"
        )
    for rule, number in Counter(rule for c in found for rule in c.errors).most_common():
        print(f"  {rule}: {number} documents")
    alarms = [c for c in found if c.errors or c.verdict.startswith(("inconsistent", "failed"))]
    for c in alarms[:shown]:
        print(f"  {c.document} ({c.printing}, {c.units} units): {', '.join(c.errors) or c.verdict}, fits {c.fits}")


def size_of(trial: Trial) -> str:
    limits = (1, 4, 15, 60)
    return f"≤ {next(limit for limit in limits if trial.units <= limit)} units" if trial.units > 1 else "1 unit"


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, default=40)
    parser.add_argument("--first", type=int, default=0, help="number of the first document")
    parser.add_argument("--faults", type=int, nargs="+", default=[1, 2, 3, 5, 20])
    parser.add_argument("--kinds", nargs="+", choices=list(PLANTS), default=list(PLANTS), metavar="KIND")
    parser.add_argument("--each", type=int, default=1)
    parser.add_argument("--clean", type=int, default=0, help="plant nothing: look at so many correct disclosures")
    parser.add_argument("--gaps", action="store_true", help="let facts fall where a template has no place for them")
    parser.add_argument("--units", type=int, nargs=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=multiprocessing.cpu_count())
    parser.add_argument("--file", type=Path, nargs="+", help="published disclosures (example: the bundled one)")
    parser.add_argument("--misses", type=int, default=0, help="tell so many of those that were not located exactly")
    parser.add_argument("--most", type=int, default=10, help="explanations asked for")
    parser.add_argument("--seconds", type=float, default=20.0, help="time limit of a location")
    parser.add_argument("--check-only", action="store_true", help="do not locate")
    return parser.parse_args()


def main() -> int:
    chosen = arguments()
    counts = () if chosen.clean else tuple(chosen.faults)
    units = (chosen.units[0], chosen.units[1]) if chosen.units else None
    options = Options(
        chosen.seed, counts, tuple(chosen.kinds), chosen.each, units, chosen.gaps, chosen.most, chosen.seconds,
        not chosen.check_only,
    )  # fmt: skip
    bundled = Path(str(files("yusuan") / "example" / "disclosure.txt"))
    numbers: Iterable[int | Path] = range(chosen.first, chosen.first + (chosen.clean or chosen.documents))
    if chosen.file:
        numbers = [bundled if path == Path("example") else path for path in chosen.file]
    started = time.perf_counter()
    with multiprocessing.Pool(chosen.workers) as pool:
        found = list(pool.imap(work, ((number, options) for number in numbers), chunksize=1 if counts else 8))
    every = [trial for result in found for trial in result.trials]
    memory = max(result.memory for result in found) / 1024
    spent = time.perf_counter() - started
    print(f"{len(found)} documents, {len(every)} plantings, {spent:.0f} s, {memory:.0f} MiB at most")
    clean_table([result.clean for result in found], chosen.misses or 20)
    if every:
        report(every, chosen.misses)
    return 0


def report(every: Sequence[Trial], misses: int) -> None:
    table("kind", every, lambda t: t.label, tuple(PLANTS))
    table("printing", every, lambda t: t.printing)
    if len({size_of(t) for t in every}) > 1:
        table("size", every, size_of)
    searched = any(t.seconds for t in every)
    left = [t for t in every if not t.fits and (not t.told or (searched and t.outcome != "exact"))]
    for trial in left[:misses]:
        state = f"{trial.told or 'not told'}, {trial.outcome or 'not located'}{', unique' if trial.unique else ''}"
        print(f"{trial.document} ({trial.printing}, {trial.units} units) {trial.label}: {state}")
        print("\n".join(trial.story))


if __name__ == "__main__":
    sys.exit(main())
