"""COMET, a neural metric, in an environment and a process of its own: it cannot share ours, so it is no dependency.

The environment is made once by the user (`python -m venv`, `pip install unbabel-comet`); its interpreter is what
ZHAIYI_COMET_PYTHON says, or `venv/bin/python` in the model's folder. Nothing is downloaded.
"""

import json
import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import InputError

INTERPRETER = "ZHAIYI_COMET_PYTHON"
_WORKER = Path(__file__).with_name("comet_worker.py")
_TO_INSTALL = "python -m venv DIR && DIR/bin/pip install unbabel-comet"


@dataclass(frozen=True, slots=True)
class ItemScores:
    """Scores of a metric that has no statistics but one number an item: `values[s][i]`, and the signature."""

    name: str
    signature: str
    values: tuple[tuple[float, ...], ...]


def comet_scores(
    model: Path, sources: Sequence[str], systems: Sequence[Sequence[str]], references: Sequence[Sequence[str]]
) -> ItemScores:
    """Score systems with the COMET model in a folder, in points from 0 to 100, the mean over an item's references.

    Raises `InputError`, saying what to do, where there is no such model, no environment, or no source for an item, and
    where COMET itself fails.
    """
    checkpoint = _checkpoint(model)
    python = _interpreter(model)
    if without := sum(not source.strip() for source in sources):
        raise InputError(f"COMET needs the English of each item, and {without} have none: name a file of sources")
    rows = [
        {"src": source, "mt": text, "ref": reference}
        for texts in systems
        for source, text, found in zip(sources, texts, references, strict=True)
        for reference in found
    ]
    lines = "".join(json.dumps(row) + "\n" for row in rows)
    command = [str(python), "-I", str(_WORKER), str(checkpoint)]
    try:
        done = subprocess.run(command, input=lines, capture_output=True, encoding="utf-8", check=False)
    except OSError as error:
        raise InputError(f"{python}: cannot be run: {error.strerror}; name COMET's interpreter") from error
    if done.returncode:
        last = ([line for line in done.stderr.splitlines() if line.strip()] or ["it said nothing"])[-1]
        raise InputError(f"{python}: COMET failed: {last.strip()}; it is installed by: {_TO_INSTALL}")
    try:
        found = json.loads(done.stdout)
        scores = iter([100 * float(score) for score in found["scores"]])
        values = tuple(
            tuple(sum(next(scores) for _ in item) / len(item) for item in references) for _ in systems
        )  # by the order of the rows
    except (ValueError, KeyError, TypeError, RuntimeError) as error:
        raise InputError(f"{python}: COMET gave no scores that can be read ({error!r})") from error
    counts = {len(item) for item in references}
    nrefs = counts.pop() if len(counts) == 1 else "var"
    name = checkpoint.parent.parent.name if checkpoint.parent.name == "checkpoints" else checkpoint.stem
    signature = f"nrefs:{nrefs}|refs:mean|scale:100|model:{name}|version:{found.get('version', 'unknown')}"
    return ItemScores("COMET", signature, values)


def _checkpoint(model: Path) -> Path:
    if model.is_file():
        return model
    found = sorted([*model.glob("*.ckpt"), *model.glob("checkpoints/*.ckpt")])
    if len(found) != 1:
        raise InputError(
            f"{model}: {len(found) or 'no'} checkpoints (*.ckpt) in it; name the folder of one downloaded COMET model"
        )
    return found[0]


def _interpreter(model: Path) -> Path:
    if named := os.environ.get(INTERPRETER):
        if not Path(named).is_file():
            raise InputError(f"{named}: no such file, but {INTERPRETER} says that it is COMET's interpreter")
        return Path(named)
    within = (model if model.is_dir() else model.parent) / "venv" / "bin" / "python"
    if not within.is_file():
        raise InputError(
            f"COMET is not here: it needs an environment of its own ({_TO_INSTALL}); then set "
            f"{INTERPRETER}=DIR/bin/python"
        )
    return within
