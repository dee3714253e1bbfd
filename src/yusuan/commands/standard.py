"""``yusuan standard``: list, show, lint and compare form sets."""

from __future__ import annotations

import argparse
import difflib

from yusuan.commands.common import refuse_contradiction, standard_named
from yusuan.forms import Standard
from yusuan.plan import plan_columns
from yusuan.standard import list_standards, load_standard
from yusuan.standard_text import standard_lines
from yusuan.words import InputError, say


def run(options: argparse.Namespace) -> int:
    """Run the action."""
    wanted = {"list": (0, 0), "show": (1, 1), "lint": (0, 99), "diff": (2, 2)}[options.action]
    if not wanted[0] <= len(options.names) <= wanted[1]:
        raise InputError("cli_standard_names", action=options.action, known=", ".join(list_standards()))
    return {"list": _list, "show": _show, "lint": _lint, "diff": _diff}[options.action](options)


def _named(name: str) -> Standard:
    found = standard_named(name)
    assert found is not None
    return found


def _list(options: argparse.Namespace) -> int:
    for name in list_standards():
        standard = load_standard(name)
        print(
            say("cli_standard_line", options.lang, {"id": name, "title": standard.title, "forms": len(standard.forms)})
        )
    return 0


def _show(options: argparse.Namespace) -> int:
    print("\n".join(standard_lines(_named(options.names[0]))))
    return 0


def _lint(options: argparse.Namespace) -> int:
    """Load strictly, resolve every label, derive every identity, prove that they leave room for money everywhere."""
    for name in options.names or list_standards():
        standard = _named(name)
        plan = plan_columns(standard, tuple(standard.forms), ("institution", "organ"))
        gaps = sum(len(form.gaps) for form in standard.forms.values())
        columns = sum(len(form.money()) + sum(len(b.lines) for b in form.blocks) for form in standard.forms.values())
        values = {"id": name, "forms": len(standard.forms), "columns": columns, "points": len(plan.points),
                  "identities": len(plan.identities), "gaps": gaps}  # fmt: skip
        rules = refuse_contradiction(standard)
        print(say("cli_standard_lint", options.lang, values))
        sound = {"id": name, "columns": len(rules.places), "rules": len(rules.firm)}
        print(say("standard_sound", options.lang, sound))
        if rules.unlisted:
            listed = ", ".join(map(rules.named, rules.unlisted))
            print(say("standard_unlisted", options.lang, {"id": name, "count": len(rules.unlisted), "columns": listed}))
    return 0


def _diff(options: argparse.Namespace) -> int:
    left, right = (standard_lines(_named(name)) for name in options.names)
    first, second = options.names
    lines = list(difflib.unified_diff(left, right, first, second, lineterm="", n=1))
    print("\n".join(lines) if lines else say("cli_standard_same", options.lang))
    return 0
