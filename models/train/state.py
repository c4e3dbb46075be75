"""The state that a training run goes on from, on disk: whole or not at all."""

import os
from pathlib import Path
from typing import Any

import torch

from models.errors import ModelError


def save_state(path: Path, state: dict[str, Any]) -> None:
    """Write `state`; it appears at once. Where it cannot be written the one before stays: `ModelError`."""
    part = path.with_suffix(".part")
    try:
        with part.open("wb") as file:
            torch.save(state, file)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except (OSError, RuntimeError) as error:
        part.unlink(missing_ok=True)
        cause = error if isinstance(error, OSError) else error.__context__  # torch's writer hides a full disk
        reason = getattr(cause, "strerror", None) or str(error).splitlines()[0]
        kept = "the state before it is kept: make room and run the same command again" if path.exists() else "make room"
        raise ModelError(f"{path}: the state of step {state['step']} cannot be written ({reason}); {kept}") from error


def load_state(path: Path, device: torch.device) -> dict[str, Any]:
    """Read a state; tensors and plain values only. Raises `ModelError` if it is broken."""
    try:
        state: dict[str, Any] = torch.load(path, map_location=device, weights_only=True)
    except Exception as error:  # torch has no common class for what a broken file raises
        raise ModelError(f"{path}: not a training state: remove it to start from the beginning") from error
    return state
