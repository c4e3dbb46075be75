"""Training pairs are what the pipeline gives a model, and unfit ones are refused with their reason."""

import random
import re

import pytest

from eval.testset import load_testset
from models.masks import RESERVED
from pipeline import parallel
from pipeline.finish import finish
from pipeline.mask import mask
from pipeline.normalize import repair
from pipeline.parallel import Unfit, prepare_pair, spaced_for_model
from pipeline.segment import segment

UNFIT = {
    "empty": ("A method.", "", "empty"),
    "untranslated": ("We propose a new method here.", "We propose a new method here.", "copied"),
    "chinese source": ("我们提出方法。", "我们提出方法。", "source_chinese"),
    "lost math": ("The loss $L_1$ falls.", "损失下降。", "masks"),
    "lost numbers": ("It has 128 layers and 256 heads.", "它有很多层和头。", "numbers"),
    "far too short": ("We propose a method that improves the accuracy of all known models by far.", "方法。", "length"),
    "lost link": ("The code is at this https URL.", "代码见此链接。", "masks"),
    "placeholder": ("The code is at this place.", "代码见[此处填写链接]。", "chatter"),
    "lost words": ("Existing strategies trade accuracy for efficiency.", "现有的策略有代价，不大。", "words"),
    "loop": ("It is a very good method for all of us.", "它是很好的它是很好的它是很好的方法。", "repetition"),
}


@pytest.mark.parametrize(("english", "chinese", "reason"), UNFIT.values(), ids=UNFIT.keys())
def test_unfit_pairs_are_refused_with_their_reason(english: str, chinese: str, reason: str) -> None:
    with pytest.raises(Unfit, match=f"^{reason}$"):
        prepare_pair(english, chinese, random.Random(1))


@pytest.mark.parametrize("seed", range(8))
def test_masks_are_the_same_on_both_sides(seed: int) -> None:
    source, target = prepare_pair(
        "With $L$ and $\\alpha_1$ it reaches 95.2% on ImageNet; see https://a.org/x.",
        "借助$L$和$\\alpha_1$，它在ImageNet上达到95.2%；见https://a.org/x。",
        random.Random(seed),
    )
    masks = re.findall(r"⟦\d+⟧", source)
    assert len(masks) >= 3 and sorted(masks) == sorted(re.findall(r"⟦\d+⟧", target))
    numbers = [int(mask[1:-1]) for mask in masks]
    assert numbers == sorted(numbers)


def test_a_source_is_what_the_pipeline_gives_a_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parallel, "check_pair", lambda source, target: None)
    monkeypatch.setattr(parallel, "finish", lambda text: text)
    monkeypatch.setattr(parallel, "_SYNTHETIC_MASKS", 0.0)
    rng = random.Random(1)
    seen = 0
    for abstract in load_testset("abstracts"):
        for one in segment(abstract.id, "text", repair(abstract.text).text):
            source, _ = prepare_pair(one.text, one.text, rng)
            assert re.sub(r"⟦\d+⟧", "⟦⟧", source) == re.sub(r"⟦\d+⟧", "⟦⟧", mask(one, RESERVED).text)
            seen += 1
    assert seen > 500


def test_space_before_latin_is_for_the_model_alone() -> None:
    text = "我们提出ReQuest（RQ），它在ImageNet上更好。"
    assert spaced_for_model(text) == "我们提出 ReQuest（ RQ），它在 ImageNet上更好。"
    assert finish(spaced_for_model(text)) == text
