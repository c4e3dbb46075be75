"""The weights of a Marian model as named arrays: every tensor accounted for, ties resolved, nothing guessed.

Marian has one fixed structure, so the names and shapes follow from `config.json`. A tensor that is missing, of the
wrong shape, not finite, or not one of Marian's is an error: loading such a file silently is how a model comes to
print garbage (transformers issues 26216, 26271 and 45005). Both engines are fed from `read_weights`.
"""

import math
import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from models.cache import build_once, derived
from models.errors import ModelError
from models.folder import LFS_POINTER, ModelFolder, Shape

Array: TypeAlias = npt.NDArray[Any]

SHARED = "model.shared.weight"
SOURCE = "model.encoder.embed_tokens.weight"
TARGET = "model.decoder.embed_tokens.weight"
OUTPUT = "lm_head.weight"
BIAS = "final_logits_bias"
NEVER = -30_000.0
"""The output bias of `<pad>`, which must never be generated; within float16's range."""

_DTYPES = {"F64": "<f8", "F32": "<f4", "F16": "<f2"}


def read_weights(folder: ModelFolder) -> dict[str, Array]:
    """All tensors of the model under transformers' names, in the file's precision; tied ones are one array.

    Positions are added if the file lacks them, and `<pad>` is given an output bias that keeps it from being chosen.
    """
    path = folder.weights_file
    if path.suffix == ".bin":
        path = build_once(derived(folder, "safetensors"), lambda part: _from_pickle(folder, part)) / "model.safetensors"
    return complete(load_safetensors(path), folder.shape, path)


def load_safetensors(path: Path) -> dict[str, Array]:
    """Read a safetensors file; bfloat16 becomes float32. Raises `ModelError` with the file."""
    import safetensors

    data = path.read_bytes()
    if data.startswith(LFS_POINTER):
        raise ModelError(f"{path}: a Git LFS pointer, not the weights: fetch them with 'git lfs pull'")
    try:
        entries = safetensors.deserialize(data)  # type: ignore[no-untyped-call]
    except safetensors.SafetensorError as error:
        raise ModelError(f"{path}: not a whole safetensors file: {error}") from error
    return {name: _array(entry, f"{path}: {name}") for name, entry in entries}


def _array(entry: Mapping[str, Any], where: str) -> Array:
    if entry["dtype"] == "BF16":
        wide: Array = np.frombuffer(entry["data"], "<u2").astype("<u4") << 16
        return wide.view("<f4").reshape(entry["shape"])
    if entry["dtype"] not in _DTYPES:
        raise ModelError(f"{where}: of type {entry['dtype']}; known are BF16, {', '.join(_DTYPES)}")
    array: Array = np.frombuffer(entry["data"], _DTYPES[entry["dtype"]]).reshape(entry["shape"])
    return array.astype("<f4") if array.itemsize == 8 else array


def _from_pickle(folder: ModelFolder, part: Path) -> None:
    """Write `pytorch_model.bin` as safetensors into `part`, without running anything that the pickle names."""
    path = folder.weights_file
    try:
        import torch
    except ImportError as error:
        raise ModelError(f"{path}: reading it takes torch, once: pip install torch") from error
    from safetensors.numpy import save_file

    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
        arrays = {name: tensor.float().numpy() if tensor.dtype == torch.bfloat16 else tensor.numpy()
                  for name, tensor in state.items()}  # fmt: skip
    except (pickle.UnpicklingError, RuntimeError, EOFError, ValueError, KeyError, AttributeError) as error:
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise ModelError(f"{path}: not a file of plain tensors: {reason}") from error
    whole = complete(arrays, folder.shape, path)
    once = {id(array): name for name, array in whole.items()}  # tied tensors are one array, kept under one name
    save_file({name: np.ascontiguousarray(whole[name]) for name in once.values()}, part / "model.safetensors")


def expected_shapes(shape: Shape) -> dict[str, tuple[int, ...]]:
    """Name and shape of every tensor of a Marian model."""
    d = shape.d_model
    sizes: dict[str, tuple[int, ...]] = {}
    if shape.share_embeddings:
        sizes[SHARED] = (shape.vocab_size, d)
    sizes |= {SOURCE: (shape.vocab_size, d), TARGET: (shape.target_vocab_size, d), OUTPUT: (shape.target_vocab_size, d)}
    sizes[BIAS] = (1, shape.target_vocab_size)
    for side, layers, ffn, attentions in (
        ("encoder", shape.encoder_layers, shape.encoder_ffn, ("self_attn",)),
        ("decoder", shape.decoder_layers, shape.decoder_ffn, ("self_attn", "encoder_attn")),
    ):
        sizes[f"model.{side}.embed_positions.weight"] = (shape.positions, d)
        for layer in (f"model.{side}.layers.{i}" for i in range(layers)):
            matrices = {f"{name}.{part}_proj": (d, d) for name in attentions for part in ("q", "k", "v", "out")}
            matrices |= {"fc1": (ffn, d), "fc2": (d, ffn)}
            for name, (rows, columns) in matrices.items():
                sizes |= {f"{layer}.{name}.weight": (rows, columns), f"{layer}.{name}.bias": (rows,)}
            for name in (*(f"{name}_layer_norm" for name in attentions), "final_layer_norm"):
                sizes |= {f"{layer}.{name}.weight": (d,), f"{layer}.{name}.bias": (d,)}
    return sizes


def tied(shape: Shape) -> tuple[str, ...]:
    """The tensors that are one and the same, by configuration.

    The first that a file has stands for all; files hold one of them or several.
    """
    names = (SHARED, SOURCE, TARGET) if shape.share_embeddings else (TARGET,)
    return (*names, OUTPUT) if shape.tie_output else names


def complete(arrays: Mapping[str, Array], shape: Shape, where: Path) -> dict[str, Array]:
    """Check the tensors of a file against the model's structure and add what follows from it.

    Raises `ModelError` with the tensor's name if one is missing, foreign, misshapen, not finite, or differs from the
    one it is tied to.
    """
    whole = dict(arrays)
    present = [name for name in tied(shape) if name in whole]
    for name in present[1:]:
        if not np.array_equal(whole[name], whole[present[0]]):
            raise ModelError(f"{where}: {name} and {present[0]} differ, though config.json says they are one")
    if present:
        whole |= dict.fromkeys(tied(shape), whole[present[0]])
    whole.setdefault(BIAS, np.zeros((1, shape.target_vocab_size), "<f4"))
    for side in ("encoder", "decoder"):
        whole.setdefault(f"model.{side}.embed_positions.weight", positions(shape.positions, shape.d_model))
    expected = expected_shapes(shape)
    for name in expected.keys() | whole.keys():
        if name not in whole:
            raise ModelError(f"{where}: tensor {name} missing")
        if name not in expected:
            raise ModelError(f"{where}: tensor {name} has no place in a Marian model of this config.json")
        if whole[name].shape != expected[name]:
            raise ModelError(f"{where}: {name} is {whole[name].shape}, config.json says {expected[name]}")
        if not np.isfinite(whole[name]).all():
            raise ModelError(f"{where}: {name} holds values that are not finite numbers")
    whole[BIAS] = whole[BIAS].astype("<f4")
    whole[BIAS][0, shape.pad] = NEVER
    return whole


def positions(count: int, depth: int) -> Array:
    """Marian's sinusoidal positions: sines in the first half of a row, cosines in the second.

    >>> positions(2, 4).round(3).tolist()
    [[0.0, 0.0, 1.0, 1.0], [0.8410000205039978, 0.009999999776482582, 0.5400000214576721, 1.0]]
    """
    angles = np.arange(count)[:, None] * np.exp(np.arange(0, depth, 2) * (-math.log(10_000.0) / depth))
    table: Array = np.concatenate([np.sin(angles), np.cos(angles)], axis=1).astype("<f4")
    return table
