"""The same programme in lp_solve 5.5, the solver behind R's ``errorlocate``, with that package's settings.

Those are: one constant of ten million for every switch, switches whole to 1e-15, smallest pivot 1e-15, rows simplified
first. Needs the program ``lp_solve`` (Debian package ``lp-solve``); without it this peer is left out.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from textbook import Answer, Rule, mended, model_of, silent

SWITCH = 1e7
PROGRAM = shutil.which("lp_solve")
SETTINGS = ("-e", "1e-15", "-trej", "1e-15", "-presolverow")
GRACE = 30
"""Seconds after its own limit when the program is ended: it looks at the clock between two nodes only."""


def locate_lpsolve(rules: Sequence[Rule], values: Sequence[int], seconds: float = 60.0) -> Answer | None:
    """The set that lp_solve finds, in processor seconds without reading; ``None`` when it has none in time."""
    assert PROGRAM is not None
    with tempfile.TemporaryDirectory() as name:
        file = Path(name) / "record.mps"
        solver = silent()
        solver.passModel(model_of(rules, values, SWITCH))
        solver.writeModel(str(file))
        command = [PROGRAM, "-fmps", str(file), "-S3", "-time", "-timeout", str(int(seconds)), *SETTINGS]
        try:
            done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=seconds + GRACE)
        except subprocess.TimeoutExpired:
            return None
    return read_answer(done.stdout + done.stderr, rules, values)


def read_answer(text: str, rules: Sequence[Rule], values: Sequence[int]) -> Answer | None:
    """What the program printed."""
    took = re.search(r"CPU Time for solving: ([\d.]+)s", text)
    section = text.partition("Actual values of the variables:")[2].partition("Actual values of the constraints:")[0]
    found = {int(number): float(value) for number, value in re.findall(r"^c(\d+)\s+(\S+?)(?:CPU|$)", section, re.M)}
    if took is None or not found:
        return None
    count = len(values)
    cells = frozenset(j for j in range(count) if found.get(count + j, 0.0) > 0.5)
    proved = "suboptimal" not in text.lower()
    least = len(cells) if proved else 0
    return Answer(cells, least, proved, mended(rules, values, cells) is not None, float(took[1]))
