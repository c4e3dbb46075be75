"""Every tensor is accounted for: what is missing, foreign, misshapen, not finite or untied is an error."""

import pickle
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from models.errors import ModelError
from models.folder import ModelFolder
from models.weights import BIAS, NEVER, OUTPUT, SHARED, SOURCE, TARGET, positions, read_weights

LAYER = "model.encoder.layers.1.fc1.weight"


def spoiled(tiny_model: Path, tmp_path: Path, change: dict[str, Any]) -> ModelFolder:
    """The tiny model with tensors replaced (None: removed)."""
    folder = Path(shutil.copytree(tiny_model, tmp_path / "model"))
    arrays: dict[str, Any] = dict(load_file(folder / "model.safetensors"))
    arrays = {name: value for name, value in (arrays | change).items() if value is not None}
    save_file(arrays, folder / "model.safetensors")
    return ModelFolder(folder)


def test_ties_are_resolved_and_padding_is_never_generated(tiny_model: Path) -> None:
    folder = ModelFolder(tiny_model)
    weights = read_weights(folder)
    assert weights[SHARED] is weights[SOURCE] is weights[TARGET] is weights[OUTPUT]
    assert weights[BIAS][0, folder.shape.pad] == NEVER
    assert weights[BIAS][0, folder.shape.end] == 4.0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        pytest.param({LAYER: None}, f"tensor {LAYER} missing", id="missing"),
        pytest.param({SHARED: None}, r"tensor \S+ missing", id="no-embeddings"),
        pytest.param({"model.layernorm.weight": np.ones(3, "f4")}, "model.layernorm.weight has no place", id="foreign"),
        pytest.param({LAYER: np.ones((64, 31), "f4")}, r"is \(64, 31\), config.json says \(64, 32\)", id="misshapen"),
        pytest.param({LAYER: np.full((64, 32), np.nan, "f4")}, "values that are not finite numbers", id="nan"),
    ],
)
def test_wrong_tensors(tiny_model: Path, tmp_path: Path, change: dict[str, Any], message: str) -> None:
    with pytest.raises(ModelError, match=message):
        read_weights(spoiled(tiny_model, tmp_path, change))


def test_tied_tensors_that_differ(tiny_model: Path, tmp_path: Path) -> None:
    output = load_file(tiny_model / "model.safetensors")[SHARED] + 1
    with pytest.raises(ModelError, match=r"lm_head\.weight and model\.shared\.weight differ"):
        read_weights(spoiled(tiny_model, tmp_path, {OUTPUT: output}))


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_half_precision_files(tiny_model: Path, tmp_path: Path, dtype: str) -> None:
    import torch
    from safetensors.torch import load_file as load_tensors
    from safetensors.torch import save_file as save_tensors

    folder = Path(shutil.copytree(tiny_model, tmp_path / "model"))
    half = {n: t.to(getattr(torch, dtype)) for n, t in load_tensors(folder / "model.safetensors").items()}
    save_tensors(half, folder / "model.safetensors")
    found = read_weights(ModelFolder(folder))
    assert found[LAYER].dtype == ("float16" if dtype == "float16" else "float32")
    np.testing.assert_array_equal(found[LAYER].astype("f4"), half[LAYER].float().numpy())


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"version https://git-lfs.github.com/spec/v1\noid", "a Git LFS pointer"), (b"\x10garbage", "not a whole")],
    ids=["lfs-pointer", "garbage"],
)
def test_broken_safetensors(tiny_model: Path, tmp_path: Path, content: bytes, message: str) -> None:
    folder = Path(shutil.copytree(tiny_model, tmp_path / "model"))
    (folder / "model.safetensors").write_bytes(content)
    with pytest.raises(ModelError, match=message):
        read_weights(ModelFolder(folder))


def test_pickled_weights_are_kept_as_safetensors(
    bin_model: Path, opus_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    monkeypatch.setenv("ZHAIYI_CACHE", str(tmp_path))
    first, wanted = read_weights(ModelFolder(bin_model)), read_weights(ModelFolder(opus_model))
    assert first.keys() == wanted.keys()
    assert all(np.array_equal(first[name], wanted[name]) for name in wanted)
    assert len(list(tmp_path.rglob("model.safetensors"))) == 1
    monkeypatch.setattr(torch, "load", None)  # the second time, the pickle is not read
    assert read_weights(ModelFolder(bin_model)).keys() == wanted.keys()


class Malicious:
    """Unpickles into a call."""

    def __reduce__(self) -> Any:
        return Path.touch, (Path("/tmp/zhaiyi-was-here"),)


@pytest.mark.parametrize("payload", [{"model.shared.weight": Malicious()}, [1, 2]], ids=["code", "no-tensors"])
def test_pickle_with_anything_but_tensors(bin_model: Path, tmp_path: Path, payload: Any) -> None:
    import torch

    folder = Path(shutil.copytree(bin_model, tmp_path / "model"))
    torch.save(payload, folder / "pytorch_model.bin", pickle_module=pickle)
    with pytest.raises(ModelError, match="not a file of plain tensors"):
        read_weights(ModelFolder(folder))
    assert not Path("/tmp/zhaiyi-was-here").exists()


def test_positions_are_transformers() -> None:
    from transformers.models.marian.modeling_marian import MarianSinusoidalPositionalEmbedding

    reference = MarianSinusoidalPositionalEmbedding(70, 48)
    np.testing.assert_allclose(positions(70, 48), reference.create_weight().numpy(), atol=1e-6)
