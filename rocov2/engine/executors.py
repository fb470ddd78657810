"""Where tasks run: this process, processes, threads, or a dask cluster, all as `concurrent.futures` executors."""

from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager

from rocov2.errors import ConfigError

KINDS = ("processes", "threads", "dask")


@contextmanager
def open_executor(kind: str, workers: int, address: str = "") -> Iterator[Executor]:
    """Yield an executor of `workers` workers; `address` is a dask scheduler's, or empty for a local cluster.

    Processes are forked from one that has read the same modules and done nothing else, so that each holds its own
    models, none inherits a lock, and the modules are read once and shared. One worker of either local kind is a
    thread of this process, which saves starting another.
    """
    if kind == "dask":
        with _dask_executor(workers, address) as executor:
            yield executor
    elif kind == "threads" or workers == 1:
        with _threads(workers) as executor:
            yield executor
    else:
        with _processes(workers) as executor:
            yield executor


@contextmanager
def _threads(workers: int) -> Iterator[Executor]:
    """Yield a pool of threads; when the block is left by an error or an interruption, nothing waits for them."""
    executor = ThreadPoolExecutor(workers)
    finished = False
    try:
        yield executor
        finished = True
    finally:
        executor.shutdown(wait=finished, cancel_futures=True)


@contextmanager
def _processes(workers: int) -> Iterator[Executor]:
    """Yield a pool of processes; when the block is left by an error or an interruption, they end at once.

    That is safe: what a task has not committed was never under its final name.
    """
    import multiprocessing  # noqa: PLC0415 - every command reads KINDS, few start processes

    from rocov2.engine.processes import Pool  # noqa: PLC0415

    with Pool(workers) as executor:
        finished = False
        try:
            yield executor
            finished = True
        finally:
            if not finished:
                executor.shutdown(wait=False, cancel_futures=True)
                for process in multiprocessing.active_children():
                    process.terminate()


@contextmanager
def _dask_executor(workers: int, address: str) -> Iterator[Executor]:
    try:
        from distributed import Client, LocalCluster  # noqa: PLC0415 - an extra, and slow to import
    except ImportError as error:
        raise ConfigError("the dask executor is not installed", "pip install 'rocov2[dask]'") from error
    if address:
        try:
            reached = Client(address)
        except (OSError, ValueError) as error:
            raise ConfigError(
                f"no dask scheduler answers at {address}: {error}", "correct --dask-address, e.g. 10.0.0.1:8786"
            ) from error
        with reached as client:
            yield client.get_executor()
        return
    with (
        LocalCluster(n_workers=workers, threads_per_worker=1, dashboard_address=None) as cluster,
        Client(cluster) as client,
    ):
        yield client.get_executor()
