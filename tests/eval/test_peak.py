"""Operations are counted right, and the peak is of the right size."""

import json
from pathlib import Path

import pytest

from eval.peak import measure_peak, operations


@pytest.mark.filterwarnings("ignore")
def test_operations_are_two_for_each_weight_that_a_piece_meets(tiny_model: Path) -> None:
    """Independent of the formula: the matrices of transformers' own model, counted."""
    from transformers import MarianMTModel

    model = MarianMTModel.from_pretrained(tiny_model)
    config = json.loads((tiny_model / "config.json").read_text())
    of_source = of_target = 0
    for name, parameter in model.named_parameters():
        if parameter.ndim != 2 or "embed" in name or "shared" in name:
            continue
        reads_source = ".encoder." in name or "encoder_attn.k_proj" in name or "encoder_attn.v_proj" in name
        of_source += parameter.numel() * reads_source
        of_target += parameter.numel() * (not reads_source)
    of_target += config["vocab_size"] * config["d_model"]  # the output layer, tied to the embeddings
    for beam in (1, 4):
        expected = 2 * of_source * (3 + 1 + 9 + 1) + 2 * of_target * beam * (5 + 1 + 0 + 1)
        assert operations(config, [3, 9], [5, 0], beam) == expected


def test_the_peak_is_measured() -> None:
    peak = measure_peak("cpu")
    assert 1e8 < peak.floating < 1e13
    assert 1e8 < peak.integer < 1e14
    assert "quantised" in peak.how
