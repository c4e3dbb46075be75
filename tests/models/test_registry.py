"""From a name to a translator: names, hub ids through the hub's cache, mask style, and what the default path costs."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from models import masks, registry
from models.errors import ModelError
from models.masks import PROBES, STYLES, best, find_masks, measure, survival, with_masks
from models.registry import SHIPPED, check_parity, open_translator, resolve

COMMIT = "0123456789abcdef0123456789abcdef01234567"
HUB_ID = "tiny/opus-en-zh"


@pytest.mark.parametrize(
    ("model", "message"),
    [
        ("nothing", f"nothing: no such model: neither a folder, nor a hub id (owner/name), nor '{SHIPPED}'"),
        ("a/b/c", "a/b/c: no such model"),
        (__file__, "a file; a model is a folder"),
        ("a--b/c", "a--b/c: not a folder, and not a hub id"),
    ],
    ids=["name", "path", "file", "bad-id"],
)
def test_names_that_are_no_model(model: str, message: str) -> None:
    with pytest.raises(ModelError) as error:
        resolve(model)
    assert message in str(error.value)


def test_options_that_make_no_sense(tiny_model: Path) -> None:
    with pytest.raises(ModelError, match="unknown engine 'onnx'; known are auto, ctranslate2, torch"):
        open_translator(str(tiny_model), engine="onnx")
    with pytest.raises(ModelError, match="cannot be negative"):
        open_translator(str(tiny_model), threads=-1)
    with pytest.raises(ModelError, match="unknown script 'latin'; known are hans, hant"):
        open_translator(str(tiny_model), script="latin")  # type: ignore[arg-type]


def test_a_folder_is_known_by_its_name_and_content(tiny_model: Path) -> None:
    info = open_translator(str(tiny_model), device="cpu").info
    assert (info.model, info.engine, info.language_token) == (tiny_model.name, "ctranslate2", "")
    assert info.revision == resolve(str(tiny_model)).fingerprint
    assert info.precision.startswith("int8")


def test_hub_id_from_the_cache(hub_cache: Path, sentences: list[str], tiny_model: Path) -> None:
    translator = open_translator(HUB_ID, device="cpu")
    assert (translator.info.model, translator.info.revision) == (HUB_ID, COMMIT)
    assert translator.translate(sentences) == open_translator(str(tiny_model), device="cpu").translate(sentences)
    assert resolve(HUB_ID, revision=COMMIT, offline=True).revision == COMMIT


def test_hub_id_that_is_not_there_offline(hub_cache: Path) -> None:
    with pytest.raises(ModelError, match=r"some/other: no folder here, not in the hub's cache .*, and offline"):
        resolve("some/other", offline=True)
    with pytest.raises(ModelError, match=f"{HUB_ID} at v2: no folder here"):
        resolve(HUB_ID, revision="v2", offline=True)


def test_offline_mode_of_the_environment(hub_cache: Path) -> None:
    code = f"""
from models.registry import resolve
print(resolve({HUB_ID!r}).revision)
resolve("some/other")
"""
    done = run(code, HF_HUB_CACHE=str(hub_cache), HF_HUB_OFFLINE="1")
    assert done.stdout.strip() == COMMIT
    assert "ModelError: some/other: no folder here, not in the hub's cache" in done.stderr


def test_incomplete_snapshot_is_fetched_and_nothing_else(hub_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import huggingface_hub

    snapshot = hub_cache / "models--tiny--opus-en-zh" / "snapshots" / COMMIT
    weights = (snapshot / "model.safetensors").resolve()
    (snapshot / "model.safetensors").unlink()
    asked: list[Any] = []
    local = huggingface_hub.snapshot_download

    def download(model: str, **options: Any) -> str:
        if options.get("local_files_only"):
            return local(model, **options)
        asked.append(options["allow_patterns"])
        if len(asked) == 2:  # this one has pytorch_model.bin alone
            (snapshot / "pytorch_model.bin").symlink_to(weights)
        return str(snapshot)

    monkeypatch.setattr(huggingface_hub, "snapshot_download", download)
    assert resolve(HUB_ID).weights_file.name == "pytorch_model.bin"
    assert [patterns[-1] for patterns in asked] == ["model.safetensors", "pytorch_model.bin"]
    assert all("*" not in pattern for patterns in asked for pattern in patterns)


def test_no_network_is_one_line(hub_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import huggingface_hub

    local = huggingface_hub.snapshot_download

    def download(model: str, **options: Any) -> str:
        if options.get("local_files_only"):
            return local(model, **options)
        raise ConnectionError("Name or service not known\nand more")

    monkeypatch.setattr(huggingface_hub, "snapshot_download", download)
    with pytest.raises(ModelError) as error:
        resolve("some/other")
    assert str(error.value).endswith("not to be fetched: Name or service not known")


def run(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    root = Path(__file__).resolve().parents[2]
    return subprocess.run(
        [sys.executable, "-c", code], cwd=root, env=os.environ | {"OMP_NUM_THREADS": "1"} | environment,
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_default_path_is_light(tiny_model: Path, tmp_path: Path) -> None:
    """The first use (with conversion) loads no torch, no transformers, no hub; the second not even numpy."""
    code = f"""
import sys, time
from models.registry import open_translator
translator = open_translator({str(tiny_model)!r}, device="cpu")
assert len(translator.translate(["We propose a method.", "It works."])) == 2
heavy = ["torch", "transformers", "huggingface_hub", "numpy"]
print(" ".join(name for name in heavy if name in sys.modules), "|", time.process_time())
"""
    loaded = [run(code, ZHAIYI_CACHE=str(tmp_path)).stdout.split("|") for _ in range(2)]
    assert [modules.strip() for modules, _ in loaded] == ["numpy", ""]
    assert float(loaded[1][1]) < 1.0, "CPU seconds; about 0.2 of 1.5 that a cold translation may take"


def test_masks_of_every_style_are_found(sentences: list[str]) -> None:
    for style in STYLES:
        text = "其中" + "和".join(style.format(n) for n in (0, 12, 3)) + "。"
        assert find_masks(text, style) == [0, 12, 3], style
        assert find_masks("没有", style) == []
        assert survival(lambda texts: texts, style) == 1.0
        assert survival(lambda texts: [text[:-8] for text in texts], style) < 1.0


def test_survival_counts_each_mask_once() -> None:
    assert survival(lambda texts: [text + text for text in texts], "⟦{}⟧") == 0.0
    assert survival(lambda texts: [text.replace("⟦0⟧", "⟦ 0 ⟧") for text in texts], "⟦{}⟧") == 1.0


def test_best_style_is_the_one_that_survives() -> None:
    def loses_all_but_brackets(texts: Sequence[str]) -> list[str]:
        return [text if "[" in text else "图" for text in texts]

    shares = measure(loses_all_but_brackets)
    assert (best(shares), shares["[{}]"], shares["X{}"]) == ("[{}]", 1.0, 0.0)
    assert len({with_masks(probe, "#{}") for probe in PROBES}) == len(PROBES)


def test_style_is_measured_once_and_kept(opus_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZHAIYI_CACHE", str(tmp_path))
    monkeypatch.setattr(masks, "measure", lambda translate: dict.fromkeys(STYLES, 0.1) | {"@{}@": 0.9})
    assert open_translator(str(opus_model), device="cpu").mask_style == "@{}@"
    kept = json.loads(next(tmp_path.rglob("mask_style.json")).read_text(encoding="utf-8"))
    assert (kept["style"], kept["survival"]["@{}@"], kept["probes"]) == ("@{}@", 0.9, len(PROBES))
    monkeypatch.setattr(masks, "measure", None)
    assert open_translator(str(opus_model), device="cpu").mask_style == "@{}@"


def test_reserved_masks_are_not_measured(tiny_model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(masks, "measure", None)
    assert open_translator(str(tiny_model), device="cpu").mask_style == "⟦{}⟧"


def test_parity_is_measured_and_kept(tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZHAIYI_CACHE", str(tmp_path))
    parity = check_parity(str(tiny_model))
    assert (parity.segments, parity.float32.identical) == (len(PROBES), 1.0)
    assert parity.float32.score_difference < 1e-4
    assert parity.default_precision.startswith("int8")
    kept = json.loads(next(tmp_path.rglob("parity.json")).read_text(encoding="utf-8"))
    assert kept["float32"]["identical"] == 1.0


def test_every_engine_of_the_table_opens(tiny_model: Path) -> None:
    for engine in registry.ENGINES:
        assert open_translator(str(tiny_model), engine=engine, device="cpu", threads=1).translate(["a"])
