"""A training run's settings, read from TOML; what is unknown, missing, of another type or out of range is an error."""

import math
import re
import sys
from dataclasses import MISSING, dataclass, fields
from pathlib import Path
from typing import Any

from models.errors import ModelError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

POSITIONS = 512  # of a model that is made here


@dataclass(frozen=True, slots=True)
class CorpusSource:
    """One source of pairs: a file, optionally one grade of it, and how often an epoch holds each pair.

    A `weight` of 0.25 takes a quarter of the pairs, another quarter each epoch; 2 takes each pair twice. From
    `decay_from` on `final_weight` takes its place where it is given: the cleanest data last. `names` restricts a
    general corpus to some of its sub-corpora, `headings` to lines that look like a title (half of them get a title's
    capitals), `pattern` to pairs in whose English this regular expression is found, `amounts` to pairs with an amount
    such as 1.2 million, each taken so many times with another one, `numbers` and `words` likewise to pairs with several
    numbers and with words of a dictionary, each taken so many times with others. `licence` is what the model's card
    says of it.
    """

    path: str
    weight: float
    final_weight: float | None = None
    grade: str = ""
    names: tuple[str, ...] = ()
    headings: bool = False
    pattern: str = ""
    amounts: int = 0
    numbers: int = 0
    words: int = 0
    licence: str = ""


@dataclass(frozen=True, slots=True)
class TrainConfig:
    """Everything that decides the result of a training run.

    `batch_tokens` counts padded source and target pieces; `decay_from` is the share of `steps` after which the
    learning rate falls linearly to nothing (warm-up, stable, decay: Hägele et al. 2024, arXiv 2405.18392).
    `held_out` names test files whose text must not be trained on. `init` is a Marian folder or hub id to go on from,
    with its vocabulary and shape; `added_layers` makes its encoder deeper (`models.train.model.deepen`). Training ends
    early after `patience` validations without a better score; 0 is never. `notes` are sentences for the model's card,
    `licence` is that of the weights (SPDX), for its head.
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
    added_layers: int = 0
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


_SHAPE = ("vocabulary_size", "d_model", "heads", "ffn", "encoder_layers", "decoder_layers")
_FROM_ONE = (*_SHAPE, "max_pieces", "batch_tokens", "steps", "warmup", "validate_every")
_SHARES = ("window_share", "decay_from", "label_smoothing", "dropout", "average_decay")
_OPTIMIZERS = ("adamw", "muon")
_TYPES: dict[Any, tuple[tuple[type, ...], str]] = {
    int: ((int,), "a whole number"),
    float: ((int, float), "a number"),
    float | None: ((int, float), "a number"),
    str: ((str,), "a text"),
    bool: ((bool,), "true or false"),
    tuple[str, ...]: ((list,), "a list of texts"),
}
"""Annotation -> the types that TOML gives for it, and what a person calls them."""


def load_config(path: Path) -> TrainConfig:
    """Read a training configuration. Raises `ModelError` with the file and the key that is wrong."""
    with path.open("rb") as file:
        try:
            raw = tomllib.load(file)
        except ValueError as error:  # not TOML, or not UTF-8
            raise ModelError(f"{path}: not TOML: {error}") from error
    found = raw.pop("sources", [])
    if not found or not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
        raise ModelError(f"{path}: no [[sources]]: name at least one file of pairs")
    sources = tuple(CorpusSource(**_checked(CorpusSource, item, path)) for item in found)
    config = TrainConfig(sources, **_checked(TrainConfig, raw, path))
    if config.init and (given := [key for key in _SHAPE if key in raw]):
        raise ModelError(f"{path}: {given[0]} is that of the model `init`: take one of the two out")
    if config.added_layers and not config.init:
        raise ModelError(f"{path}: added_layers are added to a model `init`: name one, or give encoder_layers")
    if config.d_model % config.heads:
        raise ModelError(f"{path}: {config.heads} heads do not divide d_model {config.d_model}")
    if config.optimizer not in _OPTIMIZERS:
        raise ModelError(f"{path}: unknown optimizer {config.optimizer!r}; known are {', '.join(_OPTIMIZERS)}")
    return config


def _checked(kind: type[CorpusSource] | type[TrainConfig], values: dict[str, Any], path: Path) -> dict[str, Any]:
    """The arguments for `kind`, each of its field's type and range."""
    known = {f.name: f for f in fields(kind) if f.name != "sources"}
    if unknown := sorted(values.keys() - known.keys()):
        raise ModelError(f"{path}: unknown key {unknown[0]!r}; known keys are {', '.join(sorted(known))}")
    if lacking := [name for name, f in known.items() if f.default is MISSING and name not in values]:
        raise ModelError(f"{path}: a source without {lacking[0]!r}")
    for key, value in values.items():
        types, wanted = _TYPES[known[key].type]
        least, most = (1 if key in _FROM_ONE else 0), (1 if key in _SHARES else math.inf)
        fits = type(value) in types  # true is no number
        if float in types or int in types:
            wanted += f" from {least}" + (f" to {most}" if key in _SHARES else "")
            fits = fits and least <= value <= most and math.isfinite(value)
        elif list in types:
            fits = fits and all(isinstance(one, str) for one in value)
        if not fits:
            raise ModelError(f"{path}: {key} must be {wanted}, and is {value!r}")
        if key == "pattern":
            try:
                re.compile(value)
            except re.error as error:
                raise ModelError(f"{path}: pattern {value!r} is no regular expression: {error}") from error
    return {key: tuple(value) if isinstance(value, list) else value for key, value in values.items()}
