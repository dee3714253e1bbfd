"""Place the texts of performance forms under their indicator labels, when head and body came apart.

Order and wording decide; a text that could stand under several labels equally well is left unsettled and all of them
are named.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from yusuan.read.columns import by_labels
from yusuan.read.sheets import Draft
from yusuan.sheet import Repair


@cache
def evidence() -> Mapping[str, re.Pattern[str]]:
    """Data element of an indicator → words that speak for it."""
    raw = tomllib.loads((files("yusuan") / "standards" / "lexicon.toml").read_text(encoding="utf-8"))
    return {entry["data"]: re.compile(entry["pattern"]) for entry in raw["evidence"]}


def place_texts(draft: Draft) -> None:
    """Assign every text cell of the draft to a text column."""
    leaves = draft.form.leaves()
    targets = [i for i, leaf in enumerate(leaves) if leaf.role == "text"]
    if not targets:
        return
    money = {i for i, leaf in enumerate(leaves) if leaf.role == "money"}
    labelled = by_labels(draft.table, draft.form)
    for r in range(len(draft.rows)):
        cells = sorted((c, cell) for (row, c), cell in draft.figures.items() if row == r)
        texts = [(c, cell.text) for c, cell in cells if draft.places.get(c) not in money]
        texts = [(c, text) for c, text in texts if c > min(money, default=0) or labelled.get(c) in targets]
        if not texts:
            continue
        if _agrees(draft, texts, labelled, targets):
            draft.texts[r] = {c: (labelled[c], None) for c, _ in texts}
        else:
            draft.texts[r] = _best(draft, texts, labelled, targets)


def _agrees(draft: Draft, texts: list[tuple[int, str]], labelled: Mapping[int, int], targets: list[int]) -> bool:
    """Whether the printed labels place every text, and no wording speaks against one while speaking for another."""
    phantom = draft.table.width - draft.start > len(draft.form.leaves())
    return not phantom and all(labelled.get(c) in targets for c, _ in texts)


def _weight(draft: Draft, text: str, leaf: int, column: int, labelled: Mapping[int, int]) -> int:
    data = draft.form.leaves()[leaf].data
    pattern = evidence().get(data)
    return (4 if pattern is not None and pattern.search(text) else 0) + (1 if labelled.get(column) == leaf else 0)


def _best(
    draft: Draft, texts: list[tuple[int, str]], labelled: Mapping[int, int], targets: list[int]
) -> dict[int, tuple[int, Repair | None]]:
    """The order-keeping placement with most evidence; rivals of equal evidence are named."""
    n, m = len(texts), len(targets)
    if n > m:
        return {c: (labelled[c], None) for c, _ in texts if labelled.get(c) in targets}
    weight = [[_weight(draft, text, leaf, c, labelled) for leaf in targets] for c, text in texts]
    low = -(10**6)
    ahead = [[low] * (m + 1) for _ in range(n + 1)]
    for j in range(m + 1):
        ahead[n][j] = 0
    for i in range(n - 1, -1, -1):
        for j in range(m - 1, -1, -1):
            ahead[i][j] = max(ahead[i][j + 1], weight[i][j] + ahead[i + 1][j + 1])
    behind = [[low] * (m + 1) for _ in range(n + 1)]
    for j in range(m + 1):
        behind[0][j] = 0
    for i in range(1, n + 1):
        for j in range(1, m + 1):
            behind[i][j] = max(behind[i][j - 1], weight[i - 1][j - 1] + behind[i - 1][j - 1])
    best = ahead[0][0]
    found: dict[int, tuple[int, Repair | None]] = {}
    at = 0
    paths = draft.form.paths()
    for i, (column, text) in enumerate(texts):
        options = [j for j in range(m) if behind[i][j] + weight[i][j] + ahead[i + 1][j + 1] == best]
        here = max((j for j in options if j >= at), default=options[-1])
        at = here + 1
        leaf = targets[here]
        printed = labelled.get(column)
        printed_label = "/".join(paths[printed][-1:]) if printed is not None else ""
        repair = None
        if len(options) > 1:
            names = ["/".join(paths[targets[j]][-1:]) for j in options]
            repair = Repair("label_unproven", printed_label, {"text": text, "candidates": names}, settled=False)
        elif printed != leaf:
            repair = Repair("label_by_wording", printed_label, {"text": text, "label": paths[leaf][-1]})
        found[column] = (leaf, repair)
    return found
