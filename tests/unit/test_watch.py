"""Reading past its limits ends the program with one sentence and status 2; within them nothing happens."""

from __future__ import annotations

import subprocess
import sys

import pytest

from yusuan.commands.watch import Watch, used_megabytes

LATE = "import time\nfrom yusuan.commands.watch import Watch\nwith Watch('a.pdf', '{lang}', {limits}):\n    {work}\n"


@pytest.mark.parametrize(
    ("lang", "limits", "work", "said"),
    [
        ("zh", "0.1", "time.sleep(60)", "a.pdf 读了"),
        ("en", "60, 50", "a = bytearray(b'1' * (300 << 20)); time.sleep(60)", "more than 50 MiB"),
    ],
)
def test_past_a_limit_it_ends(lang: str, limits: str, work: str, said: str) -> None:
    code = LATE.format(lang=lang, limits=limits, work=work)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=False, timeout=50)
    assert done.returncode == 2
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_within_the_limits_the_work_goes_on() -> None:
    with Watch("a.pdf", "zh", 60, 100_000):
        assert used_megabytes() >= 0
