"""Recover ledgers from forms: time, atoms, facts given, found, determined, with least and most worked out to the end,
and whether every figure comes out again. Then withhold one function of each disclosure: figures withheld, exposed,
cells proposed, by how much a cheaper choice may lie below (gap) and whether all ledgers were tried (tested).

    python benchmarks/recover.py [FILE…] [--units 1 1 1 5 20] [--facts 60] [--seed 1] [--seconds 20]

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
from yusuan.secrecy import cells_of, exposed
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
    tight = sum(item.range.tight for item in found.facts)
    determined = found.ledger.marks.count("determined")
    unique = sum(item.unique for item in found.facts)
    kind = "rounded" if found.rounded else "exact"
    print(
        f"{name:>22} {spent:7.0f} {found.atoms:6} {'' if given is None else given:>6} {len(found.ledger):6} "
        f"{unique:6} {determined:10} {tight:6} {kind:>8} {'yes' if same else 'NO':>6}"
    )


def withhold(name: str, disclosure: Disclosure, seconds: float) -> None:
    """Withhold the listed function with the most figures."""
    rows = [row.code for sheet in disclosure.sheets for row in sheet.rows if row.role == "function"]
    code = max(sorted(set(rows)), key=lambda code: len(cells_of(disclosure, code)))
    start = time.perf_counter()
    found = exposed(disclosure, STANDARD, withhold=cells_of(disclosure, code), seconds=seconds)
    spent = 1000 * (time.perf_counter() - start)
    print(
        f"{name:>22} {spent:7.0f} {len(found.figures):8} {len(found.exposed):7} {len(found.proposal):8} "
        f"{found.gap:6.1%} {'yes' if found.tested else 'no':>6}"
    )


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("files", nargs="*", type=Path)
    options.add_argument("--units", type=int, nargs="+", default=[1, 1, 1, 5, 20])
    options.add_argument("--facts", type=int, default=60)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--seconds", type=float, default=20.0, help="for what is withheld")
    chosen = options.parse_args()
    print(f"{'':>22} {'ms':>7}  atoms  given  found unique determined  tight  figures again?")
    known: dict[str, Disclosure] = {}
    with as_file(files("yusuan") / "example" / "disclosure.txt") as example:
        for file in chosen.files or [example]:
            known[file.name[:22]] = read_disclosure(file)
            line(file.name[:22], read_disclosure(file), None)
            line("the same again", read_disclosure(file), None)
    for step, name in ((STANDARD.scale.quantum, "whole steps"), (1, "each cell rounded")):
        for number, units in enumerate(chosen.units):
            ledger, code = department(units, chosen.facts, chosen.seed + number, step=step)
            known[f"{units} · {name} · {number}"] = fill(ledger, STANDARD, code)
            line(f"{units} · {name}", fill(ledger, STANDARD, code), len(ledger))
    print(f"\n{'withheld':>22} {'ms':>7}  figures exposed proposed    gap tested")
    for title, disclosure in known.items():
        withhold(title, disclosure, chosen.seconds)


if __name__ == "__main__":
    main()
