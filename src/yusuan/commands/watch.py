"""Limits of time and memory for reading one document in this process: native code cannot be stopped otherwise."""

from __future__ import annotations

import os
import sys
import threading
import time
from pathlib import Path
from types import TracebackType

from yusuan.words import say

SECONDS = 600.0
"""A scan of several hundred pages is recognised in this time."""

MEGABYTES = 2048

_STATUS = Path("/proc/self/statm")


class Watch:
    """While a document is read: past a limit one sentence is said and the program ends with status 2.

    Only for reading, when nothing has been written yet. Where the system does not tell the memory in use, only time
    is watched.
    """

    def __init__(self, source: str, lang: str, seconds: float = SECONDS, megabytes: int = MEGABYTES) -> None:
        self.source, self.lang, self.seconds, self.megabytes = source, lang, seconds, megabytes
        self.before = used_megabytes()
        self._done = threading.Event()

    def __enter__(self) -> Watch:
        threading.Thread(target=self._watch, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._done.set()

    def _watch(self) -> None:
        end = time.monotonic() + self.seconds
        while not self._done.wait(0.25):
            if time.monotonic() > end:
                self._end("read_too_long", {"seconds": f"{self.seconds:.0f}"})
            if used_megabytes() - self.before > self.megabytes:
                self._end("read_too_much", {"megabytes": self.megabytes})

    def _end(self, key: str, values: dict[str, object]) -> None:
        print(say(key, self.lang, {"file": Path(self.source).name, **values}), file=sys.stderr, flush=True)
        os._exit(2)


def used_megabytes() -> float:
    """Memory of this process in MiB, 0 where the system does not tell."""
    try:
        pages = int(_STATUS.read_text().split()[1])
    except (OSError, ValueError, IndexError):
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20
