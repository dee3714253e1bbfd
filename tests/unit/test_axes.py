"""The algebra of slices: what it says about random slices must be true of every fact."""

from __future__ import annotations

from collections.abc import Iterator
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yusuan.axes import EVERYTHING, Point, Space, national_space
from yusuan.codes import CERTAINTIES, CodeError, Member, Tree

SPACE = national_space()


@st.composite
def trees(draw: st.DrawFn, axis: str) -> Tree:
    """A random tree of up to ten members."""
    members: dict[str, Member] = {}
    for number in range(draw(st.integers(1, 10))):
        code = f"{axis}{number}"
        parent = draw(st.sampled_from([None, *members]))
        members[code] = Member(code, code, parent)
    return Tree(axis, MappingProxyType(members))


AXES = ("kind", "vintage")


@st.composite
def spaces(draw: st.DrawFn) -> Space:
    return Space(MappingProxyType({axis: draw(trees(axis)) for axis in AXES}))


def point(data: st.DataObject, space: Space) -> Point:
    parts = {}
    for axis in AXES:
        if data.draw(st.booleans()):
            parts[axis] = data.draw(st.sets(st.sampled_from(sorted(space[axis].members)), min_size=1, max_size=4))
    return space.point(parts)


def facts(space: Space) -> Iterator[tuple[str, ...]]:
    """A place on every axis: each member, and in each member its rest that no child names."""
    for kind in space["kind"].members:
        for vintage in space["vintage"].members:
            yield kind, vintage


def admits(space: Space, slice_: Point, fact: tuple[str, ...]) -> bool:
    """Whether a slice holds a fact, from the meaning: some admitted member is the fact's or above it."""
    for axis, code in zip(AXES, fact):
        codes = slice_.get(axis)
        if codes is not None and not any(top in space[axis].path(code) for top in codes):
            return False
    return True


def held(space: Space, slice_: Point | None) -> set[tuple[str, ...]]:
    return set() if slice_ is None else {fact for fact in facts(space) if admits(space, slice_, fact)}


@given(st.data())
def test_inside_meet_and_disjoint_are_those_of_the_facts(data: st.DataObject) -> None:
    space = data.draw(spaces())
    one, other = point(data, space), point(data, space)
    mine, theirs = held(space, one), held(space, other)
    if space.inside(one, other):
        assert mine <= theirs
    both = space.meet(one, other)
    assert held(space, both) == mine & theirs
    assert space.disjoint(one, other) == (not mine & theirs)
    assert space.inside(one, EVERYTHING)
    if both is not None:
        assert space.inside(both, one) and space.inside(both, other)


@given(st.data())
def test_laws(data: st.DataObject) -> None:
    space = data.draw(spaces())
    a, b, c = (point(data, space) for _ in range(3))
    assert space.meet(a, b) == space.meet(b, a)
    assert space.meet(a, a) == a
    assert space.inside(a, a)
    if space.inside(a, b) and space.inside(b, c):
        assert space.inside(a, c)
    if space.inside(a, b) and space.inside(b, a):
        assert a == b and hash(a) == hash(b)
    ab, bc = space.meet(a, b), space.meet(b, c)
    left = None if ab is None else space.meet(ab, c)
    right = None if bc is None else space.meet(a, bc)
    assert left == right


@given(st.data())
def test_a_union_holds_exactly_what_its_parts_hold(data: st.DataObject) -> None:
    space = data.draw(spaces())
    parts = [point(data, space) for _ in range(data.draw(st.integers(1, 3)))]
    joined = space.union(parts)
    if joined is not None:
        assert held(space, joined) == set().union(*(held(space, part) for part in parts))
        assert all(space.inside(part, joined) for part in parts)


@given(st.data())
def test_a_parent_is_more_than_its_known_children(data: st.DataObject) -> None:
    space = data.draw(spaces())
    tree = space["kind"]
    for parent, children in tree.children.items():
        if parent is not None:
            whole = space.point({"kind": [parent]})
            joined = space.union([space.point({"kind": [child]}) for child in children])
            assert joined is not None
            assert space.inside(joined, whole) and not space.inside(whole, joined)
            assert not space.equal(joined, whole)


@given(st.data())
def test_antichains(data: st.DataObject) -> None:
    tree = data.draw(trees("kind"))
    codes = data.draw(st.sets(st.sampled_from(sorted(tree.members))))
    tops = tree.antichain(codes)
    assert tops <= codes
    assert all(any(tree.within(code, top) for top in tops) for code in codes)
    assert not any(a != b and tree.within(a, b) for a in tops for b in tops)
    assert tree.covers(tops, frozenset(codes)) or not codes


def test_points_name_known_axes_and_members() -> None:
    with pytest.raises(CodeError, match="unknown axis 'colour'"):
        SPACE.point({"colour": ["red"]})
    with pytest.raises(CodeError, match="unknown member 'lottery'"):
        SPACE.point({"kind": ["lottery"]})


def test_union_of_what_differs_on_two_axes_is_no_slice() -> None:
    one = SPACE.point({"kind": ["basic"], "vintage": ["current"]})
    other = SPACE.point({"kind": ["project"], "vintage": ["carryover"]})
    assert SPACE.union([one, other]) is None
    assert SPACE.union([]) is None
    assert SPACE.union([one, EVERYTHING]) == EVERYTHING


def test_json_and_open_axes() -> None:
    found = SPACE.point({"exp_func_code": ["20603", "206", "2060301"], "kind": ["basic"]})
    assert found.as_json() == {"exp_func_code": ["206"], "kind": ["basic"]}
    assert found.without("kind").as_json() == {"exp_func_code": ["206"]}


@pytest.mark.parametrize("axis", ["exp_func_code", "dep_bgt_eco_code", "gov_bgt_eco_code", "fund_type_code", "kind"])
def test_bundled_trees(axis: str) -> None:
    tree = SPACE[axis]
    assert tree.members
    for member in tree.members.values():
        assert member.certainty in CERTAINTIES
        assert tree.path(member.code)[-1] == member.code
        if tree.widths:
            assert member.parent == tree.parent_by_scheme(member.code)
            assert len(member.code) == tree.widths[tree.level(member.code) - 1]


def test_a_code_of_the_document_finds_its_place() -> None:
    tree = SPACE["exp_func_code"]
    grown = tree.with_members([("2999901", "甲"), ("2060301", "乙")])
    assert grown.path("2999901") == ("299", "29999", "2999901")
    assert (grown["2999901"].name, grown["2999901"].certainty) == ("甲", "document")
    assert grown["2060301"] == tree["2060301"]
    assert tree.with_members([("2060301", "乙")]) is tree
    for wrong in ("29", "20603011", "20A"):
        with pytest.raises(CodeError):
            tree.parent_by_scheme(wrong)


def test_withdrawn_members_leave_in_time() -> None:
    members = {"1": Member("1", "甲"), "2": Member("2", "乙", until=2020)}
    tree = Tree("kind", MappingProxyType(members))
    assert set(tree.at(2020).members) == {"1", "2"}
    assert set(tree.at(2021).members) == {"1"}
