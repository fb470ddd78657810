"""Small ways to go through rows: in threads without losing their order, and in batches."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from queue import SimpleQueue
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


def map_in_order(function: Callable[[Item], Result], items: Iterable[Item], threads: int) -> Iterator[Result]:
    """Yield function(item) for each item, in order, with up to `threads` calls under way and few results waiting."""
    pool = ThreadPoolExecutor(threads)
    waiting: deque[Future[Result]] = deque()
    try:
        for item in items:
            waiting.append(pool.submit(function, item))
            if len(waiting) >= 8 * threads:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def in_batches(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    """Yield the items in lists of at most `size`."""
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch


def map_as_done(function: Callable[[Item], Result], items: Iterable[Item], threads: int) -> Iterator[Result]:
    """Yield function(item) for each item as it is done, so that one that hangs holds nobody up."""
    pool = ThreadPoolExecutor(threads)
    done: SimpleQueue[Future[Result]] = SimpleQueue()
    under_way = 0
    try:
        for item in items:
            pool.submit(function, item).add_done_callback(done.put)
            under_way += 1
            if under_way >= 8 * threads:
                yield done.get().result()
                under_way -= 1
        for _ in range(under_way):
            yield done.get().result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
