"""What a person follows a training run by: a log line and a point of the curve every few dozen steps."""

import json
import time
from contextlib import suppress
from pathlib import Path

import torch

from models.train.batches import Batch
from models.train.model import matrix_peak


class Report:
    """Sums what happens between two points; `write` says it and begins anew.

    `WORK/curve.jsonl` has a line a point: step, target pieces and seconds so far, loss, rate, scores by name. Points
    after `step`, from where the run goes on, are taken out of it. Without a path nothing is written.
    """

    def __init__(self, path: Path | None, step: int, device: torch.device, bf16: bool) -> None:
        self.path = path
        self._rewind(step)
        self.peak = matrix_peak(device, torch.float32)
        self.fast_peak = matrix_peak(device, torch.bfloat16) if bf16 else self.peak
        self._reset()

    def _reset(self) -> None:
        self._begun = time.monotonic()
        self._loss, self._tokens, self._flops = torch.zeros(()), 0, 0.0

    def _rewind(self, step: int) -> None:
        if not self.path or not self.path.exists():
            return
        kept = []
        for line in self.path.read_text("utf-8").splitlines():
            with suppress(ValueError):  # a killed process may leave half a line
                if json.loads(line)["step"] <= step:
                    kept.append(line + "\n")
        part = self.path.with_suffix(".part")
        part.write_text("".join(kept), encoding="utf-8")
        part.replace(self.path)

    @property
    def waiting(self) -> bool:
        """Whether a step was taken since the last point."""
        return self._tokens > 0

    def add(self, batch: Batch, loss: torch.Tensor, flops: float) -> None:
        """Take note of a step."""
        self._loss = self._loss.to(loss.device) + loss * batch.tokens
        self._tokens += batch.tokens
        self._flops += flops

    def pause(self) -> None:
        """Do not count the time since the last point."""
        self._begun = time.monotonic()

    def write(self, step: int, steps: int, tokens: int, seconds: float, rate: float) -> tuple[str, float]:
        """The log line of a point, which is also written to the curve, and the seconds since the one before."""
        elapsed = time.monotonic() - self._begun
        loss, speed = float(self._loss) / max(1, self._tokens), self._flops / elapsed
        self.point(step, tokens, seconds + elapsed, loss=round(loss, 4), rate=rate)
        line = (
            f"{time.strftime('%H:%M:%S')} step {step}/{steps} loss {loss:.4f} rate {rate:.2e} "
            f"{self._tokens / elapsed:.0f} target pieces/s, {speed / 1e9:.0f} GFLOP/s "
            f"({speed / self.peak:.0%} of the float32 matrix peak, {speed / self.fast_peak:.0%} of the fastest)"
        )
        self._reset()
        return line, elapsed

    def point(self, step: int, tokens: int, seconds: float, **values: float) -> None:
        """Add a point to the curve."""
        if not self.path:
            return
        row = {"step": step, "target_pieces": tokens, "seconds": round(seconds), **values}
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")
