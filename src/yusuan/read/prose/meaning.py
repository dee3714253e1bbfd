"""What the subject of a figure means: words and chapters to slices of the ledger.

Words come from ``standards/prose.toml``, the lexicon and the code lists; what none of them knows has no Point.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from typing import Any

from yusuan.axes import Point, Space, national_space
from yusuan.codes import Tree
from yusuan.lexicon import lexicon, squeeze
from yusuan.prose import prose_words
from yusuan.read.prose.paragraphs import fold


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a subject means; ``known`` is false when no word of it was understood."""

    subject: str
    point: Point | None = None
    side: str = ""
    topic: str = ""
    account: str = ""
    known: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """Where a sentence stands: titles of its chapters, the agency's name."""

    path: tuple[str, ...]
    agency: str


@cache
def _fillers() -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    words = prose_words()["fillers"]
    long = sorted((w for w in words["words"] if len(w) > 1), key=len, reverse=True)
    short = "|".join(words["ends"])
    accounts = sorted((w for group in prose_words()["accounts"].values() for w in group), key=len, reverse=True)
    inside = re.compile("|".join([words["years"], *map(re.escape, long)]))
    ends = re.compile(rf"^(?:{short}|[，：、；\s])+|(?:{short}|[，：、；\s])+$")
    return inside, ends, re.compile("|".join(map(re.escape, accounts)))


@lru_cache(maxsize=8192)
def core(phrase: str) -> str:
    """The words of a subject that tell its meaning: years, fillers and account words left out."""
    inside, ends, accounts = _fillers()
    plain = re.sub(r"[\"“”'‘’《》\s]|（本级）|（汇总）|科目$", "", fold(phrase)).replace("其它", "其他")
    plain = inside.sub("", plain)
    plain = accounts.sub("", plain)
    for word in sorted(prose_words()["fillers"]["agencies"], key=len, reverse=True):
        plain = re.sub(f"^{word}", "", plain)
    while (shorter := ends.sub("", plain)) != plain:
        plain = shorter
    return plain


def _slice(entry: Mapping[str, Any]) -> Point | None:
    """The slice that an entry of the words sets, if any."""
    raw = entry.get("point")
    return None if raw is None else Point({axis: frozenset(codes) for axis, codes in raw.items()})


@cache
def _measures() -> Mapping[str, Meaning]:
    found: dict[str, Meaning] = {}
    for label, point in lexicon().terms.items():
        word = core(label.replace("(", "（").replace(")", "）"))
        if len(word) > 1:
            found[word] = Meaning(word, point, known=True)
    for code, member in national_space()["exp_func_code"].members.items():
        if member.parent is None:
            for name in member.names():
                word = core(fold(name))
                top = Point({"exp_func_code": frozenset({code})})
                found[word] = Meaning(word, top, "expenditure", known=True)
    for entry in prose_words()["measures"]:
        told = _slice(entry)
        for label in entry["words"]:
            word = core(label)
            found[word] = Meaning(word, told, entry.get("side", ""), entry.get("topic", ""), known=True)
    return found


def _variants(word: str) -> list[str]:
    bare = re.sub("(?:合计|总计|总)$", "", word)
    found = [word, bare, bare.removesuffix("支出"), word.removesuffix("类") + "支出", bare + "支出", word + "费"]
    return [w for w in dict.fromkeys(found) if w]


LONGEST_SUBJECT = 160
"""Characters before a figure that can tell what it is about."""

_GENERIC = 4
"""Words shorter than this name a total or a kind of thing and must not be the end of a longer word."""

_ORGAN = re.compile(r"[局委厅室心处院校馆场站队办会部所市区县](?:部门|单位|本级|机关|系统|及下属单位)?$")


def meaning(phrase: str, place: Place) -> Meaning:
    """What a phrase means by its words alone, its account included; ``known`` is false when it is not understood."""
    account = _account(phrase)
    plain = fold(phrase[-LONGEST_SUBJECT:])
    codes = _by_code(plain) or _by_path(plain, place)
    if codes is not None:
        return Meaning(core(plain), codes, "expenditure", account=account, known=True)
    word = core(plain.replace(place.agency, "") if place.agency else plain)
    if not word:
        return Meaning("", account=account)
    for variant in _variants(word):
        found = _measures().get(variant)
        if found is not None:
            return replace(found, subject=word, account=account)
    if re.search(prose_words()["marks"]["partial"], word):
        return Meaning(word, account=account)
    for cut in range(1, len(word) - 1):
        head, tail = word[:cut], word[cut:]
        found = _measures().get(tail)
        if found is None or head.endswith("其他"):
            continue
        scope = _scope(head)
        if len(tail) > _GENERIC or _ORGAN.search(head) or (scope is not None and len(tail) > 2):
            point = found.point
            if point is not None and scope is not None:
                point = national_space().meet(point, scope) or point
            return replace(found, subject=word, point=point, account=account)
    return Meaning(word, account=account)


def _account(phrase: str) -> str:
    for account, words in prose_words()["accounts"].items():
        plain = re.sub(r"一般公共预算|政府性基金预算|国有资本经营预算", "", phrase)
        if any(word in plain for word in words):
            return str(account)
    return ""


_CODE = re.compile(r"(?<![\d.,])(\d{7}|\d{5}|\d{3})(?=-|）|[一-鿿])")
_AXIS_OF = {"2": "exp_func_code", "3": "dep_bgt_eco_code", "5": "gov_bgt_eco_code"}


def _by_code(text: str) -> Point | None:
    """The slice of a code printed with its name (2014001, 204-, （301）)."""
    if re.search(r"\d年", text[:6]) and not re.search(r"\d{5}", text):
        text = text[6:]
    found = _CODE.search(text)
    if found is None:
        return None
    code = found.group(1)
    axis = _AXIS_OF.get(code[0])
    if axis is None or (axis != "exp_func_code" and len(code) == 7):
        return None
    around = text[max(0, found.start() - 1) : found.start()] + text[found.end() : found.end() + 1]
    if "（" not in around and "-" not in around and len(code) < 5:
        return None
    return Point({axis: frozenset({code})})


_STEP = re.compile(r"([^（）“”，。；：、]{2,40}?)（(类|款|项)）(?:支出)?")


def _by_path(text: str, place: Place) -> Point | None:
    """The slice of a functional path in words: …（类）…（款）…（项）; steps left out come from the chapters."""
    steps = {match.group(2): match.group(1) for match in _STEP.finditer(text)} or _by_dashes(text)
    if not steps:
        return None
    for title in reversed(place.path):
        if "类" in steps:
            break
        for match in _STEP.finditer(fold(title)):
            steps.setdefault(match.group(2), match.group(1))
    tree = national_space()["exp_func_code"]
    codes: list[str] = [code for code in tree.members if tree.level(code) == 1]
    for level, step in enumerate(("类", "款", "项"), start=1):
        if step not in steps:
            if level < max(("类", "款", "项").index(s) + 1 for s in steps):
                continue
            break
        codes = _named_below(tree, codes, steps[step], level)
    return Point({"exp_func_code": frozenset(codes)}) if len(codes) == 1 else None


def _by_dashes(text: str) -> dict[str, str]:
    """The steps of a functional path printed 类-款-项."""
    names = [name for name in re.split(r"[-—–]", text) if name]
    roots = national_space()["exp_func_code"].children.get(None, ())
    if len(names) not in (2, 3) or not _named_below(national_space()["exp_func_code"], roots, names[0], 1):
        return {}
    return dict(zip(("类", "款", "项"), names))


def _named_below(tree: Tree, tops: Sequence[str], name: str, level: int) -> list[str]:
    """Members of a level at or below the tops that bear the name, 支出 at its end or not."""
    wanted = set(_variants(core(name)))
    found = []
    for top in tops:
        for code in tree.below(top):
            if tree.level(code) == level and any(core(fold(squeeze(n))) in wanted for n in tree[code].names() if n):
                found.append(code)
    return sorted(found)


def _scope(text: str) -> Point | None:
    """The slice that a chapter's title or the head of a subject sets."""
    for entry in prose_words()["chapters"]:
        if re.search(entry["pattern"], text):
            return _slice(entry)
    return None


def chapter_scope(place: Place) -> Point | None:
    """The slice set by the innermost chapter that sets one."""
    for title in reversed(place.path):
        found = _scope(title)
        if found is not None:
            return found
    return None


def within(own: Meaning, scope: Point | None, space: Space | None = None) -> Meaning:
    """A meaning narrowed to the slice of its chapter or its whole; kept when the two share nothing."""
    if own.point is None or scope is None:
        return own
    met = (space or national_space()).meet(own.point, scope)
    return own if met is None else replace(own, point=met)
