"""Devices by name: what is there is found, what is not is named."""

import pytest

from models.devices import Device, choose_device
from models.errors import ModelError


@pytest.mark.parametrize(
    ("name", "gpus", "device", "shown"),
    [
        ("auto", 0, Device("cpu"), "cpu"),
        ("auto", 2, Device("cuda", (0,)), "cuda"),
        ("cpu", 2, Device("cpu"), "cpu"),
        ("cuda", 1, Device("cuda", (0,)), "cuda"),
        ("cuda:1", 2, Device("cuda", (1,)), "cuda:1"),
        ("cuda:0,1", 2, Device("cuda", (0, 1)), "cuda:0,1"),
        ("cuda:1,1", 2, Device("cuda", (1,)), "cuda:1"),
    ],
)
def test_device(name: str, gpus: int, device: Device, shown: str) -> None:
    found = choose_device(name, gpus, "torch")
    assert (found, str(found)) == (device, shown)


@pytest.mark.parametrize(
    ("name", "gpus", "message"),
    [
        ("tpu", 1, "unknown device 'tpu'; known are auto, cpu, cuda"),
        ("cuda:", 1, "unknown device 'cuda:'"),
        ("cuda:a", 1, "unknown device 'cuda:a'"),
        ("cuda", 0, "device 'cuda': torch finds no NVIDIA GPU here; use 'cpu' or 'auto'"),
        ("cuda:0,3", 2, "device 'cuda:0,3': there is no GPU 3 here; torch finds 2, numbered from 0"),
    ],
)
def test_what_is_not_there(name: str, gpus: int, message: str) -> None:
    with pytest.raises(ModelError) as error:
        choose_device(name, gpus, "torch")
    assert message in str(error.value)
