"""The mean of models that began from one another: on new text often better than each, at no cost when translating.

Training on moves weights away from what was learnt before; part of the way back both are kept (model soups: Wortsman et
al. 2022, arXiv 2203.05482 and 2109.01903).
"""

import json
import math
import shutil
from collections.abc import Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any

import torch

from models.errors import ModelError
from models.folder import ModelFolder
from models.registry import resolve
from models.train.config import TrainConfig
from models.train.model import new_model, write_folder

_VOCABULARY = ("source.spm", "target.spm", "vocab.json", "target_vocab.json")


def average(models: Sequence[str], weights: Sequence[float], folder: Path) -> Path:
    """Write the weighted mean of Marian models to `folder`, with the last one's tokenizer and training record.

    `weights` are relative; none given, all are equal. A model with fewer encoder layers than another is deepened first
    (`models.train.model.deepen`). Raises `ModelError` if models do not fit together or something is in `folder`,
    or it cannot be written.
    """
    weights = weights or [1.0] * len(models)
    if len(models) < 2 or len(weights) != len(models):
        raise ModelError(f"{len(models)} models and {len(weights)} weights: give at least two, and a weight for each")
    if not all(0 < weight < math.inf for weight in weights):
        raise ModelError(f"weights must be above 0: {', '.join(map(str, weights))}")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ModelError(f"{folder}: there is something already: name another folder")
    found = [resolve(model) for model in models]
    for other in found[:-1]:
        _check_alike(other, found[-1])
    try:
        folder.mkdir(parents=True, exist_ok=True)  # before the models are read: a wrong path is told at once
        write_folder(_mean(found, weights), found[-1].path, folder)
        _record(found, weights, folder)
    except OSError as error:
        shutil.rmtree(folder, ignore_errors=True)  # nothing else was in it
        raise ModelError(f"{folder}: cannot be written: {error.strerror}; name another folder") from error
    return folder


def _check_alike(one: ModelFolder, other: ModelFolder) -> None:
    for name in _VOCABULARY:
        sides = [path.read_bytes() if (path := folder.path / name).exists() else b"" for folder in (one, other)]
        if sides[0] != sides[1]:
            raise ModelError(f"{one.name} and {other.name} differ in {name}: only models of one vocabulary have a mean")
    if replace(one.shape, encoder_layers=0) != replace(other.shape, encoder_layers=0):
        raise ModelError(f"{one.name} and {other.name} differ in shape, not only in the number of encoder layers")


def _mean(found: Sequence[ModelFolder], weights: Sequence[float]) -> Any:
    depth = max(one.shape.encoder_layers for one in found)
    mean: Any = None
    total = 0.0
    for one, weight in zip(found, weights, strict=True):
        model = new_model(TrainConfig((), init=str(one.path), added_layers=depth - one.shape.encoder_layers))
        mean, total = mean or model, total + weight
        with torch.no_grad():
            for kept, new in zip(_tensors(mean), _tensors(model), strict=True):
                kept.lerp_(new, weight / total)
    return mean


def _tensors(model: Any) -> chain[torch.Tensor]:
    return chain(model.parameters(), model.buffers())


def _record(found: Sequence[ModelFolder], weights: Sequence[float], folder: Path) -> None:
    """The training record of the last model, which says of the others what share of the weights they are."""
    path = found[-1].path / "training.json"
    if not path.is_file():
        return
    record = json.loads(path.read_text("utf-8"))
    shares = [
        f"{weight / sum(weights):.2f} of `{one.name}` ({one.fingerprint[:12]})"
        for one, weight in zip(found, weights, strict=True)
    ]
    record["notes"] = [*record["notes"], f"The weights are a mean: {', '.join(shares)}."]
    (folder / "training.json").write_text(json.dumps(record, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
