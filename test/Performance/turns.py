"""Times compiled networks in turns: in each short round each runs for a moment, so that whatever else the machine does
disturbs all alike, and the least times are kept."""

import time
from typing import Mapping, Sequence

import numpy as np


def random_inputs(model, seed: int = 1) -> list:
    """Normally distributed arrays of f32 for all inputs of `model`, a batch of 1 where that is open."""
    random = np.random.default_rng(seed)
    shapes = [[1 if extent < 0 else extent for extent in tensor.shape] for tensor in model.inputs]
    return [random.standard_normal(shape).astype(np.float32) for shape in shapes]


def least_times(models: Mapping[str, object], inputs: Mapping[str, Sequence[np.ndarray]], rounds: int = 20,
                seconds: float = 0.05) -> dict:
    """The least milliseconds of one run of each of `models` (by name) on its `inputs`, over `rounds` rounds of `seconds`
    for each."""
    best = dict.fromkeys(models, float("inf"))
    for _ in range(rounds):
        for name, model in models.items():
            end = time.perf_counter() + seconds
            while True:
                start = time.perf_counter()
                model.run(*inputs[name])
                stop = time.perf_counter()
                best[name] = min(best[name], 1e3 * (stop - start))
                if stop >= end:
                    break
    return best
