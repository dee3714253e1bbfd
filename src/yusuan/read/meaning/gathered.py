"""What a disclosure names itself: agencies, and codes that no list holds."""

from __future__ import annotations

from dataclasses import dataclass, field

from yusuan.axes import Space
from yusuan.codes import CodeError, Member


@dataclass
class Gathered:
    """What the disclosure itself names: agencies and codes that no list holds."""

    space: Space
    agencies: dict[str, str] = field(default_factory=dict)

    def place(self, axis: str, code: str, name: str) -> str | None:
        """Make a code known to the space; ``None`` when its scheme has no such code."""
        tree = self.space[axis]
        if code in tree:
            return code
        try:
            tree.parent_by_scheme(code)
        except CodeError:
            return None
        self.space = self.space.with_tree(tree.with_members([(code, name)]))
        return code

    def member(self, axis: str, code: str, name: str, parent: str | None) -> str:
        """Make a member without a code known under a parent."""
        self.space = self.space.with_tree(self.space[axis].with_placed([Member(code, name, parent)]))
        return code

    def agency(self, code: str, name: str) -> str:
        """Make an agency known; without a code its name stands for it."""
        key = code or name
        self.agencies.setdefault(key, name)
        if key not in self.space["agency_code"]:
            tree = self.space["agency_code"]
            parent = next(
                (c for c in self.agencies if c != key and c.isdigit() and key.isdigit() and key.startswith(c)), None
            )
            self.space = self.space.with_tree(tree.with_placed([Member(key, name, parent if parent in tree else None)]))
        return key
