"""The mean of models: of the weights, whatever the depth, and only of models that fit together."""

import json
import re
import shutil
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from models.errors import ModelError
from models.registry import SHIPPED_FOLDER, resolve
from models.train.average import average
from models.train.model import deepen, write_folder
from pipeline.cli import main


def scaled(model: Path, factor: float, folder: Path) -> Path:
    shutil.copytree(model, folder)
    weights = load_file(folder / "model.safetensors")
    save_file({name: factor * value for name, value in weights.items()}, folder / "model.safetensors", {"format": "pt"})
    return folder


@pytest.mark.parametrize(("weights", "factor"), [((), 2.0), ((1.0, 1.0), 2.0), ((3.0, 1.0), 1.5)])
def test_the_mean_is_that_of_all_weights(
    tiny_model: Path, tmp_path: Path, weights: tuple[float, ...], factor: float
) -> None:
    other = scaled(tiny_model, 3.0, tmp_path / "other")
    mean = load_file(average([str(tiny_model), str(other)], weights, tmp_path / "mean") / "model.safetensors")
    begun = load_file(tiny_model / "model.safetensors")
    assert mean.keys() == begun.keys()
    for name, value in mean.items():
        torch.testing.assert_close(value.float(), factor * begun[name].float(), rtol=2e-3, atol=1e-4)


def test_three_models_count_as_they_are_weighed(tiny_model: Path, tmp_path: Path) -> None:
    models = [tiny_model, scaled(tiny_model, 2.0, tmp_path / "two"), scaled(tiny_model, 4.0, tmp_path / "four")]
    mean = load_file(average([*map(str, models)], [1, 2, 5], tmp_path / "mean") / "model.safetensors")
    for name, value in load_file(tiny_model / "model.safetensors").items():
        torch.testing.assert_close(mean[name].float(), (1 + 4 + 20) / 8 * value.float(), rtol=2e-3, atol=1e-4)


def test_a_shallower_model_is_deepened_and_the_record_tells_of_all(tmp_path: Path) -> None:
    from transformers import MarianMTModel

    deeper = MarianMTModel.from_pretrained(SHIPPED_FOLDER, dtype=torch.float32)
    deepen(deeper, 1)
    write_folder(deeper, SHIPPED_FOLDER, tmp_path / "deeper")
    shutil.copy(SHIPPED_FOLDER / "training.json", tmp_path / "deeper")
    folder = average([str(SHIPPED_FOLDER), str(tmp_path / "deeper")], [3, 1], tmp_path / "mean")
    mean, whole = (load_file(path / "model.safetensors") for path in (folder, tmp_path / "deeper"))
    assert mean.keys() == whole.keys()
    for name, value in whole.items():
        torch.testing.assert_close(mean[name], value, rtol=2e-3, atol=1e-3)
    notes = json.loads((folder / "training.json").read_text("utf-8"))["notes"]
    shipped = resolve(str(SHIPPED_FOLDER))
    assert notes[-1].startswith(
        f"The weights are a mean: 0.75 of `shipped` ({shipped.fingerprint[:12]}), 0.25 of `deeper`"
    )


def test_models_that_do_not_fit_are_one_line(tiny_model: Path, tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    swish = shutil.copytree(tiny_model, tmp_path / "swish")
    config = (swish / "config.json").read_text("utf-8").replace('"relu"', '"swish"')
    (swish / "config.json").write_text(config, "utf-8")
    (tmp_path / "full" / "notes.txt").write_text("mine")
    other = shutil.copytree(tiny_model, tmp_path / "other")
    for models, weights, output, words in (
        ([tiny_model], [], "mean", "1 models and 1 weights: give at least two"),
        ([tiny_model, other], [1.0], "mean", "2 models and 1 weights"),
        ([tiny_model, other], [1.0, 0.0], "mean", "weights must be above 0: 1.0, 0.0"),
        ([tiny_model, other], [], "full", f"{tmp_path / 'full'}: there is something already"),
        ([tiny_model, other], [], "full/notes.txt/x", f"{tmp_path / 'full/notes.txt/x'}: cannot be written: "),
        ([tiny_model, swish], [], "mean", f"{tiny_model.name} and swish differ in shape"),
        ([tiny_model, SHIPPED_FOLDER], [], "mean", f"{tiny_model.name} and shipped differ in source.spm"),
    ):
        with pytest.raises(ModelError, match=f"^{re.escape(words)}[^\n]*$"):
            average([*map(str, models)], weights, tmp_path / output)
    assert (tmp_path / "full" / "notes.txt").read_text() == "mine"
    assert not (tmp_path / "mean").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="no limits on files")
def test_a_full_disk_is_one_line_and_leaves_nothing(tiny_model: Path, tmp_path: Path) -> None:
    import resource  # only on Unix

    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, limits[1]))  # the weights are larger, the other files are not
    try:
        with pytest.raises(ModelError, match=r"/mean: cannot be written: File too large; name another folder$"):
            average([str(tiny_model), str(tiny_model)], (), tmp_path / "mean")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert not (tmp_path / "mean").exists()


def test_the_command_writes_a_model_that_opens(
    tiny_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["models", "average", str(tiny_model), str(tiny_model), "-o", str(tmp_path / "mean")]
    for code, said in ((0, f"written to {tmp_path / 'mean'}\n"), (2, "there is something already")):
        with pytest.raises(SystemExit) as ended:
            main(command)
        assert (ended.value.code or 0) == code and said in capsys.readouterr().err
    assert resolve(str(tmp_path / "mean")).shape == resolve(str(tiny_model)).shape
