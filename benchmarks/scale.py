"""Cost against size: departments of ever more units, all 23 forms, until it is no longer practical.

    python benchmarks/scale.py [--units 1 2 5 10 20 40 60 100 200] [--faults 3] [--records 3] [--seconds 120]
                               [--save FILE.json]
    python benchmarks/scale.py --load FILE.json --plot FILE.svg

Each size and way runs in a process of its own, so that its peak memory is its own (the made-up ledger included). proof:
one ledger behind all figures of the correct document. locate: so many wrong figures found, without and with the joint
proof of the mended figures. single: the same wrong figures by one textbook programme over the whole document. A way is
not tried on larger sizes once a step of it takes longer than the limit. The plot needs matplotlib.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE / "faults"), str(HERE / "peer")]

FACTS, FUNCTIONS = 140, 11
"""Facts and functions of a unit: 60 such units print more than 100,000 cells."""

WAYS = ("proof", "locate", "single")
GRACE = 300
"""Seconds beyond the limit after which a process is ended: it also makes its document."""

Row = dict[str, Any]
Answer = TypeVar("Answer")


def document(units: int, seed: int) -> Any:
    """A correct department whose figures are whole last digits."""
    from agencies import DEPARTMENT, STANDARD, bare, drawn_fact, drawn_habit, pools

    from yusuan.fill import fill
    from yusuan.ledger import Fact, Ledger
    from yusuan.sheet import Agency

    rng = random.Random(f"{seed}/{units}")
    agencies, projects, amounts = [], [], dict[tuple[str, ...], int]()
    for number in range(1, units + 1):
        regime = rng.choice(("organ", "assimilated", "institution"))
        agency = Agency(f"{DEPARTMENT}{number:03d}", f"示例单位{number}", DEPARTMENT, "示例部门", regime)
        listed = pools("institution" if regime == "institution" else "organ").listed
        habit = drawn_habit(rng, agency, STANDARD.scale.quantum, gaps=False)
        habit = replace(habit, functions=tuple(rng.sample(listed, FUNCTIONS)))
        facts = [fact for _ in range(FACTS) if (fact := drawn_fact(rng, habit, gaps=False)) is not None]
        for fact in facts:
            amounts[fact[:-1]] = amounts.get(fact[:-1], 0) + fact.amount
        agencies.append(agency)
        projects += habit.projects
    ledger = Ledger.of(2025, agencies, [Fact(*place, amount=a) for place, a in amounts.items()], projects=projects)
    filled = fill(ledger, STANDARD, DEPARTMENT if units > 1 else agencies[0].code)
    return replace(filled, sheets=tuple(bare(sheet) for sheet in filled.sheets))


def timed(found: Row, name: str, run: Callable[..., Answer], *given: Any, **named: Any) -> Answer:
    clock, start = time.perf_counter(), time.process_time()
    answer = run(*given, **named)
    found.setdefault(name, []).append(time.process_time() - start)
    found["longest"] = max(found.get("longest", 0.0), time.perf_counter() - clock)
    return answer


def measure(way: str, units: int, faults: int, records: int, seconds: float, seed: int) -> Row:
    """One way on one size, in this process."""
    from agencies import STANDARD
    from compare import plant_cells
    from plant import book_of
    from records import derived, record_of
    from textbook import locate_textbook

    from yusuan.figures import Figures
    from yusuan.locate import locate, locate_tested
    from yusuan.prove import prove_tested
    from yusuan.relations import derive_relations
    from yusuan.tested import regimes_of, test_relations

    correct = document(units, seed)
    figures = Figures(correct)
    found: Row = {"cells": sum(len(sheet.cells) for sheet in correct.sheets)}
    relations = timed(found, "derive", derive_relations, correct, STANDARD, regimes_of(figures, STANDARD))
    tested = timed(found, "test", test_relations, figures, relations, STANDARD)
    found["relations"] = len(relations)
    if way == "proof":
        proof = timed(found, "proof", prove_tested, figures, tested, STANDARD, seconds=seconds)
        found |= {"verdict": proof.verdict, "atoms": proof.atoms}
        return found | {"peak": peak()}
    book, seen = book_of(correct, STANDARD.space), frozenset(record_of(correct, derived(correct, STANDARD)).places)
    found |= {"exact": 0, "proved": 0}
    for number in range(records):
        planted = plant_cells(book, seen, faults, random.Random(f"{seed}/{units}/{number}"))
        wrong, truth = planted.disclosure, frozenset(planted.truth)
        if way == "single":
            record = record_of(wrong, derived(wrong, STANDARD))
            answer = timed(found, "single", locate_textbook, record.rules, record.values, seconds)
            found["exact"] += answer is not None and record.named(answer.cells) == truth
            found["proved"] += answer is not None and answer.proved
            continue
        now = Figures(wrong)
        again = test_relations(now, relations, STANDARD)
        alone = timed(found, "located", locate_tested, now, again, seconds=seconds)
        timed(found, "whole", locate, wrong, STANDARD, seconds=seconds)
        places = {change.place for group in alone.groups for change in group.explanations[0].changes}
        found["exact"] += places == truth
        found["proved"] += alone.proved
    return found | {"peak": peak()}


def peak() -> float:
    """Peak memory of this process in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def sizes(given: argparse.Namespace) -> Iterator[Row]:
    """The rows of the table; a way that failed or took too long is left out of the larger sizes."""
    open_ways = list(WAYS)
    for units in given.units:
        row: Row = {"units": units}
        for way in tuple(open_ways):
            measured = one(way, units, given)
            row[way] = measured
            if "failed" in measured or measured["longest"] > given.seconds:
                open_ways.remove(way)
        yield row
        if not open_ways:
            return


def one(way: str, units: int, given: argparse.Namespace) -> Row:
    """One way on one size, in a process of its own."""
    words = ["--step", way, "--units", units, "--faults", given.faults, "--records", given.records]
    words += ["--seconds", given.seconds, "--seed", given.seed]
    command = [sys.executable, __file__, *(str(word) for word in words)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=given.seconds * 3 + GRACE)
    except subprocess.TimeoutExpired:
        return {"failed": "ended after the limit"}
    if done.returncode:
        return {"failed": done.stderr.strip().splitlines()[-1] if done.stderr.strip() else f"exit {done.returncode}"}
    measured: Row = json.loads(done.stdout.splitlines()[-1])
    return measured


HEAD = ("units", "cells", "relations", "derive", "proof", "MiB", "located", "whole", "found", "MiB", "single", "found",
        "MiB")  # fmt: skip


def line(row: Row, records: int) -> list[str]:
    """A row of the table as texts."""
    proof, locate, single = (row.get(way, {}) for way in WAYS)
    base = proof if "cells" in proof else locate if "cells" in locate else single
    return [
        f"{row['units']}", *(f"{base[name]:,}" if name in base else "" for name in ("cells", "relations")),
        seconds(base, "derive"), seconds(proof, "proof"), mebibytes(proof),
        seconds(locate, "located"), seconds(locate, "whole"), hits(locate, records), mebibytes(locate),
        seconds(single, "single"), hits(single, records), mebibytes(single),
    ]  # fmt: skip


def seconds(measured: Row, name: str) -> str:
    return f"{statistics.median(measured[name]):.2f}" if name in measured else measured.get("failed", "")[:12]


def hits(measured: Row, records: int) -> str:
    return f"{measured['exact']}/{records}" if "exact" in measured else ""


def mebibytes(measured: Row) -> str:
    return f"{measured['peak']:,.0f}" if "peak" in measured else ""


def plot(rows: list[Row], file: Path) -> None:
    """Seconds against cells, both axes logarithmic."""
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams["svg.hashsalt"] = "scale"
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(7, 4.5))
    lines = (
        ("proof", "derive", "relations derived"), ("proof", "proof", "joint proof"),
        ("locate", "located", "cells located"), ("locate", "whole", "located and proved"),
        ("single", "single", "one textbook programme"),
    )  # fmt: skip
    for (way, name, label), sign in zip(lines, "ovsD^"):
        points = [(r[way]["cells"], statistics.median(r[way][name])) for r in rows if name in r.get(way, {})]
        if points:
            axes.plot(*zip(*points), marker=sign, label=label)
    axes.set(xscale="log", yscale="log", xlabel="cells", ylabel="seconds")
    axes.grid(True, which="major", alpha=0.3)
    axes.legend()
    figure.tight_layout()
    figure.savefig(file, metadata={"Date": None})


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--units", type=int, nargs="+", default=[1, 2, 5, 10, 20, 40, 60, 100, 200])
    words.add_argument("--faults", type=int, default=3)
    words.add_argument("--records", type=int, default=3)
    words.add_argument("--seconds", type=float, default=120.0)
    words.add_argument("--seed", type=int, default=1)
    words.add_argument("--save", type=Path, help="keep what was measured")
    words.add_argument("--load", type=Path, help="show what was kept instead of measuring")
    words.add_argument("--plot", type=Path, help="draw it")
    words.add_argument("--step", choices=WAYS, help=argparse.SUPPRESS)
    given = words.parse_args()
    if given.step:
        found = measure(given.step, given.units[0], given.faults, given.records, given.seconds, given.seed)
        print(json.dumps(found))
        return
    print("  ".join(f"{name:>9}" for name in HEAD))
    rows: list[Row] = []
    for row in json.loads(given.load.read_text(encoding="utf-8")) if given.load else sizes(given):
        rows.append(row)
        print("  ".join(f"{text:>9}" for text in line(row, given.records)), flush=True)
    if given.save:
        given.save.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    if given.plot:
        plot(rows, given.plot)


if __name__ == "__main__":
    main()
