"""Which departmental and governmental economic codes can stand on one fact, by the regime of the agency.

财预〔2017〕98号 maps the departmental classification to the governmental one. Rows of that map that are not yet
verified restrict nothing by themselves: their codes may pair with any other.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from yusuan.axes import Space
from yusuan.correspondence import read_links

RESIDUAL = (("301", "50599"), ("302", "50599"))
"""其他对事业单位补助 is printed under both and has no row of its own in the map."""


@dataclass(frozen=True)
class Pairing:
    """``allowed`` pairs (departmental, governmental) and the departmental codes of which the map is not sure."""

    allowed: frozenset[tuple[str, str]]
    doubtful: frozenset[str]


def pair_codes(space: Space, regimes: Iterable[str]) -> Pairing:
    """The pairs that agencies of these regimes (organ, institution) can have."""
    dep, gov = space["dep_bgt_eco_code"], space["gov_bgt_eco_code"]
    allowed: set[tuple[str, str]] = set()
    doubtful: set[str] = set()
    for regime in regimes:
        rows = [(link.dep, link.gov, link.sure) for link in read_links() if link.regime in (regime, "any")]
        for code in dep.members:
            path = dep.path(code)
            direct = [(g, sure) for d, g, sure in rows if d in path]
            below = [(g, sure) for d, g, sure in rows if d in dep and code in dep.path(d)[:-1]]
            if not direct and not below:
                doubtful.add(code)
                continue
            for g, sure in direct or below:
                if g not in gov:
                    continue
                allowed.add((code, g))
                if not direct:
                    allowed.update((code, step) for step in gov.path(g))
                if not sure:
                    doubtful.add(code)
    if "institution" in regimes:
        allowed |= {(code, g) for top, g in RESIDUAL for code in dep.below(top) if g in gov}
    return Pairing(frozenset(allowed), frozenset(doubtful))
