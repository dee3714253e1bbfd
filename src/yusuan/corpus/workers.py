"""Work in processes of its own, each piece within limits of time and memory: one that hangs, crashes or swells is
ended and told, and never stops the others."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

TICK = 0.1
"""Seconds between two looks at the time and memory of the processes."""

PATIENCE = 60.0
"""Seconds that a new process may take to start."""

ROOM = 2
"""How many times the memory limit a process may reserve without using it."""

THREADS = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "POLARS_MAX_THREADS": "1"}
"""One thread a process: there are as many processes as processors."""


@dataclass(frozen=True)
class Limits:
    """Seconds and bytes that one piece of work may take; children of its process count, too."""

    seconds: float = 60.0
    memory: int = 2 << 30


@dataclass(frozen=True)
class Failure:
    """Why a piece of work gave nothing: ``time``, ``memory`` or ``crashed`` with what is known of it."""

    kind: str
    detail: str = ""
    peak: int = 0


@dataclass(frozen=True)
class Done:
    """What a piece of work gave, and the most memory (bytes) that its process had until then."""

    value: Any
    peak: int = 0


def processors() -> int:
    """Processors that this process may use."""
    with suppress(AttributeError):
        return max(1, len(os.sched_getaffinity(0)))
    return os.cpu_count() or 1


@dataclass
class _Worker:
    process: Any
    pipe: Connection
    room: Path
    begun: float = 0.0
    allowed: float = 0.0
    task: Any = None
    number: int = -1
    ready: bool = False
    peak: int = 0
    started: float = field(default_factory=time.monotonic)


class Crew:
    """A few processes that do one piece of work after another with a function that they can import by its name."""

    def __init__(self, function: Callable[[Any], Any], limits: Limits, count: int = 0) -> None:
        self.function, self.limits = function, limits
        self.count = count or processors()
        self.workers: list[_Worker] = []
        self.context = multiprocessing.get_context("spawn")
        self.folder = tempfile.TemporaryDirectory(prefix="yusuan-", ignore_cleanup_errors=True)
        self.made = 0

    def __enter__(self) -> Crew:
        return self

    def __exit__(self, *error: object) -> None:
        for worker in [*self.workers]:
            self._end(worker)
        self.folder.cleanup()

    def run(self, tasks: Iterator[tuple[Any, float]]) -> Iterator[tuple[Any, Done | Failure]]:
        """Every task with what came of it, in the order of completion.

        ``tasks`` are (task, how many times the limit of time it may take); tasks are taken as processes fall idle.
        """
        more = True
        while True:
            while more and (idle := self._idle()) is not None:
                found = next(tasks, None)
                if found is None:
                    more = False
                    break
                self._give(idle, *found)
            busy = [worker for worker in self.workers if worker.task is not None]
            if not busy:
                return
            yield from self._look(busy)

    def _idle(self) -> _Worker | None:
        for worker in self.workers:
            if worker.task is None:
                return worker
        if len(self.workers) >= self.count:
            return None
        return self._start()

    def _start(self) -> _Worker:
        self.made += 1
        room = Path(self.folder.name) / str(self.made)
        room.mkdir()
        ours, theirs = self.context.Pipe()
        arguments = (self.function, theirs, str(room), self.limits.memory)
        process = self.context.Process(target=_serve, args=arguments, daemon=True)
        before = {name: os.environ.get(name) for name in THREADS}
        os.environ.update({name: value for name, value in THREADS.items() if before[name] is None})
        try:
            process.start()
        finally:
            for name, value in before.items():
                if value is None:
                    os.environ.pop(name, None)
        theirs.close()
        worker = _Worker(process, ours, room)
        self.workers.append(worker)
        return worker

    def _give(self, worker: _Worker, task: Any, weight: float) -> None:
        worker.task, worker.allowed = (task,), self.limits.seconds * weight
        worker.begun = time.monotonic()
        with suppress(OSError):
            worker.pipe.send(task)

    def _look(self, busy: list[_Worker]) -> Iterator[tuple[Any, Done | Failure]]:
        by_pipe = {worker.pipe: worker for worker in busy}
        for pipe in wait(list(by_pipe), timeout=TICK):
            assert isinstance(pipe, Connection)
            worker = by_pipe[pipe]
            try:
                told = pipe.recv()
            except (EOFError, OSError):
                worker.process.join(1)
                yield self._over(worker, Failure("crashed", _ending(worker.process.exitcode)))
                continue
            if told == "ready":
                worker.ready, worker.begun = True, time.monotonic()
                continue
            (task,) = worker.task
            worker.task = None
            yield task, told
            if isinstance(told, Failure) or told.peak > self.limits.memory // 2:
                self._end(worker)
        now = time.monotonic()
        for worker in busy:
            if worker.task is None or worker not in self.workers:
                continue
            used = tree_memory(worker.process.pid)
            worker.peak = max(worker.peak, used)
            if used > self.limits.memory:
                yield self._over(worker, Failure("memory", peak=worker.peak))
            elif now - worker.begun > (worker.allowed if worker.ready else PATIENCE):
                yield self._over(worker, Failure("time", f"{worker.allowed:g}", peak=worker.peak))

    def _over(self, worker: _Worker, failure: Failure) -> tuple[Any, Failure]:
        (task,) = worker.task
        self._end(worker)
        return task, failure

    def _end(self, worker: _Worker) -> None:
        """End a process with everything that it started, and clear its room."""
        self.workers.remove(worker)
        for pid in [*descendants(worker.process.pid)]:
            with suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        worker.process.kill()
        worker.process.join(10)
        worker.pipe.close()
        shutil.rmtree(worker.room, ignore_errors=True)


def _ending(code: int | None) -> str:
    if code is not None and code < 0:
        with suppress(ValueError):
            return signal.Signals(-code).name
    return f"exit {code}"


def _serve(function: Callable[[Any], Any], pipe: Connection, room: str, memory: int) -> None:
    """The life of a process: take a task, do it, tell what came of it."""
    with suppress(ValueError, OSError):
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    tempfile.tempdir = room
    os.environ["TMPDIR"] = room
    _bound(memory)
    with suppress(EOFError, OSError, BrokenPipeError):
        pipe.send("ready")
        while True:
            task = pipe.recv()
            pipe.send(_do(function, task))


def _do(function: Callable[[Any], Any], task: Any) -> Done | Failure:
    try:
        return Done(function(task), peak_memory())
    except MemoryError:
        return Failure("memory", peak=peak_memory())
    except BaseException as error:  # native readers may panic with what is no Exception
        return Failure("crashed", type(error).__name__, peak_memory())


def _bound(memory: int) -> None:
    """A bound on what the process reserves, for what grows faster than it is looked at."""
    with suppress(ImportError, ValueError, OSError):
        import resource

        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        bound = reserved_memory() + ROOM * memory
        resource.setrlimit(resource.RLIMIT_AS, (bound if hard < 0 else min(bound, hard), hard))


def peak_memory() -> int:
    """The most memory in bytes that this process had; 0 where the system does not tell."""
    with suppress(OSError, ValueError, IndexError):
        told = Path("/proc/self/status").read_text().partition("VmHWM:")[2]
        return int(told.split()[0]) * 1024
    try:
        import resource
        import sys
    except ImportError:
        return 0
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return used if sys.platform == "darwin" else used * 1024


def reserved_memory() -> int:
    """Bytes of address space of this process; 0 where the system does not tell."""
    return _pages("self", 0)


def _pages(pid: int | str, index: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[index]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return 0


def tree_memory(pid: int) -> int:
    """Bytes of memory of a process and all that it started; 0 where the system does not tell."""
    return sum(_pages(one, 1) for one in (pid, *descendants(pid)))


def descendants(pid: int) -> Iterator[int]:
    """The processes that a process started, and those that they started."""
    try:
        children = [
            int(word)
            for task in Path(f"/proc/{pid}/task").iterdir()
            for word in (task / "children").read_text().split()
        ]
    except (OSError, ValueError):
        return
    for child in children:
        yield child
        yield from descendants(child)
