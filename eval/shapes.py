"""Model folders of a known shape with random weights: how fast a model of that shape runs, where its weights are not.

The cost of a Marian model is decided by its shape and by the lengths of what it reads and writes, not by its weights.
Its `</s>` is never likely, so every search runs on to its length limit: set to a number of pieces, that is the length
of every hypothesis in every engine alike. What such a model writes is nonsense, and says nothing of quality. Ours has
a shortlist as it would have for a model that was converted, made up, but of a real one's size.
"""

import io
import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, product
from pathlib import Path
from typing import Any

from eval.testset import load_testset
from models import masks
from models.cache import build_once, cache_root
from models.errors import ModelError
from models.folder import read_shape

VERSION = 3
"""Goes up when what is written changes: part of the folder's name in the cache."""

SEED = 12345
ALWAYS, CANDIDATES = 600, 15
"""Words that the made-up shortlist always has, and more for each source piece: with them a batch of 512 pieces has
about as many candidates as with the shipped model's, some 4,000."""
PIECES = 2_000
"""Pieces that a SentencePiece learns from the bundled test set: so many cut it as finely as the shipped model does."""
_STANDARD_DEVIATION = 0.02  # what transformers draws Marian's weights with
LANGUAGE_TOKENS = (">>cmn_Hans<<", ">>cmn_Hant<<", ">>yue_Hans<<")
_FIRST_HAN = 0x4E00


@dataclass(frozen=True, slots=True)
class Sizes:
    """What decides a model's cost: layers, width, heads, inner width, words; and the activation.

    `target_words` of the `words` are pieces of `target.spm`, which a hypothesis can hold; the others are the source's.
    """

    layers: tuple[int, int]
    width: int
    heads: int
    ffn: int
    words: int
    target_words: int
    activation: str = "swish"


SHAPES: dict[str, Sizes] = {"opus-mt": Sizes((6, 6), 512, 8, 2_048, 65_001, 32_000)}
"""Name -> sizes; `opus-mt` is opus-mt-en-zh: two SentencePieces, one vocabulary, language tokens."""


def shape_folder(name: str) -> Path:
    """The folder of the shape `name`, made in the cache at its first use. Raises `ModelError` for an unknown name."""
    if name not in SHAPES:
        raise ModelError(f"unknown shape {name!r}; known are {', '.join(SHAPES)}")
    return build_once(cache_root() / "shapes" / f"{name}-{VERSION}", lambda part: write_shape(SHAPES[name], part))


def write_shape(sizes: Sizes, folder: Path) -> None:
    """Write a model of `sizes` in Marian's layout into the folder, the same one every time."""
    testset = load_testset("abstracts")
    chinese = [reference.text for one in testset for reference in one.references]
    filling = list(islice(_pairs_of_characters(), sizes.target_words - PIECES))
    source = _train([one.text for one in testset], PIECES, folder / "source.spm", _mask_words())
    target = _train(chinese, sizes.target_words, folder / "target.spm", filling)
    of_source = (f"▁word{number}" for number in range(sizes.words))
    words = list(dict.fromkeys(["</s>", "<unk>", *LANGUAGE_TOKENS, *source, *target, *of_source]))
    words[sizes.words - 1 :] = ["<pad>"]
    shortlist = "\n".join(shortlist_lines(source, target))
    (folder / "shortlist.txt").write_text(f"{shortlist}\n", encoding="utf-8")
    _write_json(folder / "vocab.json", {word: number for number, word in enumerate(words)})
    _write_json(folder / "config.json", _config(sizes))
    _write_json(folder / "tokenizer_config.json", {
        "tokenizer_class": "MarianTokenizer", "source_lang": "eng", "target_lang": "zho", "separate_vocabs": False,
        "model_max_length": 512,
    })  # fmt: skip
    _write_weights(folder, sizes)


def _train(texts: Sequence[str], pieces: int, path: Path, symbols: Sequence[str]) -> list[str]:
    """Train a SentencePiece and return its pieces."""
    import sentencepiece

    model = io.BytesIO()  # a file would have its own path in it
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=(" ".join(text.split()) for text in texts), model_writer=model,
        vocab_size=pieces, model_type="unigram", normalization_rule_name="identity",
        user_defined_symbols=list(symbols), eos_id=0, unk_id=1, bos_id=-1,
        pad_id=-1, hard_vocab_limit=False, num_threads=1, minloglevel=2,
    )  # fmt: skip
    path.write_bytes(model.getvalue())
    processor = sentencepiece.SentencePieceProcessor(model_file=str(path))
    return [processor.id_to_piece(number) for number in range(len(processor))]


def shortlist_lines(source: Sequence[str], target: Sequence[str]) -> list[str]:
    """A shortlist (`models.shortlist`) of words drawn at random: of the size of a real one, and of no other use."""
    draw = random.Random(SEED)
    always = ["</s>", *target[2:ALWAYS], "<pad>"]
    others = target[ALWAYS:]
    drawn = (draw.sample(others, min(CANDIDATES, len(others))) for _ in source[2:])
    return [
        "\t" + " ".join(always),
        *(f"{word}\t{' '.join(some)}" for word, some in zip(source[2:], drawn, strict=True)),
    ]


def _mask_words() -> list[str]:
    """Reserved masks, so that no time goes into finding out which style survives random weights."""
    return [masks.RESERVED.format(number) for number in range(masks.RESERVED_COUNT)]


def _pairs_of_characters() -> Iterator[str]:
    """90,000 words, more than any vocabulary has room for: what the test set is too short to teach is made up."""
    characters = [chr(_FIRST_HAN + number) for number in range(300)]
    return ("".join(pair) for pair in product(characters, repeat=2))


def _config(sizes: Sizes) -> dict[str, Any]:
    sides = {
        f"{side}_{what}": value
        for side, layers in zip(("encoder", "decoder"), sizes.layers, strict=True)
        for what, value in (("layers", layers), ("attention_heads", sizes.heads), ("ffn_dim", sizes.ffn))
    }
    return {
        "model_type": "marian", "architectures": ["MarianMTModel"], "vocab_size": sizes.words,
        "decoder_vocab_size": sizes.words, "d_model": sizes.width, **sides, "activation_function": sizes.activation,
        "max_position_embeddings": 512, "scale_embedding": True, "static_position_embeddings": True,
        "share_encoder_decoder_embeddings": True, "tie_word_embeddings": True, "eos_token_id": 0,
        "forced_eos_token_id": None, "pad_token_id": sizes.words - 1, "decoder_start_token_id": sizes.words - 1,
    }  # fmt: skip


def _write_weights(folder: Path, sizes: Sizes) -> None:
    import numpy as np
    from safetensors.numpy import save_file

    from models.weights import BIAS, NEVER, SHARED, expected_shapes, tied

    shape = read_shape(folder / "config.json")
    generator = np.random.default_rng(SEED)
    arrays = {}
    for name, dimensions in expected_shapes(shape).items():
        if name in tied(shape)[1:] or "embed_positions" in name:
            continue  # one with the first, or follows from the shape
        if len(dimensions) == 2 and name != BIAS:
            arrays[name] = generator.normal(0, _STANDARD_DEVIATION, dimensions).astype("<f2")
        else:
            arrays[name] = np.full(dimensions, float("layer_norm.weight" in name), "<f2")
    arrays[SHARED][shape.pad] = 0
    arrays[BIAS][0, [shape.end, shape.pad]] = NEVER
    save_file(arrays, folder / "model.safetensors", metadata={"format": "pt"})


def _write_json(path: Path, value: dict[str, Any]) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
