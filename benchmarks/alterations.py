"""Alter every printed number of a published text in every way, one at a time, and count what the check names.

Run: ``python benchmarks/alterations.py FILE… [--workers N] [--every N] [--misses N]``. For each kind of alteration: how
many were tried, how many led to any new finding, how many to a finding that names the spot, how many of those are of
severity error, how many made the reader realign another form (none may), and how many made the program fail.
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import time
from collections import Counter
from functools import cache
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "properties"))

from altering import Alteration, Outcome, Subject

KINDS = (
    "+0.01", "-0.01", "+1", "-1", "x10", "digits", "left", "right", "up", "down", "blank", "unlabelled",
)  # fmt: skip


@cache
def subject(file: Path) -> Subject:
    return Subject(file)


def run(job: tuple[Path, Alteration]) -> tuple[Alteration, Outcome | str]:
    file, alteration = job
    try:
        return alteration, subject(file).outcome(alteration)
    except Exception as error:
        return alteration, f"{type(error).__name__}: {error}"


def measure(file: Path, *, workers: int, every: int, misses: int) -> int:
    started = time.perf_counter()
    jobs = [(file, alteration) for alteration in list(subject(file).alterations())[::every]]
    tried, told, named, errors, moved, failed = (Counter[str]() for _ in range(6))
    missed: list[tuple[Alteration, str]] = []
    with multiprocessing.Pool(workers) as pool:
        for alteration, outcome in pool.imap_unordered(run, jobs, chunksize=16):
            tried[alteration.kind] += 1
            if isinstance(outcome, str):
                failed[alteration.kind] += 1
                missed.append((alteration, outcome))
                continue
            told[alteration.kind] += outcome.told
            named[alteration.kind] += outcome.named
            errors[alteration.kind] += outcome.error
            moved[alteration.kind] += outcome.realigned
            if not outcome.named or outcome.realigned:
                why = "realigned" if outcome.realigned else "not named" if outcome.told else "not found"
                missed.append((alteration, why))
    print(f"{file.name}: {sum(tried.values())} alterations in {time.perf_counter() - started:.0f} s")
    print(f"{'kind':12}{'tried':>7}{'found':>7}{'named':>7}{'errors':>8}{'moved':>7}{'failed':>8}")
    for kind in KINDS:
        print(f"{kind:12}{tried[kind]:7}{told[kind]:7}{named[kind]:7}{errors[kind]:8}{moved[kind]:7}{failed[kind]:8}")
    for alteration, why in sorted(missed, key=lambda m: (m[0].form, m[0].kind, m[0].changes))[:misses]:
        changes = ", ".join(f"line {line} field {column} → {text!r}" for (line, column), text in alteration.changes)
        print(f"  {why}: form {alteration.form} {alteration.kind} {alteration.text!r}: {changes}")
    return len(missed)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--workers", type=int, default=multiprocessing.cpu_count())
    parser.add_argument("--every", type=int, default=1, help="take every Nth alteration")
    parser.add_argument("--misses", type=int, default=200, help="list so many misses")
    options = parser.parse_args()
    missed = [measure(f, workers=options.workers, every=options.every, misses=options.misses) for f in options.files]
    return int(any(missed))


if __name__ == "__main__":
    sys.exit(main())
