"""Render what was located: words in Chinese or English, and JSON (``yusuan.location/1``)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from yusuan.check.arithmetic import finding_on
from yusuan.check.render import address, cell_json, cell_text, message
from yusuan.figures import Figures
from yusuan.hitting import WIDEST
from yusuan.locate import Change, Explanation, Group, Located
from yusuan.prove import Proof
from yusuan.relations import Relation
from yusuan.words import say

SCHEMA = "yusuan.location/1"
SHOWN = 6
"""Changes of one move, and relations of one group, that the text shows."""


def location_text(figures: Figures, located: Located, lang: str = "zh") -> str:
    """The result for a terminal."""
    agency = figures.disclosure.agency
    values = {"relations": located.relations, "seconds": f"{located.seconds:.2f}"}
    lines = [f"{agency.name if agency else figures.disclosure.file}  {say('located_head', lang, values)}"]
    if not located.adds_up:
        lines.append(say("located_ranges", lang))
    lines.append(verdict_text(located, lang))
    for number, group in enumerate(located.groups, 1):
        lines += _group(figures, group, number, lang)
    if not located.groups and located.proof is not None and located.proof.conflict:
        lines.append(say("located_cannot_all", lang))
        lines += [f"    {_cell(figures, place, lang)}" for place in located.proof.conflict]
    if located.groups and all(group.explanations for group in located.groups):
        lines.append(_after(located.proof, lang))
    outside = _outside(figures)
    if outside:
        lines.append(say("located_outside", lang, {"count": outside}))
    return "\n".join(lines)


def _outside(figures: Figures) -> int:
    """Figures and parts of the document that took no part: withheld, or not understood."""
    disclosure = figures.disclosure
    strays = sum(len(sheet.strays) for sheet in disclosure.sheets) + len(disclosure.strays)
    return len(figures.withheld) + strays


def verdict_text(located: Located, lang: str) -> str:
    """The verdict as a sentence."""
    proof = located.proof
    if located.verdict == "cannot_tell":
        reason = say(proof.reason if proof and proof.reason else "prove_nothing", lang)
        return say("located_cannot_tell", lang, {"reason": reason})
    if located.verdict == "rounding" and proof is not None and proof.adjusted:
        return say("located_adjusted", lang)
    leaning = len(proof.leaning) if proof is not None else 0
    values = {"relations": located.relations, "groups": max(1, len(located.groups)), "leaning": leaning}
    return say(f"located_{located.verdict}", lang, values)


def _group(figures: Figures, group: Group, number: int, lang: str) -> Iterator[str]:
    key = "located_group_joint" if group.joint else "located_group" if group.relations else "located_group_cell"
    head = say(key, lang, {"number": number, "relations": len(group.relations), "claim": _claim(group, lang)})
    yield head + (say("located_maybe_rounding", lang) if group.rounding else "")
    for n, explanation in enumerate(group.explanations):
        yield "  " + say("located_or" if n else "located_best", lang)
        yield from _explanation(figures, explanation, lang)
    if group.relations:
        yield "  " + say("located_because", lang)
        for relation in group.relations[:3]:
            yield f"    {_relation(figures, relation, lang)}"
        if len(group.relations) > 3:
            yield "    " + say("located_more_relations", lang, {"count": len(group.relations) - 3})


def _claim(group: Group, lang: str) -> str:
    values = {"size": group.size, "bound": group.bound, "count": len(group.explanations)}
    if not group.explanations:
        return say("located_nothing" if group.bound > WIDEST else "located_late", lang, values)
    if group.explanations[0].move:
        values["count"] = len(group.explanations[0].changes)
        return say("located_one_move" if group.complete else "located_some_moves", lang, values)
    if not group.proved:
        return say("located_unproved", lang, values)
    if not group.complete and len(group.explanations) == 1:
        return say("located_perhaps", lang, values)
    key = "unique" if group.unique else "several" if group.complete else "many"
    return say(f"located_{key}_one" if group.size == 1 else f"located_{key}", lang, values)


def _explanation(figures: Figures, explanation: Explanation, lang: str) -> Iterator[str]:
    if explanation.move:
        yield "    " + say("located_move", lang, {"cause": say(f"cause_{explanation.move}", lang)})
    shown = explanation.changes[:SHOWN] if explanation.move else explanation.changes
    for change in shown:
        yield f"    {_change(figures, change, lang, cause=not explanation.move)}"
    if len(shown) < len(explanation.changes):
        yield "    " + say("located_more", lang, {"count": len(explanation.changes) - len(shown)})


def _change(figures: Figures, change: Change, lang: str, *, cause: bool) -> str:
    scale = figures.disclosure.sheets[change.place[0]].scale
    ref = figures.ref(change.place)
    values: dict[str, object] = {"cell": cell_text(ref, lang), "printed": ref.text.strip() or "—"}
    key = "located_open"
    if change.proposed is not None:
        key = "located_to"
        values["proposed"] = scale.format(change.proposed) if change.proposed else "—"
    elif change.low is not None and change.high is not None:
        key = "located_between"
        values |= {"low": scale.format(change.low), "high": scale.format(change.high)}
    elif change.low:
        key = "located_least"
        values["low"] = scale.format(change.low)
    text = say(key, lang, values)
    if cause and change.cause:
        text += f"  {say(f'cause_{change.cause}', lang)}"
    where = address(ref, lang)
    return f"{text}  ({where})" if where else text


def _cell(figures: Figures, place: tuple[int, int, int], lang: str) -> str:
    ref = figures.ref(place)
    return f"{cell_text(ref, lang)} {ref.text.strip() or '—'}  ({address(ref, lang)})"


def _relation(figures: Figures, relation: Relation, lang: str) -> str:
    return message(finding_on(figures, relation), lang, figures.disclosure.sheets[relation_sheet(relation)].scale)


def relation_sheet(relation: Relation) -> int:
    """The sheet whose unit of measure a relation is told in."""
    return (*relation.left, *relation.right)[0][0]


def _after(proof: Proof | None, lang: str) -> str:
    if proof is None:
        return say("located_open_after", lang, {"reason": say("located_value_open", lang)})
    if proof.verdict == "cannot_tell":
        return say("located_open_after", lang, {"reason": say(proof.reason, lang)})
    if proof.verdict == "consistent":
        return say("located_proved_after", lang)
    fine = proof.verdict == "rounding" or proof.adjusted
    return say("located_rounding_after" if fine else "located_wrong_after", lang)


def location_json(figures: Figures, located: Located, lang: str = "zh") -> dict[str, Any]:
    """The result in the published schema; amounts are 分."""
    disclosure, proof = figures.disclosure, located.proof
    return {
        "schema": SCHEMA,
        "source": {"file": disclosure.file, "sha256": disclosure.sha256},
        "agency": disclosure.agency.name if disclosure.agency else "",
        "standard": disclosure.standard,
        "verdict": located.verdict,
        "message": verdict_text(located, lang),
        "adds_up": located.adds_up,
        "relations": located.relations,
        "seconds": round(located.seconds, 4),
        "groups": [_group_json(figures, group, lang) for group in located.groups],
        "proof": None if proof is None else {
            "verdict": proof.verdict,
            "adjusted": proof.adjusted,
            "leaning": [cell_json(figures.ref(place)) for place in proof.leaning],
            "conflict": [cell_json(figures.ref(place)) for place in proof.conflict],
            "reason": proof.reason,
            "atoms": proof.atoms,
            "seconds": round(proof.seconds, 4),
        },
    }  # fmt: skip


def _group_json(figures: Figures, group: Group, lang: str) -> dict[str, Any]:
    return {
        "size": group.size,
        "bound": group.bound,
        "proved": group.proved,
        "complete": group.complete,
        "unique": group.unique,
        "rounding": group.rounding,
        "explanations": [
            {
                "move": explanation.move,
                "changes": [
                    {
                        "cell": cell_json(figures.ref(change.place)),
                        "printed": change.printed,
                        "proposed": change.proposed,
                        "low": change.low,
                        "high": change.high,
                        "cause": change.cause,
                    }
                    for change in explanation.changes
                ],
            }
            for explanation in group.explanations
        ],
        "relations": [_relation(figures, relation, lang) for relation in group.relations],
    }
