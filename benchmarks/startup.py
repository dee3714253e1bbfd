"""Time of the command line: the bare start against Python's own, and a whole check of the bundled disclosure.

Run: ``python benchmarks/startup.py``. Limits: start within twice a bare Python plus 60 ms; check within 1 s on an idle
core, its checking part (the report's own seconds) within 50 ms. Exit status 1 when a limit is passed.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from importlib.resources import as_file, files
from pathlib import Path

ROUNDS = 15
START_FACTOR, START_EXTRA = 2.0, 0.060
CHECK_LIMIT, PART_LIMIT = 1.0, 0.050

SCRIPT = Path(sys.executable).with_name("yusuan")
YUSUAN = [str(SCRIPT)] if SCRIPT.exists() else [sys.executable, "-m", "yusuan"]


def seconds(*command: str) -> tuple[float, bytes]:
    """Wall time of one process, and what it printed."""
    start = time.perf_counter()
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
    return time.perf_counter() - start, done.stdout


def main() -> None:
    with as_file(files("yusuan") / "example" / "disclosure.txt") as source:
        bare, ours, check, part = [], [], [], []
        for _ in range(ROUNDS):
            bare.append(seconds(sys.executable, "-c", "pass")[0])
            ours.append(seconds(*YUSUAN, "--version")[0])
            spent, printed = seconds(*YUSUAN, "check", str(source), "--format", "json")
            check.append(spent)
            part.append(float(json.loads(printed)["summary"]["seconds"]))
    python, version, whole, inner = (statistics.median(values) for values in (bare, ours, check, part))
    limit = START_FACTOR * python + START_EXTRA
    print(f"python -c pass     {1000 * python:7.1f} ms")
    print(f"yusuan --version   {1000 * version:7.1f} ms  ratio {version / python:.2f}  limit {1000 * limit:.1f} ms")
    print(f"yusuan check       {1000 * whole:7.1f} ms  ratio {whole / python:.2f}  limit {1000 * CHECK_LIMIT:.0f} ms")
    print(f"its checking part  {1000 * inner:7.1f} ms  limit {1000 * PART_LIMIT:.0f} ms")
    if version > limit or whole > CHECK_LIMIT or inner > PART_LIMIT:
        sys.exit("over a limit")


if __name__ == "__main__":
    main()
