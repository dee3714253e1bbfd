import pytest

from yusuan.correspondence import Answer, correspondence

PAIRS = correspondence()


@pytest.mark.parametrize(
    ("dep", "regime", "codes", "sure"),
    [
        ("30101", "institution", {"50501"}, True),
        ("30101", "organ", {"50101"}, True),
        ("30101", "assimilated", {"50101"}, True),
        ("302", "institution", {"50502"}, True),
        ("302", "organ", {"502"}, True),
        ("30217", "organ", {"50206"}, False),
        ("30302", "organ", {"50905"}, True),
        ("30302", None, {"50905"}, True),
        ("303", "institution", {"509"}, True),
        ("31201", "organ", {"50803"}, False),
        ("312", "organ", {"507", "508"}, False),
        ("30107", "organ", set(), False),
    ],
)
def test_governmental(dep: str, regime: str | None, codes: set[str], sure: bool) -> None:
    assert PAIRS.governmental(dep, regime) == Answer(frozenset(codes), sure)


def test_unknown_regime_gives_no_single_code() -> None:
    assert PAIRS.governmental("30101", None).only is None
    assert PAIRS.governmental("30107", None).only is None


@pytest.mark.parametrize(
    ("dep", "gov", "regime", "wanted"),
    [
        ("30101", "50101", "institution", {"50501"}),
        ("30201", "50501", "institution", {"50502"}),
        ("30101", "50501", "organ", {"50101"}),
        ("302", "50502", "organ", {"502"}),
        ("30203", "50502", "organ", {"502"}),
        ("30302", "50901", "institution", {"50905"}),
        # accepted: right, less detailed, unverified, or a residue the table is silent about
        ("30101", "505", "institution", set()),
        ("30101", "50599", "institution", set()),
        ("302", "50205", "organ", set()),
        ("30203", "50299", "organ", set()),
        ("31001", "50602", "institution", set()),
        ("30101", "50501", None, set()),
        ("30203", "50205", None, set()),
    ],
)
def test_contradiction(dep: str, gov: str, regime: str | None, wanted: set[str]) -> None:
    assert PAIRS.contradiction(dep, gov, regime) == wanted


def test_code_beside_the_trees_is_placed_by_the_scheme() -> None:
    assert PAIRS.governmental("30298", "institution").only == "50502"
