"""What a user calls a device: `auto`, `cpu`, `cuda`, or `cuda:0,1` for some of several GPUs."""

import re
from dataclasses import dataclass

from models.errors import ModelError


@dataclass(frozen=True, slots=True)
class Device:
    """A kind, `cpu` or `cuda`, and the numbers of its GPUs, of which a CPU has none."""

    kind: str
    indices: tuple[int, ...] = ()

    def __str__(self) -> str:
        return self.kind + (
            f":{','.join(map(str, self.indices))}" if any(self.indices) or len(self.indices) > 1 else ""
        )


def choose_device(name: str, gpus: int, library: str) -> Device:
    """Resolve a device by how many GPUs `library` finds here; "auto" is the first one, else the CPU.

    Raises `ModelError` for an unknown name or a GPU that is not there.

    >>> str(choose_device("cuda:0,2", 4, "CTranslate2")), str(choose_device("auto", 0, "CTranslate2"))
    ('cuda:0,2', 'cpu')
    """
    if name == "cpu" or (name == "auto" and not gpus):
        return Device("cpu")
    if not (match := re.fullmatch(r"auto|cuda(?::(\d+(?:,\d+)*))?", name)):
        raise ModelError(f"unknown device {name!r}; known are auto, cpu, cuda, cuda:0 and so on, cuda:0,1 for several")
    if not gpus:
        raise ModelError(f"device {name!r}: {library} finds no NVIDIA GPU here; use 'cpu' or 'auto'")
    indices = tuple(dict.fromkeys(int(number) for number in (match[1] or "0").split(",")))
    if missing := [index for index in indices if index >= gpus]:
        raise ModelError(f"device {name!r}: there is no GPU {missing[0]} here; {library} finds {gpus}, numbered from 0")
    return Device("cuda", indices)
