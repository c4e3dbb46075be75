"""The Marian model that is trained, made, deepened and written; what a step costs, and the machine's best rate."""

import copy
import json
import os
import re
import time
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError

from models.errors import ModelError
from models.train.config import POSITIONS, TrainConfig
from models.train.vocabulary import FILES


def new_model(config: TrainConfig, device: str = "cpu") -> Any:
    """A Marian model of the configured shape with fresh weights, or the model of the folder `config.init`."""
    from transformers import MarianConfig, MarianMTModel
    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()  # type: ignore[no-untyped-call]  # the log is a line now and then
    # eager attention on CPU: there flash attention's backward pass costs three times as much at these lengths
    attention = "sdpa" if device == "cuda" else "eager"
    if config.init:
        model = MarianMTModel.from_pretrained(
            config.init, attn_implementation=attention, dtype=torch.float32, dropout=config.dropout
        )
        if config.added_layers:
            deepen(model, config.added_layers)
        return model
    torch.manual_seed(config.seed)
    size = config.vocabulary_size
    model = MarianMTModel(
        MarianConfig(
            vocab_size=size,
            d_model=config.d_model,
            encoder_layers=config.encoder_layers,
            decoder_layers=config.decoder_layers,
            encoder_attention_heads=config.heads,
            decoder_attention_heads=config.heads,
            encoder_ffn_dim=config.ffn,
            decoder_ffn_dim=config.ffn,
            max_position_embeddings=POSITIONS,
            activation_function="relu",
            dropout=config.dropout,
            attention_dropout=0.0,
            activation_dropout=0.0,
            scale_embedding=True,
            tie_word_embeddings=True,
            eos_token_id=0,
            forced_eos_token_id=0,
            pad_token_id=size - 1,
            decoder_start_token_id=size - 1,
        )
    )
    model.set_attn_implementation(attention)
    return model


def deepen(model: Any, count: int) -> None:
    """Add `count` layers to a Marian encoder that change next to nothing until they are trained.

    Each stands behind one of the last `count` layers and is its copy (stacking: Gong et al. 2019, PMLR 97:2337), but
    what its two blocks add is zero at first, and its norms give the states the mean and the spread that they come with.
    Raises `ModelError` if there are more to add than to copy.
    """
    layers = list(model.model.encoder.layers)
    if count > len(layers):
        raise ModelError(f"{count} encoder layers more are too many: the model has {len(layers)} to copy")
    deeper = layers[: len(layers) - count]
    for layer in layers[len(layers) - count :]:
        deeper += [layer, _idle_copy(layer)]
    model.model.encoder.layers = torch.nn.ModuleList(deeper)
    model.config.encoder_layers = len(deeper)


def _idle_copy(layer: Any) -> Any:
    idle = copy.deepcopy(layer)
    gain, shift = layer.final_layer_norm.weight, layer.final_layer_norm.bias
    with torch.no_grad():
        for last in (idle.self_attn.out_proj, idle.fc2):
            last.weight.zero_()
            last.bias.zero_()
        # a state is shift + gain * z with z of mean 0 and variance 1
        for norm in (idle.self_attn_layer_norm, idle.final_layer_norm):
            norm.weight.fill_(float((gain.square().mean() + shift.var(correction=0)).sqrt()))
            norm.bias.fill_(float(shift.mean()))
    return idle


def write_folder(model: Any, tokenizer: Path, folder: Path) -> None:
    """Write a Marian folder: the model as float16 safetensors, with the tokenizer's files of another folder.

    Raises `OSError`, for a full disk too.
    """
    folder.mkdir(parents=True, exist_ok=True)
    try:
        model.half().save_pretrained(folder)
    except SafetensorError as error:  # the system's error is only in its text
        if number := re.search(r"os error (\d+)", str(error)):
            raise OSError(int(number[1]), os.strerror(int(number[1])), str(folder)) from error
        raise
    (folder / "model.safetensors").chmod(0o644)  # it is written for its owner alone
    for name in FILES:
        if (file := tokenizer / name).exists():
            (folder / name).write_bytes(file.read_bytes())
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")


def step_flops(shape: Any, source_tokens: int, target_tokens: int, candidates: int) -> float:
    """Floating-point operations of the matrix products of a training step (forward and twice that backward).

    `shape` is a Marian configuration; real tokens count, not padding. Attention's products with the keys are left
    out: at the lengths of sentences they are a few hundredths.

    >>> from types import SimpleNamespace
    >>> one = SimpleNamespace(d_model=1, encoder_ffn_dim=4, decoder_ffn_dim=4, encoder_layers=1, decoder_layers=1)
    >>> step_flops(one, 1, 0, 0), step_flops(one, 0, 1, 10)
    (84.0, 144.0)
    """
    d = shape.d_model
    encoder = shape.encoder_layers * (8 * d * d + 4 * d * shape.encoder_ffn_dim)
    crossed = shape.decoder_layers * 4 * d * d  # keys and values that the decoder reads from the source
    decoder = shape.decoder_layers * (12 * d * d + 4 * d * shape.decoder_ffn_dim)
    return float(3 * (source_tokens * (encoder + crossed) + target_tokens * (decoder + 2 * d * candidates)))


def matrix_peak(device: torch.device, dtype: torch.dtype, seconds: float = 0.5) -> float:
    """Floating-point operations a second that a large matrix product reaches here, with torch's threads."""
    size = 8_192 if device.type == "cuda" else 1_024
    a, b = (torch.randn(size, size, device=device).to(dtype) for _ in range(2))

    def finished() -> float:
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        return time.perf_counter()

    a @ b
    begun = now = finished()
    count = 0
    while now - begun < seconds:
        a @ b
        count += 1
        now = finished()
    return 2 * size**3 * count / (now - begun)
