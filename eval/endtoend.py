"""What a user waits for against what the engine takes: `zhaiyi translate`, from reading to the written run.

The same abstracts go through the command, with and without its retries, and their segments through the bare engine, on
one core and on all, interleaved. The command's time is the one in its `run.json`, without start-up.
"""

import json
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from eval.contenders import OURS, Job
from eval.worker import Cost, Worker
from models.ct2_engine import available_cores
from pipeline.errors import RunError
from pipeline.records import Abstract, to_record

COMMANDS = {"translate --no-retry": ("--no-retry",), "translate": ()}
ENGINE = "engine"


@dataclass(frozen=True, slots=True)
class EndToEnd:
    """Costs a round by what ran ("engine" or a command) and cores."""

    abstracts: int
    segments: int
    costs: Mapping[tuple[str, int], tuple[Cost, ...]]

    def share_of_engine(self, what: str, cores: int, seconds: Callable[[Cost], float]) -> float:
        """The rate of a command as a share of the bare engine's on as many cores, the median of the rounds."""
        pairs = zip(self.costs[ENGINE, cores], self.costs[what, cores], strict=True)
        return median(seconds(engine) / seconds(command) for engine, command in pairs)

    def speedup(self, what: str, cores: int) -> float:
        """How many times faster by the clock so many cores are than one, the median of the rounds."""
        pairs = zip(self.costs[what, 1], self.costs[what, cores], strict=True)
        return median(one.wall / many.wall for one, many in pairs)


def measure_end_to_end(
    job: Job, abstracts: Sequence[Abstract], texts: Sequence[str], rounds: int, log: Callable[[str], None]
) -> EndToEnd:
    """Measure with our contender's job on one core and on all. Raises `RunError` if the command fails."""
    costs: dict[tuple[str, int], list[Cost]] = {}
    cores = sorted({1, available_cores()}) if job.device == "cpu" else [job.threads]
    workers: dict[int, Worker] = {}
    given = ["--model", str(job.model), "--device", job.device, "--beam", str(job.decoding.beam)]
    with TemporaryDirectory(prefix="zhaiyi-bench-") as name, ExitStack() as stack:
        source = Path(name) / "abstracts.jsonl"
        rows = (json.dumps(to_record(abstract), ensure_ascii=False, default=str) for abstract in abstracts)
        source.write_text("".join(f"{row}\n" for row in rows), encoding="utf-8")
        for number in cores:
            workers[number] = Worker(OURS, replace(job, threads=number), texts[:4])
            stack.callback(workers[number].close)
        for round_, number in product(range(rounds), cores):
            log(f"end to end, round {round_ + 1} of {rounds}: {number} of {cores[-1]} cores")
            costs.setdefault((ENGINE, number), []).append(workers[number].measure(texts).cost)
            for what, options in COMMANDS.items():
                run = Path(name) / f"{round_}-{number}-{what}"
                cost = _command(source, run, [*given, "--threads", str(number), *options])
                costs.setdefault((what, number), []).append(cost)
    return EndToEnd(len(abstracts), len(texts), {key: tuple(found) for key, found in costs.items()})


def _command(source: Path, run: Path, options: Sequence[str]) -> Cost:
    """Run `zhaiyi translate` as a process and read what it says it took."""
    arguments = ["translate", str(source), "-o", str(run), "--quiet", *options]
    code = f"import sys; sys.path[:] = {sys.path!r}; from pipeline.cli import main; main({arguments!r})"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=False)
    if result.returncode not in (0, 3):  # 3: some records failed, the others were translated
        raise RunError(f"zhaiyi translate: {(result.stderr.strip().splitlines() or ['failed'])[-1]}")
    info = json.loads((run / "run.json").read_text(encoding="utf-8"))
    return Cost(info["wall_seconds"], info["cpu_seconds"])
