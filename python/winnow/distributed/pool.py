"""An ordered map over workers that may die: Ray's actors, or this process."""

from __future__ import annotations

import contextlib
import os
from typing import Any, Callable, Dict, Iterator, List, Optional, Sequence, TypeVar

from winnow.errors import WinnowError

Piece = TypeVar("Piece")
#: Makes what does the work, once in each worker; that is called with one piece at a time.
MakeWork = Callable[[], Callable[[Any], Any]]

# Pieces that a worker has been handed and not finished: one to do, one so that it need not wait for the next.
_QUEUED = 2
# How often a piece is tried again after the worker that had it died.
_RETRIES = 4


def _ray() -> Any:
    try:
        import ray
        return ray
    except ImportError as error:
        raise WinnowError("winnow.distributed needs Ray: pip install winnow-compiler[distributed]") from error


@contextlib.contextmanager
def _started(workers: int, threads: int) -> Iterator[Any]:
    """Ray, connected: to where the caller already is, to $RAY_ADDRESS, or started on this machine until the work is done."""
    ray = _ray()
    mine = not ray.is_initialized()
    if mine:
        own = {} if os.environ.get("RAY_ADDRESS") else {
            "num_cpus": max(os.cpu_count() or 1, workers * threads), "include_dashboard": False}
        ray.init(logging_level="ERROR", log_to_driver=False, **own)
    try:
        processors = int(ray.cluster_resources().get("CPU", 0))
        if processors < workers * threads:
            raise WinnowError(f"expected {workers * threads} processors ({workers} workers of {threads} threads), found "
                              f"{processors} in the cluster")
        yield ray
    finally:
        if mine:
            ray.shutdown()


class _Worker:
    """What runs as an actor. It is made ready with its first piece, so that what goes wrong there is an error of the work; a
    worker that was started again is a new one."""

    def __init__(self) -> None:
        self._work: Optional[Callable[[Any], Any]] = None

    def run(self, make: List[Any], piece: Any) -> Any:
        """`make` holds a reference to a MakeWork, in a list so that Ray does not fetch it for every piece."""
        if self._work is None:
            self._work = _ray().get(make[0])()
        return self._work(piece)


def ordered_map(make: MakeWork, pieces: Sequence[Any], workers: int, threads: int = 1,
                progress: Optional[Callable[[int, int], None]] = None) -> Iterator[Any]:
    """The results for `pieces`, in their order, as they come. With no workers, the work is done here. A worker that dies is
    started again, and what it had not finished is done again: results must depend on nothing but the piece. What the work
    raises, this raises; the rest is given up. `progress` is told how many are done, of how many."""
    tell = progress or (lambda done, count: None)
    if workers < 0 or threads < 1:
        raise WinnowError(f"expected 0 or more workers of 1 or more threads, found {workers} of {threads}")
    if not pieces:
        return
    if workers == 0:
        work = make()
        for done, piece in enumerate(pieces, 1):
            result = work(piece)
            tell(done, len(pieces))
            yield result
        return
    workers = min(workers, len(pieces))
    with _started(workers, threads) as ray:
        actor = ray.remote(max_restarts=-1, max_task_retries=_RETRIES, num_cpus=threads)(_Worker)
        # Held here: workers that are started later need it, too.
        reference = ray.put(make)
        yield from _Scheduler(ray, [actor.remote() for _ in range(workers)], [reference], pieces, tell).results()


class _Scheduler:
    """Keeps all actors busy, and the results in order."""

    def __init__(self, ray: Any, actors: List[Any], make: List[Any], pieces: Sequence[Any], tell: Callable[[int, int], None]):
        self._ray, self._actors, self._make, self._pieces, self._tell = ray, actors, make, pieces, tell
        self._queued = [0] * len(actors)
        self._running: Dict[Any, Any] = {}  # reference of a result -> (piece's number, actor's number)
        self._finished: Dict[int, Any] = {}  # results that earlier ones keep waiting
        self._next = 0

    def results(self) -> Iterator[Any]:
        try:
            for number in range(len(self._pieces)):
                while number not in self._finished:
                    self._submit(number)
                    self._collect()
                yield self._finished.pop(number)
        finally:
            for actor in self._actors:
                self._ray.kill(actor, no_restart=True)

    def _submit(self, wanted: int) -> None:
        """Hands pieces to idle actors; not many more than what is waited for, so that results do not pile up."""
        limit = min(len(self._pieces), wanted + 4 * _QUEUED * len(self._actors))
        while self._next < limit and min(self._queued) < _QUEUED:
            actor = self._queued.index(min(self._queued))
            reference = self._actors[actor].run.remote(self._make, self._pieces[self._next])
            self._running[reference] = (self._next, actor)
            self._queued[actor] += 1
            self._next += 1

    def _collect(self) -> None:
        """Waits for a result, at least one."""
        ready, _ = self._ray.wait(list(self._running))
        for reference in ready:
            number, actor = self._running.pop(reference)
            self._queued[actor] -= 1
            try:
                self._finished[number] = self._ray.get(reference)
            except self._ray.exceptions.RayTaskError as error:
                raise error.cause if isinstance(error.cause, Exception) else error from None
            except self._ray.exceptions.RayActorError as error:
                raise WinnowError(f"a worker died {_RETRIES + 1} times over the same piece of work: {error}") from error
            self._tell(self._next - len(self._running), len(self._pieces))
