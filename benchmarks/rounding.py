"""Round compiled disclosures together: time, moved cells, unmet sums, for one agency and for departments.

    python benchmarks/rounding.py [--units 1 1 1 5 20] [--facts 60] [--seed 1]

Each size is rounded for its sums alone and as the print of one ledger.
"""

from __future__ import annotations

import argparse
import time

from ledgers import STANDARD, department
from yusuan.fill import fill
from yusuan.relations import derive_relations
from yusuan.rounding import round_together


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--units", type=int, nargs="+", default=[1, 1, 1, 5, 20])
    options.add_argument("--facts", type=int, default=60)
    options.add_argument("--seed", type=int, default=1)
    chosen = options.parse_args()
    print(f"{'units':>5} {'facts':>6} {'cells':>6} {'relations':>9} {'for':>7} {'ms':>7} moved unmet  gap ledger")
    for number, units in enumerate(chosen.units):
        ledger, code = department(units, chosen.facts, chosen.seed + number, step=1)
        exact = fill(ledger, STANDARD, code)
        relations = derive_relations(exact, STANDARD, ("institution", "organ"))
        cells = sum(bool(cell.exact) for sheet in exact.sheets for cell in sheet.cells.values())
        for name, standard in (("sums", None), ("ledger", STANDARD)):
            start = time.perf_counter()
            found = round_together(exact, relations, standard)
            spent = 1000 * (time.perf_counter() - start)
            print(
                f"{units:5} {len(ledger):6} {cells:6} {len(relations):9} {name:>7} {spent:7.0f} {len(found.moved):5} "
                f"{len(found.unmet):5} {found.gap:4.0%} {found.one_ledger}"
            )


if __name__ == "__main__":
    main()
