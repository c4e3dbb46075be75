"""A training run's settings, read from TOML; an unknown key is an error."""

import sys
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from models.errors import ModelError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


@dataclass(frozen=True, slots=True)
class CorpusSource:
    """One source of pairs: a file, optionally one grade of it, and how often an epoch holds each pair.

    A `weight` of 0.25 takes a quarter of the pairs, another quarter each epoch; 2 takes each pair twice. From
    `decay_from` on `final_weight` takes its place where it is given: the cleanest data last. `names` restricts a
    general corpus to some of its sub-corpora, `headings` to lines that look like a title (half of them get a title's
    capitals). `licence` is what the model's card says of it.
    """

    path: str
    weight: float
    final_weight: float | None = None
    grade: str = ""
    names: tuple[str, ...] = ()
    headings: bool = False
    licence: str = ""


@dataclass(frozen=True, slots=True)
class TrainConfig:
    """Everything that decides the result of a training run.

    `batch_tokens` counts padded source and target pieces; `decay_from` is the share of `steps` after which the
    learning rate falls linearly to nothing (warm-up, stable, decay: Hägele et al. 2024, arXiv 2405.18392). `held_out`
    names test files whose text must not be trained on. `init` is a Marian folder to go on from, with its vocabulary and
    shape. Training ends early after `patience` validations without a better score; 0 is never.
    `notes` are sentences for the model's card, `licence` is that of the weights (SPDX), for its head.
    """

    sources: tuple[CorpusSource, ...]
    held_out: tuple[str, ...] = ()
    vocabulary_size: int = 12_000
    d_model: int = 320
    heads: int = 5
    ffn: int = 1280
    encoder_layers: int = 6
    decoder_layers: int = 2
    window_share: float = 0.12
    max_pieces: int = 220
    batch_tokens: int = 14_000
    steps: int = 10_000
    warmup: int = 500
    decay_from: float = 0.75
    learning_rate: float = 1e-3
    optimizer: str = "adamw"
    weight_decay: float = 0.01
    label_smoothing: float = 0.1
    dropout: float = 0.0
    sampled_negatives: int = 2_048
    average_decay: float = 0.999
    init: str = ""
    seed: int = 1
    save_minutes: float = 10.0
    sync_seconds: float = 30.0
    validate_every: int = 1_000
    patience: int = 0
    notes: tuple[str, ...] = ()
    licence: str = ""

    @property
    def decay_start(self) -> int:
        """The step from which the learning rate falls and `final_weight` holds."""
        return int(self.decay_from * self.steps)


def load_config(path: Path) -> TrainConfig:
    """Read a training configuration. Raises `ModelError` with the file and the unknown or missing key."""
    with path.open("rb") as file:
        try:
            raw = tomllib.load(file)
        except tomllib.TOMLDecodeError as error:
            raise ModelError(f"{path}: not TOML: {error}") from error
    sources = tuple(_build(CorpusSource, item, path) for item in raw.pop("sources", []))
    if not sources:
        raise ModelError(f"{path}: no [[sources]]: name at least one file of pairs")
    config: TrainConfig = _build(TrainConfig, raw | {"sources": sources}, path)
    return config


def _build(kind: Any, values: dict[str, Any], path: Path) -> Any:
    known = {f.name for f in fields(kind)}
    if unknown := sorted(values.keys() - known):
        raise ModelError(f"{path}: unknown key {unknown[0]!r}; known keys are {', '.join(sorted(known))}")
    return kind(**{key: tuple(value) if isinstance(value, list) else value for key, value in values.items()})
