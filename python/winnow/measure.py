"""Times of compiled models and of their layers."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any, Iterable, List, Sequence

import numpy as np

from winnow.errors import WinnowError
from winnow.model import Call, Model
from winnow.tensors import LayerInfo, TensorInfo, default_shape
from winnow.text import table

# Runs that do not count, and the least number of those that do.
_WARM_UP, _LEAST_RUNS = 2, 5


@dataclass(frozen=True)
class Benchmark:
    """Times of whole runs, on the clock; `arena_bytes` is the working memory of a run."""
    min_ms: float
    median_ms: float
    runs: int
    threads: int
    arena_bytes: int

    def __str__(self) -> str:
        return (f"minimum {self.min_ms:.3f} ms, median {self.median_ms:.3f} ms of {self.runs} runs, {self.threads} "
                f"thread(s), arena {self.arena_bytes / 1e6:.1f} MB")


@dataclass(frozen=True)
class LayerTime:
    """The least time of a layer over all runs, in microseconds, and its share of the sum over all layers. `gflops` counts
    the operations of a direct computation, `gigabytes_per_second` inputs, weights and outputs."""
    layer: LayerInfo
    microseconds: float
    share: float
    gflops: float
    gigabytes_per_second: float


@dataclass(frozen=True)
class Profile:
    """The layers of a model with their times; printed, a table."""
    layers: Sequence[LayerTime]
    runs: int
    threads: int

    @property
    def total_microseconds(self) -> float:
        """The sum over all layers."""
        return sum(t.microseconds for t in self.layers)

    def __str__(self) -> str:
        rows = [[f"{t.microseconds:.1f}", f"{100 * t.share:.1f}%", f"{t.gflops:.1f}", f"{t.gigabytes_per_second:.1f}",
                 t.layer.op, t.layer.algorithm, t.layer.name] for t in self.layers]
        return (table(rows, ["us", "share", "GFLOP/s", "GB/s", "op", "algorithm", "node"]) +
                f"\n{self.total_microseconds:.1f} us in layers, the least of {self.runs} runs, {self.threads} thread(s)")


def random_input(info: TensorInfo, batch: int, seed: int) -> np.ndarray:
    """Noise that fits an input: normal for floating point, 0 to 1 for the rest (valid as index, mask and count)."""
    shape = default_shape(info, batch)
    if shape is None:
        raise WinnowError(f"input '{info.name}' leaves its shape open: give a value for it")
    generator = np.random.default_rng(seed)
    if info.dtype.kind in "fV":
        return generator.standard_normal(shape, dtype=np.float32).astype(info.dtype)
    return generator.integers(0, 2, shape).astype(info.dtype)


def _bind(model: Model, inputs: Sequence[Any], batch: int) -> Call:
    noise = [random_input(info, batch, seed) for seed, info in enumerate(model.inputs) if seed >= len(inputs)]
    call = model.bind(*inputs, *noise)
    for _ in range(_WARM_UP):
        call()
    return call


def _timed_runs(seconds: float) -> Iterable[int]:
    """Counts runs, for about `seconds`."""
    begin, count = time.perf_counter(), 0
    while count < _LEAST_RUNS or time.perf_counter() - begin < seconds:
        yield count
        count += 1


def benchmark(model: Model, inputs: Sequence[Any] = (), seconds: float = 2.0, batch: int = 1) -> Benchmark:
    """Runs for about `seconds`, five times at least, after two runs that do not count."""
    call, times = _bind(model, inputs, batch), []
    for _ in _timed_runs(seconds):
        start = time.perf_counter_ns()
        call()
        times.append((time.perf_counter_ns() - start) / 1e6)
    times.sort()
    return Benchmark(times[0], times[len(times) // 2], len(times), model.threads, model.arena_bytes(call.batch))


def profile(model: Model, inputs: Sequence[Any] = (), seconds: float = 2.0, batch: int = 1) -> Profile:
    """Runs for about `seconds` and takes the least time of each layer."""
    if model.layer_times is None:
        raise WinnowError(f"{model.path}: the model has no layer times: compile it with instrument=True")
    call, runs, before = _bind(model, inputs, batch), 0, np.array(model.layer_times)
    least = np.full(len(before), np.iinfo(np.int64).max)
    for _ in _timed_runs(seconds):
        call()
        after = np.array(model.layer_times)
        least, before, runs = np.minimum(least, after - before), after, runs + 1
    layers, total = _join_groups(model.layers, least), float(least.sum()) or 1.0
    rows = [LayerTime(layer, ns / 1e3, ns / total, 2.0 * layer.macs / ns if ns else 0.0, layer.bytes / ns if ns else 0.0)
            for layer, ns in zip(layers, map(float, least))]
    return Profile(rows, runs, model.threads)


def _join_groups(layers: Sequence[LayerInfo], nanoseconds: np.ndarray) -> List[LayerInfo]:
    """A group that is computed together takes its time in its last layer: that one gets the arithmetic of the others."""
    joined, macs = [], 0
    for i, (layer, time_taken) in enumerate(zip(layers, nanoseconds)):
        in_group = layer.algorithm == "row_strips" and time_taken == 0 and (
            i + 1 < len(layers) and layers[i + 1].algorithm == "row_strips")
        own = 0 if in_group else layer.macs + macs
        macs = macs + layer.macs if in_group else 0
        joined.append(LayerInfo(layer.name, layer.op, layer.algorithm, own, layer.bytes))
    return joined
