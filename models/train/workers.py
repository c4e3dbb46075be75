"""Several training processes as one run: each steps on batches of its own, and now and then all take the mean.

On a CPU one thread a process uses the cores better than two threads in one, and small models do not mind that the
weights meet only every half minute (local SGD: Stich 2019, arXiv 1805.09767). The mean is weighted by the tokens that
each has seen since the last one, so a process on a busy core holds nobody up. Started by `torchrun`, which says in the
environment how many processes there are; without it there is one, and nothing here does anything.
"""

import os
import time
from collections.abc import Iterable
from datetime import timedelta

import torch
from torch import distributed


class Workers:
    """The processes of a run, as one of them sees them."""

    def __init__(self, sync_seconds: float = 30.0) -> None:
        self.sync_seconds = sync_seconds
        self.count = int(os.environ.get("WORLD_SIZE", "1"))
        self.rank = int(os.environ.get("RANK", "0"))
        if self.count > 1 and not distributed.is_initialized():
            # the others wait while the first prepares the text: half an hour, the library's limit, may be too little
            distributed.init_process_group("gloo", timeout=timedelta(days=1))
        self._next = time.monotonic() + self.sync_seconds

    @property
    def first(self) -> bool:
        """Whether this process writes and reports."""
        return self.rank == 0

    def wait(self) -> None:
        """Go on when all processes have come here."""
        if self.count > 1:
            distributed.barrier()

    def due(self) -> bool:
        """Whether it is time to take the mean; always true for a process that is alone."""
        return self.count == 1 or time.monotonic() >= self._next

    def agree(self, wish: bool) -> bool:
        """Whether any process wishes it."""
        if self.count == 1:
            return wish
        flag = torch.tensor([int(wish)])
        distributed.all_reduce(flag, distributed.ReduceOp.MAX)
        return bool(flag)

    def mean(self, tensors: Iterable[torch.Tensor], weight: float) -> float:
        """Replace floating tensors by their mean over the processes, in place; the sum of the weights."""
        if self.count == 1:
            return weight
        total = torch.tensor([weight], dtype=torch.float64)
        distributed.all_reduce(total)
        share = weight / max(1.0, float(total))
        for tensor in tensors:
            if tensor.is_floating_point():
                tensor.mul_(share)
                distributed.all_reduce(tensor)
        self._next = time.monotonic() + self.sync_seconds
        return float(total)

    def mean_step(self, step: int) -> int:
        """The mean of the steps that the processes have done, the same number for all."""
        if self.count == 1:
            return step
        total = torch.tensor([step], dtype=torch.int64)
        distributed.all_reduce(total)
        return int(total) // self.count
