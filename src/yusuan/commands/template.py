"""``yusuan template``: an empty ledger workbook."""

from __future__ import annotations

import argparse
from pathlib import Path

from yusuan.commands.common import default_standard
from yusuan.publish.template import write_template
from yusuan.words import say


def run(options: argparse.Namespace) -> int:
    """Write the template."""
    path = Path(options.output)
    write_template(path, default_standard().space, force=options.force)
    print(say("cli_written", options.lang, {"file": path}))
    return 0
