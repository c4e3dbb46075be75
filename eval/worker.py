"""A contender in a process of its own: threads, memory, start-up and libraries of one do not touch another's.

The parent side is `Worker`; `_prepare`, `_open` and `_measure` run in children.
"""

import os
import resource
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any, TypeVar

from eval.contenders import CONTENDERS, Job, Translate
from models.errors import ModelError

_Result = TypeVar("_Result")

THREAD_VARIABLES = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds by the clock, of the processor in all threads, and what other programs took of it meanwhile."""

    wall: float
    cpu: float
    others: float = 0.0


@dataclass(frozen=True, slots=True)
class Answer:
    """Hypotheses, what they cost, and the process' largest memory so far in bytes."""

    texts: list[str]
    cost: Cost
    peak_bytes: int


class Unavailable(Exception):
    """A contender that cannot take part here, in a few words: not installed, or failed."""


class Worker:
    """A contender that is loaded and has translated its first texts; raises `Unavailable` if it cannot.

    `startup` is what it took from nothing to the first of `texts`, translated. `ModelError` passes through.
    """

    def __init__(self, contender: str, job: Job, texts: Sequence[str]) -> None:
        with new_process() as once:
            path = attempt(once.submit(_prepare, contender, job).result)
        self._pool = new_process()
        begun = time.perf_counter()
        cpu = self._ask(_open, contender, job, path, texts[0])
        self.startup = Cost(time.perf_counter() - begun, cpu)
        self._ask(_measure, texts)

    def measure(self, texts: Sequence[str]) -> Answer:
        """Translate `texts` and say what it took."""
        return self._ask(_measure, texts)

    def close(self) -> None:
        """End the process."""
        self._pool.shutdown(cancel_futures=True)

    def _ask(self, function: Callable[..., _Result], *arguments: Any) -> _Result:
        try:
            return attempt(self._pool.submit(function, *arguments).result)
        except BaseException:
            self.close()
            raise


def attempt(action: Callable[[], _Result]) -> _Result:
    """Do it; what goes wrong in a foreign library is `Unavailable`, what a user can mend stays a `ModelError`."""
    try:
        return action()
    except ModelError:
        raise
    except ImportError as error:
        raise Unavailable(f"not installed: {error.name or error}") from error
    except BrokenProcessPool as error:
        raise Unavailable("its process ended, perhaps for want of memory") from error
    except Exception as error:
        reason = (str(error).strip().splitlines() or [""])[0]
        raise Unavailable(f"failed: {type(error).__name__}: {reason}") from error


def new_process() -> ProcessPoolExecutor:
    """A process that starts from nothing, not as a copy of this one, and does what is submitted to it, in order."""
    return ProcessPoolExecutor(1, get_context("spawn"))


_loaded: dict[str, Translate] = {}


def _prepare(contender: str, job: Job) -> Path:
    """In a child: make what the contender loads, if it has not been made before."""
    silence()
    return CONTENDERS[contender].prepare(job)


def _open(contender: str, job: Job, path: Path, text: str) -> float:
    """In the child: load and translate a first text; the processor's seconds since the process began."""
    os.environ |= thread_settings(job.threads)
    silence()
    _loaded["contender"] = CONTENDERS[contender].open(job, path)
    _loaded["contender"]([text])
    return cpu_seconds()


def _measure(texts: Sequence[str]) -> Answer:
    """In the child: translate and time."""
    everybody, cpu, wall = machine_seconds(), cpu_seconds(), time.perf_counter()
    found = _loaded["contender"](texts)
    wall, cpu, everybody = time.perf_counter() - wall, cpu_seconds() - cpu, machine_seconds() - everybody
    return Answer(found, Cost(wall, cpu, max(0.0, everybody - cpu)), peak_bytes())


def thread_settings(threads: int) -> Mapping[str, str]:
    """Environment variables that hold numerical libraries to so many threads, if set before they are loaded."""
    return dict.fromkeys(THREAD_VARIABLES, str(threads))


def silence() -> None:
    """In a child: keep the libraries' advice and progress bars off the terminal; what goes wrong is raised."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)


def cpu_seconds() -> float:
    """The processor's seconds of this process, all threads, since it began."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def machine_seconds() -> float:
    """The seconds that all processors of the machine have worked or were taken away; 0 where Linux does not say."""
    stat = Path("/proc/stat")
    if not stat.exists():
        return 0.0
    # man 5 proc: cpu user nice system idle iowait irq softirq steal ...
    user, nice, system, _, _, irq, soft, steal = map(int, stat.read_text(encoding="ascii").split(maxsplit=9)[1:9])
    return (user + nice + system + irq + soft + steal) / os.sysconf("SC_CLK_TCK")


def peak_bytes() -> int:
    """The largest memory of this process so far.

    Linux's own figure is asked first: `getrusage` there counts what the parent had when the process was made.
    """
    status = Path("/proc/self/status")
    if status.exists():
        lines = (line.split() for line in status.read_text(encoding="ascii", errors="replace").splitlines())
        return next(int(words[1]) * 1024 for words in lines if words[0] == "VmHWM:")
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
