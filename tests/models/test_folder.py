"""What makes a folder a model, and what is said of one that is none."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from models.errors import ModelError
from models.folder import ModelFolder
from models.languages import check_languages, choose_token
from models.registry import resolve


def change_json(path: Path, **values: Any) -> None:
    content = json.loads(path.read_text(encoding="utf-8")) | values
    path.write_text(json.dumps({k: v for k, v in content.items() if v is not None}), encoding="utf-8")


@pytest.fixture
def copy(tiny_model: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny_model, tmp_path / "model"))


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        pytest.param(lambda f: (f / "vocab.json").unlink(), "it lacks vocab.json", id="no-vocabulary"),
        pytest.param(
            lambda f: (f / "model.safetensors").unlink(),
            "it lacks model.safetensors or pytorch_model.bin",
            id="no-weights",
        ),
        pytest.param(
            lambda f: [p.unlink() for p in f.iterdir()],
            "it lacks config.json, vocab.json, source.spm, target.spm, model.safetensors or pytorch_model.bin",
            id="empty",
        ),
        pytest.param(lambda f: (f / "config.json").write_text("{"), "config.json: not JSON", id="broken-config"),
        pytest.param(lambda f: (f / "config.json").write_text("[]"), "config.json: not a JSON object", id="list"),
        pytest.param(
            lambda f: change_json(f / "config.json", model_type="t5"), "of type 't5': only 'marian'", id="other-kind"
        ),
        pytest.param(
            lambda f: change_json(f / "config.json", d_model=None), "config.json: 'd_model' missing", id="no-size"
        ),
        pytest.param(
            lambda f: change_json(f / "config.json", activation_function="mish"),
            "unknown activation_function 'mish'; known are relu, swish, silu, gelu",
            id="activation",
        ),
        pytest.param(
            lambda f: change_json(f / "config.json", pad_token_id=99_999), "number of the pad token", id="pad"
        ),
    ],
)
def test_folder_that_is_no_model(copy: Path, spoil: Callable[[Path], object], message: str) -> None:
    spoil(copy)
    with pytest.raises(ModelError) as error:
        ModelFolder(copy)
    assert message in str(error.value)
    assert str(copy) in str(error.value)
    assert "\n" not in str(error.value)


def test_vocabulary_of_another_size(copy: Path) -> None:
    change_json(copy / "vocab.json", extra=5_000)
    with pytest.raises(ModelError, match=r"vocab\.json: \d+ words do not number 0 to \d+"):
        resolve(str(copy))


@pytest.mark.parametrize(
    ("source", "target", "complaint"),
    [
        ("en", "zh", ""),
        ("eng", "zho", ""),
        ("eng_Latn", "cmn_Hans", ""),
        ("en", "zh_CN", ""),
        ("mul", "zho", ""),
        (None, None, ""),
        ("de", "zh", "translates from 'de' into 'zh', not from English"),
        ("zh", "en", "translates from 'zh' into 'en', not from English"),
        ("en", "de", "translates into de, not into Chinese"),
        ("en", "mul", "translates into mul, not into Chinese"),
    ],
)
def test_languages(copy: Path, source: str | None, target: str | None, complaint: str) -> None:
    change_json(copy / "tokenizer_config.json", source_lang=source, target_lang=target)
    if not complaint:
        check_languages(ModelFolder(copy))
        return
    with pytest.raises(ModelError) as error:
        check_languages(ModelFolder(copy))
    assert complaint in str(error.value)


def test_tokens_say_the_target_where_the_configuration_does_not(opus_model: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(opus_model, tmp_path / "model"))
    change_json(folder / "tokenizer_config.json", target_lang="mul")
    check_languages(ModelFolder(folder))
    words = (folder / "vocab.json").read_text(encoding="utf-8").replace(">>cmn_", ">>fin_")
    (folder / "vocab.json").write_text(words, encoding="utf-8")
    with pytest.raises(ModelError, match="translates into mul, not into Chinese"):
        check_languages(ModelFolder(folder))


@pytest.mark.parametrize(
    ("tokens", "script", "expected"),
    [
        ([], "hans", ""),
        ([], "hant", ""),
        ([">>cmn_Hans<<", ">>cmn_Hant<<"], "hans", ">>cmn_Hans<<"),
        ([">>cmn_Hans<<", ">>cmn_Hant<<"], "hant", ">>cmn_Hant<<"),
        ([">>yue<<", ">>zho<<"], "hant", ">>zho<<"),
        ([">>fra<<", ">>zh_TW<<", ">>zh_CN<<"], "hant", ">>zh_TW<<"),
        ([">>cmn<<", ">>zho_Hans<<"], "hans", ">>zho_Hans<<"),
    ],
)
def test_language_token(tokens: list[str], script: Any, expected: str) -> None:
    assert choose_token(tokens, script) == expected


def test_script_without_a_token_is_refused() -> None:
    with pytest.raises(ModelError, match="m: no token for script 'hant'; it has >>cmn_Hans<<, >>yue_Hans<<"):
        choose_token([">>cmn_Hans<<", ">>yue_Hans<<"], "hant", "m")


def test_fingerprint_follows_the_content(copy: Path, tiny_model: Path) -> None:
    assert ModelFolder(copy).fingerprint == ModelFolder(tiny_model).fingerprint
    (copy / "generation_config.json").unlink()
    assert ModelFolder(copy).fingerprint == ModelFolder(tiny_model).fingerprint, "decoding settings are ours"
    change_json(copy / "config.json", activation_function="gelu")
    assert ModelFolder(copy).fingerprint != ModelFolder(tiny_model).fingerprint
