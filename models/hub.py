"""Models by hub id, such as `Helsinki-NLP/opus-mt-en-zh`: from the hub's cache on this machine, else from the hub.

The cache comes first, so that a model that is here needs no network and stays the commit that it is; only a model
that is not here whole is fetched, and of it only the files a Marian model has. No code of a repository is ever run.
"""

import re
from pathlib import Path

from models.errors import ModelError
from models.folder import NEEDED, OPTIONAL, WEIGHTS, ModelFolder, missing_files

_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[\w.-]+")


def is_hub_id(model: str) -> bool:
    """Whether `model` reads as `owner/name`.

    >>> is_hub_id("Helsinki-NLP/opus-mt-en-zh"), is_hub_id("./models"), is_hub_id("a/b/c")
    (True, False, False)
    """
    return _ID.fullmatch(model) is not None


def find(model: str, revision: str = "", offline: bool = False) -> ModelFolder:
    """The model of a hub id, its commit recorded. `revision` is a branch, tag or commit; "" is `main`.

    Raises `ModelError` if it is not in the cache and cannot be fetched: offline, no network, no such model.
    """
    path = _cached(model, revision)
    if path is None or (missing_files(path) and not offline):
        path = _fetched(model, revision, offline)
    return ModelFolder(path, model, commit=path.name)


def _cached(model: str, revision: str) -> Path | None:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

    try:
        return Path(snapshot_download(model, revision=revision or None, local_files_only=True))
    except LocalEntryNotFoundError:
        return None
    except HFValidationError as error:
        raise ModelError(f"{model}: not a folder, and not a hub id: {error}") from error


def _fetched(model: str, revision: str, offline: bool) -> Path:
    from huggingface_hub import constants, snapshot_download

    wanted = f"{model} at {revision}" if revision else model
    if offline or constants.HF_HUB_OFFLINE:
        raise ModelError(f"{wanted}: no folder here, not in the hub's cache {constants.HF_HUB_CACHE}, and offline")
    try:
        for weights in WEIGHTS:
            files = [*NEEDED, *OPTIONAL, weights]
            path = Path(snapshot_download(model, revision=revision or None, allow_patterns=files))
            if (path / weights).is_file():
                break
    except Exception as error:  # the hub's library lets the errors of its HTTP client through, and changes clients
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise ModelError(f"{wanted}: no folder here, not in the hub's cache and not to be fetched: {reason}") from error
    return path
