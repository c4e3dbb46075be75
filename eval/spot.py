"""Run models on a test set on the spot, each in a process of its own, so that time and memory are its own.

The abstracts come from the references; what is measured is what a user gets: `translate_block` with the usual settings.
"""

import resource
import sys
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from eval.comparison import Cost
from eval.hypotheses import Hypotheses, from_rows, named
from eval.references import Facts
from pipeline.errors import InputError
from pipeline.records import Abstract

_MAXRSS_UNIT = 1 if sys.platform == "darwin" else 1024  # bytes


def run_model(argument: str, facts: Mapping[str, Facts]) -> Hypotheses:
    """Translate the sources of a test set with a model, given as NAME=MODEL or MODEL, and what it cost.

    What the model fails on counts as failed, as in a run. Raises `InputError` if sources are not known, `ModelError`
    for a model that cannot be used.
    """
    name, model = named(argument)
    without = [identifier for identifier, one in facts.items() if not one.source]
    if without:
        raise InputError(
            f"{model}: neither a run nor a file, and as a model it has nothing to translate: the references have no "
            f"English for {len(without)} items, the first is {without[0]}"
        )
    abstracts = [Abstract(identifier, one.title, one.source) for identifier, one in facts.items()]
    with ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn")) as pool:
        rows, cost = pool.submit(translate, model, abstracts).result()
    failed = tuple(str(row["id"]) for row in rows if "error" in row)
    done = ((f"{model}: {row['id']}", row) for row in rows if "error" not in row)
    made = from_rows(name, "model", model, done, cost)
    return replace(made, failed=failed)


def translate(model: str, abstracts: Sequence[Abstract]) -> tuple[list[dict[str, Any]], Cost]:
    """Translate in this process; rows as a run writes them, and time, memory and the size of the weights."""
    from models.registry import open_translator, resolve
    from pipeline.settings import Settings
    from pipeline.shards import BLOCK_SIZE, blocks, to_row
    from pipeline.translate import translate_block

    size = _megabytes(resolve(model).weights_file)
    translator, settings = open_translator(model), Settings()
    wall, cpu = time.perf_counter(), time.process_time()
    rows = [
        to_row(result)
        for block in blocks(abstracts, BLOCK_SIZE)
        for result in translate_block(block, translator, settings)
    ]
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    segments = sum(len(row.get("segments", ())) for row in rows)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _MAXRSS_UNIT / 1e6
    return rows, Cost(round(cpu, 2), round(wall, 2), round(segments / wall, 1), round(peak, 1), size)


def _megabytes(path: Path) -> float:
    return round(path.stat().st_size / 1e6, 1)
