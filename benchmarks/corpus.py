"""A corpus read and checked on one process and on more: documents and pages a second, memory of each process.

    python benchmarks/corpus.py [FOLDER …] [--workers 1 2] [--rounds 1] [--seconds 120]

FOLDER holds published disclosures (../shared/documents by default); nothing is copied. Each run writes the findings of
all documents as Parquet into a temporary folder; the files of all runs must have the same bytes (exit status 1
otherwise). Memory is the highest of one process over the whole run, and that of the process that leads them.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
import tempfile
import time
from pathlib import Path

from yusuan.corpus.grouping import find_files
from yusuan.corpus.journal import Journal
from yusuan.corpus.rows import CELLS, FINDINGS
from yusuan.corpus.run import Asked, Corpus, Outcome
from yusuan.corpus.workers import Limits, peak_memory
from yusuan.publish.parquet import join_parts

ROOT = Path(__file__).resolve().parents[1]
ASKED = {"read": (Asked("cells"), CELLS), "check": (Asked("findings", check=True), FINDINGS)}


def once(folders: list[Path], room: Path, what: str, workers: int, seconds: float) -> tuple[float, Outcome, str]:
    """Seconds of one run, what came of it, digest of its file."""
    asked, schema = ASKED[what]
    out = room / f"{what}-{workers}.parquet"
    started = time.perf_counter()
    journal = Journal(room / f"{out.name}.parts", anew=True)
    outcome = Corpus(asked, Limits(seconds), journal, workers).run([*find_files(folders)])
    join_parts(out, schema, (journal.part(e.key, ".parquet") for e in outcome.entries if e.read))
    spent = time.perf_counter() - started
    journal.remove()
    return spent, outcome, hashlib.sha256(out.read_bytes()).hexdigest()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="*", type=Path, default=[ROOT.parent / "shared" / "documents"])
    parser.add_argument("--workers", nargs="+", type=int, default=[1, 2])
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=120.0)
    options = parser.parse_args()
    same = True
    for what in ASKED:
        digests = set()
        for workers in options.workers:
            for _ in range(options.rounds):
                with tempfile.TemporaryDirectory() as room:
                    spent, came, digest = once(options.folders, Path(room), what, workers, options.seconds)
                digests.add(digest)
                read, cells = sum(entry.read for entry in came.entries), came.total("cells")
                print(
                    f"{what:5} {workers} process(es): {spent:6.1f} s, {read} documents ({read / spent:.2f}/s), "
                    f"{len(came.refused)} refused, {cells} amounts ({cells / spent:.0f}/s), "
                    f"{came.peak >> 20} MB a process, {peak_memory() >> 20} MB the leader",
                    flush=True,
                )
        same = same and len(digests) == 1
        print(f"{what:5} same bytes: {'yes' if len(digests) == 1 else 'no'}")
    sys.exit(0 if same else 1)


if __name__ == "__main__":
    main()
