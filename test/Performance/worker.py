"""A process that holds one engine with one model, and runs it when it is told to; and the side that tells it.

An engine a process: one that crashes ends alone, its memory can be told from the others', and its threads are its own.
Commands and answers are lines of JSON over pipes; while one process runs, the others wait and take no time.
"""

import dataclasses
import json
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import machine
from engines import Setup, Unavailable, Winnow, random_inputs, wt
from half_engines import HALVES
from int8_engines import INT8
from peers import PEERS

import numpy as np

ENGINES = {engine.name: engine for engine in (Winnow, *HALVES, *PEERS, *INT8)}


def _memory(field: str) -> int:
    """A figure of /proc/self/status in bytes."""
    line = next(line for line in open("/proc/self/status") if line.startswith(field + ":"))
    return int(line.split()[1]) * 1024


def _begin(engine, model, path):
    """Loads `path`, which the engine made of a model; returns the call, and what loading and the first run took."""
    inputs = engine.inputs = random_inputs(model)  # kept: engines read them where they lie
    wt.forget_peak()
    with open(path, "rb") as file:  # what is measured is loading, not the disk
        while file.read(1 << 24):
            pass
    base = _memory("VmRSS")
    for name in engine.hides:
        sys.modules[name] = None
    engine.prepare()
    start = time.perf_counter()
    engine.load(path)
    call = engine.bind(inputs)
    loaded = time.perf_counter()
    call()
    ran = time.perf_counter()
    report = {"base_bytes": base, "load_ms": 1e3 * (loaded - start), "first_ms": 1e3 * (ran - loaded),
              "file_bytes": path.stat().st_size, "facts": engine.facts()}
    return call, report


def _faults():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_minflt + usage.ru_majflt


# Seconds after which a process that answers nothing ends itself: the table goes on without it.
LIMIT = 180

CLOCKS = {"wall": time.perf_counter_ns, "processor": time.process_time_ns}


def _timed(call, seconds, least, most, clock):
    """Milliseconds of each run, by the clock on the wall or by this process's processor time."""
    times, now, watch = [], CLOCKS[clock], machine.Watch()
    began, faults = time.process_time(), _faults()
    end = time.perf_counter() + seconds
    while len(times) < most and (len(times) < least or time.perf_counter() < end):
        start = now()
        call()
        times.append((now() - start) / 1e6)
    others = watch.others(time.process_time() - began)
    return {"times": times, "others": others, "faults": (_faults() - faults) / len(times)}


def serve(name, model, path, setup):
    """Answers commands until there are no more."""
    pipe = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what engines print must not come between
    machine.pin(setup.threads)
    if setup.realtime:
        machine.prioritize()
    signal.alarm(LIMIT)
    try:
        engine = ENGINES[name](setup)
        call, report = _begin(engine, model, path)
    except Exception as error:  # whatever a peer raises, the table says
        pipe.write(json.dumps({"error": f"{type(error).__name__}: {error}"}) + "\n")
        return
    signal.alarm(0)
    pipe.write(json.dumps(report) + "\n")
    pipe.flush()
    for line in sys.stdin:
        command, answer = json.loads(line), {}
        signal.alarm(LIMIT)
        if command["do"] == "run":
            for _ in range(command["warm"]):
                call()
            answer = _timed(call, command["seconds"], command["least"], command["most"], command["clock"])
        elif command["do"] == "outputs":
            call()
            np.savez(command["file"], *[np.asarray(o, np.float32) for o in engine.outputs()])
        elif command["do"] == "memory":
            answer = {"peak_bytes": _memory("VmHWM"), "resident_bytes": _memory("VmRSS")}
        signal.alarm(0)
        pipe.write(json.dumps(answer) + "\n")
        pipe.flush()


class Worker:
    """Our side of such a process; `path` is what product() made of the model. Raises Unavailable where the engine, or
    the process, gave up."""

    def __init__(self, name: str, model: Path, path: Path, setup: Setup, environment: dict):
        arguments = [sys.executable, __file__, name, str(model), str(path), json.dumps(dataclasses.asdict(setup))]
        environment = {**os.environ, **ENGINES[name](setup).environment(), **environment}
        self.process = subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True, env=environment)
        try:
            self.report = self._answer()
        except Unavailable:
            self.close()
            raise

    def _answer(self):
        line = self.process.stdout.readline()
        if not line:
            message = self.process.stderr.read().strip().splitlines()[-1:] or [""]
            status = self.process.wait()
            raise Unavailable(f"no answer in {LIMIT} s" if status == -signal.SIGALRM else
                              f"exit status {status}: {message[0][:300]}")
        answer = json.loads(line)
        if "error" in answer:
            raise Unavailable(answer["error"])
        return answer

    def ask(self, **command):
        try:
            self.process.stdin.write(json.dumps(command) + "\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            pass  # the answer says why
        return self._answer()

    def close(self):
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            pipe.close()


if __name__ == "__main__":
    fields = json.loads(sys.argv[4])
    serve(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), Setup(**{**fields, "options": tuple(fields["options"])}))
