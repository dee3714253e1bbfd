"""What several commands do: find the form set, open a disclosure, write text, report progress."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from yusuan.check.render import message
from yusuan.finding import Finding
from yusuan.forms import Standard
from yusuan.publish.output import deliver
from yusuan.sheet import Disclosure
from yusuan.standard import StandardError, default_name, list_standards, load_standard
from yusuan.words import InputError, say

if TYPE_CHECKING:
    from yusuan.read.opening import Opened
    from yusuan.soundness import Rules


def standard_named(name: str | None) -> Standard | None:
    """The form set that the user named; an unknown or faulty one is an input error."""
    if name is None:
        return None
    if name not in list_standards() and not Path(name).exists():
        raise InputError("standard_unknown", name=name, known="、".join(list_standards()))
    try:
        return load_standard(name)
    except StandardError as error:
        raise InputError("standard_error", reason=str(error)) from None


def sound_standard(name: str | None) -> Standard | None:
    """The same; one of the user's own is refused when its rules contradict each other."""
    standard = standard_named(name)
    if standard is not None and name not in list_standards():
        refuse_contradiction(standard)
    return standard


def refuse_contradiction(standard: Standard) -> Rules:
    """The rules of a form set; raises ``InputError`` when they contradict each other."""
    # the solver is loaded only where it is needed
    from yusuan.solver import UndecidedError
    from yusuan.soundness import Rules

    rules = Rules.of(standard)
    try:
        found = rules.contradictions()
    except UndecidedError:
        raise InputError("standard_undecided", id=standard.id) from None
    problems: list[tuple[str, Mapping[str, object]]] = []
    for wrong in found:
        values = {"id": standard.id, "columns": ", ".join(map(rules.named, wrong.columns))}
        told = {"rules": "; ".join(map(rules.told, wrong.rules))} if wrong.rules else {}
        problems.append(("standard_contradiction" if told else "standard_nothing", {**values, **told}))
    if problems:
        raise InputError.several(problems)
    return rules


def default_standard() -> Standard:
    """The form set that is taken where none is named."""
    return load_standard(default_name())


def open_disclosure(source: str, standard: Standard | None, lang: str = "zh") -> tuple[Disclosure, Standard]:
    """Read a source and the form set it follows."""
    opened = open_document(source, standard, lang)
    return opened.disclosure, opened.standard


def open_document(source: str, standard: Standard | None, lang: str = "zh") -> Opened:
    """Read a source whole, within limits of time and memory: tables, explanation, and what its files held."""
    from yusuan.commands.watch import Watch
    from yusuan.read.opening import open_source

    with Watch(source, lang):
        return open_source(Path(source), standard)


def spare_sources(output: Path | None, sources: list[str]) -> None:
    """Refuse an output that is one of the sources, forced or not."""
    for source in sources:
        if output is not None and output.exists() and Path(source).exists() and output.samefile(source):
            raise InputError("cli_output_is_source", file=source)


def words_for(standard: Standard) -> Callable[[Finding, str], str]:
    """How findings are put into words for a form set: amounts in its unit."""

    def say_it(finding: Finding, lang: str) -> str:
        return message(finding, lang, standard.scale)

    return say_it


def write_json(value: Any, path: Path | None, *, force: bool = False) -> None:
    """Write JSON to a file, or to standard output."""
    text = json.dumps(value, ensure_ascii=False, indent=1) + "\n"
    if path is not None:
        deliver(path, text.encode("utf-8", "backslashreplace"), force=force)
        return
    try:
        text.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        text = json.dumps(value, indent=1) + "\n"
    sys.stdout.write(text)


class Progress:
    """A counter on the terminal for long work; silent elsewhere."""

    def __init__(self, total: int, lang: str) -> None:
        self.total, self.lang, self.done = total, lang, 0
        self.shown = sys.stderr.isatty() and total > 1

    def step(self, name: str) -> None:
        """One more piece of work is done."""
        self.done += 1
        if self.shown:
            line = say("cli_progress", self.lang, {"done": self.done, "total": self.total, "name": name})
            sys.stderr.write(f"\r\033[K{line}")
            if self.done == self.total:
                sys.stderr.write("\n")
            sys.stderr.flush()
