"""One agency, refilled and rechecked in process, as a page that edits a ledger does after every keystroke.

    python benchmarks/live.py [--rounds 50]

Every round changes one amount of the bundled example; every other round also moves it to another function, so that
other rows are listed. Medians in milliseconds; the first figures are those of a fresh process, with nothing remembered.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from importlib.resources import as_file, files
from typing import TypeVar

from yusuan.check.document import check_disclosure
from yusuan.figures import Figures
from yusuan.fill import fill
from yusuan.forms import Standard
from yusuan.ledger import Fact, Ledger
from yusuan.plan import plan_columns
from yusuan.read.ledger import read_ledger
from yusuan.relations import derive_relations
from yusuan.sheet import Disclosure
from yusuan.standard import load_standard
from yusuan.tested import test_relations

Answer = TypeVar("Answer")
Times = dict[str, list[float]]


def timed(times: Times, name: str, run: Callable[[], Answer]) -> Answer:
    start = time.perf_counter()
    found = run()
    times.setdefault(name, []).append((time.perf_counter() - start) * 1000)
    return found


def edited(ledger: Ledger, round_: int) -> Ledger:
    """The ledger with one amount changed, in every other round at another function."""
    facts = list(ledger.facts())
    place = round_ % len(facts)
    fact = facts[place]
    function = "2060302" if round_ % 2 else fact.exp_func_code
    facts[place] = Fact(*fact[:-1], fact.amount + 100 * round_)._replace(exp_func_code=function)
    return Ledger.of(
        ledger.fiscal_year, ledger.agencies.values(), facts, projects=ledger.projects.values(), goals=ledger.goals
    )


def regimes_of(ledger: Ledger, code: str) -> tuple[str, ...]:
    return ("institution",) if ledger.agencies[code].regime == "institution" else ("organ",)


def once(times: Times, ledger: Ledger, standard: Standard, code: str) -> Disclosure:
    disclosure = timed(times, "fill", lambda: fill(ledger, standard, code))
    relations = timed(times, "derive", lambda: derive_relations(disclosure, standard, regimes_of(ledger, code)))
    tested = timed(times, "evaluate", lambda: test_relations(Figures(disclosure), relations, standard))
    assert tested.outcomes
    timed(times, "whole check", lambda: check_disclosure(disclosure, standard))
    return disclosure


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--rounds", type=int, default=50)
    rounds = words.parse_args().rounds
    cold: Times = {}
    standard = timed(cold, "load form set", lambda: load_standard("hunan/2025"))
    with as_file(files("yusuan") / "example" / "ledger") as folder:
        ledger = timed(cold, "read ledger", lambda: read_ledger(folder, standard.space))
    (code,) = ledger.agencies
    timed(cold, "plan columns", lambda: plan_columns(standard, tuple(standard.forms), regimes_of(ledger, code)))
    once(cold, ledger, standard, code)
    print("first:", ", ".join(f"{name} {times[0]:.1f}" for name, times in cold.items()))
    warm: Times = {}
    for round_ in range(rounds):
        once(warm, edited(ledger, round_), standard, code)
    print("again:", ", ".join(f"{name} {statistics.median(times):.1f}" for name, times in warm.items()))
    core = [sum(parts) for parts in zip(*(warm[name] for name in ("fill", "derive", "evaluate")))]
    print(f"refill and recheck: median {statistics.median(core):.1f} ms, slowest {max(core):.1f} ms")


if __name__ == "__main__":
    main()
