"""Write a Marian model in CTranslate2's format, from its named arrays: no torch, no transformers, a second's work.

CTranslate2 has a converter and classes that describe a model, but they import torch wherever it is installed (and
transformers always), for what comes to a list of named arrays. Its format is versioned and every later release reads
it; a test compares each variable with what CTranslate2's own converter writes. The one difference: that one drops
`<pad>` and starts from a zero vector, which is wrong for a model whose `<pad>` row was trained; here `<pad>` stays the
start token, as in transformers, and has an output bias that keeps it from being generated.

The target's words are those that the model may write (`models.tokens.output_words`): in a joint vocabulary of 65,000
words half are the source's, and leaving them out makes the output layer half as large. `</s>`, `<unk>` and the start
token come first: with a vocabulary map CTranslate2 (4.8 and before) looks special words up where an earlier batch had
them, so they must be in the same place in every list of candidates, and lists are sorted by number.
"""

import json
import math
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np

from models.folder import ModelFolder, Shape
from models.tokens import output_words
from models.weights import BIAS, OUTPUT, SOURCE, TARGET, Array, read_weights

_BINARY_VERSION, _SPECIFICATION, _REVISION = 6, "TransformerSpec", 7
_TYPES = {"float32": 0, "int8": 1, "int16": 2, "int32": 3, "float16": 4}  # ctranslate2/types.h, DataType
_ACTIVATIONS = {"relu": 0, "swish": 2, "silu": 2, "gelu": 3}  # ctranslate2/ops/activation.h, ActivationType


def write_model(folder: ModelFolder, target: Path, *, every_word: bool = False) -> None:
    """Write `model.bin`, `config.json` and the vocabulary of a model into the folder `target`.

    With `every_word` the output layer is whole and in the model's order, as CTranslate2's own converter has it.
    """
    shape = folder.shape
    words = np.arange(shape.target_vocab_size) if every_word else np.array(output_words(folder))
    shared = shape.share_embeddings and len(words) == shape.vocab_size
    with (target / "model.bin").open("wb") as file:
        write_variables(file, variables(read_weights(folder), shape, words, shared), aliases(shape, shared))
    spoken = [folder.target_words[word] for word in words]
    for side, vocabulary in (
        {"shared": spoken} if shared else {"source": folder.source_words, "target": spoken}
    ).items():
        _write_json(target / f"{side}_vocabulary.json", vocabulary)
    settings = {
        "add_source_bos": False,
        "add_source_eos": False,
        "bos_token": "<s>",
        "decoder_start_token": folder.target_words[shape.start],
        "eos_token": folder.target_words[shape.end],
        "layer_norm_epsilon": None,
        "multi_query_attention": False,
        "unk_token": "<unk>",
    }
    _write_json(target / "config.json", settings)


def variables(weights: dict[str, Array], shape: Shape, words: Array, shared: bool) -> dict[str, Array]:
    """CTranslate2's variables by name; what is the same as another one is left to `aliases`.

    `words` are the numbers of the target's words in their new order, which is the source's too if the vocabulary is
    `shared`.
    """
    found: dict[str, Array] = {}
    for side, heads, layers in (
        ("encoder", shape.encoder_heads, shape.encoder_layers),
        ("decoder", shape.decoder_heads, shape.decoder_layers),
    ):
        found |= {
            f"{side}/activation": np.array(_ACTIVATIONS[shape.activation], "int8"),
            f"{side}/num_heads": np.array(heads, "int16"),
            f"{side}/pre_norm": np.array(0, "int8"),
            f"{side}/scale_embeddings": np.array(math.sqrt(shape.d_model) if shape.scale_embedding else 1.0, "float32"),
            f"{side}/position_encodings/encodings": weights[f"model.{side}.embed_positions.weight"],
        }
        for i in range(layers):
            layer = {name: weights[f"model.{side}.layers.{i}.{name}"] for name in _layer_names(side)}
            found |= {f"{side}/layer_{i}/{name}": array for name, array in _layer(side, layer)}
    found |= {
        "encoder/embeddings_merge": np.array(0, "int8"),
        "encoder/multi_query_attention": np.array(0, "int8"),
        "decoder/alibi": np.array(0, "int8"),
        "decoder/alibi_use_positive_positions": np.array(0, "int8"),
        "decoder/scale_alibi": np.array(0, "int8"),
        "decoder/alignment_heads": np.array(1, "int16"),
        "decoder/alignment_layer": np.array(-1, "int16"),
        "decoder/start_from_zero_embedding": np.array(0, "int8"),
        "decoder/embeddings/weight": weights[TARGET][words],
        "decoder/projection/bias": weights[BIAS][0][words],
    }
    if not shared:
        found["encoder/embeddings_0/weight"] = weights[SOURCE]
    if not shape.tie_output:
        found["decoder/projection/weight"] = weights[OUTPUT][words]
    return found


def aliases(shape: Shape, shared: bool) -> dict[str, str]:
    """Variables that are the same as another: the tied embeddings."""
    names = {"encoder/embeddings_0/weight": shared, "decoder/projection/weight": shape.tie_output}
    return dict.fromkeys((name for name, same in names.items() if same), "decoder/embeddings/weight")


def _layer_names(side: str) -> list[str]:
    attentions = ["self_attn"] if side == "encoder" else ["self_attn", "encoder_attn"]
    blocks = [f"{name}.{part}_proj" for name in attentions for part in ("q", "k", "v", "out")]
    blocks += [*(f"{name}_layer_norm" for name in attentions), "fc1", "fc2", "final_layer_norm"]
    return [f"{block}.{kind}" for block in blocks for kind in ("weight", "bias")]


def _layer(side: str, layer: dict[str, Array]) -> Iterator[tuple[str, Array]]:
    """A layer's variables: queries, keys and values fused, in cross-attention keys and values alone."""

    def linear(target: str, *sources: str) -> Iterator[tuple[str, Array]]:
        for kind in ("weight", "bias"):
            yield f"{target}/{kind}", np.concatenate([layer[f"{source}.{kind}"] for source in sources])

    def norm(target: str, source: str) -> Iterator[tuple[str, Array]]:
        yield f"{target}/gamma", layer[f"{source}.weight"]
        yield f"{target}/beta", layer[f"{source}.bias"]

    yield from linear("self_attention/linear_0", *(f"self_attn.{part}_proj" for part in "qkv"))
    yield from linear("self_attention/linear_1", "self_attn.out_proj")
    yield from norm("self_attention/layer_norm", "self_attn_layer_norm")
    if side == "decoder":
        yield from linear("attention/linear_0", "encoder_attn.q_proj")
        yield from linear("attention/linear_1", "encoder_attn.k_proj", "encoder_attn.v_proj")
        yield from linear("attention/linear_2", "encoder_attn.out_proj")
        yield from norm("attention/layer_norm", "encoder_attn_layer_norm")
    yield from linear("ffn/linear_0", "fc1")
    yield from linear("ffn/linear_1", "fc2")
    yield from norm("ffn/layer_norm", "final_layer_norm")


def write_variables(file: BinaryIO, arrays: dict[str, Array], same: dict[str, str]) -> None:
    """Write `model.bin`: the head, each array with name, shape and type, then the aliases."""

    def string(text: str) -> bytes:
        return struct.pack("<H", len(text) + 1) + text.encode("ascii") + b"\0"

    file.write(struct.pack("<I", _BINARY_VERSION) + string(_SPECIFICATION) + struct.pack("<II", _REVISION, len(arrays)))
    for name, array in sorted(arrays.items()):
        head = struct.pack(f"<B{array.ndim}I", array.ndim, *array.shape)
        file.write(string(name) + head + struct.pack("<BI", _TYPES[array.dtype.name], array.nbytes))
        file.write(array.tobytes())
    file.write(struct.pack("<I", len(same)))
    for alias, name in sorted(same.items()):
        file.write(string(alias) + string(name))


def _write_json(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, indent=1) + "\n", encoding="utf-8")
