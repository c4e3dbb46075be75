"""Runs in COMET's own environment, never in ours: scores of lines of JSON from standard input.

Usage: `python -I comet_worker.py CHECKPOINT`, with an object a line, `{"src", "mt", "ref"}`. Writes one JSON object,
`{"version", "scores"}`. It imports nothing of ours, for that environment does not have it.
"""

import json
import sys
from importlib.metadata import version
from typing import Any


def main(checkpoint: str) -> None:
    """Score standard input with a checkpoint."""
    rows = [json.loads(line) for line in sys.stdin.buffer]
    out = sys.stdout
    sys.stdout = sys.stderr  # what the library prints is no result
    import comet  # type: ignore[import-not-found,unused-ignore]
    import torch

    model: Any = comet.load_from_checkpoint(checkpoint)
    scores = model.predict(rows, batch_size=16, gpus=int(torch.cuda.is_available()), progress_bar=False).scores
    json.dump({"version": version("unbabel-comet"), "scores": [float(score) for score in scores]}, out)


if __name__ == "__main__":
    main(sys.argv[1])
