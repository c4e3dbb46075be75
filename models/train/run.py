"""A training run from a configuration to a Marian folder: corpus, vocabulary, arrays, training; each step is kept.

WORK/corpus/N.jsonl, N.npz   prepared pairs and their pieces, by source
WORK/corpus/counts.json      pairs kept and dropped, by source and reason
WORK/tokenizer/              source.spm, target.spm, vocab.json
WORK/state.pt                the state that training goes on from
WORK/model/                  the result, a Marian folder
"""

import json
import multiprocessing
import os
import random
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

from models.errors import ModelError
from models.train.config import TrainConfig, load_config
from models.train.corpus import Pair, Prepare, encode_pairs, prepare_source
from models.train.heldout import HeldOut, held_out_texts

Log = Callable[[str], None]
VOCABULARY_SAMPLE = 400_000  # texts that pieces are learnt from


def train(
    config_path: Path,
    data: Path,
    work: Path,
    prepare: Prepare,
    *,
    validate: Callable[[Path], str] | None = None,
    until: int | None = None,
    log: Log = print,
) -> Path:
    """Do what is missing of a training run and return the Marian folder.

    `prepare` makes a training pair as the pipeline makes model input; `validate` scores a Marian folder.
    """
    from models.train.workers import Workers

    config = load_config(config_path)
    work.mkdir(parents=True, exist_ok=True)
    workers = Workers()
    if workers.first:
        _prepare_corpus(config, data, work, prepare, log)
        _make_tokenizer(config, work, log)
        _encode(config, work, log)
    workers.wait()
    arrays = _encode(config, work, log)
    return _train(config, arrays, work, validate, until, log)


def _prepare_corpus(config: TrainConfig, data: Path, work: Path, prepare: Prepare, log: Log) -> None:
    folder = work / "corpus"
    folder.mkdir(exist_ok=True)
    counts_file = folder / "counts.json"
    counts: dict[str, dict[str, int]] = json.loads(counts_file.read_text("utf-8")) if counts_file.exists() else {}
    missing = [number for number in range(len(config.sources)) if not (folder / f"{number}.jsonl").exists()]
    one = partial(_prepare_source, config, data, folder, prepare)
    # one process a source: preparing is plain Python and takes minutes for a million pairs
    with ProcessPoolExecutor(os.cpu_count(), multiprocessing.get_context("spawn")) as pool:
        for number, kept, reasons in pool.map(one, missing):
            source = config.sources[number]
            counts[f"{number} {source.path} {source.grade}".strip()] = reasons
            log(f"{source.path} {source.grade}: {kept} pairs; {reasons}")
            counts_file.write_text(json.dumps(counts, indent=2), encoding="utf-8")


def _prepare_source(
    config: TrainConfig, data: Path, folder: Path, prepare: Prepare, number: int
) -> tuple[int, int, dict[str, int]]:
    held_out = HeldOut(held_out_texts(config.held_out, data))
    pairs, reasons = prepare_source(config.sources[number], data, prepare, config.window_share, config.seed, held_out)
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
        folder.mkdir(exist_ok=True)
        for name in ("source.spm", "target.spm", "vocab.json", "tokenizer_config.json"):
            file = Path(config.init) / name
            if not file.exists():
                raise ModelError(f"{file}: missing; a model to go on from is a whole Marian folder")
            (folder / name).write_bytes(file.read_bytes())
        return
    from models.train.vocabulary import train_vocabulary

    log(f"learning {config.vocabulary_size} pieces")
    pairs: list[Pair] = []
    for number, source in enumerate(config.sources):
        found = _pairs(work / "corpus" / f"{number}.jsonl")
        wanted = int(len(found) * min(1.0, source.weight))
        pairs += random.Random(config.seed).sample(found, wanted)
    train_vocabulary(pairs, config.vocabulary_size, folder, VOCABULARY_SAMPLE, config.seed)


def _encode(config: TrainConfig, work: Path, log: Log) -> list[dict[str, Any]]:
    import numpy as np
    import sentencepiece

    processor = sentencepiece.SentencePieceProcessor(model_file=str(work / "tokenizer" / "source.spm"))
    vocabulary: dict[str, int] = json.loads((work / "tokenizer" / "vocab.json").read_text("utf-8"))
    ids = [vocabulary.get(processor.id_to_piece(i), vocabulary["<unk>"]) for i in range(len(processor))]

    def encode(texts: list[str]) -> list[list[int]]:
        return [[ids[piece] for piece in row] for row in processor.encode(texts, num_threads=2)]

    arrays = []
    for number in range(len(config.sources)):
        path = work / "corpus" / f"{number}.npz"
        if not path.exists():
            made = encode_pairs(_pairs(path.with_suffix(".jsonl")), encode, config.max_pieces)
            np.savez(path, **made)
            log(
                f"{path.name}: {len(made['source_offsets']) - 1} pairs, {len(made['target']) / 1e6:.1f} M target pieces"
            )
        with np.load(path, allow_pickle=False) as stored:
            arrays.append({name: stored[name] for name in stored.files})
    return arrays


def _train(
    config: TrainConfig,
    arrays: list[dict[str, Any]],
    work: Path,
    validate: Callable[[Path], str] | None,
    until: int | None,
    log: Log,
) -> Path:
    from models.train.batches import join_sources
    from models.train.trainer import Trainer

    corpus = join_sources([(found, source.weight) for found, source in zip(arrays, config.sources, strict=True)])
    with (work / "log.txt").open("a", encoding="utf-8") as file:

        def both(line: str) -> None:
            log(line)
            file.write(line + "\n")
            file.flush()

        trainer = Trainer(config, corpus, work, both)
        both(f"{sum(p.numel() for p in trainer.model.parameters()) / 1e6:.1f} M parameters, {trainer.device}")
        trainer.train(validate, until)
        return trainer.export(work / "model") if trainer.workers.first else work / "model"
