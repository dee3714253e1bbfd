"""``python -m yusuan``: the command line where no script is installed."""

import sys

from yusuan.cli import main

sys.exit(main())
