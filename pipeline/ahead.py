"""Work on a few items at once, results in the order of the items: while one waits, the next one has the processor."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


def ahead(
    work: Callable[[Item], Result], items: Iterable[Item], count: int, stop: Callable[[], None]
) -> Iterator[Result]:
    """`work(item)` for each item, in order, by `count` threads; items are taken as threads come free, not all at once.

    Where `work` or whoever takes the results raises, `stop` is called, no further item is begun, and those in work are
    waited for.

    >>> list(ahead(str, range(5), 2, stop=lambda: None))
    ['0', '1', '2', '3', '4']
    """
    waiting: deque[Future[Result]] = deque()
    with ThreadPoolExecutor(count) as pool:
        try:
            for item in items:
                waiting.append(pool.submit(work, item))
                if len(waiting) > count:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        except BaseException:
            stop()
            pool.shutdown(wait=False, cancel_futures=True)
            raise
