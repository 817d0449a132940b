"""Work in processes of its own: a crash of one piece is one result, a hang ends."""

from __future__ import annotations

import json
import os
import select
import signal
import sys
import time
from typing import Any, Callable, Dict, Iterable, Iterator, List, Tuple, TypeVar

Case = TypeVar("Case")


def isolated(cases: Iterable[Case], work: Callable[[Case], Any], jobs: int = 2,
             timeout: float = 60) -> Iterator[Tuple[Case, Any]]:
    """Runs work(case) in a forked child for each case, `jobs` at once, and yields (case, result) as they end. What the
    child returns must be JSON; a child that dies, or takes more than `timeout` seconds, gives {"died": reason}, one that
    raises {"raised": message}."""
    waiting: List[Case] = list(cases)[::-1]
    running: Dict[int, Tuple[Case, int, float, bytearray]] = {}
    try:
        while waiting or running:
            while waiting and len(running) < jobs:
                case = waiting.pop()
                reader, pid = _fork(work, case)
                running[reader] = (case, pid, time.monotonic() + timeout, bytearray())
            ready = select.select(list(running), [], [], 0.5)[0]
            for reader, (case, pid, deadline, data) in list(running.items()):
                if reader in ready:
                    block = os.read(reader, 1 << 16)
                    data += block
                    if block:
                        continue
                elif time.monotonic() < deadline:
                    continue
                else:
                    os.killpg(pid, signal.SIGKILL)
                del running[reader]
                os.close(reader)
                status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
                yield case, _result(status, bytes(data))
    finally:  # of a caller that has seen enough
        for reader, (_, pid, _, _) in running.items():
            os.killpg(pid, signal.SIGKILL)
            os.close(reader)
            os.waitpid(pid, 0)


def _fork(work, case):
    sys.stdout.flush()
    reader, writer = os.pipe()
    pid = os.fork()
    if pid:
        os.setpgid(pid, pid)  # in both, so that it holds before either goes on
        os.close(writer)
        return reader, pid
    os.setpgid(0, 0)
    os.close(reader)
    try:
        result = work(case)
    except BaseException as error:  # whatever it was, the parent is told
        result = {"raised": f"{type(error).__name__}: {error}"}
    with os.fdopen(writer, "wb") as pipe:
        pipe.write(json.dumps(result, default=float).encode())
    os._exit(0)


def _result(status, data):
    if status == 0 and data:
        return json.loads(data)
    if status == -signal.SIGKILL:
        return {"died": "no end within the time limit"}
    return {"died": signal.Signals(-status).name if status < 0 else f"exit status {status}"}
