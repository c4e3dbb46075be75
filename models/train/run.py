"""A training run from a configuration to a Marian folder: corpus, vocabulary, arrays, training; each step is kept.

WORK/config.json             the configuration, which must not change
WORK/corpus/N.jsonl, N.npz   prepared pairs and their pieces, by source
WORK/corpus/counts.json      pairs kept and dropped, by source and reason
WORK/tokenizer/              source.spm, target.spm, vocab.json
WORK/state.pt                the state that training goes on from
WORK/curve.jsonl             loss, rate and, where validated, scores, by step
WORK/best/                   the best model by the validation score
WORK/model/                  the result, a Marian folder
"""

import json
import multiprocessing
import os
import random
from collections import deque
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Any

from models.errors import ModelError
from models.train.config import POSITIONS, TrainConfig, load_config
from models.train.corpus import Pair, Prepare, Vary, encode_pairs, prepare_source
from models.train.heldout import HeldOut, held_out_texts
from models.train.text import read_lines

Log = Callable[[str], None]
Validate = Callable[[Path], dict[str, float]]
"""A Marian folder -> its scores by name, the first of which decides."""
VOCABULARY_SAMPLE = 400_000  # texts that pieces are learnt from


def train(
    config_path: Path,
    data: Path,
    work: Path,
    prepare: Prepare,
    vary: Vary,
    *,
    validate: Validate | None = None,
    until: int | None = None,
    log: Log = print,
) -> Path:
    """Do what is missing of a training run and return the Marian folder.

    `prepare` makes a training pair as the pipeline makes model input, `vary` gives a pair another
    amount or other words; `validate` scores a Marian folder.
    """
    from models.registry import resolve
    from models.train.batches import rounded
    from models.train.workers import Workers

    config = load_config(config_path)
    if config.patience and not validate:
        raise ModelError(f"{config_path}: patience {config.patience} waits for validation scores: give --valid FILE")
    workers = Workers()
    init = resolve(config.init) if config.init else None  # before anything is written
    positions = init.shape.positions if init else POSITIONS
    if rounded(config.max_pieces + 1) > positions:
        raise ModelError(f"{config_path}: max_pieces {config.max_pieces} is too many for {positions} positions")
    try:
        if workers.first:
            _claim(config, work)
        config = replace(config, init=str(init.path) if init else "")
        if workers.first:
            _prepare_corpus(config, data, work, prepare, vary, log)
            _make_tokenizer(config, work, log)
            _encode(config, work, log)
        workers.wait()
        arrays = _encode(config, work, log)
        return _train(config, arrays, work, validate, until, init.name if init else "", log)
    except BrokenPipeError:
        raise  # nobody reads the log
    except OSError as error:
        reason = f"{error.filename or work}: {error.strerror or error}"
        raise ModelError(f"{reason}; mend that and run the same command again to go on") from error


FREE = ("steps", "decay_from", "save_minutes", "sync_seconds", "validate_every", "patience", "notes", "licence")
"""Settings that may change within a run: the first two only before the rate begins to fall (`Trainer` sees to it)."""
MADE_FROM = {
    "corpus/counts.json": ("sources", "held_out", "window_share", "seed"),
    "tokenizer/vocab.json": ("vocabulary_size", "init", "max_pieces"),
}
"""What a work folder may hold -> the settings that then stay; with a state, all stay but `FREE`."""


def _claim(config: TrainConfig, work: Path) -> None:
    """Make the work folder this configuration's. Raises `ModelError` if it is another's or cannot be written."""
    path = work / "config.json"
    wanted = json.loads(json.dumps(asdict(config)))
    try:
        work.mkdir(parents=True, exist_ok=True)
        before = json.loads(path.read_text("utf-8")) if path.exists() else wanted
        fixed = {key for made, keys in MADE_FROM.items() if (work / made).exists() for key in keys}
        if (work / "state.pt").exists():
            fixed |= wanted.keys() - {*FREE}
        changed = [key for key in wanted if key in fixed and wanted[key] != before.get(key)]
        if changed:
            raise ModelError(
                f"{work}: begun with another configuration ({_change(changed[0], before, wanted)}): name another work "
                "folder, or use the old configuration"
            )
        _write_whole(path, json.dumps(wanted, indent=2))
    except OSError as error:
        raise ModelError(f"{work}: cannot be written: {error.strerror}; name another work folder") from error


def _change(key: str, before: dict[str, Any], wanted: dict[str, Any]) -> str:
    if key == "sources":
        return "other sources"
    return f"{key} was {before.get(key)!r}, is {wanted[key]!r}"


def _write_whole(path: Path, text: str) -> None:
    part = path.with_suffix(".part")
    part.write_text(text, encoding="utf-8")
    part.replace(path)


def _counts(work: Path) -> dict[str, dict[str, int]]:
    path = work / "corpus" / "counts.json"
    counts: dict[str, dict[str, int]] = json.loads(path.read_text("utf-8")) if path.exists() else {}
    return counts


def _prepare_corpus(config: TrainConfig, data: Path, work: Path, prepare: Prepare, vary: Vary, log: Log) -> None:
    folder, names = work / "corpus", _source_names(config)
    folder.mkdir(exist_ok=True)
    counts = _counts(work)
    missing = [i for i, name in enumerate(names) if name not in counts or not (folder / f"{i}.jsonl").exists()]
    for number in missing:  # a wrong path is told before minutes are spent on the right ones
        next(read_lines(data / config.sources[number].path), None)
    if not missing:
        return
    deque(held_out_texts(config.held_out, data), maxlen=0)
    one = partial(_prepare_source, config, data, folder, prepare, vary)
    # one process a source: preparing is plain Python and takes minutes for a million pairs
    with ProcessPoolExecutor(os.cpu_count(), multiprocessing.get_context("spawn")) as pool:
        for number, kept, reasons in pool.map(one, missing):
            counts[names[number]] = reasons
            log(f"{names[number]}: {kept} pairs; {reasons}")
            _write_whole(folder / "counts.json", json.dumps(counts, indent=2))


def _prepare_source(
    config: TrainConfig, data: Path, folder: Path, prepare: Prepare, vary: Vary, number: int
) -> tuple[int, int, dict[str, int]]:
    held_out = HeldOut(held_out_texts(config.held_out, data))
    pairs, reasons = prepare_source(
        config.sources[number], data, prepare, vary, config.window_share, config.seed, held_out
    )
    part = folder / f"{number}.part"
    with part.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(pair, ensure_ascii=False) + "\n" for pair in pairs)
    part.replace(folder / f"{number}.jsonl")
    return number, len(pairs), dict(reasons.most_common())


def _pairs(path: Path) -> list[Pair]:
    with path.open(encoding="utf-8") as file:
        return [tuple(json.loads(line)) for line in file]


def _make_tokenizer(config: TrainConfig, work: Path, log: Log) -> None:
    folder = work / "tokenizer"
    if (folder / "tokenizer_config.json").exists():
        return
    if config.init:
        from models.train.vocabulary import FILES

        folder.mkdir(exist_ok=True)
        for name in FILES:
            if (file := Path(config.init) / name).exists():
                (folder / name).write_bytes(file.read_bytes())
        return
    from models.train.vocabulary import train_vocabulary

    pairs: list[Pair] = []
    for number, source in enumerate(config.sources):
        found = _pairs(work / "corpus" / f"{number}.jsonl")
        wanted = int(len(found) * min(1.0, source.weight))
        pairs += random.Random(config.seed).sample(found, wanted)
    if not pairs:
        raise _no_pair(work)
    log(f"learning {config.vocabulary_size} pieces")
    train_vocabulary(pairs, config.vocabulary_size, folder, VOCABULARY_SAMPLE, config.seed)


def _encode(config: TrainConfig, work: Path, log: Log) -> list[dict[str, Any]]:
    import numpy as np

    from models.masks import RESERVED
    from models.train.vocabulary import encoders

    token, style = "", RESERVED
    if config.init:
        from models.registry import open_translator

        info = open_translator(config.init, device="cpu").info  # also checks that the folder's parts fit together
        token, style = info.language_token, info.mask_style
    source, target = encoders(work / "tokenizer", token, style)
    arrays, counts = [], _counts(work)
    for number, name in enumerate(_source_names(config)):
        path = work / "corpus" / f"{number}.npz"
        if not path.exists():
            pairs = _pairs(path.with_suffix(".jsonl"))
            made = encode_pairs(pairs, source, target, config.max_pieces)
            kept = len(made["source_offsets"]) - 1
            if kept < len(pairs):
                counts[name]["pieces"] = len(pairs) - kept  # they count as kept or windows too
                _write_whole(work / "corpus" / "counts.json", json.dumps(counts, indent=2))
            part = path.with_suffix(".part.npz")
            np.savez(part, **made)
            part.replace(path)
            log(f"{path.name}: {kept} pairs, {len(made['target']) / 1e6:.1f} M target pieces")
        with np.load(path, allow_pickle=False) as stored:
            arrays.append(dict(stored))
    return arrays


def _train(
    config: TrainConfig,
    arrays: list[dict[str, Any]],
    work: Path,
    validate: Validate | None,
    until: int | None,
    init: str,
    log: Log,
) -> Path:
    from models.train.batches import join_sources
    from models.train.trainer import Trainer

    corpus = join_sources(
        [
            (found, source.weight, source.weight if source.final_weight is None else source.final_weight)
            for found, source in zip(arrays, config.sources, strict=True)
        ]
    )
    if not corpus.weights.sum() or not corpus.final_weights.sum():
        raise _no_pair(work)
    with (work / "log.txt").open("a", encoding="utf-8") as file:

        def both(line: str) -> None:
            log(line)
            file.write(line + "\n")
            file.flush()

        trainer = Trainer(config, corpus, work, both)
        trainer.train(validate, until)
        folder = trainer.result()
    if trainer.workers.first:
        _record(config, work, folder, trainer.step, trainer.best_step or trainer.step, init)
    return folder


def _no_pair(work: Path) -> ModelError:
    return ModelError(f"no pair to train on: {work / 'corpus' / 'counts.json'} says why pairs were left out")


def _record(config: TrainConfig, work: Path, folder: Path, step: int, kept: int, init: str) -> None:
    """Write `training.json` into the model's folder: configuration, counts of pairs, curve, and what came before."""
    counts = _counts(work)
    curve = work / "curve.jsonl"
    before = Path(config.init) / "training.json" if config.init else None
    record = {
        "steps": step,
        "weights_of": kept,
        "config": {**asdict(config), "init": init},
        "pairs": [counts.get(name, {}) for name in _source_names(config)],
        "curve": [json.loads(line) for line in curve.read_text("utf-8").splitlines()] if curve.exists() else [],
        "notes": config.notes,
        "before": json.loads(before.read_text("utf-8")) if before and before.is_file() else None,
    }
    text = json.dumps(record, ensure_ascii=False, indent=1)
    (folder / "training.json").write_text(text + "\n", encoding="utf-8")


def _source_names(config: TrainConfig) -> list[str]:
    return [f"{number} {source.path} {source.grade}".strip() for number, source in enumerate(config.sources)]
