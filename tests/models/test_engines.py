"""Two engines, one meaning: CTranslate2 in float32 gives torch's hypotheses, and its model file is the official one."""

import json
import shutil
import struct
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.convert import write_model
from models.ct2_engine import CTranslate2Engine, available_cores, choose_precision
from models.errors import ModelError, OutOfMemory
from models.folder import ModelFolder
from models.registry import open_translator
from models.tokens import output_words
from models.torch_engine import TorchEngine, load_model
from models.translator import Decoding
from models.weights import OUTPUT, read_weights

DECODINGS = {
    "default": Decoding(),
    "greedy": Decoding(beam=1),
    "length-penalty": Decoding(beam=2, length_penalty=0.6),
    "no-length-penalty": Decoding(beam=5, length_penalty=0.0),
    "no-repeat": Decoding(beam=3, length_penalty=1.2, no_repeat_ngram=3),
    "tight": Decoding(max_ratio=0.5, max_extra=1),
}


@pytest.fixture(scope="session")
def separate_model(opus_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model with separate vocabularies and embeddings, and an output layer of its own."""
    import torch
    from transformers import MarianConfig, MarianMTModel

    folder = Path(shutil.copytree(opus_model, tmp_path_factory.mktemp("separate") / "model"))
    words = json.loads((folder / "vocab.json").read_text(encoding="utf-8"))
    target = [*list(words)[:100], "<pad>"]
    (folder / "target_vocab.json").write_text(json.dumps({w: i for i, w in enumerate(target)}), encoding="utf-8")
    torch.manual_seed(3)
    config = MarianConfig.from_pretrained(folder)
    config.share_encoder_decoder_embeddings = config.tie_word_embeddings = False
    config.decoder_vocab_size, config.pad_token_id, config.decoder_start_token_id = 101, 100, 100
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        MarianMTModel(config).save_pretrained(folder)
    return folder


@pytest.mark.parametrize(
    ("model", "name"),
    [*(("tiny_model", name) for name in DECODINGS), ("opus_model", "default"), ("separate_model", "default")],
)
def test_float32_parity(model: str, name: str, sentences: list[str], request: pytest.FixtureRequest) -> None:
    folder, decoding = str(request.getfixturevalue(model)), DECODINGS[name]
    one = open_translator(folder, precision="float32", device="cpu", threads=1).translate(sentences, decoding)
    other = open_translator(folder, engine="torch", device="cpu", threads=1).translate(sentences, decoding)
    assert [(h.text, h.truncated, h.unknown) for h in one] == [(h.text, h.truncated, h.unknown) for h in other]
    if not decoding.no_repeat_ngram:  # there, torch scores without the words that were ruled out
        np.testing.assert_allclose([h.score for h in one], [h.score for h in other], rtol=1e-4, atol=1e-4)


def test_several_hypotheses_are_the_same_in_both_engines(tiny_model: Path, sentences: list[str]) -> None:
    decoding = Decoding(beam=4, hypotheses=3)
    one, other = (
        open_translator(str(tiny_model), engine=engine, precision="float32", device="cpu", threads=1)
        for engine in ("ctranslate2", "torch")
    )
    found = one.hypotheses(sentences, decoding)
    assert [[h.text for h in each] for each in found] == [
        [h.text for h in each] for each in other.hypotheses(sentences, decoding)
    ]
    assert all(len({h.score for h in each}) == 3 for each in found)
    assert all([h.score for h in each] == sorted((h.score for h in each), reverse=True) for each in found)
    assert [each[0].text for each in found] == [h.text for h in one.translate(sentences, Decoding(beam=4))]


@pytest.mark.parametrize("engine", ["ctranslate2", "torch"])
def test_hypotheses_are_drawn_at_random_and_when_cold_the_likeliest(
    engine: str, tiny_model: Path, sentences: list[str]
) -> None:
    translator = open_translator(str(tiny_model), engine=engine, device="cpu", precision="float32", threads=1)
    drawn = translator.hypotheses(sentences, Decoding(1, hypotheses=6, temperature=1.0))
    assert all(len(each) == 6 for each in drawn) and all(len({h.text for h in each}) > 1 for each in drawn)
    cold = translator.hypotheses(sentences, Decoding(1, hypotheses=2, temperature=1e-5))
    greedy = translator.translate(sentences, Decoding(1))
    assert [{h.text for h in each} for each in cold] == [{h.text} for h in greedy]


@pytest.mark.parametrize("engine", ["ctranslate2", "torch"])
def test_batch_size_and_threads_do_not_change_float32(engine: str, tiny_model: Path, sentences: list[str]) -> None:
    def texts(threads: int, batch_tokens: int) -> list[str]:
        translator = open_translator(
            str(tiny_model),
            engine=engine,
            device="cpu",
            precision="float32",
            threads=threads,
            batch_tokens=batch_tokens,
        )
        return [h.text for h in translator.translate(sentences[:6], Decoding(max_ratio=100))]  # one limit for all

    assert texts(1, 1) == texts(2, 200) == texts(1, 100_000)


def test_language_token_is_put_in_front_and_recorded(opus_model: Path, sentences: list[str]) -> None:
    hans, hant = (open_translator(str(opus_model), script=script, device="cpu") for script in ("hans", "hant"))
    assert (hans.info.language_token, hant.info.language_token) == (">>cmn_Hans<<", ">>cmn_Hant<<")
    assert hans.translate(sentences) != hant.translate(sentences), "the token reaches the model"
    assert hans.max_source_pieces == 126, "128 positions, less </s> and the token"
    assert hans.count_pieces(["", "the"]) == [0, len(hans._tokens.split(["the"])[0])]


def test_longest_text_and_longest_hypothesis(tiny_model: Path) -> None:
    """All positions are used on both sides, in both engines: nothing is cut at CTranslate2's 1,024 or before."""
    text = "⟦7⟧" * 126
    for engine in ("ctranslate2", "torch"):
        translator = open_translator(str(tiny_model), engine=engine, device="cpu", precision="float32", threads=1)
        assert translator.count_pieces([text]) == [translator.max_source_pieces], "⟦7⟧ is a piece, and so is the space"
        assert len(translator.translate([text], Decoding(max_ratio=9))) == 1


def read_variables(path: Path) -> dict[str, Any]:
    """The variables of a CTranslate2 `model.bin`, aliases resolved."""
    data, at = path.read_bytes(), 0

    def take(form: str) -> int:
        nonlocal at
        value: int = struct.unpack_from("<" + form, data, at)[0]
        at += struct.calcsize("<" + form)
        return value

    def string() -> str:
        nonlocal at
        length = take("H")
        at += length
        return data[at - length : at - 1].decode()

    found: dict[str, Any] = {"head": (take("I"), string(), take("I"))}
    for _ in range(take("I")):
        name, shape = string(), [take("I") for _ in range(take("B"))]
        dtype, size = ("<f4", "i1", "<i2", "<i4", "<f2")[take("B")], take("I")
        found[name] = np.frombuffer(data[at : at + size], dtype).reshape(shape)
        at += size
    for _ in range(take("I")):
        alias = string()
        found[alias] = found[string()]
    assert at == len(data)
    return found


@pytest.mark.parametrize("model", ["opus_model", "tiny_model"])
def test_model_file_is_what_the_official_converter_writes(
    model: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    from ctranslate2.converters import TransformersConverter

    folder = ModelFolder(request.getfixturevalue(model))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        TransformersConverter(str(folder.path)).convert(str(tmp_path / "official"))
    (tmp_path / "ours").mkdir()
    write_model(folder, tmp_path / "ours")
    theirs, ours = (read_variables(tmp_path / name / "model.bin") for name in ("official", "ours"))
    assert ours.keys() == theirs.keys() | {"decoder/projection/bias"}
    words = np.array(output_words(folder))
    spoken = words != folder.shape.pad  # the official one drops <pad>, and has all other words in the folder's order
    joint = len(words) == len(folder.source_words)
    assert joint == (model == "tiny_model")
    for name in theirs.keys() - {"decoder/start_from_zero_embedding", "head"}:
        one, other = ours[name], theirs[name]
        if name == "encoder/embeddings_0/weight" and not joint:
            one = one[: len(other)]
        elif name.endswith(("embeddings/weight", "embeddings_0/weight")) or "proj" in name:
            one, other = one[spoken], other[words[spoken]]
        np.testing.assert_allclose(one, other, atol=1e-6, err_msg=name)
    assert ours["head"] == theirs["head"]
    config = json.loads((tmp_path / "ours" / "config.json").read_text())
    official = json.loads((tmp_path / "official" / "config.json").read_text())
    assert config == official | {"decoder_start_token": "<pad>"}


def test_conversion_happens_once(tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZHAIYI_CACHE", str(tmp_path))
    open_translator(str(tiny_model), device="cpu")
    monkeypatch.setattr("models.convert.write_model", None)
    assert open_translator(str(tiny_model), device="cpu").translate(["a"])


def test_a_spoiled_conversion_says_what_to_remove(
    tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ZHAIYI_CACHE", str(tmp_path))
    open_translator(str(tiny_model), device="cpu")
    file = next(tmp_path.rglob("model.bin"))
    file.write_bytes(file.read_bytes()[:1000])
    with pytest.raises(ModelError, match=r"ct2-2: cannot be loaded .*; remove it, and it is made anew"):
        open_translator(str(tiny_model), device="cpu")


def test_torch_model_that_is_not_what_the_file_holds(tiny_model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The canary: a transformers that unties or resets a tensor while loading is found out."""
    import torch
    from transformers import MarianMTModel

    folder = ModelFolder(tiny_model)
    weights = read_weights(folder)

    def untie(model: Any, **_: Any) -> None:
        model.lm_head.weight = torch.nn.Parameter(torch.zeros_like(model.lm_head.weight))

    monkeypatch.setattr(MarianMTModel, "tie_weights", untie)
    with pytest.raises(ModelError, match=r"lm_head\.weight in memory is not what the file holds"):
        load_model(folder, weights)
    with pytest.raises(ModelError, match="does not take these weights"):
        load_model(folder, {name: array for name, array in weights.items() if name != OUTPUT})


@pytest.mark.parametrize("engine", ["ctranslate2", "torch"])
def test_devices_and_precisions_that_are_not_there(engine: str, tiny_model: Path) -> None:
    import torch

    def fails(**options: Any) -> str:
        with pytest.raises(ModelError) as error:
            open_translator(str(tiny_model), engine=engine, **options)
        return str(error.value)

    assert "unknown device 'tpu'; known are auto, cpu, cuda" in fails(device="tpu")
    assert "'int3'" in fails(device="cpu", precision="int3")
    if not torch.cuda.is_available():
        assert "finds no NVIDIA GPU here" in fails(device="cuda")


def test_precision_names_what_the_processor_can_do(monkeypatch: pytest.MonkeyPatch) -> None:
    import ctranslate2

    monkeypatch.setattr(ctranslate2, "get_supported_compute_types", lambda device: {"float32", "int16"})
    assert choose_precision("auto", "cpu") == "float32"
    with pytest.raises(ModelError, match="precision 'int8': not on this cpu; it can do float32, int16"):
        choose_precision("int8", "cpu")


@pytest.mark.parametrize(
    "error", [RuntimeError("CUDA failed with error out of memory"), MemoryError(), RuntimeError("std::bad_alloc")]
)
def test_ctranslate2_out_of_memory(tiny_model: Path, error: Exception) -> None:
    class Full:
        def translate_batch(self, *_: Any, **__: Any) -> None:
            raise error

    engine = CTranslate2Engine(ModelFolder(tiny_model), "cpu", "auto", 1)
    engine._model = Full()
    with pytest.raises(OutOfMemory):
        engine.generate([["</s>"]], Decoding(), [5])


def test_torch_out_of_memory(tiny_model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    engine = TorchEngine(ModelFolder(tiny_model), "cpu", "auto", 1)

    def full(*_: Any, **__: Any) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(engine._model, "generate", full)
    with pytest.raises(OutOfMemory):
        engine.generate([["</s>"]], Decoding(), [5])


def test_workers_follow_the_cores_unless_told(tiny_model: Path) -> None:
    folder = ModelFolder(tiny_model)
    assert CTranslate2Engine(folder, "cpu", "auto", 0).workers == available_cores()
    assert CTranslate2Engine(folder, "cpu", "auto", 3).workers == 3
