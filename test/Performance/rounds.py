"""Measures engines in turns: in each round each runs for a moment, so that whatever else the machine does, and whatever
clock it runs at, disturbs all alike. Of each engine the least time and the median of all rounds are kept."""

import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import machine
from engines import Setup, Unavailable, product, wt
from worker import ENGINES, Worker
from zoo import TOLERANCE

import numpy as np

# Others' share of the processors that our threads do not need, above which a burst counts as disturbed.
SLACK = 0.15


def _start(name, network, setup, environment):
    """A worker with the model loaded; the product is made here, where no limit of the processor is in force."""
    engine = ENGINES[name](setup)
    engine.version()
    path, made = product(engine, network.path)
    worker = Worker(name, network.path, path, setup, environment)
    worker.report["made"] = made
    return worker


def _outputs(worker):
    with tempfile.NamedTemporaryFile(suffix=".npz") as file:
        worker.ask(do="outputs", file=file.name)
        with np.load(file.name) as arrays:
            return [arrays[name] for name in arrays.files]


def error_of(outputs, expected):
    """The largest difference of all outputs, each in units of its deviation; infinite where the sizes differ."""
    if [o.size for o in outputs] != [e.size for e in expected]:
        return float("inf")
    errors = [wt.error_of_deviation(output.ravel(), wanted.ravel()) for output, wanted in zip(outputs, expected)]
    return max(errors) if np.isfinite(errors).all() else float("inf")


def noise_of(outputs, expected):
    """The root of the mean squared difference over the deviation, of the worst output."""
    differences = [np.asarray(o, np.float64).ravel() - np.asarray(e, np.float64).ravel()
                   if o.size == e.size else np.array([np.inf]) for o, e in zip(outputs, expected)]
    found = [float(np.sqrt(np.mean(d * d)) / (e.astype(np.float64).std() or 1.0)) for d, e in zip(differences, expected)]
    return max(found) if np.isfinite(found).all() else float("inf")


def _burst(worker, seconds, threads, clock):
    """One burst, after a pause in which the workers of the engine before it fall asleep; True if it was disturbed."""
    time.sleep(0.03)
    answer = worker.ask(do="run", seconds=seconds, warm=2, least=2, most=20000, clock=clock)
    worker.times += answer["times"]
    worker.faults = answer["faults"]
    worker.others.append(answer["others"])
    return answer["others"] + threads > os.cpu_count() + SLACK


def _summary(worker, clock):
    return {"version": worker.version, **worker.report, "faults": worker.faults, "runs": len(worker.times),
            "others": statistics.mean(worker.others),
            clock: {"min": min(worker.times), "median": statistics.median(worker.times)}}


def measure(network, names, setup: Setup, rounds: int, seconds: float, clock: str, environment: dict,
            progress=lambda line: None):
    """The engines' results on one network: a dictionary for each, with an `error` and no times where it could not.
    `reference` of the answer names the engine that the others' outputs were compared with, if any ran."""
    workers, results, outputs = {}, {}, {}
    try:
        for name in names:
            try:
                worker = _start(name, network, setup, environment)
                workers[name], worker.version = worker, ENGINES[name](setup).version()
                worker.times, worker.others = [], []
                outputs[name] = _outputs(worker)
            except Unavailable as reason:
                results[name] = {"unavailable": str(reason)}
                workers.pop(name, None)
                progress(f"{network.name}: {ENGINES[name].title}: {reason}")
        disturbed = bursts = 0
        for number in range(rounds):
            for name, worker in list(workers.items()):
                if ENGINES[name].rounds is not None and number >= ENGINES[name].rounds:
                    continue
                try:
                    disturbed += _burst(worker, seconds, setup.threads, clock)
                    bursts += 1
                except Unavailable as reason:
                    results[name] = {"unavailable": str(reason)}
                    workers.pop(name).close()
                    outputs.pop(name, None)
                    progress(f"{network.name}: {ENGINES[name].title}: {reason}")
        results.update({name: _summary(worker, clock) for name, worker in workers.items()})
        for name, worker in workers.items():
            results[name].update(worker.ask(do="memory"))
    finally:
        for worker in workers.values():
            worker.close()
    reference = "ort" if "ort" in outputs else None
    for name in outputs:
        if reference and name != reference:
            results[name]["deviation"] = error_of(outputs[name], outputs[reference])
            results[name]["noise"] = noise_of(outputs[name], outputs[reference])
            results[name]["right"] = results[name]["deviation"] <= TOLERANCE
    return {"network": network.name, "threads": setup.threads, "target": network.target, "engines": results,
            "reference": reference, "disturbed": disturbed / max(1, bursts)}


def environment_of(setup: Setup):
    """What to set for all engines; exits where the limit that was asked for is not to be had."""
    if not setup.avx2:
        return {}
    environment = machine.avx2_environment()
    if environment is None:
        sys.exit("this machine cannot hide AVX-512 from a process (Linux's CPUID faulting, and a C compiler)")
    return environment
