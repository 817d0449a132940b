"""Runs the compiled demo network on all its test digits, at several batches: more than 98% must be right, and the batch
must not matter.

usage: digits.py MODEL.so DIGITS.npz
"""

import sys

import numpy as np

from winnow import Model

model, data = Model(sys.argv[1]), np.load(sys.argv[2])
x, y = data["x"], data["y"]
assert model.has_dynamic_batch
single = np.concatenate([model.run(x[i:i + 1])[0] for i in range(len(x))])
accuracy = float((single.argmax(1) == y).mean())
assert accuracy > 0.98, f"expected over 98% right, got {accuracy:.1%}"
for batch in (2, 7, 90):
    whole = np.concatenate([model.run(x[i:i + batch])[0] for i in range(0, len(x), batch)])
    error = float(np.abs(whole - single).max())
    assert error < 1e-6, f"batch {batch} differs from batch 1 by {error:.1e}"
print(f"{accuracy:.2%} of {len(x)} digits right")
