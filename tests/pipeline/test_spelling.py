"""Spelling: names that the model slipped in are mended, whatever may be meant as it is stays."""

import pytest

from pipeline.spelling import spell_like

SLIPS = {
    "doubled": ("Gibbs sampling of Massoulie", "Masssoulie的Gibbbs采样", "Massoulie的Gibbs采样"),
    "single": ("a Shampoo of Gibbs", "Gibs的Shampo", "Gibbs的Shampoo"),
    "doubled-small": ("with delta-AUC", "使用deelta-AUC", "使用delta-AUC"),
    "letter-lost": ("lung cancer (NSCLC)", "肺癌（NSCC）", "肺癌（NSCLC）"),
    "letter-changed": ("pillar feature encoding (PFE)", "柱特征编码（PAE）", "柱特征编码（PFE）"),
    "plural": ("the MDGFs", "MMGF", "MDGF"),
    "syllable-lost": ("we canonicalize with Canonicalize", "我们用Canicalize", "我们用Canonicalize"),
    "with-digits": ("LeeSeo26 and Lee25", "LeSeo26与Lee25", "LeeSeo26与Lee25"),
}
KEPT = {
    "none-strange": ("BERT and GPT-4", "BERT和GPT-4"),
    "plural": ("many LLMs and Transformers", "许多LLM和Transformer"),
    "part": ("pretraining a ResNet", "预训练Net"),
    "initials": ("visual language models (VLM), large language models", "大语言模型（LLM）"),
    "other-is-there": ("the VLM", "VLM和VLN"),
    "other-form": ("robust methods promise that", "robustness的promising方法"),
    "longer-name": ("Mobile networks", "MobileNet网络"),
    "other-initial": ("the MNIST set", "FNIST数据集"),
    "short": ("type II of it", "III型"),
    "no-chinese": ("", "BERT"),
}


@pytest.mark.parametrize(("source", "target", "expected"), SLIPS.values(), ids=SLIPS)
def test_slip(source: str, target: str, expected: str) -> None:
    assert spell_like(source, target) == expected
    assert spell_like(source, expected) == expected


@pytest.mark.parametrize(("source", "target"), KEPT.values(), ids=KEPT)
def test_kept(source: str, target: str) -> None:
    assert spell_like(source, target) == target
