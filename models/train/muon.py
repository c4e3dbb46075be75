"""Muon in the parameters' own precision: torch's is in bfloat16, which a processor without it emulates at great cost.

Steps of the matrices of layers are orthogonalised by five Newton-Schulz iterations (Jordan et al. 2024,
https://kellerjordan.github.io/posts/muon/) and scaled to the size of AdamW's (Liu et al. 2025, arXiv 2502.16982).
"""

import math
from collections.abc import Iterable
from typing import Any

import torch

_COEFFICIENTS = (3.4445, -4.775, 2.0315)  # the quintic of torch.optim.Muon, steepest at zero
_ITERATIONS, _TINY = 5, 1e-7


class Muon(torch.optim.Optimizer):
    """`torch.optim.Muon(..., adjust_lr_fn="match_rms_adamw")` for matrices, orthogonalised in float32.

    >>> weight = torch.nn.Parameter(torch.eye(2))
    >>> weight.grad = torch.tensor([[0.0, 2.0], [0.0, 0.0]])
    >>> Muon([weight], lr=0.1, weight_decay=0.0).step()
    >>> round(weight[0, 1].item(), 2)
    -0.02
    """

    def __init__(self, params: Iterable[torch.Tensor], lr: float, weight_decay: float, momentum: float = 0.95) -> None:
        super().__init__(params, {"lr": lr, "weight_decay": weight_decay, "momentum": momentum})

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        """Update every matrix that has a gradient; there is no `closure`."""
        for group in self.param_groups:
            for matrix in group["params"]:
                if matrix.grad is None:
                    continue
                state = self.state[matrix]
                if not state:
                    state["momentum_buffer"] = torch.zeros_like(matrix)  # under the name that torch's Muon has for it
                buffer = state["momentum_buffer"].lerp_(matrix.grad, 1 - group["momentum"])
                step = orthogonal(matrix.grad.lerp(buffer, group["momentum"]))
                matrix.mul_(1 - group["lr"] * group["weight_decay"])
                matrix.add_(step, alpha=-0.2 * math.sqrt(max(matrix.shape)) * group["lr"])


def orthogonal(matrix: torch.Tensor) -> torch.Tensor:
    """A matrix of the same singular vectors whose singular values are near to one, between about 0.7 and 1.2.

    >>> torch.linalg.svdvals(orthogonal(torch.diag(torch.tensor([3.0, 1.0])))).round().tolist()
    [1.0, 1.0]
    """
    a, b, c = _COEFFICIENTS
    wide = matrix.T if matrix.shape[0] > matrix.shape[1] else matrix
    wide = wide / wide.norm().clamp(min=_TINY)
    for _ in range(_ITERATIONS):
        gram = wide @ wide.T
        wide = torch.addmm(wide, torch.addmm(gram, gram, gram, beta=b, alpha=c), wide, beta=a)
    return wide.T if matrix.shape[0] > matrix.shape[1] else wide
