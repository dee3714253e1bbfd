"""The commands of the program, one function each; ``cli`` parses the words around them."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable

from yusuan.words import LANGUAGES, catalogue, say

NAMES = (
    "demo", "template", "compile", "read", "check", "locate", "recover", "publish", "verify", "diff", "standard",
)  # fmt: skip
"""Commands in the order of the help."""


def parser_for(lang: str) -> argparse.ArgumentParser:
    """The parser, its help in ``lang``."""
    parser = Parser(
        prog="yusuan", description=say("cli_about", lang), epilog=say("cli_examples", lang),
        formatter_class=argparse.RawDescriptionHelpFormatter, add_help=False,
    )  # fmt: skip
    parser.lang = lang
    _common(parser, lang)
    parser.add_argument("--version", "-V", action="store_true", help=say("cli_help_version", lang))
    commands = parser.add_subparsers(dest="command", metavar=say("cli_command", lang), parser_class=Parser)
    for name in NAMES:
        made = commands.add_parser(
            name, help=say(f"cli_{name}", lang), description=say(f"cli_{name}", lang),
            epilog=say(f"cli_{name}_examples", lang), add_help=False,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )  # fmt: skip
        made.lang = lang
        _common(made, lang)
        ARGUMENTS[name](made, lang)
    return parser


class Parser(argparse.ArgumentParser):
    """A parser whose errors are one sentence."""

    lang = "zh"

    def error(self, message: str) -> None:  # type: ignore[override]
        """Say what is wrong and leave with status 2."""
        told = {"message": _in_words(message, self.lang), "command": self.prog}
        self.exit(2, say("cli_usage_error", self.lang, told) + "\n")


_USAGE = {
    "unrecognized": re.compile(r"unrecognized arguments: (.+)"),
    "required": re.compile(r"the following arguments are required: (.+)"),
    "expected": re.compile(r"argument (.+): expected .*argument.*"),
    "choice": re.compile(r"argument (.+): invalid choice: (.+?) \(choose from (.+)\)"),
    "value": re.compile(r"argument (.+): invalid \w+ value: (.+)"),
}
"""What the parser of the standard library says → the sentence for it."""


def _in_words(message: str, lang: str) -> str:
    for key, pattern in _USAGE.items():
        found = pattern.fullmatch(message)
        if found is not None:
            return catalogue()[f"cli_usage_{key}"][lang].format(*found.groups())
    return message


def _common(parser: argparse.ArgumentParser, lang: str) -> None:
    parser._positionals.title = say("cli_title_positionals", lang)
    parser._optionals.title = say("cli_title_options", lang)
    parser.add_argument("--help", "-h", action="help", help=say("cli_help_help", lang))
    parser.add_argument("--lang", choices=LANGUAGES, default=lang, help=say("cli_help_lang", lang))


def _demo(parser: argparse.ArgumentParser, lang: str) -> None:
    parser.add_argument("-o", "--output", default="yusuan-demo", help=say("cli_help_output_dir", lang))
    parser.add_argument("--open", action="store_true", help=say("cli_help_open", lang))


def _template(parser: argparse.ArgumentParser, lang: str) -> None:
    parser.add_argument("output", metavar="OUT.xlsx", help=say("cli_help_output_file", lang))
    _force(parser, lang)


def _force(parser: argparse.ArgumentParser, lang: str) -> None:
    parser.add_argument("--force", action="store_true", help=say("cli_help_force", lang))


def _standard_option(parser: argparse.ArgumentParser, lang: str) -> None:
    parser.add_argument("--standard", metavar="ID", help=say("cli_help_standard", lang))


def _compile(parser: argparse.ArgumentParser, lang: str) -> None:
    parser.add_argument("ledger", metavar="LEDGER", help=say("cli_help_ledger", lang))
    parser.add_argument("-o", "--output", required=True, metavar="DIR", help=say("cli_help_output_dir", lang))
    parser.add_argument("--agency", action="append", metavar="CODE", help=say("cli_help_agency", lang))
    parser.add_argument("--format", default="xlsx,html,json", help=say("cli_help_formats", lang))
    _standard_option(parser, lang)
    _force(parser, lang)


def _corpus_options(parser: argparse.ArgumentParser, lang: str) -> None:
    parser.add_argument("--each-file", action="store_true", help=say("corpus_help_each_file", lang))
    parser.add_argument("--seconds", type=_positive, default=60.0, metavar="S", help=say("corpus_help_seconds", lang))
    parser.add_argument("--memory", type=_whole, default=2048, metavar="MB", help=say("corpus_help_memory", lang))
    parser.add_argument("--workers", type=_whole, default=0, metavar="N", help=say("corpus_help_workers", lang))


def _positive(text: str) -> float:
    """Seconds."""
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number < float("inf"):
        raise argparse.ArgumentTypeError(repr(text))
    return number


def _whole(text: str) -> int:
    """A count from 1."""
    try:
        number = int(text)
    except ValueError:
        number = 0
    if number < 1:
        raise argparse.ArgumentTypeError(repr(text))
    return number


def _read(parser: argparse.ArgumentParser, lang: str) -> None:
    parser.add_argument("sources", nargs="+", metavar="SOURCE", help=say("corpus_help_source", lang))
    parser.add_argument("--json", action="store_true", help=say("cli_help_json", lang))
    parser.add_argument("--report", action="store_true", help=say("corpus_help_report", lang))
    parser.add_argument("-o", "--output", metavar="FILE", help=say("corpus_help_read_output", lang))
    _corpus_options(parser, lang)
    _standard_option(parser, lang)
    _force(parser, lang)


def _check(parser: argparse.ArgumentParser, lang: str) -> None:
    parser.add_argument("sources", nargs="+", metavar="SOURCE", help=say("corpus_help_source", lang))
    formats = ("text", "json", "html", "xlsx", "sarif")
    parser.add_argument("--format", choices=formats, default="text", help=say("cli_help_report_format", lang))
    parser.add_argument("-o", "--output", metavar="FILE", help=say("corpus_help_check_output", lang))
    parser.add_argument("--all", action="store_true", help=say("cli_help_all", lang))
    _corpus_options(parser, lang)
    _standard_option(parser, lang)
    _force(parser, lang)


def _locate(parser: argparse.ArgumentParser, lang: str) -> None:
    parser.add_argument("source", metavar="SOURCE", help=say("cli_help_source", lang))
    parser.add_argument("--format", choices=("text", "json"), default="text", help=say("cli_help_locate_format", lang))
    parser.add_argument("-o", "--output", metavar="FILE", help=say("cli_help_report_output", lang))
    parser.add_argument("--most", type=int, default=10, metavar="N", help=say("cli_help_most", lang))
    parser.add_argument("--seconds", type=float, default=20.0, metavar="S", help=say("cli_help_seconds", lang))
    _standard_option(parser, lang)
    _force(parser, lang)


def _recover(parser: argparse.ArgumentParser, lang: str) -> None:
    parser.add_argument("source", metavar="SOURCE", help=say("cli_help_source", lang))
    parser.add_argument("-o", "--output", metavar="LEDGER", help=say("cli_help_recover_output", lang))
    withhold = say("cli_help_withhold", lang)
    parser.add_argument("--withhold", nargs="+", action="extend", metavar="CODE", help=withhold)
    parser.add_argument("--share", type=float, default=0.0, metavar="N", help=say("cli_help_share", lang))
    parser.add_argument("--format", choices=("text", "json"), default="text", help=say("cli_help_recover_format", lang))
    parser.add_argument("--seconds", type=float, default=20.0, metavar="S", help=say("cli_help_seconds", lang))
    _standard_option(parser, lang)
    _force(parser, lang)


def _standard(parser: argparse.ArgumentParser, lang: str) -> None:
    parser.add_argument("action", choices=("list", "show", "lint", "diff"), help=say("cli_help_standard_action", lang))
    parser.add_argument("names", nargs="*", metavar="ID", help=say("cli_help_standard", lang))


def _publish(parser: argparse.ArgumentParser, lang: str) -> None:
    parser.add_argument("source", nargs="?", metavar="SOURCE", help=say("cli_help_publish_source", lang))
    parser.add_argument("-o", "--output", metavar="DIR", help=say("cli_help_publish_output", lang))
    parser.add_argument("--agency", action="append", metavar="CODE", help=say("cli_help_agency", lang))
    parser.add_argument("--previous", metavar="SOURCE", help=say("cli_help_previous", lang))
    parser.add_argument("--texts", metavar="FILE", help=say("cli_help_texts", lang))
    parser.add_argument("--waive", action="append", metavar="RULE=REASON", help=say("cli_help_waive", lang))
    parser.add_argument("--reason", metavar="TEXT", help=say("cli_help_reason", lang))
    parser.add_argument("--format", default="pdf,docx,xlsx,data,site", help=say("cli_help_publish_formats", lang))
    parser.add_argument("--date", metavar="DATE", help=say("cli_help_date", lang))
    parser.add_argument("--license", metavar="NAME", help=say("cli_help_license", lang))
    parser.add_argument("--sign", metavar="KEYFILE", help=say("cli_help_sign", lang))
    parser.add_argument("--new-key", metavar="FILE", help=say("cli_help_new_key", lang))
    parser.add_argument("--workers", type=_whole, default=0, metavar="N", help=say("cli_help_publish_workers", lang))
    _standard_option(parser, lang)


def _verify(parser: argparse.ArgumentParser, lang: str) -> None:
    parser.add_argument("folder", metavar="DIR", help=say("cli_help_verify_folder", lang))
    parser.add_argument("--key", metavar="PUB", help=say("cli_help_key", lang))
    _standard_option(parser, lang)


def _diff(parser: argparse.ArgumentParser, lang: str) -> None:
    parser.add_argument("before", metavar="A", help=say("cli_help_diff_before", lang))
    parser.add_argument("after", metavar="B", help=say("cli_help_diff_after", lang))
    formats = ("text", "json", "html", "xlsx")
    parser.add_argument("--format", choices=formats, default="text", help=say("cli_help_diff_format", lang))
    parser.add_argument("-o", "--output", metavar="FILE", help=say("cli_help_report_output", lang))
    parser.add_argument("--all", action="store_true", help=say("cli_help_diff_all", lang))
    parser.add_argument("--agency", metavar="CODE", help=say("cli_help_diff_agency", lang))
    _standard_option(parser, lang)
    _force(parser, lang)


ARGUMENTS: dict[str, Callable[[argparse.ArgumentParser, str], None]] = {
    "demo": _demo, "template": _template, "compile": _compile, "read": _read, "check": _check, "locate": _locate,
    "recover": _recover, "publish": _publish, "verify": _verify, "diff": _diff, "standard": _standard,
}  # fmt: skip


def run(options: argparse.Namespace) -> int:
    """Run the command that was asked for."""
    from importlib import import_module

    if options.version if hasattr(options, "version") else False:
        from yusuan import __version__

        print(f"yusuan {__version__}")
        return 0
    module = import_module(f"yusuan.commands.{options.command}")
    status: int = module.run(options)
    return status
