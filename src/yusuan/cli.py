"""The command line, thin words around the library. Exit status 0 clean, 1 errors found, 2 could not run."""

from __future__ import annotations

import errno
import gc
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import TextIO

ROUND = 50_000
"""New values after which unreachable ones are looked for: what a command makes lives to its end, for the most part,
and looking through it as often as by default takes a tenth of the time of a command."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    gc.set_threshold(ROUND, 20)
    _open_streams()
    if argv is None:
        _end_like_an_interrupt()
    arguments = list(sys.argv[1:] if argv is None else argv)
    if arguments in (["--version"], ["-V"]):
        from yusuan import __version__

        print(f"yusuan {__version__}")
        return 0
    return _run(arguments)


def _end_like_an_interrupt() -> None:
    """Being asked to end is told and tidied up after like an interrupt from the keyboard."""
    import signal

    with suppress(ValueError, OSError):
        signal.signal(signal.SIGTERM, signal.default_int_handler)


def _open_streams() -> None:
    """Output that any terminal takes: signs it lacks are escaped, and a closed stream swallows what is written."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None or stream.closed:
            setattr(sys, name, _nowhere())
        elif hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def _nowhere() -> TextIO:
    from pathlib import Path

    return Path(os.devnull).open("w", encoding="utf-8")


def _run(arguments: list[str]) -> int:
    from yusuan.commands import NAMES, parser_for, run
    from yusuan.words import InputError, say

    lang = _language(arguments)
    parser = parser_for(lang)
    if not arguments or (arguments[0] not in NAMES and not arguments[0].startswith("-")):
        if arguments:
            print(
                say("cli_unknown_command", lang, {"command": arguments[0], "known": ", ".join(NAMES)}), file=sys.stderr
            )
            return 2
        parser.print_help()
        return 0
    options = parser.parse_args(arguments)
    options.lang = lang
    spent = say("cli_memory", lang)
    try:
        status = run(options)
        sys.stdout.flush()
        return status
    except InputError as error:
        for sentence in error.sentences(lang):
            print(sentence, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(say("cli_interrupted", lang), file=sys.stderr)
        return 2
    except BrokenPipeError:
        sys.stdout = _nowhere()
        return 2
    except OSError as error:
        print(_system(error, lang), file=sys.stderr)
        sys.stdout = _nowhere()
        return 2
    except MemoryError:
        pass
    except Exception as error:
        if os.environ.get("YUSUAN_TRACE"):
            raise
        print(say("cli_fault", lang, {"command": options.command, "place": _place(error)}), file=sys.stderr)
        return 2
    print(spent, file=sys.stderr)
    return 2


def _system(error: OSError, lang: str) -> str:
    """What the system refused, in words for the usual reasons."""
    from yusuan.words import catalogue, say

    name = errno.errorcode.get(error.errno or 0, "")
    key = f"cli_system_{name.lower()}"
    reason = say(key, lang) if key in catalogue() else str(error.strerror or error)
    if name in ("ENOSPC", "EDQUOT"):
        return say("cli_full", lang)
    return say("cli_system", lang, {"file": error.filename or "", "reason": reason})


def _place(error: Exception) -> str:
    """Where in the program an error arose: module and line."""
    from pathlib import Path

    here, place = Path(__file__).parent, ""
    trace = error.__traceback__
    while trace is not None:
        file = Path(trace.tb_frame.f_code.co_filename)
        if file.is_relative_to(here):
            place = f"{file.relative_to(here).as_posix()}:{trace.tb_lineno}"
        trace = trace.tb_next
    return place


def _language(arguments: list[str]) -> str:
    """``--lang`` wherever it stands, taken out before parsing."""
    for index, word in enumerate(arguments):
        if word in ("--lang=zh", "--lang=en"):
            del arguments[index]
            return word[-2:]
        if word == "--lang" and arguments[index + 1 : index + 2] in (["zh"], ["en"]):
            lang = arguments[index + 1]
            del arguments[index : index + 2]
            return lang
    return "zh"
