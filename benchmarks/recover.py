"""Recover ledgers from forms: time, atoms, facts given, found, determined, and whether every figure comes out again.

    python benchmarks/recover.py [FILE…] [--units 1 1 1 5 20] [--facts 60] [--seed 1]

FILE is a published disclosure; without one the bundled example is used. Synthetic departments follow.
"""

from __future__ import annotations

import argparse
import time
from importlib.resources import as_file, files
from pathlib import Path

from ledgers import STANDARD, department
from yusuan.fill import fill
from yusuan.read.document import read_disclosure
from yusuan.recover import recover
from yusuan.sheet import Disclosure


def printed(disclosure: Disclosure) -> dict[object, int]:
    cells = ((sheet.form, cell) for sheet in disclosure.sheets for cell in sheet.cells.values())
    return {(form, cell.point): cell.amount for form, cell in cells if cell.point is not None and cell.amount}


def line(name: str, disclosure: Disclosure, given: int | None) -> None:
    start = time.perf_counter()
    found = recover(disclosure, STANDARD)
    spent = 1000 * (time.perf_counter() - start)
    if found.ledger is None or disclosure.agency is None:
        print(f"{name:>22} {spent:7.0f}  no ledger: {found.sentences('en')[0]}")
        return
    again = printed(fill(found.ledger, STANDARD, disclosure.agency.code))
    known = printed(disclosure)
    same = all(again.get(key) == amount for key, amount in known.items())
    determined = found.ledger.marks.count("determined")
    unique = sum(item.unique for item in found.facts)
    print(
        f"{name:>22} {spent:7.0f} {found.atoms:6} {'' if given is None else given:>6} {len(found.ledger):6} "
        f"{unique:6} {determined:10} {'rounded' if found.rounded else 'exact':>8} {'yes' if same else 'NO':>6}"
    )


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("files", nargs="*", type=Path)
    options.add_argument("--units", type=int, nargs="+", default=[1, 1, 1, 5, 20])
    options.add_argument("--facts", type=int, default=60)
    options.add_argument("--seed", type=int, default=1)
    chosen = options.parse_args()
    print(f"{'':>22} {'ms':>7}  atoms  given  found unique determined  figures again?")
    with as_file(files("yusuan") / "example" / "disclosure.txt") as example:
        for file in chosen.files or [example]:
            line(file.name[:22], read_disclosure(file), None)
            line("the same again", read_disclosure(file), None)
    for step, name in ((STANDARD.scale.quantum, "whole steps"), (1, "each cell rounded")):
        for number, units in enumerate(chosen.units):
            ledger, code = department(units, chosen.facts, chosen.seed + number, step=step)
            line(f"{units} · {name}", fill(ledger, STANDARD, code), len(ledger))


if __name__ == "__main__":
    main()
