"""The command line, thin words around the library. Exit status 0 clean, 1 errors found, 2 could not run."""

from __future__ import annotations

import sys
from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    if arguments in (["--version"], ["-V"]):
        from yusuan import __version__

        print(f"yusuan {__version__}")
        return 0
    return _run(arguments)


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
    try:
        return run(options)
    except InputError as error:
        for sentence in error.sentences(lang):
            print(sentence, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(say("cli_interrupted", lang), file=sys.stderr)
        return 2
    except BrokenPipeError:
        sys.stderr.close()
        return 2
    except OSError as error:
        print(
            say("cli_system", lang, {"file": error.filename or "", "reason": error.strerror or error}), file=sys.stderr
        )
        return 2
    except MemoryError:
        print(say("cli_memory", lang), file=sys.stderr)
        return 2


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
