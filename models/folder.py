"""A model is a folder in Hugging Face's Marian layout: what must be in it, and what its `config.json` says.

    config.json  vocab.json  source.spm  target.spm  model.safetensors | pytorch_model.bin
    optional: tokenizer_config.json (languages), target_vocab.json (separate vocabularies), generation_config.json

What this module does not do: read weights (`models.weights`) or find models by name (`models.registry`).
"""

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from models.errors import ModelError

NEEDED = ("config.json", "vocab.json", "source.spm", "target.spm")
WEIGHTS = ("model.safetensors", "pytorch_model.bin")  # in the order of preference
OPTIONAL = ("tokenizer_config.json", "target_vocab.json", "generation_config.json")
ACTIVATIONS = ("relu", "swish", "silu", "gelu")
LFS_POINTER = b"version https://git-lfs"


@dataclass(frozen=True, slots=True)
class Shape:
    """What `config.json` says of a Marian model: sizes, special word numbers, and which embeddings are one."""

    vocab_size: int
    target_vocab_size: int
    d_model: int
    encoder_layers: int
    decoder_layers: int
    encoder_heads: int
    decoder_heads: int
    encoder_ffn: int
    decoder_ffn: int
    activation: str
    positions: int
    scale_embedding: bool
    tie_output: bool
    share_embeddings: bool
    end: int
    pad: int
    start: int


class ModelFolder:
    """A folder that holds a complete Marian model; raises `ModelError` at once if it does not.

    `name` is what the user calls the model, `revision` the hub's commit, or "" for a folder that has none.
    """

    def __init__(self, path: Path, name: str = "", commit: str = "") -> None:
        self.path, self.name, self.commit = path, name or path.resolve().name, commit
        if missing := missing_files(path):
            raise ModelError(f"{path}: not a Marian model folder: it lacks {', '.join(missing)}")
        self.shape = read_shape(path / "config.json")

    @property
    def weights_file(self) -> Path:
        """The weights: safetensors if there, else `pytorch_model.bin`."""
        return next(self.path / name for name in WEIGHTS if (self.path / name).is_file())

    @cached_property
    def source_words(self) -> list[str]:
        """The words of the source vocabulary, by number."""
        return _words(self.path / "vocab.json", self.shape.vocab_size)

    @cached_property
    def target_words(self) -> list[str]:
        """The words of the target vocabulary, by number: the source's unless they are separate."""
        separate = self.path / "target_vocab.json"
        if self.shape.share_embeddings or not separate.is_file():
            return self.source_words
        return _words(separate, self.shape.target_vocab_size)

    @cached_property
    def tokenizer_config(self) -> dict[str, Any]:
        """What `tokenizer_config.json` says; empty if there is none."""
        path = self.path / "tokenizer_config.json"
        return read_json(path) if path.is_file() else {}

    @cached_property
    def fingerprint(self) -> str:
        """16 hex digits of the SHA-256 of all that decides the output: weights, pieces, words, shape."""
        digest = hashlib.sha256()
        names = [self.weights_file.name, *NEEDED, "target_vocab.json"]
        for path in (self.path / name for name in names if (self.path / name).is_file()):
            digest.update(f"{path.name} {path.stat().st_size}\n".encode())
            with path.open("rb") as file:
                while chunk := file.read(1 << 20):
                    digest.update(chunk)
        return digest.hexdigest()[:16]

    @property
    def revision(self) -> str:
        """The hub's commit, else the fingerprint."""
        return self.commit or self.fingerprint


def missing_files(path: Path) -> list[str]:
    """What a model folder lacks.

    >>> missing_files(Path("/nowhere"))
    ['config.json', 'vocab.json', 'source.spm', 'target.spm', 'model.safetensors or pytorch_model.bin']
    """
    missing = [name for name in NEEDED if not (path / name).is_file()]
    if not any((path / name).is_file() for name in WEIGHTS):
        missing.append(" or ".join(WEIGHTS))
    return missing


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON object. Raises `ModelError` with the file."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(f"{path}: not JSON: {error}") from error
    if not isinstance(value, dict):
        raise ModelError(f"{path}: not a JSON object")
    return value


def read_shape(path: Path) -> Shape:
    """Read a Marian `config.json`. Raises `ModelError` if the model is of another kind or the file incomplete.

    Defaults are those of transformers' `MarianConfig`; keys that its Marian code never reads are not looked at.
    """
    raw = read_json(path)
    kind = raw.get("model_type")
    if kind != "marian":
        raise ModelError(f"{path}: a model of type {kind!r}: only 'marian' models can be used")
    activation = raw.get("activation_function", "gelu")
    if activation not in ACTIVATIONS:
        raise ModelError(f"{path}: unknown activation_function {activation!r}; known are {', '.join(ACTIVATIONS)}")
    try:
        shape = Shape(
            vocab_size=raw["vocab_size"],
            target_vocab_size=raw.get("decoder_vocab_size") or raw["vocab_size"],
            d_model=raw["d_model"],
            encoder_layers=raw["encoder_layers"],
            decoder_layers=raw["decoder_layers"],
            encoder_heads=raw["encoder_attention_heads"],
            decoder_heads=raw["decoder_attention_heads"],
            encoder_ffn=raw["encoder_ffn_dim"],
            decoder_ffn=raw["decoder_ffn_dim"],
            activation=activation,
            positions=raw.get("max_position_embeddings", 1024),
            scale_embedding=bool(raw.get("scale_embedding", False)),
            tie_output=bool(raw.get("tie_word_embeddings", True)),
            share_embeddings=bool(raw.get("share_encoder_decoder_embeddings", True)),
            end=raw["eos_token_id"],
            pad=raw["pad_token_id"],
            start=raw["decoder_start_token_id"],
        )
    except KeyError as error:
        raise ModelError(f"{path}: {error.args[0]!r} missing") from error
    if wrong := [name for name in ("end", "pad", "start") if not 0 <= getattr(shape, name) < shape.target_vocab_size]:
        raise ModelError(f"{path}: the number of the {wrong[0]} token lies outside the vocabulary")
    return shape


def _words(path: Path, size: int) -> list[str]:
    numbers = read_json(path)
    if len(numbers) != size or set(numbers.values()) != set(range(size)):
        raise ModelError(f"{path}: {len(numbers)} words do not number 0 to {size - 1}, as config.json says they do")
    words = sorted(numbers, key=numbers.__getitem__)
    if missing := [word for word in ("</s>", "<unk>") if word not in numbers]:
        raise ModelError(f"{path}: {missing[0]} missing")
    return words
