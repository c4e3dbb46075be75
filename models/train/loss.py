"""Cross entropy over a part of the vocabulary: exact for the words of the batch, sampled for the rest.

On a CPU the output layer is a third of a small model's step. The candidates are all words of the batch and a
uniform sample of the others; each sampled logit is raised by -log of its chance to be drawn, which makes the
partition sum unbiased (importance sampling: Bengio and Senécal 2008, doi 10.1109/TNN.2007.912312). Label smoothing
needs only the mean logit of the whole vocabulary, and that is one dot product with the mean output vector.
"""

import math

import torch
from torch.nn import functional

ROUND = 256  # sizes of the output product are multiples of this: every new size costs a compiled kernel and its memory


def cross_entropy(
    states: torch.Tensor,
    labels: torch.Tensor,
    weight: torch.Tensor,
    bias: torch.Tensor,
    negatives: int,
    smoothing: float,
) -> torch.Tensor:
    """Mean smoothed cross entropy. `states` (n, d), `labels` (n), `weight` (vocabulary, d), `bias` (vocabulary).

    With `negatives` 0 or not less than the vocabulary the sum runs over all words.
    """
    size = weight.shape[0]
    if not 0 < negatives < size:
        return functional.cross_entropy(
            functional.linear(states, weight).float() + bias, labels, label_smoothing=smoothing
        )
    wanted = torch.zeros(size, dtype=torch.bool, device=labels.device)
    wanted[labels] = True
    count = min(size, _rounded(int(wanted.sum()) + negatives))
    # words of the batch first, then the others in random order
    order = torch.rand(size, device=labels.device).masked_fill(wanted, 2.0)
    candidates = order.topk(count).indices
    chance = (count - int(wanted.sum())) / max(1, size - int(wanted.sum()))
    position = torch.zeros(size, dtype=torch.long, device=labels.device)
    position[candidates] = torch.arange(count, device=labels.device)
    rows = len(labels)
    raised = torch.where(wanted[candidates], 0.0, -math.log(chance)) if chance else 0.0
    padded = functional.pad(states, (0, 0, 0, _rounded(rows) - rows))
    # a label is never raised, so its raised logit is its logit
    logits = functional.linear(padded, weight[candidates])[:rows].float() + (bias[candidates] + raised)
    sharp = functional.cross_entropy(logits, position[labels])
    # the label's logit once more, from its own row: its gradient from `logits` would be another matrix of that size
    states = states.float()
    target = (states * functional.embedding(labels, weight).float()).sum(dim=1) + bias[labels]
    mean_logit = states @ weight.float().mean(dim=0) + bias.mean()
    return sharp + smoothing * (target - mean_logit).mean()


def _rounded(count: int) -> int:
    return -(-count // ROUND) * ROUND
