"""Contenders translate alike: float32 ones write the same text, a shape's hypotheses have the length asked for."""

import json
from pathlib import Path
from typing import Any

import pytest

from eval.contenders import CONTENDERS, OURS, Job, chosen
from eval.metrics import corpus_score
from eval.shapes import LANGUAGE_TOKENS, SHAPES, Sizes, shape_folder, write_shape
from eval.worker import Unavailable, Worker
from models import shortlist
from models.errors import ModelError
from models.folder import ModelFolder
from models.registry import SHIPPED_FOLDER, open_translator
from models.tokens import Tokens
from models.translator import Decoding
from models.weights import read_weights

FLOAT32 = ("ctranslate2-float32", "transformers", "transformers-1")
TINY = Sizes((1, 1), 16, 2, 32, 9_000, 4_000)


def opened(name: str, job: Job, texts: list[str]) -> list[str]:
    contender = CONTENDERS[name]
    return contender.open(job, contender.prepare(job))(texts)


def job_for(folder: Path, **decoding: Any) -> Job:
    token = open_translator(str(folder), device="cpu", threads=1).info.language_token
    return Job(folder, "cpu", 1, Decoding(**decoding), ModelFolder(folder).shape.positions, token)


@pytest.mark.filterwarnings("ignore")  # of torch and transformers
@pytest.mark.parametrize("beam", [1, 4])
def test_float32_contenders_write_what_our_reference_writes(beam: int, sentences: list[str]) -> None:
    """With the shipped model, from short sentences to long ones, whose order in the batch is another."""
    job = job_for(SHIPPED_FOLDER, beam=beam)
    reference = open_translator(engine="torch", device="cpu", precision="float32", threads=1)
    texts = sentences[:3] + sentences[12:14]
    expected = [found.text for found in reference.translate(texts, job.decoding)]
    for name in FLOAT32:
        assert opened(name, job, texts) == expected, name


@pytest.mark.filterwarnings("ignore")
def test_language_tokens_and_unknown_pieces_are_read_by_all_alike(opus_model: Path, sentences: list[str]) -> None:
    from transformers import AutoTokenizer

    job = job_for(opus_model, max_ratio=1e-9, max_extra=8)  # a limit that is the same for all texts of a batch
    texts = [*sentences, "Ω is unknown."]
    tokenizer = AutoTokenizer.from_pretrained(opus_model)
    read = [tokenizer.convert_ids_to_tokens(row) for row in tokenizer(job.marked(texts)).input_ids]
    assert read == [found.pieces for found in Tokens(ModelFolder(opus_model), ">>cmn_Hans<<").encode(texts)]
    assert "<unk>" in read[-1]
    expected = opened("transformers", job, texts)
    assert len(set(expected)) > 2, "a model that says the same of everything proves nothing"
    for name in FLOAT32:
        assert opened(name, job, texts) == expected, name


@pytest.mark.filterwarnings("ignore")
def test_reduced_precision_says_nearly_the_same(sentences: list[str]) -> None:
    job = job_for(SHIPPED_FOLDER)
    texts = sentences[:6]
    expected = [[text] for text in opened("ctranslate2-float32", job, texts)]
    for name in ("ctranslate2-int8", "torch-int8", "torch-bfloat16", OURS):
        assert corpus_score("chrF2", opened(name, job, texts), expected).value > 70, name


def test_a_worker_says_what_it_took(tiny_model: Path, sentences: list[str]) -> None:
    job = job_for(tiny_model)
    worker = Worker(OURS, job, sentences[:2])
    try:
        answer = worker.measure(sentences)
    finally:
        worker.close()
    assert answer.texts == opened(OURS, job, sentences)
    assert answer.cost.wall > 0
    assert 0 < answer.cost.cpu < worker.startup.cpu
    assert worker.startup.wall > 0
    assert 20e6 < answer.peak_bytes < 500e6, "bytes, and not of the process that started it"


def test_a_contender_that_cannot_run_says_why(tiny_model: Path) -> None:
    with pytest.raises(Unavailable, match=r"failed: ValueError: .*float16"):
        Worker("ctranslate2-float16", job_for(tiny_model), ["We train."])
    with pytest.raises(ModelError, match=r"lacks config\.json"):
        Worker("ctranslate2-int8", Job(tiny_model / "nothing", "cpu", 1, Decoding(), 128), ["We train."])


def test_unknown_names_are_told_the_known_ones() -> None:
    with pytest.raises(
        ModelError, match=r"unknown contender 'x'; known are zhaiyi, ctranslate2-int8, .*transformers-1"
    ):
        chosen(["zhaiyi", "x"], "cpu")
    with pytest.raises(ModelError, match="unknown shape 'x'; known are opus-mt"):
        shape_folder("x")
    assert not [name for name in chosen([], "cpu") if "float16" in name]
    assert "torch-int8" not in chosen([], "cuda")


@pytest.fixture(scope="module")
def shape(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shape")
    write_shape(TINY, folder)
    return folder


@pytest.mark.filterwarnings("ignore")
def test_a_shapes_hypotheses_have_the_length_asked_for(shape: Path, sentences: list[str]) -> None:
    import ctranslate2
    import torch
    from transformers import AutoTokenizer, GenerationConfig, MarianMTModel

    job = Job(shape, "cpu", 1, Decoding(4, max_ratio=1e-9, max_extra=7), 512, LANGUAGE_TOKENS[0])
    assert {job.longest(count) for count in (1, 50, 400)} == {7}
    tokenizer = AutoTokenizer.from_pretrained(shape)
    rows = [tokenizer.encode(text) for text in job.marked(sentences)]
    plain = ctranslate2.Translator(str(CONTENDERS["ctranslate2-int8"].prepare(job)), compute_type="int8")
    pieces = [tokenizer.convert_ids_to_tokens(row) for row in rows]
    assert all(len(found.hypotheses[0]) == 7 for found in plain.translate_batch(pieces, max_decoding_length=7))
    model = MarianMTModel.from_pretrained(shape)
    model.generation_config = GenerationConfig()  # type: ignore[no-untyped-call]
    settings = GenerationConfig(max_new_tokens=7, num_beams=4, eos_token_id=0, decoder_start_token_id=8_999)  # type: ignore[no-untyped-call]
    for row in rows[:3]:
        (found,) = model.generate(torch.tensor([row]), generation_config=settings).tolist()
        assert len(found) == 1 + 7
        assert not {0, 8_999} & set(found[1:])
    texts = {name: opened(name, job, sentences) for name in (*FLOAT32, OURS)}
    assert texts["transformers"] == texts["ctranslate2-float32"]
    assert all(len(text) >= 7 for text in texts[OURS])


def test_a_shape_is_a_model_as_others_are(shape: Path, tmp_path: Path) -> None:
    folder = ModelFolder(shape)
    assert len(folder.source_words) == TINY.words == len(set(folder.source_words))
    assert folder.source_words[:5] == ["</s>", "<unk>", *LANGUAGE_TOKENS]
    weights = read_weights(folder)
    assert weights["model.shared.weight"].shape == (TINY.words, TINY.width)
    assert not weights["model.shared.weight"][-1].any()
    assert shortlist.find(folder) == shape / "shortlist.txt", "checked against the model's words"
    write_shape(TINY, tmp_path)
    assert ModelFolder(tmp_path).fingerprint == folder.fingerprint
    assert open_translator(str(shape), device="cpu").info.mask_style == "⟦{}⟧"


def test_opus_mt_is_as_large_as_its_name_says(shape: Path) -> None:
    sizes = SHAPES["opus-mt"]
    assert (sizes.layers, sizes.width, sizes.heads, sizes.ffn, sizes.words) == ((6, 6), 512, 8, 2_048, 65_001)
    assert sizes.target_words == 32_000
    assert json.loads((shape / "config.json").read_text())["activation_function"] == "swish"
