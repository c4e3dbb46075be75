"""A TOML file of options: the same names as on the command line, which overrides it; unknown keys are errors."""

import sys
from collections.abc import Collection
from dataclasses import fields
from pathlib import Path
from typing import Any

from pipeline.check import Limits
from pipeline.errors import ConfigError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


def load_options(path: Path, known: Collection[str]) -> dict[str, Any]:
    """Options of a configuration file; `[limits]` holds thresholds of the checks.

    Keys may be written with `-` or `_`. Raises `ConfigError` with the file, the key and the known keys.
    """
    try:
        with path.open("rb") as file:
            raw = tomllib.load(file)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: not TOML: {error}") from error
    options = {key.replace("-", "_"): value for key, value in raw.items()}
    limits = options.pop("limits", {})
    _refuse_unknown(path, options, known)
    if not isinstance(limits, dict):
        raise ConfigError(f"{path}: limits is a table: write [limits], and the thresholds under it")
    # the script has an option of its own
    _refuse_unknown(path, limits, {field.name for field in fields(Limits)} - {"script"}, " in [limits]")
    for name, value in limits.items():
        kind = type(getattr(Limits(), name))
        wanted = {float: (int, float), int: (int,), tuple: (list,)}[kind]
        if not isinstance(value, wanted) or isinstance(value, bool):
            raise ConfigError(
                f"{path}: {name} in [limits] is {value!r}; it takes a value like {getattr(Limits(), name)!r}"
            )
    return options | ({"limits": limits} if limits else {})


def _refuse_unknown(path: Path, given: dict[str, Any], known: Collection[str], where: str = "") -> None:
    if unknown := sorted(given.keys() - set(known)):
        names = ", ".join(sorted(known))
        raise ConfigError(f"{path}: unknown key {unknown[0]!r}{where}; known keys are {names}")
