"""A run that is killed at any moment leaves the release before it whole, and the next run completes."""

from __future__ import annotations

import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from yusuan.cli import main
from yusuan.release.store import Shelf

ROOT = Path(__file__).resolve().parents[2]
LEDGER = ROOT / "src" / "yusuan" / "example" / "ledger"
PLACE = Path("104012") / "2025-budget"
MOMENTS = 12


def published(ledger: Path, out: Path, reason: str) -> list[str]:
    return [sys.executable, "-m", "yusuan", "publish", str(ledger), "-o", str(out), "--format", "xlsx,data",
            "--reason", reason]  # fmt: skip


def with_more(ledger: Path, number: int) -> None:
    """The example with one amount more by so many hundred yuan."""
    lines = (LEDGER / "facts.csv").read_text(encoding="utf-8-sig").splitlines()
    amount = lines[0].split(",").index("金额（元）")
    cells = lines[1].split(",")
    cells[amount] = str(int(cells[amount]) + 10_000 * number)
    (ledger / "facts.csv").write_text("\n".join([lines[0], ",".join(cells), *lines[2:]]) + "\n", encoding="utf-8")


@pytest.mark.skipif(sys.platform == "win32", reason="processes are killed by signal")
def test_killed_at_any_moment(tmp_path: Path) -> None:
    chance = random.Random(20250210)
    ledger, out = Path(shutil.copytree(LEDGER, tmp_path / "ledger")), tmp_path / "out"
    begun = time.monotonic()
    subprocess.run(published(ledger, out, "first"), check=True, capture_output=True)
    whole = time.monotonic() - begun
    killed = 0
    for number in range(1, MOMENTS + 1):
        with_more(ledger, number)
        before = len(Shelf(out / PLACE).versions())
        process = subprocess.Popen(published(ledger, out, f"{number}"), stdout=subprocess.DEVNULL)
        # the later half of a run is where files are made and switched
        time.sleep(whole * (0.4 + 0.65 * chance.random()))
        process.send_signal(signal.SIGKILL)
        killed += process.wait() == -signal.SIGKILL
        assert main(["verify", str(out)]) == 0
        assert len(Shelf(out / PLACE).versions()) in (before, before + 1)
        assert (out / PLACE / "current" / "manifest.json").is_file()
    assert killed
    assert main(["publish", str(ledger), "-o", str(out), "--format", "xlsx,data", "--reason", "last"]) == 0
    shelf = {each.name for each in (out / PLACE).iterdir()}
    assert shelf == {"current", "releases.json", *(str(each["version"]) for each in Shelf(out / PLACE).versions())}
    assert main(["verify", str(out)]) == 0
