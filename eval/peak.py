"""What the machine could do at best, and what a translation takes: both in operations of matrix products.

The float peak is that of a large matrix product in torch: float32 a processor's second, float16 a GPU's. The integer
peak is that of torch's quantised linear layer on a processor (its best back end), and of its int8 product on a GPU.
Neither is the maker's figure: they are what good code reaches here, conversions of its output included.
"""

import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from eval.worker import new_process, silence, thread_settings

_SIZE = {"cpu": 1_024, "cuda": 8_192}
_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Peak:
    """Operations a second, an addition and a multiplication being two: of one core, or of the whole GPU."""

    floating: float
    integer: float
    how: str


def measure_peak(device: str) -> Peak:
    """Measure on "cpu" or "cuda", in a process of its own, for a few seconds."""
    with new_process() as pool:
        return pool.submit(_measure, device).result()


def _measure(device: str) -> Peak:
    os.environ |= thread_settings(1)
    silence()
    import torch

    torch.set_num_threads(1)
    if device == "cuda":
        size = _SIZE[device]
        numbers = torch.ones(size, size, dtype=torch.int8, device=device)
        integer = _rate(lambda: torch._int_mm(numbers, numbers), size, torch.cuda.synchronize)
        return Peak(_float_rate(device, torch.float16), integer, "float16 and int8 matrix products in torch")
    rates = {name: _quantized_rate(name) for name in torch.backends.quantized.supported_engines if name != "none"}
    best = max(rates, key=rates.__getitem__)
    return Peak(_float_rate(device, torch.float32), rates[best], f"float32 product and quantised {best} layer in torch")


def _float_rate(device: str, dtype: Any) -> float:
    import torch

    a = torch.randn(_SIZE[device], _SIZE[device], device=device).to(dtype)
    return _rate(lambda: a @ a, _SIZE[device], torch.cuda.synchronize if device == "cuda" else None)


def _quantized_rate(engine: str) -> float:
    import torch

    size = _SIZE["cpu"]
    torch.backends.quantized.engine = engine
    layer: Any = torch.ao.nn.quantized.Linear
    linear = layer(size, size)
    inputs = torch.quantize_per_tensor(torch.randn(size, size), 0.05, 64, torch.quint8)
    return _rate(lambda: linear(inputs), size)


def _rate(product: Callable[[], Any], size: int, finish: Callable[[], None] | None = None) -> float:
    """Operations a second of the fastest of many products: processor's seconds, or the clock's if `finish` waits."""
    clock = time.perf_counter if finish else time.process_time
    wait = finish or (lambda: None)
    product()
    wait()
    fastest, end = float("inf"), time.perf_counter() + _SECONDS
    while time.perf_counter() < end:
        begun = clock()
        product()
        wait()
        fastest = min(fastest, clock() - begun)
    return 2.0 * size**3 / fastest


def operations(config: Mapping[str, Any], sources: Sequence[int], targets: Sequence[int], beam: int) -> float:
    """Operations that translating takes by the model's `config.json` and the lengths of sources and hypotheses.

    Lengths are in pieces; `</s>` is added to each. Every hypothesis of the beam is counted, with the whole vocabulary;
    padding is not, nor attention's products with keys and values, a few hundredths at the lengths of sentences.

    >>> shape = {"d_model": 1, "encoder_ffn_dim": 4, "decoder_ffn_dim": 4, "encoder_layers": 1, "decoder_layers": 1}
    >>> operations(shape | {"vocab_size": 10}, [0], [0], beam=1)
    76.0
    """
    from models.train.model import step_flops

    read, written = sum(sources) + len(sources), beam * (sum(targets) + len(targets))
    forward_and_backward = step_flops(SimpleNamespace(**config), read, written, config["vocab_size"])
    return forward_and_backward / 3
