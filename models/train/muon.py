"""Muon for all matrices of one shape at once, in a precision of one's choice.

torch's goes through the matrices one by one, a thousand small kernels a step on a GPU, and works in bfloat16, which a
processor without it emulates at great cost. Steps of the matrices of layers are orthogonalised by five Newton-Schulz
iterations (Jordan et al. 2024, https://kellerjordan.github.io/posts/muon/) and scaled to the size of AdamW's (Liu et
al. 2025, arXiv 2502.16982).
"""

import math
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import torch

_COEFFICIENTS = (3.4445, -4.775, 2.0315)  # the quintic of torch.optim.Muon, steepest at zero
_ITERATIONS, _TINY = 5, 1e-7


class Muon(torch.optim.Optimizer):
    """`torch.optim.Muon(..., adjust_lr_fn="match_rms_adamw")` for matrices, orthogonalised in `precision`.

    >>> weight = torch.nn.Parameter(torch.eye(2))
    >>> weight.grad = torch.tensor([[0.0, 2.0], [0.0, 0.0]])
    >>> Muon([weight], lr=0.1, weight_decay=0.0).step()
    >>> round(weight[0, 1].item(), 2)
    -0.02
    """

    def __init__(
        self,
        params: Iterable[torch.Tensor],
        lr: float,
        weight_decay: float,
        momentum: float = 0.95,
        precision: torch.dtype = torch.float32,
    ) -> None:
        super().__init__(params, {"lr": lr, "weight_decay": weight_decay, "momentum": momentum})
        self.precision = precision

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        """Update every matrix that has a gradient; there is no `closure`."""
        for group in self.param_groups:
            shapes = defaultdict(list)
            for matrix in group["params"]:
                if matrix.grad is not None:
                    shapes[matrix.shape].append(matrix)
            for matrices in shapes.values():
                self._step(matrices, group["lr"], group["weight_decay"], group["momentum"])

    def _step(self, matrices: list[torch.Tensor], lr: float, weight_decay: float, momentum: float) -> None:
        gradients = [matrix.grad for matrix in matrices if matrix.grad is not None]
        for matrix in matrices:
            if not self.state[matrix]:
                self.state[matrix]["momentum_buffer"] = torch.zeros_like(matrix)  # torch's Muon calls it so too
        buffers = [self.state[matrix]["momentum_buffer"] for matrix in matrices]
        torch._foreach_lerp_(buffers, gradients, 1 - momentum)
        ahead = torch._foreach_lerp(gradients, buffers, momentum)
        steps = orthogonal(torch.stack(ahead).to(self.precision)).to(gradients[0].dtype)
        torch._foreach_mul_(matrices, 1 - lr * weight_decay)
        torch._foreach_add_(matrices, list(steps.unbind()), alpha=-0.2 * math.sqrt(max(matrices[0].shape)) * lr)


def orthogonal(matrices: torch.Tensor) -> torch.Tensor:
    """Matrices (n, rows, columns) of the same singular vectors whose singular values are near to one, 0.7 to 1.2.

    >>> torch.linalg.svdvals(orthogonal(torch.diag(torch.tensor([3.0, 1.0]))[None])).round().tolist()
    [[1.0, 1.0]]
    """
    a, b, c = _COEFFICIENTS
    tall = matrices.shape[1] > matrices.shape[2]
    wide = matrices.mT if tall else matrices
    wide = wide / wide.norm(dim=(1, 2), keepdim=True).clamp(min=_TINY)
    for _ in range(_ITERATIONS):
        gram = wide @ wide.mT
        wide = torch.baddbmm(wide, torch.baddbmm(gram, gram, gram, beta=b, alpha=c), wide, beta=a)
    return wide.mT if tall else wide
