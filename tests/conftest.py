"""Tiny Marian models for tests: random weights, a few hundred pieces, made once a session in a few seconds.

They translate to nonsense, but the same nonsense in every engine, and their folders are laid out like real ones:

- `tiny_model`: like the shipped model (one joint SentencePiece with byte fallback, reserved mask pieces);
- `opus_model`: like opus-mt-en-zh (two SentencePieces, target-language tokens, no masks, a pad row of zeros);
- `bin_model`: `opus_model` with `pytorch_model.bin` alone;
- `hub_cache`: `tiny_model` as the hub's cache of `tiny/opus-en-zh` keeps it.

Every test gets its own `ZHAIYI_CACHE`, shared within the session, so that nothing is written to the home folder.
"""

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ENGLISH = """We propose a simple method for training graph neural networks.
The model is trained on 300 million images and reaches 95.2% accuracy.
Our results show that large language models can reason about code.
Deep reinforcement learning needs many samples; we reduce them by half.
In this paper, we study the convergence of stochastic gradient descent.
We release the data, the code and the weights at https://example.org/x.
However, existing approaches fail on long sequences (see Section 4).
A transformer with 12 layers and 768 dimensions outperforms the baseline.
Federated learning protects the privacy of users, but it is slow.
We evaluate on 14 benchmarks and improve the state of the art on 9 of them.""".splitlines()
CHINESE = """我们提出一种训练图神经网络的简单方法。
该模型在3亿张图像上训练，准确率达到95.2%。
结果表明，大语言模型能够对代码进行推理。
深度强化学习需要大量样本；我们将其减少一半。
本文研究随机梯度下降的收敛性。
我们公开数据、代码和权重：https://example.org/x。
然而，现有方法在长序列上失效（见第4节）。
一个12层、768维的Transformer优于基线。
联邦学习保护用户隐私，但速度很慢。
我们在14个基准上评测，其中9个刷新了最好结果。""".splitlines()
MASKS = tuple(f"⟦{number}⟧" for number in range(32))
LANGUAGE_TOKENS = (">>cmn_Hans<<", ">>cmn_Hant<<", ">>yue_Hans<<")
COMMIT = "0123456789abcdef0123456789abcdef01234567"


def train_pieces(
    sentences: list[str], size: int, path: Path, symbols: tuple[str, ...], byte_fallback: bool
) -> list[str]:
    """Train a SentencePiece model into `path`; its pieces in the order of their ids, `</s>` and `<unk>` first."""
    import sentencepiece

    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(sentences), model_prefix=str(path.with_suffix("")), vocab_size=size,
        model_type="unigram", byte_fallback=byte_fallback, normalization_rule_name="identity", split_digits=True,
        user_defined_symbols=list(symbols), eos_id=0, unk_id=1, bos_id=-1, pad_id=-1, hard_vocab_limit=False,
        num_threads=1, minloglevel=2,
    )  # fmt: skip
    path.with_suffix(".model").rename(path)
    path.with_suffix(".vocab").unlink()
    processor = sentencepiece.SentencePieceProcessor(model_file=str(path))
    return [processor.id_to_piece(i) for i in range(len(processor))]


def write_model(folder: Path, size: int, seed: int, zero_pad: bool, **shape: Any) -> None:
    """Write `config.json`, weights and `generation_config.json` of a random Marian model of `size` words.

    The weights are drawn wide enough that no two words tie, and `</s>` is likely enough that sentences end.
    """
    import torch
    from transformers import MarianConfig, MarianMTModel

    torch.manual_seed(seed)
    config = MarianConfig(
        vocab_size=size, d_model=32, encoder_layers=2, decoder_layers=1, encoder_attention_heads=4,
        decoder_attention_heads=4, encoder_ffn_dim=64, decoder_ffn_dim=64, max_position_embeddings=128,
        scale_embedding=True, eos_token_id=0, forced_eos_token_id=0, pad_token_id=size - 1,
        decoder_start_token_id=size - 1, init_std=0.3, **{"activation_function": "relu", **shape},
    )  # fmt: skip
    model = MarianMTModel(config)
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.ndim == 1:  # biases and norms, which would all be 0 and 1
                parameter.add_(torch.randn_like(parameter), alpha=0.1)
        model.get_input_embeddings().weight[size - 1] = 0.0 if zero_pad else 0.1
        model.final_logits_bias[0, 0] = 4.0
    model.save_pretrained(folder)


def write_vocabulary(folder: Path, pieces: list[str], **tokenizer: Any) -> int:
    """Write `vocab.json` with `<pad>` last, and `tokenizer_config.json`; the number of words."""
    words = list(dict.fromkeys([*pieces, "<pad>"]))
    vocabulary = {word: number for number, word in enumerate(words)}
    (folder / "vocab.json").write_text(json.dumps(vocabulary, ensure_ascii=False), encoding="utf-8")
    settings = {"tokenizer_class": "MarianTokenizer", "model_max_length": 128, "separate_vocabs": False} | tokenizer
    (folder / "tokenizer_config.json").write_text(json.dumps(settings), encoding="utf-8")
    return len(words)


@pytest.fixture(scope="session")
def sentences() -> list[str]:
    """English sentences that the tiny models have pieces for: 10 short ones, and longer ones made of them."""
    return [*ENGLISH, *(f"{one} {other}" for one, other in zip(ENGLISH, ENGLISH[3:], strict=False))]


@pytest.fixture(autouse=True)
def _own_cache(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    monkeypatch.setenv("ZHAIYI_CACHE", str(tmp_path_factory.getbasetemp() / "zhaiyi-cache"))


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model folder like the shipped one: joint vocabulary with byte fallback and reserved masks."""
    folder = tmp_path_factory.mktemp("tiny")
    pieces = train_pieces([*ENGLISH, *CHINESE], 700, folder / "source.spm", MASKS, byte_fallback=True)
    shutil.copy(folder / "source.spm", folder / "target.spm")
    size = write_vocabulary(folder, pieces, source_lang="en", target_lang="zh")
    write_model(folder, size, seed=1, zero_pad=False)
    return folder


@pytest.fixture(scope="session")
def opus_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model folder like opus-mt-en-zh: two SentencePieces, language tokens, no masks."""
    folder = tmp_path_factory.mktemp("opus")
    source = train_pieces(ENGLISH, 160, folder / "source.spm", (), byte_fallback=False)
    target = train_pieces(CHINESE, 200, folder / "target.spm", (), byte_fallback=False)
    words = [*source[:2], *LANGUAGE_TOKENS, *source[2:], *target[2:]]
    size = write_vocabulary(folder, words, source_lang="eng", target_lang="zho")
    write_model(folder, size, seed=2, zero_pad=True, activation_function="swish")
    return folder


@pytest.fixture(scope="session")
def bin_model(opus_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`opus_model` with its weights as `pytorch_model.bin` alone."""
    import torch
    from safetensors.torch import load_file

    folder = tmp_path_factory.mktemp("bin") / "model"
    shutil.copytree(opus_model, folder, ignore=shutil.ignore_patterns("*.safetensors"))
    torch.save(load_file(opus_model / "model.safetensors"), folder / "pytorch_model.bin")
    return folder


@pytest.fixture
def hub_cache(tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A hub cache that holds `tiny_model` as `tiny/opus-en-zh` at `COMMIT`; the environment points at it."""
    repository = tmp_path / "hub" / "models--tiny--opus-en-zh"
    snapshot = repository / "snapshots" / COMMIT
    snapshot.mkdir(parents=True)
    (repository / "blobs").mkdir()
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text(COMMIT, encoding="utf-8")
    for number, file in enumerate(sorted(tiny_model.iterdir())):
        blob = repository / "blobs" / f"{number:040x}"
        shutil.copy(file, blob)
        (snapshot / file.name).symlink_to(Path("..", "..", "blobs", blob.name))
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    yield tmp_path / "hub"


@pytest.fixture(scope="session")
def chromium() -> "Iterator[Browser]":
    """A headless Chromium with a profile of its own; skips where there is none."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    if not found:
        pytest.skip("no Chromium here: install one, or name it in $CHROMIUM")
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=found,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"],
        )
        yield browser
        browser.close()
