"""Working ahead: order is kept, items are taken as they are needed, an error stops everything."""

import threading
import time
from collections.abc import Iterator

import pytest

from pipeline.ahead import ahead


def test_order_is_that_of_the_items_whatever_ends_first() -> None:
    def work(number: int) -> int:
        time.sleep(0.02 * (number % 3 == 0))
        return number

    assert list(ahead(work, range(20), 3, lambda: None)) == list(range(20))


def test_several_are_in_work_and_items_are_not_taken_all_at_once() -> None:
    taken: list[int] = []
    together = threading.Barrier(2, timeout=10)

    def items() -> Iterator[int]:
        for number in range(50):
            taken.append(number)
            yield number

    def work(number: int) -> int:
        together.wait()  # passes only if two are in work at once
        return number

    results = ahead(work, items(), 2, lambda: None)
    assert next(results) == 0
    assert len(taken) <= 5
    assert list(results) == list(range(1, 50))


def test_an_error_stops_the_others_and_is_raised() -> None:
    stopped = threading.Event()

    def work(number: int) -> int:
        if number == 3:
            raise ValueError("number 3")
        return number

    results = ahead(work, range(1_000_000), 2, stopped.set)
    with pytest.raises(ValueError, match="number 3"):
        list(results)
    assert stopped.is_set()


def test_who_stops_listening_stops_the_work() -> None:
    stopped = threading.Event()
    results = ahead(str, range(1_000_000), 2, stopped.set)
    assert next(results) == "0"
    results.close()  # type: ignore[attr-defined]
    assert stopped.is_set()
