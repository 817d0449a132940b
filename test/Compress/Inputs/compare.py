"""compare.py F32.so QUANTIZED.so TEST.npz DROP AGREEMENT: fails where the quantized network loses more than DROP points
of top-1 or agrees with the other on less than AGREEMENT percent, or where it is the same network."""

import sys

import numpy as np

from winnow import Model

exact, quantized = (Model.load(path) for path in sys.argv[1:3])
data, drop, agreement = np.load(sys.argv[3]), float(sys.argv[4]), float(sys.argv[5])
results = [np.concatenate([np.asarray(m(x[None])).reshape(1, -1) for x in data["x"]]) for m in (exact, quantized)]
best = [r.argmax(1) for r in results]
accuracy = [100 * (b == data["y"]).mean() for b in best]
same = 100 * (best[0] == best[1]).mean()
error = np.abs(results[0] - results[1]).max()
print(f"f32 {accuracy[0]:.2f}%, quantized {accuracy[1]:.2f}%, agreement {same:.2f}%, largest difference {error:.3g}")
assert accuracy[0] > 90, "the f32 network does not work"
assert accuracy[0] - accuracy[1] <= drop and same >= agreement
assert error > 0, "nothing was quantized"
