"""What a call from Python costs more than the same call from C: fails at 5 microseconds.

usage: overhead.py DOUBLER.so C_CALL (a program that prints the nanoseconds of a call from C)
"""

import subprocess
import sys
import time

import numpy as np

from winnow import Model

LIMIT_MICROSECONDS, ROUNDS, CALLS = 5.0, 50, 500


def least(call):
    """Microseconds of a call: the least over rounds, since other processes only ever add."""
    best = float("inf")
    for _ in range(ROUNDS):
        start = time.perf_counter()
        for _ in range(CALLS):
            call()
        best = min(best, (time.perf_counter() - start) / CALLS)
    return best * 1e6


model, x = Model(sys.argv[1]), np.ones((1, 16), np.float32)
bound = model.bind(x)
in_c = float(subprocess.run([sys.argv[2]], capture_output=True, check=True, text=True).stdout) / 1e3
times = {"model(x)": least(lambda: model(x)), "bound call": least(bound)}
print(f"from C {in_c:.2f} us; " + ", ".join(f"{name} {t:.2f} us: {t - in_c:.2f} us more" for name, t in times.items()))
worst = max(times.values()) - in_c
assert worst < LIMIT_MICROSECONDS, f"expected less than {LIMIT_MICROSECONDS} us more than from C, found {worst:.2f}"
