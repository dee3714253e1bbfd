"""Compile many agencies to sheets, against the bare group-bys of the same engine over the same facts.

    python benchmarks/compile.py [--agencies 5000 20000 50000] [--facts 60] [--seed 1]

For each size a Parquet file of synthetic facts is made; then the group-bys and the forms run, each in a process of its
own so that its peak memory is its own. Both start from facts in memory; seconds are the best of three runs.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

GROUPINGS = 25
SECOND_AXES = ("exp_func_code", "dep_bgt_eco_code", "gov_bgt_eco_code", "fund_type_code", "kind")
STANDARD = "hunan/2025"


def make(folder: Path, agencies: int, facts: int, seed: int) -> dict[str, Any]:
    from synthetic import synthetic
    from yusuan.standard import load_standard

    frame, units = synthetic(load_standard(STANDARD).space, agencies, facts, seed)
    frame.write_parquet(folder / "facts.parquet")
    units.write_parquet(folder / "units.parquet")
    return {"facts": frame.height, "places": frame.drop("agency_code", "pro_code", "amount").unique().height}


def best(run: Callable[[], object], times: int = 3) -> float:
    found = []
    for _ in range(times):
        start = time.perf_counter()
        run()
        found.append(time.perf_counter() - start)
    return min(found)


def peak() -> float:
    """Peak memory of this process in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def group(folder: Path) -> dict[str, Any]:
    """The bare group-bys: sums of 分 by agency and a second axis, as many as there are forms and two more."""
    import polars as pl

    facts = pl.read_parquet(folder / "facts.parquet")
    seconds = [SECOND_AXES[i % len(SECOND_AXES)] for i in range(GROUPINGS)]

    def run() -> None:
        for axis in seconds:
            facts.group_by("agency_code", axis).agg(pl.col("amount").sum())

    return {"seconds": best(run), "peak": peak()}


def forms(folder: Path, chunk: int) -> dict[str, Any]:
    """All forms of all agencies, chunk by chunk; the rows are counted and let go, as a writer would."""
    import polars as pl

    from yusuan.batch import fill_many_chunks
    from yusuan.standard import load_standard

    facts, units = pl.read_parquet(folder / "facts.parquet"), pl.read_parquet(folder / "units.parquet")
    standard = load_standard(STANDARD)
    rows = 0

    def run() -> None:
        nonlocal rows
        chunks = fill_many_chunks(facts, standard, units, agencies=chunk)
        rows = sum(frame.height for frames in chunks for frame in frames.values())

    return {"seconds": best(run), "rows": rows, "forms": len(standard.forms), "peak": peak()}


def step(*words: object) -> dict[str, Any]:
    """One step in a fresh process."""
    command = [sys.executable, __file__, *(str(word) for word in words)]
    found: dict[str, Any] = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return found


def compare(agencies: int, facts: int, seed: int, chunk: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        made = step("--step", "make", "--folder", name, "--agencies", agencies, "--facts", facts, "--seed", seed)
        bare = step("--step", "group", "--folder", name)
        filled = step("--step", "forms", "--folder", name, "--chunk", chunk)
    print(
        f"{agencies:>7,} agencies {made['facts']:>10,} facts ({made['places']:,} distinct places)"
        f"  {GROUPINGS} group-bys {bare['seconds']:6.2f} s {bare['peak']:6,.0f} MiB"
        f"  {filled['forms']} forms {filled['seconds']:6.2f} s {filled['peak']:6,.0f} MiB {filled['rows']:>10,} rows"
        f"  ratio {filled['seconds'] / bare['seconds']:.2f}",
        flush=True,
    )


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--agencies", type=int, nargs="+", default=[5_000, 20_000, 50_000])
    words.add_argument("--facts", type=int, default=60)
    words.add_argument("--seed", type=int, default=1)
    words.add_argument("--chunk", type=int, default=5_000)
    words.add_argument("--step", choices=("make", "group", "forms"), help=argparse.SUPPRESS)
    words.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    given = words.parse_args()
    if given.step == "make":
        print(json.dumps(make(given.folder, given.agencies[0], given.facts, given.seed)))
    elif given.step == "group":
        print(json.dumps(group(given.folder)))
    elif given.step == "forms":
        print(json.dumps(forms(given.folder, given.chunk)))
    else:
        for agencies in given.agencies:
            compare(agencies, given.facts, given.seed, given.chunk)


if __name__ == "__main__":
    main()
