"""The model that ships: it is there, whole, the same in both engines, and carries its masks."""

from pathlib import Path

import pytest

from models.folder import ModelFolder
from models.masks import PROBES, RESERVED, find_masks, with_masks
from models.registry import SHIPPED, check_parity, open_translator, resolve
from models.translator import Translator

SENTENCES = """We propose a simple framework for contrastive learning of visual representations.
Recent advances in large language models have enabled agents that plan, reason and act.
Our method reduces training time by 45% and improves accuracy from 87.2 to 91.5.
Graph neural networks suffer from over-smoothing when many layers are stacked.
The code and data are available at ⟦0⟧.
Given a distribution ⟦0⟧ and a budget ⟦1⟧, the sampler draws points from ⟦2⟧.
Extensive experiments on three benchmarks show that our approach outperforms the state of the art.
However, the cost of annotation limits the size of medical imaging datasets.
We show that attention alone, without convolution or recurrence, is enough for this task.
In reinforcement learning, sparse rewards make exploration hard.
This paper studies the trade-off between fairness and accuracy in federated learning.
Diffusion models generate images of high quality, but sampling from them is slow.""".splitlines()


@pytest.fixture(scope="session")
def shipped() -> Translator:
    return open_translator(device="cpu")


def test_it_is_whole_and_named(shipped: Translator) -> None:
    folder: ModelFolder = resolve(SHIPPED)
    assert folder.weights_file.name == "model.safetensors"
    assert (shipped.info.model, shipped.info.revision) == (SHIPPED, folder.fingerprint)
    assert shipped.mask_style == RESERVED


def test_float32_parity() -> None:
    texts = [*SENTENCES, *(with_masks(probe, RESERVED) for probe in PROBES)]
    parity = check_parity(SHIPPED, texts)
    assert parity.float32.identical >= 0.99
    assert parity.float32.score_difference < 1e-3


def test_it_translates_into_chinese(shipped: Translator) -> None:
    for sentence, hypothesis in zip(SENTENCES, shipped.translate(SENTENCES), strict=True):
        chinese = sum("\u4e00" <= char <= "\u9fff" for char in hypothesis.text)
        assert chinese >= 0.4 * len(hypothesis.text), f"{sentence} -> {hypothesis.text}"
        assert not hypothesis.truncated, f"{sentence} -> {hypothesis.text}"
        assert hypothesis.unknown == 0


def test_masks_survive(shipped: Translator) -> None:
    texts = [with_masks(probe, RESERVED) for probe in PROBES]
    kept = [
        sorted(find_masks(hypothesis.text, RESERVED)) == list(range(text.count("⟦")))
        for text, hypothesis in zip(texts, shipped.translate(texts), strict=True)
    ]
    assert sum(kept) >= 0.9 * len(kept)


def test_weights_are_small_enough_for_a_repository() -> None:
    assert sum(path.stat().st_size for path in Path(resolve(SHIPPED).path).iterdir()) < 50e6
